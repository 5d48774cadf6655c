//! Elections of partition leaders.

use std::ffi::CString;

use super::{Reply, Request, Submission, reply::all, request::Owned};
use crate::{Error, KafkaError, PartitionList, error::owned, sys};

/// Which replicas may become leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Election {
    /// A partition's first replica, if it is in sync.
    Preferred,
    /// Where there is no leader, any live replica, even if that loses messages.
    Unclean,
}

/// Elects leaders of partitions.
#[derive(Debug)]
pub struct ElectLeaders {
    /// Which replicas may become leader.
    pub election: Election,
    /// The partitions; none for all partitions of the cluster.
    pub partitions: Option<PartitionList>,
}

impl Request for ElectLeaders {
    type Answer = Vec<Elected>;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_ELECTLEADERS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        let election = match self.election {
            Election::Preferred => sys::RD_KAFKA_ELECTION_TYPE_PREFERRED,
            Election::Unclean => sys::RD_KAFKA_ELECTION_TYPE_UNCLEAN,
        };
        let partitions = self.partitions.as_ref().map_or(std::ptr::null(), PartitionList::as_ptr).cast_mut();
        // SAFETY: a live list or null, which is only copied, gives an object, never null; the submission keeps the rest alive.
        unsafe {
            let elections = sys::rd_kafka_ElectLeaders_new(election, partitions);
            let elections = Owned::new(elections, sys::rd_kafka_ElectLeaders_destroy);
            let (options, results) = (submission.options(), submission.results());
            sys::rd_kafka_ElectLeaders(submission.rk(), elections.as_ptr(), options, results);
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Self::Answer, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_ElectLeaders_result)?;
            Ok(all(result, sys::rd_kafka_ElectLeaders_result_partitions, Elected::read))
        }
    }
}

/// A partition whose leader was to be elected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elected {
    /// The topic.
    pub topic: CString,
    /// The partition's number.
    pub partition: i32,
    /// Why no leader was elected. Brokers also report here that none was needed.
    pub error: Option<KafkaError>,
}

impl Elected {
    fn read(result: &sys::rd_kafka_topic_partition_result_t) -> Self {
        // SAFETY: the reference proves that the result is live; it has a partition with a topic, whose name is copied.
        unsafe {
            let partition = &*sys::rd_kafka_topic_partition_result_partition(result);
            Self {
                topic: owned(partition.topic).unwrap_or_default(),
                partition: partition.partition,
                error: KafkaError::copy_of(sys::rd_kafka_topic_partition_result_error(result)),
            }
        }
    }
}
