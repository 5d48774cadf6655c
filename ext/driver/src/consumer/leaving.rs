//! Leaving the group, which takes events and answers.

use std::{
    sync::{MutexGuard, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use super::Consumer;
use crate::{Error, Event, KafkaError, PartitionList, Timeout, code, events::collect, queue::Queue, sys};

impl Consumer {
    /// Starts leaving the group. Afterwards [`poll_leave`](Self::poll_leave) serves what has to be done until the
    /// member has left. Repeating it goes on where an interrupted one stopped.
    pub fn begin_leave(&self) -> Result<(), Error> {
        let pass = self.client.enter()?;
        let mut leave_queue = self.leave_queue();
        if leave_queue.is_some() {
            return Ok(());
        }
        // SAFETY: live handle; the queue is kept while the member leaves.
        unsafe {
            let queue = Queue::from_raw(sys::rd_kafka_queue_new(pass.rk()));
            let pointer = queue.as_ref().map_or(std::ptr::null_mut(), Queue::as_ptr);
            KafkaError::take(sys::rd_kafka_consumer_close_queue(pass.rk(), pointer))?;
            *leave_queue = queue;
        }
        Ok(())
    }

    /// Waits for the next event while leaving; true when the member has left.
    pub fn poll_leave(&self, timeout: Timeout) -> Result<(bool, Vec<Event>), Error> {
        let pass = self.client.enter()?;
        self.give_up()?;
        let leave_queue = self.leave_queue();
        let Some(queue) = &*leave_queue else { return Ok((true, Vec::new())) };
        // SAFETY: live handle and queue. Messages among the events are destroyed unseen, without being stored.
        let (event, mut events) = collect(|| unsafe { sys::rd_kafka_queue_poll(queue.as_ptr(), timeout.0) });
        // SAFETY: ours, or null.
        events.extend(unsafe { Event::take(event) });
        // SAFETY: live handle.
        Ok((unsafe { sys::rd_kafka_consumer_closed(pass.rk()) } != 0, events))
    }

    /// Leaves the group without asking anybody: partitions are given up as they are taken. For consumers that nobody
    /// can reach any more.
    pub fn leave_quietly(&self, limit: Duration) {
        let started = Instant::now();
        if self.begin_leave().is_err() {
            return;
        }
        while let Ok((false, events)) = self.poll_leave(Timeout(100)) {
            for event in events {
                if let Event::Rebalance { code, partitions } = event {
                    let _ = self.answer_rebalance(code, &partitions);
                }
            }
            if started.elapsed() > limit {
                return;
            }
        }
    }

    /// librdkafka never answers requests to a group that ends before it serves them, and a commit at that moment aborts
    /// the process.
    pub(super) fn require_group(&self) -> Result<(), Error> {
        if self.has_given_up() { Err(KafkaError::new(code::DESTROY).into()) } else { Ok(()) }
    }

    pub(super) fn has_given_up(&self) -> bool {
        self.gave_up.load(Ordering::SeqCst)
    }

    pub(super) fn is_leaving(&self) -> bool {
        // The lock is taken while the queue is served, which runs nothing that asks.
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

    /// Does what was put off.
    fn give_up(&self) -> Result<(), Error> {
        let Some(partitions) = self.giving_up().take() else { return Ok(()) };
        self.gave_up.store(true, Ordering::SeqCst);
        match partitions {
            None => self.assign_now(None),
            Some(partitions) => self.unassign_now(&partitions),
        }
    }

    fn giving_up(&self) -> MutexGuard<'_, Option<Option<PartitionList>>> {
        self.giving_up.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn leave_queue(&self) -> MutexGuard<'_, Option<Queue>> {
        self.leave_queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
