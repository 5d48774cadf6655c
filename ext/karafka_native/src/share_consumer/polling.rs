//! Polling for records and for events.

use std::time::Instant;

use karafka_driver::{self as driver, Interruption, Timeout};
use magnus::{Error, RArray, Ruby, Value};

use super::ShareConsumer;
use crate::{
    client::{NativeClient, open},
    error::{message_error, to_ruby},
    ruby_value::timeout,
    runtime::{
        fairness,
        gvl::{HELD_STEP, share_if_long},
    },
    share_message::Records,
};

impl ShareConsumer {
    /// All records of one fetch, or an empty Array when the time is over.
    pub(super) fn poll(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<RArray, Error> {
        this.records(ruby, timeout_ms, usize::MAX, "poll")
    }

    /// The next record, or nil when the time is over. The others of its fetch stay undelivered.
    pub(super) fn next_record(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<Option<Value>, Error> {
        open(ruby, this, this.closed("poll"))?;
        let _turn = this.turn(ruby)?;
        if this.consumer.has_undelivered() {
            return this.deliver(ruby, 1)?.shift();
        }
        this.records(ruby, timeout_ms, 1, "poll")?.shift()
    }

    fn records(&self, ruby: &Ruby, timeout_ms: Value, limit: usize, method: &'static str) -> Result<RArray, Error> {
        open(ruby, self, self.closed(method))?;
        fairness::after_operation();
        let timeout = timeout(ruby, timeout_ms)?;
        let _turn = self.turn(ruby)?;
        let started = Instant::now();
        let consumer = &*self.consumer;
        let mut served = consumer.poll();
        loop {
            match self.settle(ruby, served)? {
                Ok(true) if consumer.has_undelivered() => return self.deliver(ruby, limit),
                // Closed meanwhile: there is nothing more to come.
                Ok(_) | Err(driver::Error::Closed) => {}
                Err(error) => return Err(to_ruby(ruby, error, self.closed(method))),
            }
            let rest = timeout.rest(started);
            if rest == Timeout::NONE || self.client().gate().is_closing() {
                return Ok(ruby.ary_new());
            }
            served = self.wait(ruby, false, rest, |interrupted| consumer.wait(rest, interrupted))?;
        }
    }

    /// Makes `Message`s of fetched records. These count as delivered only when nothing can fail any more.
    fn deliver(&self, ruby: &Ruby, limit: usize) -> Result<RArray, Error> {
        let mut records = Records::new(ruby);
        self.consumer.read(limit, |message, delivery_count| records.add(ruby, message, delivery_count))?;
        let (count, unusable) = (records.len(), records.unusable());
        let entries = records.build(ruby, |error| message_error(ruby, error))?;
        Ok(if self.consumer.deliver(count, &unusable) { entries } else { ruby.ary_new() })
    }

    pub(super) fn events_poll(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<i32, Error> {
        let closed = this.closed("events_poll");
        open(ruby, this, closed)?;
        fairness::after_operation();
        let timeout = timeout(ruby, timeout_ms)?;
        let started = Instant::now();
        let consumer = &*this.consumer;
        let mut served = consumer.poll_events();
        loop {
            let count = this.settle(ruby, served)?.map_err(|error| to_ruby(ruby, error, closed))?;
            let rest = timeout.rest(started);
            if count > 0 || rest == Timeout::NONE || this.client().gate().is_closing() {
                return Ok(count);
            }
            served = this.wait(ruby, 0, rest, |interrupted| consumer.wait_events(rest, interrupted))?;
        }
    }

    /// The same with the GVL held.
    pub(super) fn events_poll_nb(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<i32, Error> {
        let closed = this.closed("events_poll_nb");
        open(ruby, this, closed)?;
        let timeout = timeout(ruby, timeout_ms)?;
        let started = Instant::now();
        loop {
            let rest = timeout.rest(started);
            let (count, events) = this.consumer.wait_events(rest.at_most(HELD_STEP), &Interruption::unnoticed());
            this.dispatch(ruby, events)?;
            let count = count.map_err(|error| to_ruby(ruby, error, closed))?;
            if count > 0 || rest == Timeout::NONE {
                return Ok(count);
            }
            share_if_long(ruby, started)?;
            if this.client().gate().is_closing() {
                return Ok(0);
            }
        }
    }
}
