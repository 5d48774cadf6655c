//! The brokers, topics and partitions of a cluster.

use std::ffi::{CStr, CString, c_int};

use crate::{Client, Error, KafkaError, Timeout, error::owned, sys};

/// A broker's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The cluster's brokers.
    pub brokers: Vec<Broker>,
    /// The topics that were asked for.
    pub topics: Vec<Topic>,
}

/// A broker's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// The broker's id.
    pub id: i32,
    /// The broker's host.
    pub host: CString,
    /// The broker's port.
    pub port: i32,
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// The topic's name.
    pub name: CString,
    /// 0, or why the broker does not describe the topic.
    pub error: i32,
    /// The topic's partitions.
    pub partitions: Vec<Partition>,
}

/// A partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The partition's number.
    pub id: i32,
    /// 0, or what is wrong with the partition.
    pub error: i32,
    /// The leader's id.
    pub leader: i32,
    /// The ids of the brokers with a replica.
    pub replicas: Vec<i32>,
    /// The ids of the brokers whose replica is in sync.
    pub in_sync: Vec<i32>,
}

impl Client {
    /// Asks for one topic, or for all topics of the cluster.
    pub fn metadata(&self, topic: Option<&CStr>, timeout: Timeout) -> Result<Metadata, Error> {
        let pass = self.enter()?;
        let mut raw = std::ptr::null();
        // SAFETY: the pass keeps the handle alive; the topic handle is released once; the answer is copied, then freed once.
        unsafe {
            let handle = match topic {
                Some(name) => {
                    let handle = sys::rd_kafka_topic_new(pass.rk(), name.as_ptr(), std::ptr::null_mut());
                    if handle.is_null() {
                        return Err(KafkaError::new(sys::rd_kafka_last_error()).into());
                    }
                    handle
                }
                None => std::ptr::null_mut(),
            };
            let code = sys::rd_kafka_metadata(pass.rk(), c_int::from(topic.is_none()), handle, &mut raw, timeout.0);
            if !handle.is_null() {
                sys::rd_kafka_topic_destroy(handle);
            }
            self.check(code)?;
            Ok(take(raw))
        }
    }

    /// Asks for the ids of the cluster's brokers.
    pub(crate) fn broker_ids(&self, timeout: Timeout) -> Result<Vec<i32>, Error> {
        let pass = self.enter()?;
        let mut raw = std::ptr::null();
        // SAFETY: live handle; null and 0 ask for the topics that the client knows; the answer is copied and freed.
        unsafe {
            self.check(sys::rd_kafka_metadata(pass.rk(), 0, std::ptr::null_mut(), &mut raw, timeout.0))?;
            Ok(take(raw).brokers.iter().map(|broker| broker.id).collect())
        }
    }
}

/// # Safety
/// `raw` is an answer of librdkafka, and given away.
unsafe fn take(raw: *const sys::rd_kafka_metadata) -> Metadata {
    // SAFETY: alive until it is freed here.
    unsafe {
        let metadata = copy(&*raw);
        sys::rd_kafka_metadata_destroy(raw);
        metadata
    }
}

/// # Safety
/// librdkafka made the answer.
unsafe fn copy(raw: &sys::rd_kafka_metadata) -> Metadata {
    // SAFETY: in an answer that librdkafka made, each array has the length beside it, and texts are C strings.
    unsafe {
        let brokers = array(raw.brokers, raw.broker_cnt).iter().map(|broker| Broker {
            id: broker.id,
            host: owned(broker.host).unwrap_or_default(),
            port: broker.port,
        });
        let topics = array(raw.topics, raw.topic_cnt).iter().map(|topic| Topic {
            name: owned(topic.topic).unwrap_or_default(),
            error: topic.err,
            partitions: array(topic.partitions, topic.partition_cnt)
                .iter()
                .map(|partition| Partition {
                    id: partition.id,
                    error: partition.err,
                    leader: partition.leader,
                    replicas: array(partition.replicas, partition.replica_cnt).to_vec(),
                    in_sync: array(partition.isrs, partition.isr_cnt).to_vec(),
                })
                .collect(),
        });
        Metadata { brokers: brokers.collect(), topics: topics.collect() }
    }
}

/// # Safety
/// `data` has `len` elements, or is null with length 0.
unsafe fn array<'a, T>(data: *const T, len: c_int) -> &'a [T] {
    match usize::try_from(len) {
        // SAFETY: the length is not 0, so the caller promises that many elements.
        Ok(len) if len > 0 => unsafe { std::slice::from_raw_parts(data, len) },
        _ => &[],
    }
}
