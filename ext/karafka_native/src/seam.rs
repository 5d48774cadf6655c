//! What other gems reach into: addresses, and functions that they call in callbacks of their own.

pub mod bindings;
pub mod group_metadata;
pub mod lists;
pub mod pointer;
pub mod rebalance;

use magnus::{Error, RModule, Ruby};

/// Registers this file's methods with Ruby.
pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    bindings::init(ruby, native)?;
    group_metadata::init(ruby, native)?;
    lists::init(ruby, native)
}
