//! What coordinators tell of groups.

use std::ffi::CString;

use super::super::{
    Node, PartitionResult, Reply, Request, Submission,
    reply::{all, authorized_operations},
    request::pointers,
};
use crate::{Error, KafkaError, error::owned, sys};

/// Describes groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribeGroups {
    /// Their ids.
    pub ids: Vec<CString>,
    /// Whether to tell what the client may do.
    pub authorized_operations: bool,
}

impl Request for DescribeGroups {
    type Answer = Vec<GroupDescription>;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        submission.include_authorized_operations(self.authorized_operations)?;
        let mut ids = pointers(&self.ids);
        let (options, results) = (submission.options(), submission.results());
        // SAFETY: everything is live, and the array has the length given.
        unsafe {
            sys::rd_kafka_DescribeConsumerGroups(submission.rk(), ids.as_mut_ptr(), ids.len(), options, results);
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Self::Answer, KafkaError> {
        // SAFETY: librdkafka's accessors.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_DescribeConsumerGroups_result)?;
            Ok(all(result, sys::rd_kafka_DescribeConsumerGroups_result_groups, GroupDescription::read))
        }
    }
}

/// What its coordinator tells of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDescription {
    /// Its id.
    pub id: CString,
    /// Why nothing can be told.
    pub error: Option<KafkaError>,
    /// Whether it only stores offsets.
    pub simple: bool,
    /// Its state, as librdkafka numbers them.
    pub state: u32,
    /// Its type, as librdkafka numbers them.
    pub kind: u32,
    /// The name of its assignor.
    pub assignor: Option<CString>,
    /// The broker that coordinates it.
    pub coordinator: Option<Node>,
    /// What the client may do with it, if that was asked for.
    pub authorized_operations: Option<Vec<i32>>,
    /// Its members.
    pub members: Vec<Member>,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its id in the group.
    pub id: Option<CString>,
    /// Its `client.id`.
    pub client_id: Option<CString>,
    /// Its `group.instance.id`.
    pub instance_id: Option<CString>,
    /// Its host.
    pub host: Option<CString>,
    /// The partitions that it has.
    pub assignment: Vec<PartitionResult>,
    /// The partitions that it is to have, in groups of the `consumer` protocol.
    pub target_assignment: Option<Vec<PartitionResult>>,
}

impl GroupDescription {
    fn read(group: &sys::rd_kafka_ConsumerGroupDescription_t) -> Self {
        // SAFETY: a live group with as many members as librdkafka says, its accessors, and texts that are copied.
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
        // SAFETY: a live member, whose texts are copied; its assignments are live or null.
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
    // SAFETY: a live assignment, which has a list.
    unsafe { PartitionResult::all(sys::rd_kafka_MemberAssignment_partitions(assignment)) }
}
