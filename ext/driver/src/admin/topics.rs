//! Topics: created, deleted, enlarged, described.

use std::{
    ffi::{CStr, CString},
    sync::Arc,
};

use super::{
    Named, Node, Operation, cluster,
    request::{Owned, checked, pointers},
    result,
};
use crate::{Client, Error, KafkaError, error::owned, sys};

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

impl Client {
    /// Creates a topic. Options that are refused locally are left out.
    pub fn create_topic(
        &self,
        name: &CStr,
        partitions: i32,
        replication_factor: i32,
        options: &[(CString, CString)],
    ) -> Result<Arc<Operation>, Error> {
        drop(self.enter()?);
        // SAFETY: C strings and a buffer of the size given.
        let topic = unsafe {
            checked(sys::rd_kafka_NewTopic_destroy, |text, size| {
                sys::rd_kafka_NewTopic_new(name.as_ptr(), partitions, replication_factor, text, size)
            })?
        };
        for (name, value) in options {
            // SAFETY: a live topic and C strings.
            unsafe { sys::rd_kafka_NewTopic_set_config(topic.as_ptr(), name.as_ptr(), value.as_ptr()) };
        }
        self.submit(sys::RD_KAFKA_ADMIN_OP_CREATETOPICS, |rk, options, queue| {
            // SAFETY: everything is live, and the array has one element.
            unsafe { sys::rd_kafka_CreateTopics(rk, &mut topic.as_ptr(), 1, options.as_ptr(), queue) };
        })
    }

    /// Deletes a topic.
    pub fn delete_topic(&self, name: &CStr) -> Result<Arc<Operation>, Error> {
        // SAFETY: a C string; never null.
        let topic =
            unsafe { Owned::new(sys::rd_kafka_DeleteTopic_new(name.as_ptr()), sys::rd_kafka_DeleteTopic_destroy) };
        self.submit(sys::RD_KAFKA_ADMIN_OP_DELETETOPICS, |rk, options, queue| {
            // SAFETY: everything is live, and the array has one element.
            unsafe { sys::rd_kafka_DeleteTopics(rk, &mut topic.as_ptr(), 1, options.as_ptr(), queue) };
        })
    }

    /// Adds partitions to a topic until it has `total`.
    pub fn create_partitions(&self, topic: &CStr, total: usize) -> Result<Arc<Operation>, Error> {
        drop(self.enter()?);
        // SAFETY: a C string and a buffer of the size given.
        let partitions = unsafe {
            checked(sys::rd_kafka_NewPartitions_destroy, |text, size| {
                sys::rd_kafka_NewPartitions_new(topic.as_ptr(), total, text, size)
            })?
        };
        self.submit(sys::RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, |rk, options, queue| {
            // SAFETY: everything is live, and the array has one element.
            unsafe { sys::rd_kafka_CreatePartitions(rk, &mut partitions.as_ptr(), 1, options.as_ptr(), queue) };
        })
    }

    /// Describes topics.
    pub fn describe_topics(&self, names: &[CString], authorized_operations: bool) -> Result<Arc<Operation>, Error> {
        let mut names = pointers(names);
        // SAFETY: C strings in an array of the length given; they are copied. Never null.
        let topics = unsafe {
            let topics = sys::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), names.len());
            Owned::new(topics, sys::rd_kafka_TopicCollection_destroy)
        };
        self.submit(sys::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, |rk, options, queue| {
            if authorized_operations {
                options.include_authorized_operations();
            }
            // SAFETY: everything is live.
            unsafe { sys::rd_kafka_DescribeTopics(rk, topics.as_ptr(), options.as_ptr(), queue) };
        })
    }
}

/// # Safety
/// `event` is a live result of this kind.
pub(super) unsafe fn created(event: *mut sys::rd_kafka_event_t) -> Vec<Named> {
    // SAFETY: see above.
    unsafe {
        let created = sys::rd_kafka_event_CreateTopics_result(event);
        result::all(created, sys::rd_kafka_CreateTopics_result_topics, result::topic)
    }
}

/// # Safety
/// `event` is a live result of this kind.
pub(super) unsafe fn deleted(event: *mut sys::rd_kafka_event_t) -> Vec<Named> {
    // SAFETY: see above.
    unsafe {
        let deleted = sys::rd_kafka_event_DeleteTopics_result(event);
        result::all(deleted, sys::rd_kafka_DeleteTopics_result_topics, result::topic)
    }
}

/// # Safety
/// `event` is a live result of this kind.
pub(super) unsafe fn enlarged(event: *mut sys::rd_kafka_event_t) -> Vec<Named> {
    // SAFETY: see above.
    unsafe {
        let enlarged = sys::rd_kafka_event_CreatePartitions_result(event);
        result::all(enlarged, sys::rd_kafka_CreatePartitions_result_topics, result::topic)
    }
}

/// # Safety
/// `event` is a live result of this kind.
pub(super) unsafe fn described(event: *mut sys::rd_kafka_event_t) -> Vec<TopicDescription> {
    // SAFETY: see above.
    unsafe {
        let described = sys::rd_kafka_event_DescribeTopics_result(event);
        result::all(described, sys::rd_kafka_DescribeTopics_result_topics, description)
    }
}

/// # Safety
/// `topic` is live.
unsafe fn description(topic: *const sys::rd_kafka_TopicDescription_t) -> TopicDescription {
    // SAFETY: see above.
    unsafe {
        TopicDescription {
            name: owned(sys::rd_kafka_TopicDescription_name(topic)).unwrap_or_default(),
            id: id(sys::rd_kafka_TopicDescription_topic_id(topic)),
            internal: sys::rd_kafka_TopicDescription_is_internal(topic) != 0,
            partitions: result::all(topic, sys::rd_kafka_TopicDescription_partitions, partition),
            authorized_operations: result::authorized_operations(
                topic,
                sys::rd_kafka_TopicDescription_authorized_operations,
            ),
            error: KafkaError::copy_of(sys::rd_kafka_TopicDescription_error(topic)),
        }
    }
}

/// A topic that does not exist has the id 0.
///
/// # Safety
/// `id` is null or live.
unsafe fn id(id: *const sys::rd_kafka_Uuid_t) -> Option<CString> {
    // SAFETY: not null, so live.
    unsafe {
        if id.is_null()
            || (sys::rd_kafka_Uuid_most_significant_bits(id) == 0 && sys::rd_kafka_Uuid_least_significant_bits(id) == 0)
        {
            return None;
        }
        owned(sys::rd_kafka_Uuid_base64str(id))
    }
}

/// # Safety
/// `partition` is live.
unsafe fn partition(partition: *const sys::rd_kafka_TopicPartitionInfo_t) -> TopicPartition {
    // SAFETY: see above.
    unsafe {
        TopicPartition {
            partition: sys::rd_kafka_TopicPartitionInfo_partition(partition),
            leader: cluster::optional_node(sys::rd_kafka_TopicPartitionInfo_leader(partition)),
            replicas: result::all(partition, sys::rd_kafka_TopicPartitionInfo_replicas, cluster::node),
            in_sync: result::all(partition, sys::rd_kafka_TopicPartitionInfo_isr, cluster::node),
        }
    }
}
