//! Topics: created, deleted, enlarged, described.

mod description;

use std::ffi::{CString, c_char};

pub use description::{DescribeTopics, TopicDescription, TopicPartition};

use super::{
    Named, Reply, Request, Submission,
    reply::only,
    request::{Owned, checked},
};
use crate::{
    Error, KafkaError, code,
    config::{ERROR_TEXT_SIZE, text_of},
    sys,
};

/// Creates a topic. Answered by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateTopic {
    /// Its name.
    pub name: CString,
    /// How many partitions it gets; -1 for the broker's default.
    pub partitions: i32,
    /// How many brokers hold each partition; -1 for the broker's default.
    pub replication_factor: i32,
    /// For each partition the brokers that hold it, in place of a replication factor; none for the controller's choice.
    pub replicas: Vec<Vec<i32>>,
    /// Names and values; those that are refused locally are left out.
    pub options: Vec<(CString, CString)>,
}

impl Request for CreateTopic {
    type Answer = Named;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_CREATETOPICS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        // SAFETY: C strings and a buffer of the size given.
        let topic = unsafe {
            checked(sys::rd_kafka_NewTopic_destroy, |text, size| {
                let (name, partitions) = (self.name.as_ptr(), self.partitions);
                sys::rd_kafka_NewTopic_new(name, partitions, self.replication_factor, text, size)
            })?
        };
        for (name, value) in &self.options {
            // SAFETY: a live topic and C strings.
            unsafe { sys::rd_kafka_NewTopic_set_config(topic.as_ptr(), name.as_ptr(), value.as_ptr()) };
        }
        // SAFETY: a live topic, and the functions of this operation.
        unsafe {
            assign(&topic, &self.replicas, sys::rd_kafka_NewTopic_set_replica_assignment)?;
            submission.send_all(sys::rd_kafka_CreateTopics, &[topic]);
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Named, KafkaError> {
        // SAFETY: librdkafka's accessors.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_CreateTopics_result)?;
            only(result, sys::rd_kafka_CreateTopics_result_topics, Named::topic)
        }
    }
}

/// Deletes a topic. Answered by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteTopic {
    /// Its name.
    pub name: CString,
}

impl Request for DeleteTopic {
    type Answer = Named;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_DELETETOPICS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        // SAFETY: a C string gives an object, never null; the function of this operation.
        unsafe {
            let topic = sys::rd_kafka_DeleteTopic_new(self.name.as_ptr());
            let topic = Owned::new(topic, sys::rd_kafka_DeleteTopic_destroy);
            submission.send_all(sys::rd_kafka_DeleteTopics, &[topic]);
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Named, KafkaError> {
        // SAFETY: librdkafka's accessors.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_DeleteTopics_result)?;
            only(result, sys::rd_kafka_DeleteTopics_result_topics, Named::topic)
        }
    }
}

/// Adds partitions to a topic. Answered by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatePartitions {
    /// Its name.
    pub topic: CString,
    /// How many it is to have in the end.
    pub total: usize,
    /// For each new partition the brokers that hold it; none for the controller's choice.
    pub replicas: Vec<Vec<i32>>,
}

impl Request for CreatePartitions {
    type Answer = Named;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_CREATEPARTITIONS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        // SAFETY: a C string and a buffer of the size given; the function of this operation.
        unsafe {
            let partitions = checked(sys::rd_kafka_NewPartitions_destroy, |text, size| {
                sys::rd_kafka_NewPartitions_new(self.topic.as_ptr(), self.total, text, size)
            })?;
            assign(&partitions, &self.replicas, sys::rd_kafka_NewPartitions_set_replica_assignment)?;
            submission.send_all(sys::rd_kafka_CreatePartitions, &[partitions]);
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Named, KafkaError> {
        // SAFETY: librdkafka's accessors.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_CreatePartitions_result)?;
            only(result, sys::rd_kafka_CreatePartitions_result_topics, Named::topic)
        }
    }
}

/// librdkafka's functions that set the brokers of a partition.
type Assign<T> = unsafe extern "C" fn(*mut T, i32, *mut i32, usize, *mut c_char, usize) -> sys::rd_kafka_resp_err_t;

/// Sets the brokers of partitions, the first one first.
///
/// # Safety
/// `set` is librdkafka's function for this kind of object, which is live.
unsafe fn assign<T>(owner: &Owned<T>, replicas: &[Vec<i32>], set: Assign<T>) -> Result<(), Error> {
    for (index, brokers) in (0..).zip(replicas) {
        let (mut brokers, mut text) = (brokers.clone(), [0 as c_char; ERROR_TEXT_SIZE]);
        // SAFETY: a live object, and an array and a buffer of the sizes given.
        let refused =
            unsafe { set(owner.as_ptr(), index, brokers.as_mut_ptr(), brokers.len(), text.as_mut_ptr(), text.len()) };
        if refused != code::NO_ERROR {
            return Err(Error::InvalidArgument(text_of(&text)));
        }
    }
    Ok(())
}
