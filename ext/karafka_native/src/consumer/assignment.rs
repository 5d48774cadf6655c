//! What a consumer reads: subscription, assignment, pauses and seeks.

use karafka_driver as driver;
use magnus::{Error, RArray, RString, Ruby, Value};

use super::Consumer;
use crate::{
    client::NativeClient,
    error::{Closed, to_ruby},
    partition_list::{self, optional_list},
    ruby_value::{binary, number, topic_name},
    runtime::blocking::run_to_the_end,
};

impl Consumer {
    pub(super) fn subscribe(ruby: &Ruby, this: &Self, topics: RArray) -> Result<i32, Error> {
        let list = partition_list::of_topics(ruby, topics)?;
        this.call(ruby, |consumer| consumer.subscribe(&list))
    }

    pub(super) fn unsubscribe(ruby: &Ruby, this: &Self) -> Result<i32, Error> {
        this.call(ruby, driver::Consumer::unsubscribe)
    }

    pub(super) fn subscription(ruby: &Ruby, this: &Self) -> Result<Value, Error> {
        let consumer = &*this.consumer;
        let list = run_to_the_end(ruby, || consumer.subscription())?;
        let list = list.map_err(|error| to_ruby(ruby, error, this.closed()))?;
        partition_list::to_ruby(ruby, &list)
    }

    /// Nil removes the assignment.
    pub(super) fn assign(ruby: &Ruby, this: &Self, list: Value) -> Result<i32, Error> {
        let list = optional_list(ruby, list)?;
        this.call(ruby, |consumer| consumer.assign(list.as_ref()))
    }

    pub(super) fn incremental_assign(ruby: &Ruby, this: &Self, list: Value) -> Result<i32, Error> {
        let list = partition_list::from_ruby(ruby, list)?;
        this.call(ruby, |consumer| consumer.incremental_assign(&list))
    }

    pub(super) fn incremental_unassign(ruby: &Ruby, this: &Self, list: Value) -> Result<i32, Error> {
        let list = partition_list::from_ruby(ruby, list)?;
        this.call(ruby, |consumer| consumer.incremental_unassign(&list))
    }

    pub(super) fn assignment(ruby: &Ruby, this: &Self) -> Result<Value, Error> {
        let consumer = &*this.consumer;
        let list = run_to_the_end(ruby, || consumer.assignment())?;
        let list = list.map_err(|error| to_ruby(ruby, error, this.closed()))?;
        partition_list::to_ruby(ruby, &list)
    }

    pub(super) fn is_assignment_lost(ruby: &Ruby, this: &Self) -> Result<bool, Error> {
        let lost = this.consumer.assignment_lost();
        lost.map_err(|error| to_ruby(ruby, error, this.closed()))
    }

    pub(super) fn pause(ruby: &Ruby, this: &Self, list: Value) -> Result<(i32, Value), Error> {
        this.call_with_list(ruby, list, driver::Consumer::pause)
    }

    pub(super) fn resume(ruby: &Ruby, this: &Self, list: Value) -> Result<(i32, Value), Error> {
        this.call_with_list(ruby, list, driver::Consumer::resume)
    }

    pub(super) fn seek_by(
        ruby: &Ruby,
        this: &Self,
        topic: Value,
        partition: Value,
        offset: Value,
    ) -> Result<i32, Error> {
        let topic = topic_name(ruby, topic)?;
        let (partition, offset) = (number(ruby, partition, "partition")?, number(ruby, offset, "offset")?);
        this.call(ruby, |consumer| consumer.seek(&topic, partition, offset))
    }

    /// `EAGER`, `COOPERATIVE`, `NONE` or nil.
    pub(super) fn rebalance_protocol(ruby: &Ruby, this: &Self) -> Result<Option<RString>, Error> {
        let protocol = this.consumer.rebalance_protocol();
        let protocol = protocol.map_err(|error| to_ruby(ruby, error, Closed::Inner))?;
        Ok(protocol.map(|protocol| binary(ruby, protocol.to_bytes())))
    }
}
