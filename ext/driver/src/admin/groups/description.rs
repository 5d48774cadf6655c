//! Groups as their coordinators describe them.

use std::ffi::CString;

use super::super::{
    Coordinated, Node, PartitionResult, Reply, Request, Submission,
    reply::{all, authorized_operations},
    request::pointers,
};
use crate::{Error, KafkaError, error::owned, sys};

/// Describes groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribeGroups {
    /// The groups' ids.
    pub ids: Vec<CString>,
    /// Whether to include the operations that the client may do.
    pub authorized_operations: bool,
}

impl Request for DescribeGroups {
    type Answer = Vec<GroupDescription>;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        submission.include_authorized_operations(self.authorized_operations)?;
        let mut ids = pointers(&self.ids);
        let (options, results) = (submission.options(), submission.results());
        // SAFETY: the submission keeps the handle, the options and the queue alive; the array has the length given.
        unsafe {
            sys::rd_kafka_DescribeConsumerGroups(submission.rk(), ids.as_mut_ptr(), ids.len(), options, results);
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Self::Answer, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_DescribeConsumerGroups_result)?;
            Ok(all(result, sys::rd_kafka_DescribeConsumerGroups_result_groups, GroupDescription::read))
        }
    }
}

impl Coordinated for DescribeGroups {
    fn reports(answer: &Self::Answer, code: i32) -> bool {
        answer.iter().any(|group| group.error.as_ref().is_some_and(|error| error.code == code))
    }
}

/// A group as its coordinator describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDescription {
    /// The group's id.
    pub id: CString,
    /// Why the group cannot be described.
    pub error: Option<KafkaError>,
    /// Whether the group only stores offsets, without members that subscribe.
    pub simple: bool,
    /// The group's state, by librdkafka's number.
    pub state: u32,
    /// The group's type, by librdkafka's number.
    pub kind: u32,
    /// The name of the partition assignor.
    pub assignor: Option<CString>,
    /// The coordinator.
    pub coordinator: Option<Node>,
    /// The operations that the client may do, if they were asked for.
    pub authorized_operations: Option<Vec<i32>>,
    /// The group's members.
    pub members: Vec<Member>,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The member's id in the group.
    pub id: Option<CString>,
    /// The member's `client.id`.
    pub client_id: Option<CString>,
    /// The member's `group.instance.id`.
    pub instance_id: Option<CString>,
    /// The member's host.
    pub host: Option<CString>,
    /// The partitions that the member has.
    pub assignment: Vec<PartitionResult>,
    /// The partitions that the member will get, in groups of the `consumer` protocol.
    pub target_assignment: Option<Vec<PartitionResult>>,
}

impl GroupDescription {
    /// Of a group of which nothing can be told.
    pub(in super::super) fn failed(id: CString, error: KafkaError) -> Self {
        Self {
            id,
            error: Some(error),
            simple: false,
            state: 0,
            kind: 0,
            assignor: None,
            coordinator: None,
            authorized_operations: None,
            members: Vec::new(),
        }
    }

    fn read(group: &sys::rd_kafka_ConsumerGroupDescription_t) -> Self {
        // SAFETY: the reference proves that the group is live; indices are below its count of members; texts are copied.
        unsafe {
            let members = 0..sys::rd_kafka_ConsumerGroupDescription_member_count(group);
            Self {
                id: owned(sys::rd_kafka_ConsumerGroupDescription_group_id(group)).unwrap_or_default(),
                error: KafkaError::copy_of(sys::rd_kafka_ConsumerGroupDescription_error(group)),
                simple: sys::rd_kafka_ConsumerGroupDescription_is_simple_consumer_group(group) != 0,
                state: sys::rd_kafka_ConsumerGroupDescription_state(group),
                kind: sys::rd_kafka_ConsumerGroupDescription_type(group),
                assignor: owned(sys::rd_kafka_ConsumerGroupDescription_partition_assignor(group)),
                coordinator: sys::rd_kafka_ConsumerGroupDescription_coordinator(group).as_ref().map(Node::read),
                authorized_operations: authorized_operations(
                    group,
                    sys::rd_kafka_ConsumerGroupDescription_authorized_operations,
                ),
                members: members
                    .filter_map(|index| sys::rd_kafka_ConsumerGroupDescription_member(group, index).as_ref())
                    .map(Member::read)
                    .collect(),
            }
        }
    }
}

impl Member {
    fn read(member: &sys::rd_kafka_MemberDescription_t) -> Self {
        // SAFETY: the reference proves that the member is live; texts are copied; assignments are parts of it, or null.
        unsafe {
            let assignment = sys::rd_kafka_MemberDescription_assignment(member).as_ref();
            let target_assignment = sys::rd_kafka_MemberDescription_target_assignment(member).as_ref();
            Self {
                id: owned(sys::rd_kafka_MemberDescription_consumer_id(member)),
                client_id: owned(sys::rd_kafka_MemberDescription_client_id(member)),
                instance_id: owned(sys::rd_kafka_MemberDescription_group_instance_id(member)),
                host: owned(sys::rd_kafka_MemberDescription_host(member)),
                assignment: assignment.map(partitions).unwrap_or_default(),
                target_assignment: target_assignment.map(partitions),
            }
        }
    }
}

fn partitions(assignment: &sys::rd_kafka_MemberAssignment_t) -> Vec<PartitionResult> {
    // SAFETY: the reference proves that the assignment is live; the list is part of it.
    unsafe { PartitionResult::all(sys::rd_kafka_MemberAssignment_partitions(assignment)) }
}
