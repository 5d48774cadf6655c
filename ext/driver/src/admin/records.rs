//! Records deleted before an offset.

use std::sync::Arc;

use super::{Operation, PartitionResult, partitions::results, request::Owned};
use crate::{Client, Error, PartitionList, sys};

impl Client {
    /// Deletes what is before the list's offsets; -1 is a partition's end.
    pub fn delete_records(&self, before: &PartitionList) -> Result<Arc<Operation>, Error> {
        // SAFETY: a live list, which is copied; never null.
        let records = unsafe {
            Owned::new(sys::rd_kafka_DeleteRecords_new(before.as_ptr()), sys::rd_kafka_DeleteRecords_destroy)
        };
        self.submit(sys::RD_KAFKA_ADMIN_OP_DELETERECORDS, |rk, options, queue| {
            // SAFETY: everything is live, and the array has one element.
            unsafe { sys::rd_kafka_DeleteRecords(rk, &mut records.as_ptr(), 1, options.as_ptr(), queue) };
        })
    }
}

/// # Safety
/// `event` is a live result of this kind.
pub(super) unsafe fn deleted(event: *mut sys::rd_kafka_event_t) -> Vec<PartitionResult> {
    // SAFETY: see above.
    unsafe { results(sys::rd_kafka_DeleteRecords_result_offsets(sys::rd_kafka_event_DeleteRecords_result(event))) }
}
