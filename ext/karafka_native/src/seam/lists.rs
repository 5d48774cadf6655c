//! Lists that Ruby refers to by address.

use std::sync::Arc;

use magnus::{Error, RModule, Ruby, Value, function, prelude::*};

use super::pointer;
use crate::partition_list::{from_ruby, to_ruby};

/// The list whose address a rebalance callback got.
fn list_at(ruby: &Ruby, pointer: Value) -> Result<Value, Error> {
    to_ruby(ruby, &*pointer::list(ruby, pointer)?)
}

/// Converts a list to a native one and returns its address, which is valid until `forget_list`.
fn remember_list(ruby: &Ruby, list: Value) -> Result<usize, Error> {
    Ok(pointer::remember_list(Arc::new(from_ruby(ruby, list)?)))
}

/// Defines this file's functions on `KarafkaNative::Native`.
pub fn init(_ruby: &Ruby, native: RModule) -> Result<(), Error> {
    native.define_singleton_method("list_at", function!(list_at, 1))?;
    native.define_singleton_method("remember_list", function!(remember_list, 1))?;
    native.define_singleton_method("forget_list", function!(pointer::forget_list, 1))
}
