//! An embedded cluster for tests: librdkafka's mock brokers, which listen on loopback in this process.

use std::{ffi::CStr, fs::File, mem::ManuallyDrop, sync::Mutex, thread, time::Duration};

use rdkafka::{
    ClientConfig,
    client::{Client, DefaultClientContext},
    error::{KafkaError as CrateError, KafkaResult},
    mocking::{self, MockCoordinator},
    types::{RDKafkaRespErr, RDKafkaType},
};

use crate::{
    Error, KafkaError, generation,
    process::{excluding_forks, with_signals_blocked},
    resolver,
    sync::lock,
    sys,
};

pub use rdkafka::types::RDKafkaApiKey as RequestType;

/// A cluster of mock brokers. In its methods, broker -1 stands for all brokers. A forked child, which does not have the
/// brokers' threads, cannot change it: they would never answer.
pub struct MockCluster {
    /// The client that runs the brokers.
    owner: ManuallyDrop<Client>,
    made_in: u64,
    bootstrap_servers: String,
}

impl MockCluster {
    /// Starts brokers 1 to `brokers`. A group's first rebalance waits `rebalance_delay` for further members.
    pub fn start(brokers: i32, rebalance_delay: Duration) -> Result<Self, Error> {
        let made_in = generation();
        let count = usize::try_from(brokers).unwrap_or(0);
        check_descriptors(count)?;
        let owner = with_signals_blocked(|| {
            check_threads(count)?;
            create_owner(brokers).map_err(refused)
        })?;
        let delay = i32::try_from(rebalance_delay.as_millis()).unwrap_or(i32::MAX);
        let mut made = Self { owner: ManuallyDrop::new(owner), made_in, bootstrap_servers: String::new() };
        let servers = made.cluster()?.bootstrap_servers();
        made.bootstrap_servers = servers;
        // SAFETY: `made` owns the cluster.
        unsafe { sys::rd_kafka_mock_group_initial_rebalance_delay_ms(made.native()?, delay) };
        Ok(made)
    }

    /// The native cluster, for functions that the rdkafka crate lacks.
    fn native(&self) -> Result<*mut sys::rd_kafka_mock_cluster_t, Error> {
        self.require_own_process()?;
        // SAFETY: we own the client, which has a mock cluster; both crates bind the same library.
        Ok(unsafe { sys::rd_kafka_handle_mock_cluster(self.owner.native_ptr().cast()) })
    }

    fn cluster(&self) -> Result<mocking::MockCluster<'_, DefaultClientContext>, Error> {
        self.require_own_process()?;
        Ok(self.owner.mock_cluster().expect("made with mock brokers"))
    }

    fn require_own_process(&self) -> Result<(), Error> {
        if self.made_in == generation() {
            return Ok(());
        }
        Err(Error::System("only the process that started a mock cluster can change it".into()))
    }

    /// The brokers' addresses, separated by commas.
    pub fn bootstrap_servers(&self) -> &str {
        &self.bootstrap_servers
    }

    /// Creates a topic.
    pub fn create_topic(&self, name: &str, partitions: i32, replication_factor: i32) -> Result<(), Error> {
        self.cluster()?.create_topic(name, partitions, replication_factor).map_err(refused)
    }

    /// Makes a broker the leader of a partition. None leaves the partition without a leader.
    pub fn set_leader(&self, topic: &str, partition: i32, broker: Option<i32>) -> Result<(), Error> {
        self.cluster()?.partition_leader(topic, partition, broker).map_err(refused)
    }

    /// Makes a broker the coordinator of a group.
    pub fn set_coordinator(&self, group: String, broker: i32) -> Result<(), Error> {
        self.cluster()?.coordinator(MockCoordinator::Group(group), broker).map_err(refused)
    }

    /// Closes a broker's connections and refuses new ones.
    pub fn broker_down(&self, broker: i32) -> Result<(), Error> {
        self.cluster()?.broker_down(broker).map_err(refused)
    }

    /// Lets a broker accept connections again.
    pub fn broker_up(&self, broker: i32) -> Result<(), Error> {
        self.cluster()?.broker_up(broker).map_err(refused)
    }

    /// Tells clients to connect to this address instead of the broker's own. An unknown broker is ignored.
    pub fn advertise(&self, broker: i32, host: &CStr, port: u16) -> Result<(), Error> {
        // SAFETY: we own the cluster, which has its own lock and copies the host.
        unsafe { sys::rd_kafka_mock_broker_set_host_port(self.native()?, broker, host.as_ptr(), i32::from(port)) };
        Ok(())
    }

    /// Delays a broker's answers.
    pub fn set_round_trip_time(&self, broker: i32, time: Duration) -> Result<(), Error> {
        self.cluster()?.broker_round_trip_time(broker, time).map_err(refused)
    }

    /// Where new share groups begin to read a partition: at its first record, or after its last one.
    #[cfg(share_groups)]
    pub fn start_share_groups_at(&self, earliest: bool) -> Result<(), Error> {
        // SAFETY: we own the cluster, which has its own lock.
        unsafe { sys::rd_kafka_mock_sharegroup_set_auto_offset_reset(self.native()?, i32::from(earliest)) };
        Ok(())
    }

    /// Fails, because this librdkafka has no share groups.
    #[cfg(not(share_groups))]
    pub fn start_share_groups_at(&self, _earliest: bool) -> Result<(), Error> {
        Err(Error::System("this librdkafka has no share groups".into()))
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
        self.cluster()?.request_errors(request, &known?);
        Ok(())
    }

    /// Removes the errors that were pushed for a request type.
    pub fn clear_errors(&self, request: RequestType) -> Result<(), Error> {
        self.cluster()?.clear_request_errors(request);
        Ok(())
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
        // A forked child leaks the cluster.
        if self.require_own_process().is_ok() {
            // SAFETY: dropped exactly once, here.
            excluding_forks(|| unsafe { ManuallyDrop::drop(&mut self.owner) });
        }
    }
}

