//! `KarafkaNative::Native::MockCluster`, on which `KarafkaNative::MockCluster` is built.

use std::{
    ffi::CString,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use karafka_driver as driver;
use magnus::{Error, RModule, Ruby, function, method, prelude::*};

use crate::{
    error::{Closed, to_ruby},
    ractor,
    runtime::gvl::without_gvl_to_the_end,
};

/// A mock cluster; none once closed.
#[magnus::wrap(class = "KarafkaNative::Native::MockCluster", free_immediately)]
pub struct MockCluster(Mutex<Option<driver::MockCluster>>);

impl MockCluster {
    fn new(ruby: &Ruby, brokers: i32, rebalance_delay_ms: u64) -> Result<Self, Error> {
        driver::reaper::resume();
        let cluster = driver::MockCluster::start(brokers, Duration::from_millis(rebalance_delay_ms));
        let cluster = cluster.map_err(|error| to_ruby(ruby, error, Closed::Inner))?;
        Ok(Self(Mutex::new(Some(cluster))))
    }

    fn bootstrap_servers(ruby: &Ruby, this: &Self) -> Result<String, Error> {
        this.with(ruby, |cluster| Ok(cluster.bootstrap_servers().to_owned()))
    }

    fn create_topic(
        ruby: &Ruby,
        this: &Self,
        name: String,
        partitions: i32,
        replication_factor: i32,
    ) -> Result<(), Error> {
        this.with(ruby, |cluster| cluster.create_topic(&name, partitions, replication_factor))
    }

    fn set_leader(ruby: &Ruby, this: &Self, topic: String, partition: i32, broker: Option<i32>) -> Result<(), Error> {
        this.with(ruby, |cluster| cluster.set_leader(&topic, partition, broker))
    }

    fn set_coordinator(ruby: &Ruby, this: &Self, group: String, broker: i32) -> Result<(), Error> {
        this.with(ruby, |cluster| cluster.set_coordinator(group, broker))
    }

    fn broker_down(ruby: &Ruby, this: &Self, broker: i32) -> Result<(), Error> {
        this.with(ruby, |cluster| cluster.broker_down(broker))
    }

    fn broker_up(ruby: &Ruby, this: &Self, broker: i32) -> Result<(), Error> {
        this.with(ruby, |cluster| cluster.broker_up(broker))
    }

    fn advertise(ruby: &Ruby, this: &Self, broker: i32, host: String, port: u16) -> Result<(), Error> {
        let host =
            CString::new(host).map_err(|_| Error::new(ruby.exception_arg_error(), "host contains a null byte"))?;
        this.with(ruby, |cluster| cluster.advertise(broker, &host, port))
    }

    fn set_round_trip_time(ruby: &Ruby, this: &Self, broker: i32, ms: u64) -> Result<(), Error> {
        this.with(ruby, |cluster| cluster.set_round_trip_time(broker, Duration::from_millis(ms)))
    }

    fn start_share_groups_at(ruby: &Ruby, this: &Self, earliest: bool) -> Result<(), Error> {
        this.with(ruby, |cluster| cluster.start_share_groups_at(earliest))
    }

    fn push_errors(ruby: &Ruby, this: &Self, request: String, codes: Vec<i32>) -> Result<(), Error> {
        let request = request_type(ruby, &request)?;
        this.with(ruby, |cluster| cluster.push_errors(request, &codes))
    }

    fn clear_errors(ruby: &Ruby, this: &Self, request: String) -> Result<(), Error> {
        let request = request_type(ruby, &request)?;
        this.with(ruby, |cluster| cluster.clear_errors(request))
    }

    fn close(&self) {
        // In a statement of its own, so that the lock is not held while the GVL is given up.
        let taken = self.lock().take();
        if let Some(cluster) = taken {
            let mut cluster = Some(cluster);
            if without_gvl_to_the_end(|| drop(cluster.take())).is_none() {
                driver::reaper::dispose(move || drop(cluster));
            }
        }
    }

    fn is_closed(&self) -> bool {
        self.lock().is_none()
    }

    fn with<R>(
        &self,
        ruby: &Ruby,
        call: impl FnOnce(&driver::MockCluster) -> Result<R, driver::Error>,
    ) -> Result<R, Error> {
        let guard = self.lock();
        let closed = || Error::new(ruby.exception_runtime_error(), "the mock cluster is closed");
        call(guard.as_ref().ok_or_else(closed)?).map_err(|error| to_ruby(ruby, error, Closed::Inner))
    }

    fn lock(&self) -> MutexGuard<'_, Option<driver::MockCluster>> {
        driver::lock(&self.0)
    }
}

impl Drop for MockCluster {
    fn drop(&mut self) {
        // The garbage collector calls this, and must not wait.
        if let Some(cluster) = driver::get_mut(&mut self.0).take() {
            driver::reaper::dispose(move || drop(cluster));
        }
    }
}

fn request_type(ruby: &Ruby, name: &str) -> Result<driver::RequestType, Error> {
    driver::MockCluster::request_type(name)
        .ok_or_else(|| Error::new(ruby.exception_arg_error(), format!("Unknown request type: {name}")))
}

/// Defines `KarafkaNative::Native::MockCluster`.
pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = ractor::define_class::<MockCluster>(ruby, native, "MockCluster")?;
    class.define_singleton_method("new", function!(MockCluster::new, 2))?;
    class.define_method("bootstrap_servers", method!(MockCluster::bootstrap_servers, 0))?;
    class.define_method("create_topic", method!(MockCluster::create_topic, 3))?;
    class.define_method("set_leader", method!(MockCluster::set_leader, 3))?;
    class.define_method("set_coordinator", method!(MockCluster::set_coordinator, 2))?;
    class.define_method("broker_down", method!(MockCluster::broker_down, 1))?;
    class.define_method("broker_up", method!(MockCluster::broker_up, 1))?;
    class.define_method("advertise", method!(MockCluster::advertise, 3))?;
    class.define_method("set_round_trip_time", method!(MockCluster::set_round_trip_time, 2))?;
    class.define_method("start_share_groups_at", method!(MockCluster::start_share_groups_at, 1))?;
    class.define_method("push_errors", method!(MockCluster::push_errors, 2))?;
    class.define_method("clear_errors", method!(MockCluster::clear_errors, 1))?;
    class.define_method("close", method!(MockCluster::close, 0))?;
    class.define_method("closed?", method!(MockCluster::is_closed, 0))?;
    Ok(())
}
