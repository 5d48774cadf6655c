//! Offsets: of partitions by time, and those that groups have committed.

use std::ffi::CString;

use super::{
    Named, PartitionResult, Reply, Request, Submission,
    reply::{all, only},
    request::Owned,
};
use crate::{Error, KafkaError, PartitionList, error::owned, sys};

/// Asks for offsets.
#[derive(Debug)]
pub struct ListOffsets {
    /// The list's offsets are -2 (earliest), -1 (latest), -3 (the highest timestamp's) or a timestamp in ms.
    pub wanted: PartitionList,
    /// 0 or 1, or none for librdkafka's default.
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
        // SAFETY: everything is live.
        unsafe { sys::rd_kafka_ListOffsets(submission.rk(), self.wanted.as_ptr(), options, results) };
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Self::Answer, KafkaError> {
        // SAFETY: librdkafka's accessors.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_ListOffsets_result)?;
            Ok(all(result, sys::rd_kafka_ListOffsets_result_infos, ListedOffset::read))
        }
    }
}

/// Sets offsets of a group, with their metadata.
#[derive(Debug)]
pub struct AlterGroupOffsets {
    /// The group's id.
    pub group: CString,
    /// The offsets.
    pub offsets: PartitionList,
}

impl Request for AlterGroupOffsets {
    type Answer = GroupOffsets;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        let (group, offsets) = (self.group.as_ptr(), self.offsets.as_ptr());
        // SAFETY: a C string and a live list, both copied, give an object, never null; the function of this operation.
        unsafe {
            let altered = sys::rd_kafka_AlterConsumerGroupOffsets_new(group, offsets);
            let altered = Owned::new(altered, sys::rd_kafka_AlterConsumerGroupOffsets_destroy);
            submission.send_all(sys::rd_kafka_AlterConsumerGroupOffsets, &[altered]);
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<GroupOffsets, KafkaError> {
        // SAFETY: librdkafka's accessors.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_AlterConsumerGroupOffsets_result)?;
            only(result, sys::rd_kafka_AlterConsumerGroupOffsets_result_groups, GroupOffsets::read)
        }
    }
}

/// Forgets offsets of a group.
#[derive(Debug)]
pub struct DeleteGroupOffsets {
    /// The group's id.
    pub group: CString,
    /// The partitions.
    pub partitions: PartitionList,
}

impl Request for DeleteGroupOffsets {
    type Answer = GroupOffsets;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        submission.client().refuse_unsendable()?;
        let (group, partitions) = (self.group.as_ptr(), self.partitions.as_ptr());
        // SAFETY: a C string and a live list, both copied, give an object, never null; the function of this operation.
        unsafe {
            let deleted = sys::rd_kafka_DeleteConsumerGroupOffsets_new(group, partitions);
            let deleted = Owned::new(deleted, sys::rd_kafka_DeleteConsumerGroupOffsets_destroy);
            submission.send_all(sys::rd_kafka_DeleteConsumerGroupOffsets, &[deleted]);
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<GroupOffsets, KafkaError> {
        // SAFETY: librdkafka's accessors.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_DeleteConsumerGroupOffsets_result)?;
            only(result, sys::rd_kafka_DeleteConsumerGroupOffsets_result_groups, GroupOffsets::read)
        }
    }
}

/// An offset found for [`ListOffsets`].
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

impl ListedOffset {
    fn read(info: &sys::rd_kafka_ListOffsetsResultInfo_t) -> Self {
        // SAFETY: a live result, which has a partition with a topic.
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

impl GroupOffsets {
    fn read(group: &sys::rd_kafka_group_result_t) -> Self {
        let Named { name, error } = Named::group(group);
        // SAFETY: a live result, whose list is live or null.
        let partitions = unsafe { PartitionResult::all(sys::rd_kafka_group_result_partitions(group)) };
        Self { group: name, error, partitions }
    }
}
