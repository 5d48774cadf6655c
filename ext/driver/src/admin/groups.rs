//! Consumer groups: listed, described, deleted.

mod description;

use std::ffi::{CStr, CString};

pub use description::{DescribeGroups, GroupDescription, Member};

use super::{
    ByBroker, Named, Reply, Request, Submission,
    reply::{all, only},
    request::Owned,
};
use crate::{Error, KafkaError, error::owned, sys};

/// Lists the groups of all brokers, or of the broker that the options name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListGroups {
    /// Only groups in one of these states, as librdkafka numbers them; none for all.
    pub states: Vec<u32>,
    /// Only groups of one of these types, as librdkafka numbers them; none for all.
    pub kinds: Vec<u32>,
}

impl Request for ListGroups {
    type Answer = Groups;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        let options = submission.options();
        // SAFETY: the submission keeps the handle, the options and the queue alive; the arrays have the lengths given; we own
        // the errors.
        unsafe {
            if !self.states.is_empty() {
                KafkaError::take(sys::rd_kafka_AdminOptions_set_match_consumer_group_states(
                    options,
                    self.states.as_ptr(),
                    self.states.len(),
                ))?;
            }
            if !self.kinds.is_empty() {
                KafkaError::take(sys::rd_kafka_AdminOptions_set_match_consumer_group_types(
                    options,
                    self.kinds.as_ptr(),
                    self.kinds.len(),
                ))?;
            }
            sys::rd_kafka_ListConsumerGroups(submission.rk(), options, submission.results());
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Groups, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result; errors are copied.
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

/// Deletes a group. The answer has its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteGroup {
    /// The group's id.
    pub id: CString,
}

impl Request for DeleteGroup {
    type Answer = Named;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_DELETEGROUPS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        // SAFETY: a C string gives an object, never null; the function is librdkafka's.
        unsafe {
            let group = sys::rd_kafka_DeleteGroup_new(self.id.as_ptr());
            let group = Owned::new(group, sys::rd_kafka_DeleteGroup_destroy);
            submission.send_all(sys::rd_kafka_DeleteGroups, &[group]);
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Named, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_DeleteGroups_result)?;
            only(result, sys::rd_kafka_DeleteGroups_result_groups, Named::group)
        }
    }
}

impl ByBroker for DeleteGroup {
    fn group(&self) -> &CStr {
        &self.id
    }

    fn refusal(answer: &Named) -> Option<&KafkaError> {
        answer.error.as_ref()
    }

    fn failed(group: CString, error: KafkaError) -> Result<Named, KafkaError> {
        Ok(Named { name: group, error: Some(KafkaError::new(error.code)) })
    }
}

/// The groups of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// The groups that brokers listed, sorted by id.
    pub groups: Vec<GroupListing>,
    /// Errors of brokers that could not be asked.
    pub errors: Vec<KafkaError>,
}

/// A group in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupListing {
    /// The group's id.
    pub id: CString,
    /// Whether the group only stores offsets, without members that subscribe.
    pub simple: bool,
    /// The group's state, by librdkafka's number.
    pub state: u32,
    /// The group's type, by librdkafka's number.
    pub kind: u32,
}

/// librdkafka's name for a group's state.
pub fn group_state_name(state: u32) -> CString {
    // SAFETY: any number is allowed, and the text is static.
    unsafe { owned(sys::rd_kafka_consumer_group_state_name(state)) }.unwrap_or_default()
}

/// librdkafka's name for a group's type.
pub fn group_type_name(kind: u32) -> CString {
    // SAFETY: any number is allowed, and the text is static.
    unsafe { owned(sys::rd_kafka_consumer_group_type_name(kind)) }.unwrap_or_default()
}

impl GroupListing {
    fn read(group: &sys::rd_kafka_ConsumerGroupListing_t) -> Self {
        // SAFETY: the reference proves that the group is live; its texts are copied.
        unsafe {
            Self {
                id: owned(sys::rd_kafka_ConsumerGroupListing_group_id(group)).unwrap_or_default(),
                simple: sys::rd_kafka_ConsumerGroupListing_is_simple_consumer_group(group) != 0,
                state: sys::rd_kafka_ConsumerGroupListing_state(group),
                kind: sys::rd_kafka_ConsumerGroupListing_type(group),
            }
        }
    }
}
