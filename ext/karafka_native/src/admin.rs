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

use karafka_driver::{self as driver, Occasion, Wake};
use magnus::{
    DataTypeFunctions, Error, RModule, Ruby, TypedData, Value, function, gc::Marker, method, prelude::*,
    typed_data::Obj, value::Opaque,
};

use crate::{
    client::{self, NativeClient},
    closing,
    config::Config,
    error::{Closed, to_ruby},
    events::Target,
    poller::Poller,
    ruby_value::optional_duration,
    seam::pointer,
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
        // Lets a polling thread end; it holds a reference of its own.
        self.producer.client().gate().drain_unowned();
        self.producer.client().wake();
        self.producer.release();
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

    fn closed(&self, method: &'static str) -> Closed {
        Closed::Named("Rdkafka::ClosedAdminError", method)
    }
}

impl Admin {
    fn new(ruby: &Ruby, config: &Config, callbacks: Value) -> Result<Self, Error> {
        driver::reaper::resume();
        let producer = driver::Producer::create(config.take(ruby)?);
        let producer = Arc::new(producer.map_err(|error| to_ruby(ruby, error, Closed::Inner))?);
        pointer::remember_producer(&producer);
        Ok(Self { producer, callbacks: callbacks.into() })
    }

    /// For the polling thread, with the callbacks in a WeakMap.
    fn poller(&self, weak_callbacks: Value) -> Poller {
        let producer = Arc::clone(&self.producer);
        Poller { producer, callbacks: self.callbacks, weak_callbacks: weak_callbacks.into() }
    }

    /// See [`closing::close`]. Waits for the polling thread (or nil), too.
    fn close(ruby: &Ruby, this: Obj<Self>, polling_thread: Value) -> Result<Option<i32>, Error> {
        closing::close_polled(ruby, &*this, Occasion::Call, polling_thread)
    }

    /// The same for the end of the process, within that many ms (nil: for ever).
    fn close_at_exit(
        ruby: &Ruby,
        this: Obj<Self>,
        timeout_ms: Value,
        polling_thread: Value,
    ) -> Result<Option<i32>, Error> {
        let occasion = Occasion::Exit(optional_duration(ruby, timeout_ms)?);
        closing::close_polled(ruby, &*this, occasion, polling_thread)
    }
}

/// Registers this file's methods with Ruby.
pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    operation::init(ruby, native)?;
    let class = native.define_class("Admin", ruby.class_object())?;
    client::define!(class, Admin);
    class.define_singleton_method("new", function!(Admin::new, 2))?;
    class.define_method("poller", method!(Admin::poller, 1))?;
    class.define_method("close", method!(Admin::close, 1))?;
    class.define_method("close_at_exit", method!(Admin::close_at_exit, 2))?;
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
