//! Creating, deleting, extending and describing topics.

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

/// Creates a topic. The answer has its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateTopic {
    /// The topic's name.
    pub name: CString,
    /// The number of partitions; -1 for the broker's default.
    pub partitions: i32,
    /// The number of replicas of each partition; -1 for the broker's default.
    pub replication_factor: i32,
    /// The brokers of each partition's replicas, instead of a replication factor; none to leave that to the controller.
    pub replicas: Vec<Vec<i32>>,
    /// Names and values of options. Those that librdkafka refuses are left out.
    pub options: Vec<(CString, CString)>,
}

impl Request for CreateTopic {
    type Answer = Named;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_CREATETOPICS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        // SAFETY: the name is a C string, which is copied; the buffer has the size given.
        let topic = unsafe {
            checked(sys::rd_kafka_NewTopic_destroy, |text, size| {
                let (name, partitions) = (self.name.as_ptr(), self.partitions);
                sys::rd_kafka_NewTopic_new(name, partitions, self.replication_factor, text, size)
            })?
        };
        for (name, value) in &self.options {
            // SAFETY: we own the topic; the C strings are copied.
            unsafe { sys::rd_kafka_NewTopic_set_config(topic.as_ptr(), name.as_ptr(), value.as_ptr()) };
        }
        // SAFETY: the functions are librdkafka's for new topics and for this operation.
        unsafe {
            assign(&topic, &self.replicas, sys::rd_kafka_NewTopic_set_replica_assignment)?;
            submission.send_all(sys::rd_kafka_CreateTopics, &[topic]);
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Named, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_CreateTopics_result)?;
            only(result, sys::rd_kafka_CreateTopics_result_topics, Named::topic)
        }
    }
}

/// Deletes a topic. The answer has its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteTopic {
    /// The topic's name.
    pub name: CString,
}

impl Request for DeleteTopic {
    type Answer = Named;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_DELETETOPICS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        // SAFETY: a C string gives an object, never null; the function is librdkafka's.
        unsafe {
            let topic = sys::rd_kafka_DeleteTopic_new(self.name.as_ptr());
            let topic = Owned::new(topic, sys::rd_kafka_DeleteTopic_destroy);
            submission.send_all(sys::rd_kafka_DeleteTopics, &[topic]);
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Named, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_DeleteTopics_result)?;
            only(result, sys::rd_kafka_DeleteTopics_result_topics, Named::topic)
        }
    }
}

/// Adds partitions to a topic. The answer has its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatePartitions {
    /// The topic's name.
    pub topic: CString,
    /// The number of partitions that the topic will have.
    pub total: usize,
    /// The brokers of each new partition's replicas; none to leave that to the controller.
    pub replicas: Vec<Vec<i32>>,
}

impl Request for CreatePartitions {
    type Answer = Named;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_CREATEPARTITIONS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        // SAFETY: the name is a C string, which is copied; the buffer has the size given; the functions are librdkafka's for
        // new partitions and for this operation.
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
        // SAFETY: these accessors are librdkafka's for this reply and its result.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_CreatePartitions_result)?;
            only(result, sys::rd_kafka_CreatePartitions_result_topics, Named::topic)
        }
    }
}

/// librdkafka's functions that set the brokers of a partition's replicas.
type Assign<T> = unsafe extern "C" fn(*mut T, i32, *mut i32, usize, *mut c_char, usize) -> sys::rd_kafka_resp_err_t;

/// Sets the brokers of the partitions' replicas, in the order of the partitions.
///
/// # Safety
/// `set` is librdkafka's function for this kind of object.
unsafe fn assign<T>(owner: &Owned<T>, replicas: &[Vec<i32>], set: Assign<T>) -> Result<(), Error> {
    for (index, brokers) in (0..).zip(replicas) {
        let (mut brokers, mut text) = (brokers.clone(), [0 as c_char; ERROR_TEXT_SIZE]);
        // SAFETY: we own the object; array and buffer have the sizes given.
        let refused =
            unsafe { set(owner.as_ptr(), index, brokers.as_mut_ptr(), brokers.len(), text.as_mut_ptr(), text.len()) };
        if refused != code::NO_ERROR {
            return Err(Error::InvalidArgument(text_of(&text)));
        }
    }
    Ok(())
}
