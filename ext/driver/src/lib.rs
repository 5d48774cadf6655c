//! Kafka clients on librdkafka, without Ruby.
//!
//! Every native resource has one owner in this crate. Other threads can wake blocking calls. librdkafka's callbacks run no
//! code of the application: they only collect [`Event`]s, which the caller handles after the native call has returned.

pub mod admin;
mod call;
mod client;
mod closing;
mod config;
mod consumer;
mod delivery;
mod error;
mod events;
mod gate;
mod group_metadata;
mod in_flight;
mod json;
mod librdkafka;
mod message;
mod metadata;
mod mock_cluster;
mod partition_list;
mod partitioner;
mod pool;
mod process;
mod producer;
mod queue;
mod reactor;
pub mod reaper;
mod resolver;
mod served;
mod share_consumer;
mod statistics;
mod sync;
mod thread;
mod timeout;
mod transactions;
#[allow(missing_docs, nonstandard_style, dead_code, unsafe_op_in_unsafe_fn, unknown_lints, unnecessary_transmutes)]
#[allow(clippy::undocumented_unsafe_blocks, clippy::all)]
mod sys {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

pub use call::{BackgroundCall, Progress};
pub use client::{Client, Kind, Pass};
pub use closing::{Closable, Closing, Leaving, Occasion, collect};
pub use config::Config;
pub use consumer::{Commit, Consumer};
pub use delivery::{AllDeliveries, Delivery, DeliveryBlock, Report};
pub use error::{Error, ErrorDescription, KafkaError, code, error_description, error_descriptions, error_name};
pub use events::{Acknowledged, Document, Event, without_outdated};
pub use gate::{Begun, Gate};
pub use group_metadata::GroupMetadata;
pub use in_flight::{Delivered, InFlight};
pub use json::{Json, JsonError, Members};
pub use librdkafka::{initialize, librdkafka_version};
pub use message::{Message, MessageError};
pub use metadata::{Broker, Metadata, Partition as PartitionMetadata, Topic as TopicMetadata};
pub use mock_cluster::{MockCluster, RequestType};
pub use partition_list::{Entry, OFFSET_INVALID, PARTITION_UA, PartitionList};
pub use partitioner::Partitioner;
pub use pool::Job;
pub use process::{PerProcess, generation};
pub use producer::{Producer, ProducersDelivery, Record};
pub use served::Served;
pub use share_consumer::{AccessGuard, Acknowledgement, CallbackGuard, ShareConsumer};
pub use statistics::{Partitions, readable};
pub use sync::{Awaited, Completion, Inside, Interruption, Turnstile, Wake, Wakeup, get_mut, lock};
pub use thread::identify_threads_by;
pub use timeout::Timeout;
pub use transactions::{TransactionCall, TransactionRequest, TransactionWait};
