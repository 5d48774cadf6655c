//! Offsets: of partitions by time, and those that groups have committed.

mod group;

use std::ffi::CString;

pub use group::{AlterGroupOffsets, CommittedOffset, DeleteGroupOffsets, GroupOffsets, ListGroupOffsets};

use super::{Reply, Request, Submission, reply::all};
use crate::{Error, KafkaError, PartitionList, error::owned, sys};

/// Asks for offsets of partitions, by position or time.
#[derive(Debug)]
pub struct ListOffsets {
    /// The partitions. The list's offsets are -2 (earliest), -1 (latest), -3 (that of the highest timestamp) or a timestamp
    /// in ms.
    pub wanted: PartitionList,
    /// 0 to include uncommitted messages, 1 to exclude them, none for librdkafka's default.
    pub isolation_level: Option<i32>,
}

impl Request for ListOffsets {
    type Answer = Vec<ListedOffset>;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_LISTOFFSETS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        if let Some(level) = self.isolation_level {
            submission.isolation_level(level)?;
        }
        let (options, results) = (submission.options(), submission.results());
        // SAFETY: the submission keeps the handle, the options and the queue alive; the list is only copied.
        unsafe { sys::rd_kafka_ListOffsets(submission.rk(), self.wanted.as_ptr().cast_mut(), options, results) };
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Self::Answer, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_ListOffsets_result)?;
            Ok(all(result, sys::rd_kafka_ListOffsets_result_infos, ListedOffset::read))
        }
    }
}

/// An offset found for [`ListOffsets`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedOffset {
    /// The topic.
    pub topic: CString,
    /// The partition.
    pub partition: i32,
    /// The offset, or -1 if none matched.
    pub offset: i64,
    /// 0, or why there is no offset.
    pub error: i32,
    /// The message's timestamp in ms, or -1.
    pub timestamp: i64,
    /// The leader's epoch, or -1.
    pub leader_epoch: i32,
}

impl ListedOffset {
    fn read(info: &sys::rd_kafka_ListOffsetsResultInfo_t) -> Self {
        // SAFETY: the reference proves that the result is live; it has a partition with a topic, whose name is copied.
        unsafe {
            let partition = &*sys::rd_kafka_ListOffsetsResultInfo_topic_partition(info);
            Self {
                topic: owned(partition.topic).unwrap_or_default(),
                partition: partition.partition,
                offset: partition.offset,
                error: partition.err,
                timestamp: sys::rd_kafka_ListOffsetsResultInfo_timestamp(info),
                leader_epoch: sys::rd_kafka_topic_partition_get_leader_epoch(partition),
            }
        }
    }
}
