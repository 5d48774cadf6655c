//! Admin operations of `Native::Producer`: each file has the requests of one kind and how answers become Ruby values,
//! which holds the GVL once per answer.

mod acls;
mod cluster;
mod configs;
mod groups;
pub mod offsets;
mod records;
mod topics;

use karafka_driver::{KafkaError, admin::Answer};
use magnus::{Error, Exception, IntoValue, RArray, RClass, Ruby, Value};

use crate::{error::kafka_error, operation::Operation};

/// What `Operation#outcome` returns for an answer.
pub fn to_ruby(ruby: &Ruby, answer: &Answer) -> Result<Value, Error> {
    Ok(match answer {
        Answer::Named(named) => topics::named(ruby, named)?.into_value_with(ruby),
        Answer::Topics(topics) => topics::described(ruby, topics)?.into_value_with(ruby),
        Answer::Cluster(cluster) => cluster::described(ruby, cluster)?.into_value_with(ruby),
        Answer::Records(partitions) => records::deleted(ruby, partitions)?,
        Answer::Offsets(offsets) => offsets::listed(ruby, offsets)?.into_value_with(ruby),
        Answer::Groups(groups) => groups::listed(ruby, groups)?.into_value_with(ruby),
        Answer::GroupDescriptions(groups) => groups::described(ruby, groups)?.into_value_with(ruby),
        Answer::GroupOffsets(groups) => offsets::changed(ruby, groups)?.into_value_with(ruby),
        Answer::CreatedAcls(refusals) => acls::created(ruby, refusals)?.into_value_with(ruby),
        Answer::Acls(bindings) => acls::described(ruby, bindings)?.into_value_with(ruby),
        Answer::DeletedAcls(deleted) => acls::deleted(ruby, deleted)?.into_value_with(ruby),
        Answer::Configs(resources) => configs::described(ruby, resources)?.into_value_with(ruby),
    })
}

/// An Array of what `convert` makes of the items.
fn array<T, R: IntoValue>(
    ruby: &Ruby,
    items: &[T],
    convert: impl Fn(&Ruby, &T) -> Result<R, Error>,
) -> Result<RArray, Error> {
    let array = ruby.ary_new_capa(items.len());
    for item in items {
        array.push(convert(ruby, item)?)?;
    }
    Ok(array)
}

/// An `RdkafkaError` or nil.
fn optional_error(ruby: &Ruby, error: &Option<KafkaError>) -> Result<Option<Exception>, Error> {
    error.as_ref().map(|error| kafka_error(ruby, error)).transpose()
}

/// A Hash with Symbols as keys.
macro_rules! hash {
    ($ruby:expr, $($key:literal => $value:expr),+ $(,)?) => {{
        let hash = $ruby.hash_new();
        $(hash.aset($ruby.to_symbol($key), $value)?;)+
        hash
    }};
}
use hash;

/// Defines the operations on `Native::Producer`.
pub fn define(class: RClass) -> Result<(), Error> {
    topics::define(class)?;
    cluster::define(class)?;
    records::define(class)?;
    offsets::define(class)?;
    groups::define(class)?;
    acls::define(class)?;
    configs::define(class)
}
