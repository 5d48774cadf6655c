//! Offsets: of partitions by time, and those that groups have committed.

use std::{
    ffi::{CStr, CString},
    sync::Arc,
};

use super::{Operation, PartitionResult, partitions, request::Owned, result};
use crate::{Client, Error, KafkaError, PartitionList, error::owned, sys};

/// An offset found by [`Client::list_offsets`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedOffset {
    /// Its topic.
    pub topic: CString,
    /// Its partition.
    pub partition: i32,
    /// The offset, or -1 if none matched.
    pub offset: i64,
    /// 0, or why there is none.
    pub error: i32,
    /// The message's timestamp in ms, or -1.
    pub timestamp: i64,
    /// The leader's epoch, or -1.
    pub leader_epoch: i32,
}

/// What became of a group's offsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupOffsets {
    /// The group.
    pub group: CString,
    /// Why nothing was done.
    pub error: Option<KafkaError>,
    /// What became of each partition.
    pub partitions: Vec<PartitionResult>,
}

impl Client {
    /// Asks for offsets: the list's offsets are -2 (earliest), -1 (latest), -3 (the highest timestamp's) or a timestamp
    /// in ms. The isolation level is 0 or 1, or none for librdkafka's default.
    pub fn list_offsets(&self, wanted: &PartitionList, isolation_level: Option<i32>) -> Result<Arc<Operation>, Error> {
        self.submit(sys::RD_KAFKA_ADMIN_OP_LISTOFFSETS, |rk, options, queue| {
            if let Some(level) = isolation_level {
                options.isolation_level(level);
            }
            // SAFETY: everything is live.
            unsafe { sys::rd_kafka_ListOffsets(rk, wanted.as_ptr(), options.as_ptr(), queue) };
        })
    }

    /// Sets offsets of a group, with their metadata.
    pub fn alter_group_offsets(&self, group: &CStr, offsets: &PartitionList) -> Result<Arc<Operation>, Error> {
        // SAFETY: a C string and a live list, which are copied; never null.
        let request = unsafe {
            Owned::new(
                sys::rd_kafka_AlterConsumerGroupOffsets_new(group.as_ptr(), offsets.as_ptr()),
                sys::rd_kafka_AlterConsumerGroupOffsets_destroy,
            )
        };
        self.submit(sys::RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, |rk, options, queue| {
            // SAFETY: everything is live, and the array has one element.
            unsafe { sys::rd_kafka_AlterConsumerGroupOffsets(rk, &mut request.as_ptr(), 1, options.as_ptr(), queue) };
        })
    }

    /// Forgets offsets of a group.
    pub fn delete_group_offsets(&self, group: &CStr, partitions: &PartitionList) -> Result<Arc<Operation>, Error> {
        self.refuse_unsendable()?;
        // SAFETY: as above.
        let request = unsafe {
            Owned::new(
                sys::rd_kafka_DeleteConsumerGroupOffsets_new(group.as_ptr(), partitions.as_ptr()),
                sys::rd_kafka_DeleteConsumerGroupOffsets_destroy,
            )
        };
        self.submit(sys::RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS, |rk, options, queue| {
            // SAFETY: everything is live, and the array has one element.
            unsafe { sys::rd_kafka_DeleteConsumerGroupOffsets(rk, &mut request.as_ptr(), 1, options.as_ptr(), queue) };
        })
    }
}

/// # Safety
/// `event` is a live result of this kind.
pub(super) unsafe fn listed(event: *mut sys::rd_kafka_event_t) -> Vec<ListedOffset> {
    // SAFETY: see above.
    unsafe {
        let listed = sys::rd_kafka_event_ListOffsets_result(event);
        result::all(listed, sys::rd_kafka_ListOffsets_result_infos, offset)
    }
}

/// # Safety
/// `info` is live.
unsafe fn offset(info: *const sys::rd_kafka_ListOffsetsResultInfo_t) -> ListedOffset {
    // SAFETY: see above.
    unsafe {
        let partition = sys::rd_kafka_ListOffsetsResultInfo_topic_partition(info);
        ListedOffset {
            topic: owned((*partition).topic).unwrap_or_default(),
            partition: (*partition).partition,
            offset: (*partition).offset,
            error: (*partition).err,
            timestamp: sys::rd_kafka_ListOffsetsResultInfo_timestamp(info),
            leader_epoch: sys::rd_kafka_topic_partition_get_leader_epoch(partition),
        }
    }
}

/// # Safety
/// `event` is a live result of this kind.
pub(super) unsafe fn altered(event: *mut sys::rd_kafka_event_t) -> Vec<GroupOffsets> {
    // SAFETY: see above.
    unsafe {
        let altered = sys::rd_kafka_event_AlterConsumerGroupOffsets_result(event);
        result::all(altered, sys::rd_kafka_AlterConsumerGroupOffsets_result_groups, group)
    }
}

/// # Safety
/// `event` is a live result of this kind.
pub(super) unsafe fn deleted(event: *mut sys::rd_kafka_event_t) -> Vec<GroupOffsets> {
    // SAFETY: see above.
    unsafe {
        let deleted = sys::rd_kafka_event_DeleteConsumerGroupOffsets_result(event);
        result::all(deleted, sys::rd_kafka_DeleteConsumerGroupOffsets_result_groups, group)
    }
}

/// # Safety
/// `raw` is live.
unsafe fn group(raw: *const sys::rd_kafka_group_result_t) -> GroupOffsets {
    // SAFETY: see above.
    unsafe {
        let (group, error) = result::group(raw);
        GroupOffsets { group, error, partitions: partitions::results(sys::rd_kafka_group_result_partitions(raw)) }
    }
}
