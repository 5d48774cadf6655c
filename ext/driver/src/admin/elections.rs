//! Elections of partition leaders.

use std::ffi::CString;

use super::{Reply, Request, Submission, reply::all, request::Owned};
use crate::{Error, KafkaError, PartitionList, error::owned, sys};

/// Who may become a leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Election {
    /// The first of a partition's replicas, if it is in sync.
    Preferred,
    /// Any replica that lives, even if that loses messages, where no leader is left.
    Unclean,
}

/// Elects leaders of partitions.
#[derive(Debug)]
pub struct ElectLeaders {
    /// Who may become one.
    pub election: Election,
    /// The partitions; none for all of the cluster.
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
        let partitions = self.partitions.as_ref().map_or(std::ptr::null_mut(), PartitionList::as_ptr);
        // SAFETY: a live list or null, which is copied, gives an object, never null; everything is live.
        unsafe {
            let elections = sys::rd_kafka_ElectLeaders_new(election, partitions);
            let elections = Owned::new(elections, sys::rd_kafka_ElectLeaders_destroy);
            let (options, results) = (submission.options(), submission.results());
            sys::rd_kafka_ElectLeaders(submission.rk(), elections.as_ptr(), options, results);
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Self::Answer, KafkaError> {
        // SAFETY: librdkafka's accessors.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_ElectLeaders_result)?;
            Ok(all(result, sys::rd_kafka_ElectLeaders_result_partitions, Elected::read))
        }
    }
}

/// A partition whose leader was to be elected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elected {
    /// Its topic.
    pub topic: CString,
    /// Its number.
    pub partition: i32,
    /// Why no leader was elected; brokers also report here that none was needed.
    pub error: Option<KafkaError>,
}

impl Elected {
    fn read(result: &sys::rd_kafka_topic_partition_result_t) -> Self {
        // SAFETY: a live result, which has a partition with a topic; texts are copied.
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
