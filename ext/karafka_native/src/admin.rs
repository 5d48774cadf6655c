//! `KarafkaNative::Native::Admin`, on which `Rdkafka::Admin` is built. Each file has the requests about one thing, and
//! converts their answers to Ruby values.

mod acls;
mod answer;
mod cluster;
mod configs;
mod elections;
mod groups;
pub mod offsets;
mod operation;
mod options;
mod records;
mod scram;
mod topics;

use std::sync::Arc;

use karafka_driver as driver;
use magnus::{
    DataTypeFunctions, Error, RModule, Ruby, TypedData, Value, function, gc::Marker, method, prelude::*, value::Opaque,
};

use crate::{
    client::{self, NativeClient},
    closing,
    config::Config,
    error::Closed,
    events::Target,
    poller::Poller,
    producer, ractor,
};

/// A driver's producer that produces nothing, and the Ruby object that handles its events.
#[derive(TypedData)]
#[magnus(class = "KarafkaNative::Native::Admin", free_immediately, mark)]
pub struct Admin {
    producer: Arc<driver::Producer>,
    callbacks: Opaque<Value>,
}

impl DataTypeFunctions for Admin {
    fn mark(&self, marker: &Marker) {
        marker.mark(self.callbacks);
    }

    fn free(self: Box<Self>) {
        producer::give_up(self.producer);
    }
}

impl NativeClient for Admin {
    type Owner = driver::Producer;

    fn owner(&self) -> &Arc<driver::Producer> {
        &self.producer
    }

    fn target(&self, ruby: &Ruby) -> Target<'_> {
        Target {
            callbacks: ruby.get_inner(self.callbacks),
            client: self.client(),
            consumer: None,
            producer: Some(&self.producer),
        }
    }

    fn closed(&self) -> Closed {
        Closed::Class("Rdkafka::ClosedAdminError")
    }
}

impl Admin {
    fn new(ruby: &Ruby, config: &Config, callbacks: Value) -> Result<Self, Error> {
        Ok(Self {
            producer: producer::create(ruby, config, driver::Producer::create_admin)?,
            callbacks: callbacks.into(),
        })
    }

    /// A poller for the polling thread. It gets the callbacks in a WeakMap, so that they can be collected.
    fn poller(&self, weak_callbacks: Value) -> Poller {
        let producer = Arc::clone(&self.producer);
        Poller { producer, callbacks: self.callbacks, weak_callbacks: weak_callbacks.into() }
    }
}

/// Defines `KarafkaNative::Native::Admin`.
pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    operation::init(ruby, native)?;
    let class = ractor::define_class::<Admin>(ruby, native, "Admin")?;
    client::define!(class, Admin);
    class.define_singleton_method("new", function!(Admin::new, 2))?;
    class.define_method("poller", method!(Admin::poller, 1))?;
    class.define_method("close", method!(closing::close_polled::<Admin>, 1))?;
    class.define_method("close_at_exit", method!(closing::close_polled_at_exit::<Admin>, 2))?;
    class.define_method("list_offsets", method!(offsets::list_offsets::<Admin>, 3))?;
    topics::define(class)?;
    cluster::define(class)?;
    records::define(class)?;
    offsets::define(class)?;
    groups::define(class)?;
    acls::define(class)?;
    elections::define(class)?;
    scram::define(class)?;
    configs::define(class)
}
