//! librdkafka's partitioners.

use std::{ffi::c_void, str::FromStr};

use crate::{Error, sys};

/// The seven ways to pick a partition for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partitioner {
    /// Any partition.
    Random,
    /// CRC32 of the key; an empty key goes to partition 0.
    Consistent,
    /// CRC32 of the key; an empty key goes anywhere.
    ConsistentRandom,
    /// As the Java client does; all empty keys go to one partition.
    Murmur2,
    /// As the Java client does; an absent key goes anywhere.
    Murmur2Random,
    /// FNV-1a of the key.
    Fnv1a,
    /// FNV-1a of the key; an absent key goes anywhere.
    Fnv1aRandom,
}

impl FromStr for Partitioner {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Ok(match name {
            "random" => Self::Random,
            "consistent" => Self::Consistent,
            "consistent_random" => Self::ConsistentRandom,
            "murmur2" => Self::Murmur2,
            "murmur2_random" => Self::Murmur2Random,
            "fnv1a" => Self::Fnv1a,
            "fnv1a_random" => Self::Fnv1aRandom,
            other => return Err(Error::UnknownPartitioner(other.to_owned())),
        })
    }
}

impl Partitioner {
    /// Asks librdkafka. `topic` is only used to skip partitions without a leader when picking at random.
    pub(crate) fn pick(self, topic: *const sys::rd_kafka_topic_t, key: &[u8], count: i32) -> i32 {
        let function = match self {
            Self::Random => sys::rd_kafka_msg_partitioner_random,
            Self::Consistent => sys::rd_kafka_msg_partitioner_consistent,
            Self::ConsistentRandom => sys::rd_kafka_msg_partitioner_consistent_random,
            Self::Murmur2 => sys::rd_kafka_msg_partitioner_murmur2,
            Self::Murmur2Random => sys::rd_kafka_msg_partitioner_murmur2_random,
            Self::Fnv1a => sys::rd_kafka_msg_partitioner_fnv1a,
            Self::Fnv1aRandom => sys::rd_kafka_msg_partitioner_fnv1a_random,
        };
        let data: *const c_void = if key.is_empty() { std::ptr::null() } else { key.as_ptr().cast() };
        // SAFETY: a live topic handle and a key of the length given; the opaques are not used.
        unsafe { function(topic, data, key.len(), count, std::ptr::null_mut(), std::ptr::null_mut()) }
    }
}