impl std::fmt::Debug for MockCluster {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("MockCluster").field("bootstrap_servers", &self.bootstrap_servers).finish()
    }
}

/// Creates the client. It connects to its brokers as other clients do, so it must not resolve names during a fork either.
fn create_owner(brokers: i32) -> KafkaResult<Client> {
    let mut config = ClientConfig::new();
    config.set("test.mock.num.brokers", brokers.to_string());
    let native = config.create_native_config()?;
    // SAFETY: the configuration is live; both crates bind the same library.
    unsafe { resolver::register(native.ptr().cast()) };
    Client::new(&config, native, RDKafkaType::RD_KAFKA_PRODUCER, DefaultClientContext)
}

/// Refuses to start when descriptors are short, since librdkafka would abort the process. Each broker needs a listening
/// socket, a connection and a pipe; the rest is for the cluster, its client, and other threads.
fn check_descriptors(brokers: usize) -> Result<(), Error> {
    let needed = brokers.saturating_mul(3).saturating_add(16);
    let free: Result<Vec<_>, _> = (0..needed).map(|_| File::open("/dev/null")).collect();
    free.map(drop)
        .map_err(|error| Error::System(format!("{needed} descriptors are needed for a mock cluster: {error}")))
}

/// Refuses to start when threads are short. The client has a thread for each broker; the rest is for the cluster and others.
fn check_threads(brokers: usize) -> Result<(), Error> {
    let needed = brokers.saturating_add(8);
    let gate = Mutex::new(());
    let started = thread::scope(|scope| {
        let _shut = lock(&gate);
        let waiting = (0..needed).map(|_| thread::Builder::new().spawn_scoped(scope, || drop(lock(&gate))));
        waiting.collect::<Result<Vec<_>, _>>().map(drop)
    });
    started.map_err(|error| Error::System(format!("{needed} threads are needed for a mock cluster: {error}")))
}

fn refused(error: CrateError) -> Error {
    match error.rdkafka_error_code() {
        Some(code) => KafkaError::new(code as i32).into(),
        None => Error::System(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::c_char;

    use super::*;

    #[test]
    fn its_client_resolves_no_names_during_a_fork() {
        let cluster = MockCluster::start(1, Duration::ZERO).unwrap();
        let (mut value, mut size) = ([0 as c_char; 64], 64);
        // SAFETY: the cluster owns the client; the buffer has the size given.
        let found = unsafe {
            let conf = sys::rd_kafka_conf(cluster.owner.native_ptr().cast());
            sys::rd_kafka_conf_get(conf, c"resolve_cb".as_ptr(), value.as_mut_ptr(), &mut size)
        };
        assert_eq!(found, sys::RD_KAFKA_CONF_OK, "librdkafka resolves names by itself");
    }
}
