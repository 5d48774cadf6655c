//! The interface to gems that use the FFI driver's internals: addresses, and functions that their callbacks call.

pub mod bindings;
pub mod group_metadata;
pub mod lists;
pub mod pointer;
pub mod rebalance;

use magnus::{Error, RModule, Ruby};

/// Defines the functions of all files here on `KarafkaNative::Native`.
pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    bindings::init(ruby, native)?;
    group_metadata::init(ruby, native)?;
    lists::init(ruby, native)
}
