//! What brokers tell of topics.

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
    /// Their names.
    pub names: Vec<CString>,
    /// Whether to tell what the client may do.
    pub authorized_operations: bool,
}

impl Request for DescribeTopics {
    type Answer = Vec<TopicDescription>;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        submission.include_authorized_operations(self.authorized_operations)?;
        let mut names = pointers(&self.names);
        // SAFETY: an array of the length given gives an object, never null; everything is live.
        unsafe {
            let topics = sys::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), names.len());
            let topics = Owned::new(topics, sys::rd_kafka_TopicCollection_destroy);
            let (options, results) = (submission.options(), submission.results());
            sys::rd_kafka_DescribeTopics(submission.rk(), topics.as_ptr(), options, results);
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Self::Answer, KafkaError> {
        // SAFETY: librdkafka's accessors.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_DescribeTopics_result)?;
            Ok(all(result, sys::rd_kafka_DescribeTopics_result_topics, TopicDescription::read))
        }
    }
}

/// What brokers tell of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicDescription {
    /// Its name.
    pub name: CString,
    /// Its id in base64, if it has one.
    pub id: Option<CString>,
    /// Whether it is one of the brokers' own.
    pub internal: bool,
    /// Its partitions.
    pub partitions: Vec<TopicPartition>,
    /// What the client may do with it, if that was asked for.
    pub authorized_operations: Option<Vec<i32>>,
    /// Why nothing can be told.
    pub error: Option<KafkaError>,
}

/// A partition and the brokers that hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicPartition {
    /// Its number.
    pub partition: i32,
    /// The broker that leads it, if one does.
    pub leader: Option<Node>,
    /// All that hold it.
    pub replicas: Vec<Node>,
    /// Those in sync.
    pub in_sync: Vec<Node>,
}

impl TopicDescription {
    fn read(topic: &sys::rd_kafka_TopicDescription_t) -> Self {
        // SAFETY: a live topic, librdkafka's accessors, and texts that are copied.
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
    // SAFETY: a live id, whose text is copied.
    unsafe {
        let halves = [sys::rd_kafka_Uuid_most_significant_bits(id), sys::rd_kafka_Uuid_least_significant_bits(id)];
        if halves == [0, 0] { None } else { owned(sys::rd_kafka_Uuid_base64str(id)) }
    }
}

impl TopicPartition {
    fn read(partition: &sys::rd_kafka_TopicPartitionInfo_t) -> Self {
        // SAFETY: a live partition and librdkafka's accessors.
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
