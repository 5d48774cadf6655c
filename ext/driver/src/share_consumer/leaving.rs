//! Leaving the group, once acknowledgements have been answered.

use std::{
    ffi::CString,
    time::{Duration, Instant},
};

use super::{SLICE, ShareConsumer};
use crate::{Client, Closable, Event, Leaving, Pass, Served, Timeout, events::collect, queue::Queue, sys};

/// How long a member waits for answers before it leaves without them.
const SETTLE_LIMIT: Duration = Duration::from_secs(5);

/// How long leaving may take. librdkafka never finishes leaving if the first assignment comes after leaving has begun.
const LEAVE_LIMIT: Duration = Duration::from_secs(10);

impl Closable for ShareConsumer {
    /// librdkafka would wait forever if it were destroyed without having left.
    const CAN_STAY: bool = false;

    fn client(&self) -> &Client {
        &self.client
    }

    /// Sends the acknowledgements first. The broker releases the records that were not acknowledged.
    fn leave(&self, leaving: &mut Leaving, slice: Timeout) -> Served<bool> {
        Served::by(|events| {
            let pass = self.client.enter()?;
            let mut leave_queue = self.leave_queue();
            if leave_queue.is_none() {
                if !self.settle(&pass, leaving.since, slice, events) || !events.is_empty() {
                    return Ok(false);
                }
                *leave_queue = self.begin_leave(&pass);
            }
            // librdkafka refuses when there is no group to leave.
            let Some(queue) = &*leave_queue else { return Ok(true) };
            let event;
            // SAFETY: the lock keeps the queue alive.
            (event, *events) = collect(|| unsafe { sys::rd_kafka_queue_poll(queue.as_ptr(), slice.0) });
            // Records among the events are dropped.
            // SAFETY: the queue returned null or an event, which we own.
            events.extend(unsafe { Event::take(event) });
            // SAFETY: the pass keeps the handle alive.
            Ok(unsafe { sys::rd_kafka_consumer_closed(pass.rk()) } != 0)
        })
    }

    fn leave_limit(&self) -> Option<Duration> {
        Some(self.request_limit.min(LEAVE_LIMIT))
    }

    fn not_left(&self) -> Option<Event> {
        let name = self.client.name().to_string_lossy();
        let line = CString::new(format!("{name} could not leave its share group in time")).ok()?;
        Some(Event::Log { level: 4, line })
    }

    unsafe fn destroy(&self) -> Vec<Event> {
        // librdkafka waits for records that refer to the client.
        self.state().undelivered = None;
        *self.leave_queue() = None;
        // SAFETY: the caller promises that nobody uses the client.
        unsafe { self.client.destroy(false) }
    }
}

impl ShareConsumer {
    fn begin_leave(&self, pass: &Pass<'_>) -> Option<Queue> {
        let mut state = self.state();
        state.undelivered = None;
        // SAFETY: the pass keeps the handle alive; we own the new queue.
        let queue = unsafe { Queue::from_raw(sys::rd_kafka_queue_new(pass.rk())) }?;
        state.handle.begin_close(&queue).is_ok().then_some(queue)
    }

    /// Waits for at most that long for an event. True when all acknowledgements have been answered: if some were still to
    /// be sent, the broker might learn first that the member has left.
    fn settle(&self, pass: &Pass<'_>, since: Instant, timeout: Timeout, events: &mut Vec<Event>) -> bool {
        let seen = self.signal.count();
        let mut state = self.state();
        state.serve(&self.client, pass, events);
        state.commit(events);
        let ready = !state.ledger.is_busy() || since.elapsed() >= SETTLE_LIMIT;
        drop(state);
        if !ready && events.is_empty() {
            self.signal.wait(seen, timeout.duration().unwrap_or(SLICE).min(SLICE));
        }
        ready
    }
}
