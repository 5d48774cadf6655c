//! The Ruby extension: converts values and manages the GVL. Kafka's logic is in `karafka-driver`, the public API in `lib/`.
//! Everything that is defined here is private API under `KarafkaNative::Native`.

#![allow(missing_docs)] // the crate's only public item is the function that `magnus::init` generates

mod admin;
mod client;
mod closing;
mod config;
mod consumer;
mod delivery;
mod error;
mod events;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod fork_safe;
mod message;
mod metadata;
mod mock_cluster;
mod mold;
mod owner;
mod partition_list;
mod partitioner;
mod poller;
mod producer;
mod ractor;
mod ruby_value;
mod runtime;
mod seam;
mod serving;
mod share_consumer;
mod share_message;
mod statistics;
mod transactions;

use magnus::{Error, Module, Object, Ruby, function};

/// Called by Ruby when the extension is required.
#[magnus::init(name = "karafka_native")]
fn init(ruby: &Ruby) -> Result<(), Error> {
    ractor::allow();
    karafka_driver::generation();
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fork_safe::init();
    let native = ruby.define_module("KarafkaNative")?.define_module("Native")?;
    native.const_set("LIBRDKAFKA_VERSION", karafka_driver::librdkafka_version())?;
    native.define_singleton_method("initialize_librdkafka", function!(karafka_driver::initialize, 0))?;
    native.define_singleton_method("stop_reaper", function!(karafka_driver::reaper::stop, 0))?;
    error::init(ruby, native)?;
    config::init(ruby, native)?;
    producer::init(ruby, native)?;
    poller::init(ruby, native)?;
    delivery::init(ruby, native)?;
    consumer::init(ruby, native)?;
    share_consumer::init(ruby, native)?;
    admin::init(ruby, native)?;
    partition_list::init(ruby, native)?;
    partitioner::init(ruby, native)?;
    seam::init(ruby, native)?;
    mock_cluster::init(ruby, native)?;
    statistics::init(ruby, native)?;
    ractor::init(ruby, native)?;
    Ok(())
}
