//! Polling for records and for events.

use karafka_driver as driver;
use magnus::{Error, RArray, Ruby, Value};

use super::ShareConsumer;
use crate::{
    client::{NativeClient, open},
    error::message_error,
    ruby_value::timeout,
    runtime::{
        blocking::{self, Blocking},
        fairness,
    },
    share_message::Records,
};

impl ShareConsumer {
    /// All records of one fetch, or an empty Array when the time is over.
    pub(super) fn poll(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<RArray, Error> {
        this.records(ruby, timeout_ms, usize::MAX)
    }

    /// The next record, or nil when the time is over. The other records of the fetch stay undelivered.
    pub(super) fn next_record(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<Option<Value>, Error> {
        open(ruby, this, this.closed())?;
        let _access = this.access(ruby)?;
        if this.consumer.has_undelivered() {
            fairness::after_operation();
            return this.deliver(ruby, 1)?.shift();
        }
        this.records(ruby, timeout_ms, 1)?.shift()
    }

    fn records(&self, ruby: &Ruby, timeout_ms: Value, limit: usize) -> Result<RArray, Error> {
        open(ruby, self, self.closed())?;
        let timeout = timeout(ruby, timeout_ms)?;
        let _access = self.access(ruby)?;
        let records = self.waiting(
            |consumer, rest, interruption| consumer.wait_for_records(rest, interruption).map(|_| None),
            |consumer| consumer.has_undelivered().then_some(()),
        );
        let found = blocking::poll(ruby, records, timeout.duration())?;
        found.map_or_else(|| Ok(ruby.ary_new()), |()| self.deliver(ruby, limit))
    }

    /// Converts fetched records to `Message`s. They count as delivered only once nothing can fail any more.
    fn deliver(&self, ruby: &Ruby, limit: usize) -> Result<RArray, Error> {
        let mut records = Records::new(ruby);
        self.consumer.read(limit, |message, delivery_count| records.add(ruby, message, delivery_count))?;
        let (count, unusable) = (records.len(), records.unusable());
        let entries = records.build(|error| message_error(ruby, error))?;
        Ok(if self.consumer.deliver(count, &unusable) { entries } else { ruby.ary_new() })
    }

    pub(super) fn events_poll(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<i32, Error> {
        open(ruby, this, this.closed())?;
        let timeout = timeout(ruby, timeout_ms)?;
        Ok(blocking::poll(ruby, this.events(), timeout.duration())?.unwrap_or(0))
    }

    /// Like `events_poll`, but holds the GVL.
    pub(super) fn events_poll_nb(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<i32, Error> {
        open(ruby, this, this.closed())?;
        let timeout = timeout(ruby, timeout_ms)?;
        Ok(blocking::run_held(ruby, this.events(), timeout.duration())?.unwrap_or(0))
    }

    fn events(&self) -> impl Blocking<'_, Output = i32> {
        self.waiting(driver::ShareConsumer::wait_events, |_| None)
    }
}
