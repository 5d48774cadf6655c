//! Choosing partitions for keys, without a client.

use karafka_driver::Partitioner;
use magnus::{Error, RModule, Ruby, Value, function, prelude::*};

use crate::{
    error::{Closed, to_ruby},
    ruby_value::{integer, string},
};

/// The partition that the named partitioner chooses among `count`; nil if any partition will do.
fn partition(ruby: &Ruby, partitioner: String, key: Value, count: Value) -> Result<Option<i32>, Error> {
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
