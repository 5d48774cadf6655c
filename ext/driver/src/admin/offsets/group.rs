//! Offsets that groups have committed.

use std::ffi::{CStr, CString};

use super::super::{
    ByBroker, Coordinated, Named, PartitionResult, Reply, Request, Submission,
    reply::{elements, only},
    request::Owned,
};
use crate::{Error, KafkaError, PartitionList, error::owned, sys};

/// Asks for offsets that a group has committed.
///
/// Only a client with a `group.id` may send it: librdkafka attributes a broker's refusal to the client's own group.
#[derive(Debug)]
pub struct ListGroupOffsets {
    /// The group's id.
    pub group: CString,
    /// The partitions; none for all partitions for which the group has committed offsets.
    pub partitions: Option<PartitionList>,
    /// Whether to fail for offsets of transactions that are still open.
    pub require_stable: bool,
}

impl Request for ListGroupOffsets {
    type Answer = Vec<CommittedOffset>;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        let partitions = self.partitions.as_ref().map_or(std::ptr::null(), PartitionList::as_ptr);
        // SAFETY: the submission keeps the options alive, and we own the error. A C string and a live list or null, both
        // copied, give an object, never null; the function is librdkafka's for this operation.
        unsafe {
            KafkaError::take(sys::rd_kafka_AdminOptions_set_require_stable_offsets(
                submission.options(),
                i32::from(self.require_stable),
            ))?;
            let listed = sys::rd_kafka_ListConsumerGroupOffsets_new(self.group.as_ptr(), partitions);
            let listed = Owned::new(listed, sys::rd_kafka_ListConsumerGroupOffsets_destroy);
            submission.send_all(sys::rd_kafka_ListConsumerGroupOffsets, &[listed]);
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Self::Answer, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result; the list is part of it, or null.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_ListConsumerGroupOffsets_result)?;
            only(result, sys::rd_kafka_ListConsumerGroupOffsets_result_groups, |group| {
                elements(sys::rd_kafka_group_result_partitions(group), CommittedOffset::read)
            })
        }
    }
}

impl Coordinated for ListGroupOffsets {
    fn reports(answer: &Self::Answer, code: i32) -> bool {
        answer.iter().any(|partition| partition.error == code)
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
        // SAFETY: a C string and a live list, both copied, give an object, never null; the function is librdkafka's.
        unsafe {
            let altered = sys::rd_kafka_AlterConsumerGroupOffsets_new(group, offsets);
            let altered = Owned::new(altered, sys::rd_kafka_AlterConsumerGroupOffsets_destroy);
            submission.send_all(sys::rd_kafka_AlterConsumerGroupOffsets, &[altered]);
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<GroupOffsets, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_AlterConsumerGroupOffsets_result)?;
            only(result, sys::rd_kafka_AlterConsumerGroupOffsets_result_groups, GroupOffsets::read)
        }
    }
}

impl Coordinated for AlterGroupOffsets {
    fn reports(answer: &GroupOffsets, code: i32) -> bool {
        answer.partitions.iter().any(|partition| partition.error == code)
    }
}

/// Deletes committed offsets of a group.
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
        let (group, partitions) = (self.group.as_ptr(), self.partitions.as_ptr());
        // SAFETY: a C string and a live list, both copied, give an object, never null; the function is librdkafka's.
        unsafe {
            let deleted = sys::rd_kafka_DeleteConsumerGroupOffsets_new(group, partitions);
            let deleted = Owned::new(deleted, sys::rd_kafka_DeleteConsumerGroupOffsets_destroy);
            submission.send_all(sys::rd_kafka_DeleteConsumerGroupOffsets, &[deleted]);
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<GroupOffsets, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_DeleteConsumerGroupOffsets_result)?;
            only(result, sys::rd_kafka_DeleteConsumerGroupOffsets_result_groups, GroupOffsets::read)
        }
    }
}

impl ByBroker for DeleteGroupOffsets {
    fn group(&self) -> &CStr {
        &self.group
    }

    fn refusal(answer: &GroupOffsets) -> Option<&KafkaError> {
        answer.error.as_ref()
    }
}

/// The result of changing a group's offsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupOffsets {
    /// The group.
    pub group: CString,
    /// Why no offset was changed.
    pub error: Option<KafkaError>,
    /// The result for each partition.
    pub partitions: Vec<PartitionResult>,
}

/// An offset that a group has committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedOffset {
    /// The topic.
    pub topic: CString,
    /// The partition.
    pub partition: i32,
    /// The committed offset, if there is one.
    pub offset: Option<i64>,
    /// The leader's epoch, if it is known.
    pub leader_epoch: Option<i32>,
    /// The metadata that was committed with the offset.
    pub metadata: Option<Vec<u8>>,
    /// 0, or why the offset could not be read.
    pub error: i32,
}

impl CommittedOffset {
    fn read(element: &sys::rd_kafka_topic_partition_t) -> Self {
        // SAFETY: the reference proves that the element is live; its C string and its sized metadata are copied.
        unsafe {
            let metadata = (!element.metadata.is_null())
                .then(|| std::slice::from_raw_parts(element.metadata.cast::<u8>(), element.metadata_size).to_vec());
            Self {
                topic: owned(element.topic).unwrap_or_default(),
                partition: element.partition,
                offset: Some(element.offset).filter(|offset| *offset >= 0),
                leader_epoch: Some(sys::rd_kafka_topic_partition_get_leader_epoch(element)).filter(|epoch| *epoch >= 0),
                metadata,
                error: element.err,
            }
        }
    }
}

impl GroupOffsets {
    fn read(group: &sys::rd_kafka_group_result_t) -> Self {
        let Named { name, error } = Named::group(group);
        // SAFETY: the reference proves that the result is live; the list is part of it, or null.
        let partitions = unsafe { PartitionResult::all(sys::rd_kafka_group_result_partitions(group)) };
        Self { group: name, error, partitions }
    }
}
