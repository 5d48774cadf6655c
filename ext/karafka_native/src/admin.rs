//! `KarafkaNative::Native::Admin`: behind `Rdkafka::Admin`. Each file has the requests of one kind and what Ruby gets of
//! their answers.

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

/// A native producer that produces nothing, and the Ruby object that its events need.
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
        Ok(Self { producer: producer::create(ruby, config)?, callbacks: callbacks.into() })
    }

    /// For the polling thread, with the callbacks in a WeakMap.
    fn poller(&self, weak_callbacks: Value) -> Poller {
        let producer = Arc::clone(&self.producer);
        Poller { producer, callbacks: self.callbacks, weak_callbacks: weak_callbacks.into() }
    }
}

/// Registers this file's methods with Ruby.
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
