//! An embedded cluster for tests: librdkafka's mock brokers, in this process, on loopback.

use std::{mem::ManuallyDrop, time::Duration};

use rdkafka::{error::KafkaError as CrateError, mocking, producer::DefaultProducerContext, types::RDKafkaRespErr};

use crate::{Error, KafkaError, generation};

pub use rdkafka_sys::types::RDKafkaApiKey as RequestType;

/// Owns the brokers. Broker -1 means all of them.
pub struct MockCluster {
    cluster: ManuallyDrop<mocking::MockCluster<'static, DefaultProducerContext>>,
    made_in: u64,
}

// SAFETY: the operations used here are handed to the cluster's own thread by librdkafka.
unsafe impl Send for MockCluster {}
// SAFETY: as above.
unsafe impl Sync for MockCluster {}

impl MockCluster {
    /// Starts brokers 1 to `brokers`.
    pub fn start(brokers: i32) -> Result<Self, Error> {
        let made_in = generation();
        let cluster = mocking::MockCluster::new(brokers).map_err(refused)?;
        Ok(Self { cluster: ManuallyDrop::new(cluster), made_in })
    }

    /// Comma-separated addresses.
    pub fn bootstrap_servers(&self) -> String {
        self.cluster.bootstrap_servers()
    }

    /// Creates a topic.
    pub fn create_topic(&self, name: &str, partitions: i32, replication_factor: i32) -> Result<(), Error> {
        self.cluster.create_topic(name, partitions, replication_factor).map_err(refused)
    }

    /// Moves a partition to another leader; none leaves it without.
    pub fn set_leader(&self, topic: &str, partition: i32, broker: Option<i32>) -> Result<(), Error> {
        self.cluster.partition_leader(topic, partition, broker).map_err(refused)
    }

    /// Disconnects a broker and refuses connections.
    pub fn broker_down(&self, broker: i32) -> Result<(), Error> {
        self.cluster.broker_down(broker).map_err(refused)
    }

    /// Accepts connections again.
    pub fn broker_up(&self, broker: i32) -> Result<(), Error> {
        self.cluster.broker_up(broker).map_err(refused)
    }

    /// Delays a broker's answers.
    pub fn set_round_trip_time(&self, broker: i32, time: Duration) -> Result<(), Error> {
        self.cluster.broker_round_trip_time(broker, time).map_err(refused)
    }

    /// Makes the next requests of a type fail with these codes, one after the other.
    pub fn push_errors(&self, request: RequestType, codes: &[i32]) -> Result<(), Error> {
        let known: Result<Vec<_>, _> = codes
            .iter()
            .map(|code| {
                RDKafkaRespErr::try_from(*code)
                    .map_err(|_| Error::InvalidArgument(format!("Unknown error code: {code}")))
            })
            .collect();
        self.cluster.request_errors(request, &known?);
        Ok(())
    }

    /// Forgets the errors that were pushed for a type.
    pub fn clear_errors(&self, request: RequestType) {
        self.cluster.clear_request_errors(request);
    }

    /// Finds a request type by its name in the protocol, such as `Produce`.
    pub fn request_type(name: &str) -> Option<RequestType> {
        use RequestType::*;
        const ALL: [RequestType; 16] = [
            Produce,
            Fetch,
            ListOffsets,
            Metadata,
            OffsetCommit,
            OffsetFetch,
            FindCoordinator,
            JoinGroup,
            Heartbeat,
            LeaveGroup,
            SyncGroup,
            InitProducerId,
            AddPartitionsToTxn,
            AddOffsetsToTxn,
            EndTxn,
            TxnOffsetCommit,
        ];
        ALL.into_iter().find(|known| format!("{known:?}") == name)
    }
}

impl Drop for MockCluster {
    fn drop(&mut self) {
        // In a forked child the brokers' threads do not exist.
        if self.made_in == generation() {
            // SAFETY: dropped exactly once, here.
            unsafe { ManuallyDrop::drop(&mut self.cluster) };
        }
    }
}

impl std::fmt::Debug for MockCluster {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("MockCluster").field("bootstrap_servers", &self.bootstrap_servers()).finish()
    }
}

fn refused(error: CrateError) -> Error {
    match error.rdkafka_error_code() {
        Some(code) => KafkaError::new(code as i32).into(),
        None => Error::System(error.to_string()),
    }
}
