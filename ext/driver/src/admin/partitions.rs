//! What became of single partitions.

use std::ffi::CString;

use crate::{error::owned, sys};

/// A partition with its offset and its error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionResult {
    /// Its topic.
    pub topic: CString,
    /// Its number.
    pub partition: i32,
    /// The offset that was given or found.
    pub offset: i64,
    /// 0, or why it failed.
    pub error: i32,
}

/// Copies a list; null gives nothing.
///
/// # Safety
/// `list` is null or live.
pub(super) unsafe fn results(list: *const sys::rd_kafka_topic_partition_list_t) -> Vec<PartitionResult> {
    if list.is_null() {
        return Vec::new();
    }
    // SAFETY: see above; the list has `cnt` elements.
    unsafe { (0..(*list).cnt as usize).map(|index| result((*list).elems.add(index))).collect() }
}

/// # Safety
/// `element` is live.
unsafe fn result(element: *const sys::rd_kafka_topic_partition_t) -> PartitionResult {
    // SAFETY: see above.
    unsafe {
        PartitionResult {
            topic: owned((*element).topic).unwrap_or_default(),
            partition: (*element).partition,
            offset: (*element).offset,
            error: (*element).err,
        }
    }
}
