//! Choosing partitions for keys, without a client: librdkafka's own random choice reads data of the topic that its threads
//! may free meanwhile, since only librdkafka can lock it. Ruby chooses instead.

use karafka_driver::Partitioner;
use magnus::{Error, RModule, RString, Ruby, Value, function, prelude::*};

use crate::{
    error::{Closed, to_ruby},
    ruby_value::{integer, string},
};

/// The partition that the named partitioner chooses among `count`; nil if any partition will do.
fn partition(ruby: &Ruby, partitioner: RString, key: Value, count: Value) -> Result<Option<i32>, Error> {
    // SAFETY: the String is on the stack, and is copied before Ruby can run.
    let partitioner = String::from_utf8_lossy(unsafe { partitioner.as_slice() }).into_owned();
    let partitioner: Partitioner = partitioner.parse().map_err(|error| to_ruby(ruby, error, Closed::Inner))?;
    let count = integer(ruby, count, "partitions")?.to_i32()?;
    let key = if key.is_nil() { None } else { Some(string(ruby, key, "key")?) };
    // SAFETY: the String is on the stack, and no Ruby code runs before it has been read.
    let key = key.as_ref().map(|key| unsafe { key.as_slice() });
    partitioner.partition(key, count).map_err(|error| to_ruby(ruby, error, Closed::Inner))
}

/// Defines this file's functions on `KarafkaNative::Native`.
pub fn init(_ruby: &Ruby, native: RModule) -> Result<(), Error> {
    native.define_singleton_method("partition", function!(partition, 3))
}
