//! Leaving the group, during which rebalances are reported and answered.

use std::sync::{MutexGuard, atomic::Ordering};

use super::Consumer;
use crate::{
    Client, Closable, Error, Event, KafkaError, Leaving, PartitionList, Pass, Served, Timeout, code, events::collect,
    queue::Queue, sync::lock, sys,
};

impl Closable for Consumer {
    fn client(&self) -> &Client {
        &self.client
    }

    fn leave(&self, _leaving: &mut Leaving, slice: Timeout) -> Served<bool> {
        Served::by(|events| {
            let pass = self.client.enter()?;
            self.give_up()?;
            let mut leave_queue = self.leave_queue();
            if leave_queue.is_none() {
                *leave_queue = begin_leave(&pass);
            }
            // librdkafka refuses without a group, and after a fatal error: there is nothing to leave.
            let Some(queue) = &*leave_queue else { return Ok(true) };
            let event;
            // SAFETY: the lock keeps the queue alive.
            (event, *events) = collect(|| unsafe { sys::rd_kafka_queue_poll(queue.as_ptr(), slice.0) });
            // Messages among the events are dropped, and their offsets are not stored.
            // SAFETY: the queue returned null or an event, which we own.
            events.extend(unsafe { Event::take(event) });
            // SAFETY: the pass keeps the handle alive.
            Ok(unsafe { sys::rd_kafka_consumer_closed(pass.rk()) } != 0)
        })
    }

    unsafe fn destroy(&self) -> Vec<Event> {
        // librdkafka waits for messages that refer to the client.
        self.undelivered.forget(|_| true);
        *self.leave_queue() = None;
        lock(&self.commits).clear();
        // SAFETY: the caller promises that nobody uses the client.
        unsafe { self.client.destroy(false) }
    }

    fn handle_quietly(&self, event: &Event) {
        if let Event::Rebalance { code, partitions } = event {
            let _ = self.answer_rebalance(*code, partitions);
        }
    }
}

/// Starts leaving. The queue receives the events that have to be served meanwhile.
fn begin_leave(pass: &Pass<'_>) -> Option<Queue> {
    // SAFETY: the pass keeps the handle alive; we own the new queue.
    let queue = unsafe { Queue::from_raw(sys::rd_kafka_queue_new(pass.rk())) }?;
    // SAFETY: the pass keeps the handle alive; we own the error.
    let begun = unsafe { KafkaError::take(sys::rd_kafka_consumer_close_queue(pass.rk(), queue.as_ptr())) };
    begun.is_ok().then_some(queue)
}

impl Consumer {
    /// Refuses requests when the group may have ended: librdkafka would never answer them, and a commit at that moment
    /// aborts the process.
    pub(super) fn require_group(&self) -> Result<(), Error> {
        if self.has_given_up() { Err(KafkaError::new(code::DESTROY).into()) } else { Ok(()) }
    }

    pub(super) fn has_given_up(&self) -> bool {
        self.gave_up.load(Ordering::SeqCst)
    }

    pub(super) fn is_leaving(&self) -> bool {
        // While another thread serves the queue, it holds the lock; callbacks ask only afterwards.
        self.leave_queue.try_lock().is_ok_and(|queue| queue.is_some())
    }

    pub(super) fn is_giving_up(&self) -> bool {
        self.giving_up().is_some()
    }

    pub(super) fn put_off(&self, partitions: Option<PartitionList>) -> Result<(), Error> {
        self.require_group()?;
        *self.giving_up() = Some(partitions);
        Ok(())
    }

    /// Unassigns what a callback gave up.
    fn give_up(&self) -> Result<(), Error> {
        let Some(partitions) = self.giving_up().take() else { return Ok(()) };
        self.gave_up.store(true, Ordering::SeqCst);
        match partitions {
            None => self.assign_now(None),
            Some(partitions) => self.unassign_now(&partitions),
        }
    }

    fn giving_up(&self) -> MutexGuard<'_, Option<Option<PartitionList>>> {
        lock(&self.giving_up)
    }

    pub(super) fn leave_queue(&self) -> MutexGuard<'_, Option<Queue>> {
        lock(&self.leave_queue)
    }
}
