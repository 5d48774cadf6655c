//! librdkafka's partitioners.

use std::{ffi::c_void, str::FromStr};

use crate::{Error, sys};

/// A way to choose a partition for a key.
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
    /// The partition of a key among `count`. None if any partition will do.
    pub fn partition(self, key: Option<&[u8]>, count: i32) -> Result<Option<i32>, Error> {
        if count < 1 {
            return Err(Error::InvalidArgument(format!("partitions has to be at least 1, got {count}")));
        }
        let function = match (self, key) {
            (Self::Random, _) | (Self::ConsistentRandom, None | Some([])) => return Ok(None),
            (Self::Murmur2Random | Self::Fnv1aRandom, None) => return Ok(None),
            (Self::Consistent | Self::ConsistentRandom, _) => sys::rd_kafka_msg_partitioner_consistent,
            (Self::Murmur2 | Self::Murmur2Random, _) => sys::rd_kafka_msg_partitioner_murmur2,
            (Self::Fnv1a | Self::Fnv1aRandom, _) => sys::rd_kafka_msg_partitioner_fnv1a,
        };
        let (null, nothing) = (std::ptr::null(), std::ptr::null_mut());
        let (data, len) = key.map_or((null, 0), |key| (key.as_ptr().cast::<c_void>(), key.len()));
        // SAFETY: these three functions read the key, whose length is given, and divide by the count, which is not 0. They use
        // neither the topic nor the opaques.
        Ok(Some(unsafe { function(std::ptr::null(), data, len, count, nothing, nothing) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_to_partitions_or_to_any() {
        let picked = |name: &str, key| name.parse::<Partitioner>().unwrap().partition(key, 1_000).unwrap();
        let keys = [None, Some(&b""[..]), Some(b"abc")];
        let table = [
            ("random", [None, None, None]),
            ("consistent", [Some(0), Some(0), Some(578)]),
            ("consistent_random", [None, None, Some(578)]),
            ("murmur2", [Some(681), Some(681), Some(107)]),
            ("murmur2_random", [None, Some(681), Some(107)]),
            ("fnv1a", [Some(35), Some(35), Some(331)]),
            ("fnv1a_random", [None, Some(35), Some(331)]),
        ];
        for (name, expected) in table {
            assert_eq!(keys.map(|key| picked(name, key)), expected, "{name}");
        }
    }

    #[test]
    fn there_has_to_be_a_partition() {
        for partitioner in [Partitioner::Murmur2, Partitioner::Random] {
            for count in [0, -1] {
                assert!(matches!(partitioner.partition(None, count), Err(Error::InvalidArgument(_))));
            }
        }
    }
}
