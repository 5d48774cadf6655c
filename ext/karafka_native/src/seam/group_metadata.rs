//! `KarafkaNative::Native::GroupMetadata`, to which `Consumer#consumer_group_metadata_pointer` points.

use std::sync::Arc;

use karafka_driver as driver;
use magnus::{Error, RModule, Ruby, Value, function, method, prelude::*};

use super::pointer;
use crate::ractor;

/// Owns the metadata, so that it is freed when the pointer to it has been collected.
#[magnus::wrap(class = "KarafkaNative::Native::GroupMetadata", free_immediately)]
pub struct GroupMetadata(Arc<driver::GroupMetadata>);

impl GroupMetadata {
    /// Makes the metadata available by its address until it is freed.
    pub fn new(metadata: driver::GroupMetadata) -> Self {
        let metadata = Arc::new(metadata);
        pointer::remember_group_metadata(&metadata);
        Self(metadata)
    }

    fn address(&self) -> usize {
        self.0.address()
    }
}

/// Makes a pointer invalid. The memory is freed with the object that the pointer refers to.
fn destroy_group_metadata(ruby: &Ruby, pointer: Value) -> Result<(), Error> {
    pointer::take_group_metadata(ruby, pointer).map(drop)
}

/// Defines `KarafkaNative::Native::GroupMetadata`, and the function that makes pointers to it invalid.
pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = ractor::define_class::<GroupMetadata>(ruby, native, "GroupMetadata")?;
    class.define_method("address", method!(GroupMetadata::address, 0))?;
    native.define_singleton_method("destroy_group_metadata", function!(destroy_group_metadata, 1))?;
    Ok(())
}
