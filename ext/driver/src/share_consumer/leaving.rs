//! Leaving the group, after the acknowledgements.

use std::time::{Duration, Instant};

use super::{SLICE, Served, ShareConsumer};
use crate::{Event, Timeout, events::collect, queue::Queue, sys};

/// How long a leaving member waits for answers before it leaves all the same.
const SETTLE_LIMIT: Duration = Duration::from_secs(5);

impl ShareConsumer {
    /// Goes on leaving the group, waiting at most that long for the next event; true when the member has left.
    /// Acknowledgements are sent, and what was not acknowledged is released. After an interruption it can be continued.
    pub fn leave(&self, timeout: Timeout) -> Served<bool> {
        let pass = match self.client.enter() {
            Ok(pass) => pass,
            Err(error) => return (Err(error), Vec::new()),
        };
        let mut leave_queue = self.leave_queue();
        if leave_queue.is_none() {
            let (settled, events) = self.settle(pass.rk(), timeout);
            if !settled || !events.is_empty() {
                return (Ok(false), events);
            }
            let mut state = self.state();
            state.undelivered = None;
            // SAFETY: live handle; the queue is kept while the member leaves.
            let Some(queue) = (unsafe { Queue::from_raw(sys::rd_kafka_queue_new(pass.rk())) }) else {
                return (Ok(true), Vec::new());
            };
            if state.handle.begin_close(&queue).is_err() {
                return (Ok(true), Vec::new()); // there is no group to leave
            }
            *leave_queue = Some(queue);
        }
        let Some(queue) = &*leave_queue else { return (Ok(true), Vec::new()) };
        // SAFETY: live handle and queue. Records among the events are destroyed unseen.
        let (event, mut events) = collect(|| unsafe { sys::rd_kafka_queue_poll(queue.as_ptr(), timeout.0) });
        // SAFETY: ours, or null.
        events.extend(unsafe { Event::take(event) });
        // SAFETY: live handle.
        (Ok(unsafe { sys::rd_kafka_consumer_closed(pass.rk()) } != 0), events)
    }

    /// Whether all acknowledgements have been answered, waiting at most that long for an event. A broker may learn that
    /// the member leaves before it gets what comes with the last request.
    fn settle(&self, rk: *mut sys::rd_kafka_t, timeout: Timeout) -> (bool, Vec<Event>) {
        let seen = self.signal.count();
        let mut state = self.state();
        let (_, mut events) = state.serve(&self.client, rk);
        state.commit(&mut events);
        let since = *state.leaving_since.get_or_insert_with(Instant::now);
        let ready = !state.ledger.is_busy() || since.elapsed() >= SETTLE_LIMIT;
        drop(state);
        if !ready && events.is_empty() {
            self.signal.wait(seen, timeout.duration().unwrap_or(SLICE).min(SLICE));
        }
        (ready, events)
    }

    /// Leaves the group without calling anybody. For consumers that nobody can reach any more. False if it did not get
    /// done in time.
    pub fn leave_quietly(&self, limit: Duration) -> bool {
        let started = Instant::now();
        while let (Ok(false), _) = self.leave(Timeout(100)) {
            if started.elapsed() > limit {
                return false;
            }
        }
        true
    }
}
