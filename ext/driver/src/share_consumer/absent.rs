//! Stands in for `native.rs` when librdkafka has no share consumer: creating one fails.

use std::{convert::Infallible, ffi::CStr, mem::ManuallyDrop};

use super::Acknowledgement;
use crate::{Config, Error, KafkaError, Message, PartitionList, librdkafka_version, queue::Queue, sys};

#[derive(Debug)]
pub(super) struct Handle(Infallible);

impl Handle {
    pub(super) fn create(_config: Config) -> Result<(Self, *mut sys::rd_kafka_t), Error> {
        let version = librdkafka_version();
        Err(Error::ClientCreation(format!("share consumers need librdkafka 2.15 or later, not {version}")))
    }

    pub(super) fn poll(&self) -> Result<Option<Batch>, KafkaError> {
        match self.0 {}
    }

    pub(super) fn acknowledge(&self, _: &CStr, _: i32, _: i64, _: Acknowledgement) -> Result<(), KafkaError> {
        match self.0 {}
    }

    pub(super) fn commit_async(&self) -> Result<(), KafkaError> {
        match self.0 {}
    }

    pub(super) fn subscribe(&self, _: &PartitionList) -> Result<(), KafkaError> {
        match self.0 {}
    }

    pub(super) fn unsubscribe(&self) -> Result<(), KafkaError> {
        match self.0 {}
    }

    pub(super) fn subscription(&self) -> Result<PartitionList, KafkaError> {
        match self.0 {}
    }

    pub(super) fn begin_close(&self, _: &Queue) -> Result<(), KafkaError> {
        match self.0 {}
    }
}

#[derive(Debug)]
pub(super) struct Batch(Infallible);

impl Drop for Batch {
    fn drop(&mut self) {
        match self.0 {}
    }
}

impl Batch {
    pub(super) fn messages(&self) -> &[ManuallyDrop<Message>] {
        match self.0 {}
    }

    pub(super) fn delivery_count(_: &Message) -> i16 {
        0
    }
}
