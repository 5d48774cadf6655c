//! Positions, commits, and queries for offsets.

use std::{ffi::CStr, time::Instant};

use super::Consumer;
use crate::{
    Client, Error, Interruption, KafkaError, OFFSET_INVALID, PartitionList, Pass, Timeout, Wake, Wakeup, code,
    queue::Queue, sys,
};

/// How often a commit checks whether its group has ended.
const COMMIT_STEP: Timeout = Timeout(100);

impl Consumer {
    /// Fills in the positions: the offsets after the last consumed messages.
    pub fn position(&self, partitions: &mut PartitionList) -> Result<(), Error> {
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_position(rk, partitions.as_mut_ptr()) })
    }

    /// Fills in the committed offsets.
    pub fn committed(&self, partitions: &mut PartitionList, timeout: Timeout) -> Result<(), Error> {
        // librdkafka would never answer.
        if self.is_leaving() {
            return Err(KafkaError::new(code::DESTROY).into());
        }
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_committed(rk, partitions.as_mut_ptr(), timeout.0) })
    }

    /// Commits the offsets given, or the stored ones, without waiting for the answer.
    pub fn commit_async(&self, offsets: Option<&PartitionList>) -> Result<(), Error> {
        self.require_group()?;
        let list = offsets.map_or(std::ptr::null(), PartitionList::as_ptr);
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_commit(rk, list, 1) })
    }

    /// Commits the offsets given, or the stored ones. The answer can be waited for.
    pub fn commit(&self, offsets: Option<&PartitionList>) -> Result<Commit<'_>, Error> {
        self.require_group()?;
        let list = offsets.map_or(std::ptr::null(), PartitionList::as_ptr);
        let pass = self.client.enter()?;
        // SAFETY: the pass keeps the handle alive; the list is null or live, and is copied; we own the new queue.
        unsafe {
            let answers = Queue::from_raw(sys::rd_kafka_queue_new(pass.rk())).ok_or(Error::Closed)?;
            self.client.check(sys::rd_kafka_commit_queue(
                pass.rk(),
                list,
                answers.as_ptr(),
                None,
                std::ptr::null_mut(),
            ))?;
            Ok(Commit { answers, client: &self.client, pass })
        }
    }

    /// Stores offsets for the next commit. Each element of the list gets its own error.
    pub fn store_offsets(&self, offsets: &mut PartitionList) -> Result<(), Error> {
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_offsets_store(rk, offsets.as_mut_ptr()) })
    }

    /// Replaces the timestamps in the list with offsets.
    pub fn offsets_for_times(&self, times: &mut PartitionList, timeout: Timeout) -> Result<(), Error> {
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_offsets_for_times(rk, times.as_mut_ptr(), timeout.0) })
    }

    /// Asks the broker for the lowest offset and the one after the highest.
    pub fn query_watermark_offsets(&self, topic: &CStr, partition: i32, timeout: Timeout) -> Result<(i64, i64), Error> {
        let (mut low, mut high) = (OFFSET_INVALID, OFFSET_INVALID);
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe {
            sys::rd_kafka_query_watermark_offsets(rk, topic.as_ptr(), partition, &mut low, &mut high, timeout.0)
        })?;
        Ok((low, high))
    }
}

/// A commit under way. Dropping it discards the answer. Field order matters: the queue is released before the pass.
#[derive(Debug)]
pub struct Commit<'a> {
    answers: Queue,
    client: &'a Client,
    pass: Pass<'a>,
}

impl Commit<'_> {
    /// Waits for the answer until the time is over or the wait is interrupted.
    pub fn wait(&self, timeout: Timeout, interruption: &Interruption<'_>) -> Option<Result<(), Error>> {
        let started = Instant::now();
        loop {
            let rest = timeout.rest(started);
            let answer = self.poll(rest.at_most(COMMIT_STEP));
            if answer.is_some() || rest == Timeout::NONE || interruption.is_set() {
                return answer;
            }
        }
    }

    /// The answer; none when the time is over or the wait was woken.
    pub fn poll(&self, timeout: Timeout) -> Option<Result<(), Error>> {
        // Checked before polling: if the group has ended, an answer that it sent is in the queue by now.
        // SAFETY: the pass keeps the handle alive.
        let gone = unsafe { sys::rd_kafka_consumer_closed(self.pass.rk()) } != 0;
        // SAFETY: we own the queue; it returns null or an event, which we own.
        unsafe {
            let event = sys::rd_kafka_queue_poll(self.answers.as_ptr(), timeout.0);
            if event.is_null() {
                // A group that has ended will never answer.
                return gone.then(|| Err(KafkaError::new(code::DESTROY).into()));
            }
            let code = sys::rd_kafka_event_error(event);
            sys::rd_kafka_event_destroy(event);
            Some(self.client.check(code))
        }
    }

    /// Notifies when the answer comes. It may have come already.
    pub fn watch(&self, wakeup: &Wakeup) {
        self.answers.signal(wakeup.writer(), b"\x01");
    }

    /// Undoes [`watch`](Self::watch). Needed because the answer may come after the commit was dropped.
    pub fn unwatch(&self) {
        self.answers.silence();
    }
}

impl Wake for Commit<'_> {
    /// Ends the wait under way, or else the next one.
    fn wake(&self) {
        self.answers.wake();
    }
}
