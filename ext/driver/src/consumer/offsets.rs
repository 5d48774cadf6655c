//! Positions, stored offsets, commits that are not waited for, and queries.

use std::ffi::CStr;

use super::Consumer;
use crate::{Error, KafkaError, OFFSET_INVALID, PartitionList, Timeout, code, sys};

impl Consumer {
    /// Fills in the positions: the offsets after the last consumed messages.
    pub fn position(&self, partitions: &mut PartitionList) -> Result<(), Error> {
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_position(rk, partitions.as_mut_ptr()) })
    }

    /// Fills in the committed offsets.
    pub fn committed(&self, partitions: &mut PartitionList, timeout: Timeout) -> Result<(), Error> {
        // librdkafka would never answer.
        if self.is_leaving() {
            return Err(KafkaError::new(code::DESTROY).into());
        }
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_committed(rk, partitions.as_mut_ptr(), timeout.0) })
    }

    /// Commits the offsets given, or the stored ones, without waiting for the answer.
    pub fn commit_async(&self, offsets: Option<&PartitionList>) -> Result<(), Error> {
        self.require_group()?;
        let list = offsets.map_or(std::ptr::null(), PartitionList::as_ptr);
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_commit(rk, list, 1) })
    }

    /// Stores offsets for the next commit. Each element of the list gets its own error.
    pub fn store_offsets(&self, offsets: &mut PartitionList) -> Result<(), Error> {
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_offsets_store(rk, offsets.as_mut_ptr()) })
    }

    /// Replaces the timestamps in the list with offsets.
    pub fn offsets_for_times(&self, times: &mut PartitionList, timeout: Timeout) -> Result<(), Error> {
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_offsets_for_times(rk, times.as_mut_ptr(), timeout.0) })
    }

    /// Asks the broker for the lowest offset and the one after the highest.
    pub fn query_watermark_offsets(&self, topic: &CStr, partition: i32, timeout: Timeout) -> Result<(i64, i64), Error> {
        let (mut low, mut high) = (OFFSET_INVALID, OFFSET_INVALID);
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe {
            sys::rd_kafka_query_watermark_offsets(rk, topic.as_ptr(), partition, &mut low, &mut high, timeout.0)
        })?;
        Ok((low, high))
    }
}
