//! `KarafkaNative::Native::GroupMetadata`: what `Consumer#consumer_group_metadata_pointer` points to.

use std::sync::Arc;

use karafka_driver as driver;
use magnus::{Error, RModule, Ruby, Value, function, method, prelude::*};

use super::pointer;
use crate::ractor;

/// Frees the metadata when nobody can name it any more.
#[magnus::wrap(class = "KarafkaNative::Native::GroupMetadata", free_immediately)]
pub struct GroupMetadata(Arc<driver::GroupMetadata>);

impl GroupMetadata {
    /// Lets it be found by its address while it lives.
    pub fn new(metadata: driver::GroupMetadata) -> Self {
        let metadata = Arc::new(metadata);
        pointer::remember_group_metadata(&metadata);
        Self(metadata)
    }

    fn address(&self) -> usize {
        self.0.address()
    }
}

/// The pointer names nothing afterwards; the memory goes with the object behind it.
fn destroy_group_metadata(ruby: &Ruby, pointer: Value) -> Result<(), Error> {
    pointer::take_group_metadata(ruby, pointer).map(drop)
}

/// Registers this file's methods with Ruby.
pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = ractor::define_class::<GroupMetadata>(ruby, native, "GroupMetadata")?;
    class.define_method("address", method!(GroupMetadata::address, 0))?;
    native.define_singleton_method("destroy_group_metadata", function!(destroy_group_metadata, 1))?;
    Ok(())
}
