//! Topics as brokers describe them.

use std::ffi::CString;

use super::super::{
    Node, Reply, Request, Submission,
    reply::{all, authorized_operations},
    request::{Owned, pointers},
};
use crate::{Error, KafkaError, error::owned, sys};

/// Describes topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribeTopics {
    /// The topics' names.
    pub names: Vec<CString>,
    /// Whether to include the operations that the client may do.
    pub authorized_operations: bool,
}

impl Request for DescribeTopics {
    type Answer = Vec<TopicDescription>;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        submission.include_authorized_operations(self.authorized_operations)?;
        let mut names = pointers(&self.names);
        // SAFETY: an array of the length given, which is copied, gives an object, never null; the submission keeps the handle,
        // the options and the queue alive.
        unsafe {
            let topics = sys::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), names.len());
            let topics = Owned::new(topics, sys::rd_kafka_TopicCollection_destroy);
            let (options, results) = (submission.options(), submission.results());
            sys::rd_kafka_DescribeTopics(submission.rk(), topics.as_ptr(), options, results);
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Self::Answer, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_DescribeTopics_result)?;
            Ok(all(result, sys::rd_kafka_DescribeTopics_result_topics, TopicDescription::read))
        }
    }
}

/// A topic as brokers describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicDescription {
    /// The topic's name.
    pub name: CString,
    /// The topic's id in base64, if it has one.
    pub id: Option<CString>,
    /// Whether the topic is one that Kafka keeps for itself.
    pub internal: bool,
    /// The topic's partitions.
    pub partitions: Vec<TopicPartition>,
    /// The operations that the client may do, if they were asked for.
    pub authorized_operations: Option<Vec<i32>>,
    /// Why the topic cannot be described.
    pub error: Option<KafkaError>,
}

/// A partition and the brokers that have a replica of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicPartition {
    /// The partition's number.
    pub partition: i32,
    /// The leader, if there is one.
    pub leader: Option<Node>,
    /// All brokers with a replica.
    pub replicas: Vec<Node>,
    /// The brokers whose replica is in sync.
    pub in_sync: Vec<Node>,
}

impl TopicDescription {
    fn read(topic: &sys::rd_kafka_TopicDescription_t) -> Self {
        // SAFETY: the reference proves that the topic is live; the accessors are librdkafka's for it; texts are copied.
        unsafe {
            Self {
                name: owned(sys::rd_kafka_TopicDescription_name(topic)).unwrap_or_default(),
                id: sys::rd_kafka_TopicDescription_topic_id(topic).as_ref().and_then(id),
                internal: sys::rd_kafka_TopicDescription_is_internal(topic) != 0,
                partitions: all(topic, sys::rd_kafka_TopicDescription_partitions, TopicPartition::read),
                authorized_operations: authorized_operations(
                    topic,
                    sys::rd_kafka_TopicDescription_authorized_operations,
                ),
                error: KafkaError::copy_of(sys::rd_kafka_TopicDescription_error(topic)),
            }
        }
    }
}

/// A topic that does not exist has the id 0.
fn id(id: &sys::rd_kafka_Uuid_t) -> Option<CString> {
    // SAFETY: the reference proves that the id is live; its text is copied.
    unsafe {
        let halves = [sys::rd_kafka_Uuid_most_significant_bits(id), sys::rd_kafka_Uuid_least_significant_bits(id)];
        if halves == [0, 0] { None } else { owned(sys::rd_kafka_Uuid_base64str(id)) }
    }
}

impl TopicPartition {
    fn read(partition: &sys::rd_kafka_TopicPartitionInfo_t) -> Self {
        // SAFETY: the reference proves that the partition is live; the accessors are librdkafka's for it.
        unsafe {
            Self {
                partition: sys::rd_kafka_TopicPartitionInfo_partition(partition),
                leader: sys::rd_kafka_TopicPartitionInfo_leader(partition).as_ref().map(Node::read),
                replicas: all(partition, sys::rd_kafka_TopicPartitionInfo_replicas, Node::read),
                in_sync: all(partition, sys::rd_kafka_TopicPartitionInfo_isr, Node::read),
            }
        }
    }
}
