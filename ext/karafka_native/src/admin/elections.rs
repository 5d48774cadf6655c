//! Elections of partition leaders.

use karafka_driver::admin::{ElectLeaders, Elected, Election};
use magnus::{Error, RArray, RClass, Ruby, Value, method, prelude::*, typed_data::Obj};

use super::{
    Admin,
    answer::{ToRuby, hash, optional_error},
    operation::Operation,
};
use crate::{partition_list::optional_list, ruby_value::binary};

/// `partitions` is a list, or nil for all partitions.
fn elect_leaders(
    ruby: &Ruby,
    this: Obj<Admin>,
    unclean: bool,
    partitions: Value,
    options: RArray,
) -> Result<Operation, Error> {
    let election = if unclean { Election::Unclean } else { Election::Preferred };
    let partitions = optional_list(ruby, partitions)?;
    Operation::submit(ruby, this, &ElectLeaders { election, partitions }, options)
}

/// One of the Hashes of `ElectLeadersReport#partitions`.
impl ToRuby for Elected {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        Ok(hash!(ruby,
            "topic" => binary(ruby, self.topic.to_bytes()),
            "partition" => self.partition,
            "error" => optional_error(ruby, &self.error)?,
        ))
    }
}

/// Defines this file's methods on `Admin`.
pub fn define(class: RClass) -> Result<(), Error> {
    class.define_method("elect_leaders", method!(elect_leaders, 3))
}
