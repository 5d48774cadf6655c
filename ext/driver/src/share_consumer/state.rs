//! The state of a share consumer.

use std::ffi::CStr;

use super::{
    Acknowledgement,
    ledger::{Ledger, Offsets},
    native::{Batch, Handle},
};
use crate::{Client, Event, KafkaError, Message, Pass, code, events::collect, sys};

/// The native handle, and the state that its calls change. A lock lets one thread at a time use them.
#[derive(Debug)]
pub(super) struct State {
    /// Fetched records, and the index of the first one that the application did not get yet.
    pub(super) undelivered: Option<(Batch, usize)>,
    /// Whether a fetch is under way that has brought no records yet.
    pub(super) fetching: bool,
    pub(super) handle: Handle,
    pub(super) ledger: Ledger,
    /// Whether acknowledgements have to be sent as soon as possible.
    pub(super) commit_wanted: bool,
    /// The commit that a thread is waiting for.
    pub(super) commit: Option<Commit>,
    pub(super) subscribed: bool,
    pub(super) fatal_announced: bool,
}

/// Acknowledgements that a thread waits for, with the outcome for each partition.
#[derive(Debug)]
pub(super) struct Commit(pub(super) Vec<(Offsets, i32)>);

impl Commit {
    fn answer(&mut self, topic: &CStr, partition: i32, offsets: &[i64], code: i32) {
        for ((name, number, open), outcome) in &mut self.0 {
            if name.as_c_str() == topic && *number == partition {
                let before = open.len();
                open.retain(|offset| !offsets.contains(offset));
                if open.len() < before && code != code::NO_ERROR {
                    *outcome = code;
                }
            }
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.0.iter().all(|((_, _, open), _)| open.is_empty())
    }
}

impl State {
    pub(super) fn new(handle: Handle) -> Self {
        Self {
            undelivered: None,
            fetching: false,
            handle,
            ledger: Ledger::default(),
            commit_wanted: false,
            commit: None,
            subscribed: false,
            fatal_announced: false,
        }
    }

    /// Serves the main queue, then sends acknowledgements that had to wait. Returns librdkafka's count of events.
    pub(super) fn serve(&mut self, client: &Client, pass: &Pass<'_>, events: &mut Vec<Event>) -> i32 {
        // SAFETY: the pass keeps the handle alive.
        let (count, served) = collect(|| unsafe { sys::rd_kafka_poll(pass.rk(), 0) });
        self.record_answers(&served);
        events.extend(served);
        if self.commit_wanted {
            self.commit(events);
        }
        let fatal = if self.fatal_announced { None } else { client.fatal_error().ok().flatten() };
        if let Some(fatal) = fatal {
            self.fatal_announced = true;
            events.push(Event::Error { code: code::FATAL, reason: fatal.message });
        }
        count
    }

    /// Sends all acknowledgements, now or as soon as possible.
    pub(super) fn commit(&mut self, events: &mut Vec<Event>) {
        self.commit_wanted = self.ledger.has_unsent();
        if !self.commit_wanted || !self.ledger.may_send() {
            return;
        }
        let (sent, more) = collect(|| self.handle.commit_async());
        if sent.is_ok() {
            self.record_sent();
        }
        self.record_answers(&more);
        events.extend(more);
    }

    pub(super) fn record_sent(&mut self) {
        self.commit_wanted = false;
        self.ledger.send(self.undelivered.is_some());
    }

    pub(super) fn record_answers(&mut self, events: &[Event]) {
        for event in events {
            let Event::Acknowledged { partitions, code } = event else { continue };
            for answered in partitions {
                self.ledger.answer(&answered.topic, answered.partition, &answered.offsets);
                if let Some(commit) = &mut self.commit {
                    commit.answer(&answered.topic, answered.partition, &answered.offsets, *code);
                }
            }
        }
    }

    /// Fetches, which also sends all acknowledgements.
    pub(super) fn fetch(&mut self, events: &mut Vec<Event>) -> Result<(), KafkaError> {
        let (fetched, more) = collect(|| self.handle.poll());
        self.record_sent();
        self.record_answers(&more);
        events.extend(more);
        self.undelivered = fetched?.map(|batch| (batch, 0));
        self.fetching = self.undelivered.is_none();
        Ok(())
    }

    /// Acknowledges all delivered records that were not acknowledged.
    pub(super) fn acknowledge_delivered(&mut self, kind: Acknowledgement) {
        for (topic, partition, offsets) in self.ledger.delivered() {
            for offset in offsets {
                self.acknowledge(&topic, partition, offset, kind);
            }
        }
    }

    /// Releases the records that were not delivered.
    pub(super) fn release_undelivered(&mut self) {
        let Some((batch, next)) = self.undelivered.take() else { return };
        for message in &batch.messages()[next..] {
            self.release(message);
        }
    }

    pub(super) fn release(&mut self, message: &Message) {
        // librdkafka itself acknowledges records that it replaces with errors.
        if let Some(topic) = message.topic().filter(|_| !message.is_error()) {
            self.acknowledge(topic, message.partition(), message.offset(), Acknowledgement::Release);
        }
    }

    /// Acknowledges a record. librdkafka refuses only a record that it no longer has, for which there will be no answer.
    pub(super) fn acknowledge(&mut self, topic: &CStr, partition: i32, offset: i64, kind: Acknowledgement) {
        match self.handle.acknowledge(topic, partition, offset, kind) {
            Ok(()) => self.ledger.acknowledge(topic, partition, offset),
            Err(_) => self.ledger.forget(topic, partition, offset),
        }
    }
}
