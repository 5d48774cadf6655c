//! Topics: created, deleted, enlarged, described.

use std::ffi::CString;

use super::{
    Named, Node, Reply, Request, Submission,
    reply::{all, authorized_operations, only},
    request::{Owned, checked, pointers},
};
use crate::{Error, KafkaError, error::owned, sys};

/// Creates a topic. Answered by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateTopic {
    /// Its name.
    pub name: CString,
    /// How many partitions it gets; -1 for the broker's default.
    pub partitions: i32,
    /// How many brokers hold each partition; -1 for the broker's default.
    pub replication_factor: i32,
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
        // SAFETY: the function of this operation.
        unsafe { submission.send_all(sys::rd_kafka_CreateTopics, &[topic]) };
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
