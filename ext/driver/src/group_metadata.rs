//! A consumer's identity in its group, for transactions that include its offsets.

use std::ptr::NonNull;

use crate::sys;

/// A copy of the group's id, generation and member id.
#[derive(Debug)]
pub struct GroupMetadata(NonNull<sys::rd_kafka_consumer_group_metadata_t>);

// SAFETY: owned by this value, and not tied to a thread.
unsafe impl Send for GroupMetadata {}
// SAFETY: nothing changes the memory, so several threads may read it.
unsafe impl Sync for GroupMetadata {}

impl GroupMetadata {
    /// # Safety
    /// `metadata` is null or owned by the caller.
    pub(crate) unsafe fn from_raw(metadata: *mut sys::rd_kafka_consumer_group_metadata_t) -> Option<Self> {
        NonNull::new(metadata).map(Self)
    }

    pub(crate) fn as_ptr(&self) -> *const sys::rd_kafka_consumer_group_metadata_t {
        self.0.as_ptr()
    }

    /// The address, by which other gems name the metadata.
    pub fn address(&self) -> usize {
        self.0.as_ptr() as usize
    }
}

impl Drop for GroupMetadata {
    fn drop(&mut self) {
        // SAFETY: `from_raw` took ownership; freed only here.
        unsafe { sys::rd_kafka_consumer_group_metadata_destroy(self.0.as_ptr()) };
    }
}
