//! Consumer groups: listed, described, deleted.

use std::ffi::CString;

use super::{
    Named, Node, PartitionResult, Reply, Request, Submission,
    reply::{all, authorized_operations, only},
    request::{Owned, pointers},
};
use crate::{Error, KafkaError, error::owned, sys};

/// Lists the groups of all brokers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListGroups;

impl Request for ListGroups {
    type Answer = Groups;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        // SAFETY: everything is live.
        unsafe { sys::rd_kafka_ListConsumerGroups(submission.rk(), submission.options(), submission.results()) };
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Groups, KafkaError> {
        // SAFETY: librdkafka's accessors, and live errors that are copied.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_ListConsumerGroups_result)?;
            let copy = |error: &_| KafkaError::copy_of(error);
            let errors = all(result, sys::rd_kafka_ListConsumerGroups_result_errors, copy);
            Ok(Groups {
                groups: all(result, sys::rd_kafka_ListConsumerGroups_result_valid, GroupListing::read),
                errors: errors.into_iter().flatten().collect(),
            })
        }
    }
}

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

/// Deletes a group. Answered by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteGroup {
    /// Its id.
    pub id: CString,
}

impl Request for DeleteGroup {
    type Answer = Named;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_DELETEGROUPS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        submission.client().refuse_unsendable()?;
        // SAFETY: a C string gives an object, never null; the function of this operation.
        unsafe {
            let group = sys::rd_kafka_DeleteGroup_new(self.id.as_ptr());
            let group = Owned::new(group, sys::rd_kafka_DeleteGroup_destroy);
            submission.send_all(sys::rd_kafka_DeleteGroups, &[group]);
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Named, KafkaError> {
        // SAFETY: librdkafka's accessors.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_DeleteGroups_result)?;
            only(result, sys::rd_kafka_DeleteGroups_result_groups, Named::group)
        }
    }
}

/// The groups of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// Those that brokers told of, sorted by id.
    pub groups: Vec<GroupListing>,
    /// Why brokers could not be asked.
    pub errors: Vec<KafkaError>,
}

/// A group in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupListing {
    /// Its id.
    pub id: CString,
    /// Whether it only stores offsets.
    pub simple: bool,
    /// Its state, as librdkafka numbers them.
    pub state: u32,
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

/// librdkafka's name of a group's state.
pub fn group_state_name(state: u32) -> CString {
    // SAFETY: any number is allowed, and the text is static.
    unsafe { owned(sys::rd_kafka_consumer_group_state_name(state)) }.unwrap_or_default()
}

/// librdkafka's name of a group's type.
pub fn group_type_name(kind: u32) -> CString {
    // SAFETY: any number is allowed, and the text is static.
    unsafe { owned(sys::rd_kafka_consumer_group_type_name(kind)) }.unwrap_or_default()
}

impl GroupListing {
    fn read(group: &sys::rd_kafka_ConsumerGroupListing_t) -> Self {
        // SAFETY: a live group, whose texts are copied.
        unsafe {
            Self {
                id: owned(sys::rd_kafka_ConsumerGroupListing_group_id(group)).unwrap_or_default(),
                simple: sys::rd_kafka_ConsumerGroupListing_is_simple_consumer_group(group) != 0,
                state: sys::rd_kafka_ConsumerGroupListing_state(group),
            }
        }
    }
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
