//! Consumer groups: listed, described, deleted.

use std::{
    ffi::{CStr, CString},
    sync::Arc,
};

use super::{
    Named, Node, Operation, PartitionResult, cluster, partitions,
    request::{Owned, pointers},
    result,
};
use crate::{Client, Error, KafkaError, error::owned, sys};

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

impl Client {
    /// Lists the groups of all brokers.
    pub fn list_groups(&self) -> Result<Arc<Operation>, Error> {
        self.submit(sys::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, |rk, options, queue| {
            // SAFETY: everything is live.
            unsafe { sys::rd_kafka_ListConsumerGroups(rk, options.as_ptr(), queue) };
        })
    }

    /// Describes groups.
    pub fn describe_groups(&self, ids: &[CString], authorized_operations: bool) -> Result<Arc<Operation>, Error> {
        let mut ids = pointers(ids);
        self.submit(sys::RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, |rk, options, queue| {
            if authorized_operations {
                options.include_authorized_operations();
            }
            // SAFETY: everything is live, and the array has the length given.
            unsafe { sys::rd_kafka_DescribeConsumerGroups(rk, ids.as_mut_ptr(), ids.len(), options.as_ptr(), queue) };
        })
    }

    /// Deletes a group.
    pub fn delete_group(&self, id: &CStr) -> Result<Arc<Operation>, Error> {
        self.refuse_unsendable()?;
        // SAFETY: a C string; never null.
        let group =
            unsafe { Owned::new(sys::rd_kafka_DeleteGroup_new(id.as_ptr()), sys::rd_kafka_DeleteGroup_destroy) };
        self.submit(sys::RD_KAFKA_ADMIN_OP_DELETEGROUPS, |rk, options, queue| {
            // SAFETY: everything is live, and the array has one element.
            unsafe { sys::rd_kafka_DeleteGroups(rk, &mut group.as_ptr(), 1, options.as_ptr(), queue) };
        })
    }
}

/// librdkafka's name of a group's state.
pub fn group_state_name(state: u32) -> CString {
    // SAFETY: any number is allowed, and the text is static.
    unsafe { owned(sys::rd_kafka_consumer_group_state_name(state)) }.unwrap_or_default()
}

/// librdkafka's name of a group's type.
pub fn group_type_name(kind: u32) -> CString {
    // SAFETY: as above.
    unsafe { owned(sys::rd_kafka_consumer_group_type_name(kind)) }.unwrap_or_default()
}

/// # Safety
/// `event` is a live result of this kind.
pub(super) unsafe fn listed(event: *mut sys::rd_kafka_event_t) -> Groups {
    // SAFETY: see above.
    unsafe {
        let listed = sys::rd_kafka_event_ListConsumerGroups_result(event);
        let errors = result::all(listed, sys::rd_kafka_ListConsumerGroups_result_errors, KafkaError::copy_of);
        Groups {
            groups: result::all(listed, sys::rd_kafka_ListConsumerGroups_result_valid, listing),
            errors: errors.into_iter().flatten().collect(),
        }
    }
}

/// # Safety
/// `group` is live.
unsafe fn listing(group: *const sys::rd_kafka_ConsumerGroupListing_t) -> GroupListing {
    // SAFETY: see above.
    unsafe {
        GroupListing {
            id: owned(sys::rd_kafka_ConsumerGroupListing_group_id(group)).unwrap_or_default(),
            simple: sys::rd_kafka_ConsumerGroupListing_is_simple_consumer_group(group) != 0,
            state: sys::rd_kafka_ConsumerGroupListing_state(group),
        }
    }
}

/// # Safety
/// `event` is a live result of this kind.
pub(super) unsafe fn described(event: *mut sys::rd_kafka_event_t) -> Vec<GroupDescription> {
    // SAFETY: see above.
    unsafe {
        let described = sys::rd_kafka_event_DescribeConsumerGroups_result(event);
        result::all(described, sys::rd_kafka_DescribeConsumerGroups_result_groups, description)
    }
}

/// # Safety
/// `group` is live.
unsafe fn description(group: *const sys::rd_kafka_ConsumerGroupDescription_t) -> GroupDescription {
    // SAFETY: see above; there are as many members as librdkafka says.
    unsafe {
        let members = sys::rd_kafka_ConsumerGroupDescription_member_count(group);
        GroupDescription {
            id: owned(sys::rd_kafka_ConsumerGroupDescription_group_id(group)).unwrap_or_default(),
            error: KafkaError::copy_of(sys::rd_kafka_ConsumerGroupDescription_error(group)),
            simple: sys::rd_kafka_ConsumerGroupDescription_is_simple_consumer_group(group) != 0,
            state: sys::rd_kafka_ConsumerGroupDescription_state(group),
            kind: sys::rd_kafka_ConsumerGroupDescription_type(group),
            assignor: owned(sys::rd_kafka_ConsumerGroupDescription_partition_assignor(group)),
            coordinator: cluster::optional_node(sys::rd_kafka_ConsumerGroupDescription_coordinator(group)),
            authorized_operations: result::authorized_operations(
                group,
                sys::rd_kafka_ConsumerGroupDescription_authorized_operations,
            ),
            members: (0..members)
                .map(|index| member(sys::rd_kafka_ConsumerGroupDescription_member(group, index)))
                .collect(),
        }
    }
}

/// # Safety
/// `member` is live.
unsafe fn member(member: *const sys::rd_kafka_MemberDescription_t) -> Member {
    // SAFETY: see above.
    unsafe {
        let target = sys::rd_kafka_MemberDescription_target_assignment(member);
        Member {
            id: owned(sys::rd_kafka_MemberDescription_consumer_id(member)),
            client_id: owned(sys::rd_kafka_MemberDescription_client_id(member)),
            instance_id: owned(sys::rd_kafka_MemberDescription_group_instance_id(member)),
            host: owned(sys::rd_kafka_MemberDescription_host(member)),
            assignment: assignment(sys::rd_kafka_MemberDescription_assignment(member)),
            target_assignment: (!target.is_null()).then(|| assignment(target)),
        }
    }
}

/// # Safety
/// `assignment` is null or live.
unsafe fn assignment(assignment: *const sys::rd_kafka_MemberAssignment_t) -> Vec<PartitionResult> {
    if assignment.is_null() {
        return Vec::new();
    }
    // SAFETY: see above.
    unsafe { partitions::results(sys::rd_kafka_MemberAssignment_partitions(assignment)) }
}

/// # Safety
/// `event` is a live result of this kind.
pub(super) unsafe fn deleted(event: *mut sys::rd_kafka_event_t) -> Vec<Named> {
    // SAFETY: see above.
    unsafe {
        let deleted = sys::rd_kafka_event_DeleteGroups_result(event);
        result::all(deleted, sys::rd_kafka_DeleteGroups_result_groups, result::group)
    }
}
