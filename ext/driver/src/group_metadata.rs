//! Who a consumer is in its group, for transactions that include its offsets.

use std::ptr::NonNull;

use crate::sys;

/// Owns a copy of the group's id, generation and member id.
#[derive(Debug)]
pub struct GroupMetadata(NonNull<sys::rd_kafka_consumer_group_metadata_t>);

// SAFETY: plain memory that nobody changes.
unsafe impl Send for GroupMetadata {}
// SAFETY: reading it from several threads at once changes nothing.
unsafe impl Sync for GroupMetadata {}

impl GroupMetadata {
    /// # Safety
    /// `metadata` is null or owned by the caller, who gives it away.
    pub(crate) unsafe fn from_raw(metadata: *mut sys::rd_kafka_consumer_group_metadata_t) -> Option<Self> {
        NonNull::new(metadata).map(Self)
    }

    pub(crate) fn as_ptr(&self) -> *const sys::rd_kafka_consumer_group_metadata_t {
        self.0.as_ptr()
    }

    /// Its address, as a name for it.
    pub fn address(&self) -> usize {
        self.0.as_ptr() as usize
    }
}

impl Drop for GroupMetadata {
    fn drop(&mut self) {
        // SAFETY: ours.
        unsafe { sys::rd_kafka_consumer_group_metadata_destroy(self.0.as_ptr()) };
    }
}
