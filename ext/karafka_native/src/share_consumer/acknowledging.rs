//! Acknowledging records, and waiting for the broker's answers.

use karafka_driver::{self as driver, Acknowledgement, code};
use magnus::{Error, Ruby, Value};

use super::ShareConsumer;
use crate::{
    client::{NativeClient, open},
    error::{code_of, to_ruby},
    partition_list,
    ruby_value::{number, optional_c_string, timeout},
    runtime::{blocking, fiber},
};

impl ShareConsumer {
    /// `kind` is librdkafka's number.
    pub(super) fn acknowledge(
        ruby: &Ruby,
        this: &Self,
        topic: Value,
        partition: Value,
        offset: Value,
        kind: i32,
    ) -> Result<i32, Error> {
        let kind = match kind {
            1 => Acknowledgement::Accept,
            2 => Acknowledgement::Release,
            _ => Acknowledgement::Reject,
        };
        let (partition, offset) = (number(ruby, partition, "partition")?, number(ruby, offset, "offset")?);
        let topic = optional_c_string(ruby, topic, "topic")?;
        let closed = this.closed();
        open(ruby, this, closed)?;
        let _access = match this.consumer.acquire(fiber::id(ruby)?) {
            Ok(access) => access,
            Err(error) => return Ok(error.code),
        };
        // librdkafka's error for a missing name.
        let Some(topic) = topic else { return Ok(code::INVALID_ARG) };
        code_of(ruby, this.consumer.acknowledge(&topic, partition, offset, kind), closed)
    }

    pub(super) fn commit_async(ruby: &Ruby, this: &Self) -> Result<(), Error> {
        let closed = this.closed();
        open(ruby, this, closed)?;
        let _access = this.access(ruby)?;
        let served = this.consumer.commit_async();
        this.settle(ruby, served)?.map_err(|error| to_ruby(ruby, error, closed))
    }

    /// The outcome for each partition, or nil when there were no acknowledgements to send.
    pub(super) fn commit_sync(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<Option<Value>, Error> {
        let closed = this.closed();
        open(ruby, this, closed)?;
        let timeout = timeout(ruby, timeout_ms)?;
        let _access = this.access(ruby)?;
        let consumer = &*this.consumer;
        let begun = consumer.begin_commit();
        if !this.settle(ruby, begun)?.map_err(|error| to_ruby(ruby, error, closed))? {
            return Ok(None);
        }
        let committed = this.waiting(driver::ShareConsumer::wait_committed, |_| None);
        // If time is over, the outcome says which acknowledgements have timed out.
        blocking::run(ruby, committed, timeout.duration())?;
        partition_list::to_ruby(ruby, &consumer.end_commit()).map(Some)
    }
}
