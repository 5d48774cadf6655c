//! Commits that are waited for.

use std::{
    sync::{Arc, Mutex, Weak},
    time::Instant,
};

use super::Consumer;
use crate::{
    Error, Interruption, KafkaError, PartitionList, Pass, Timeout, Wake, Wakeup, code,
    queue::Queue,
    sync::{get_mut, lock},
    sys,
};

/// How often a commit checks whether its group has ended.
const STEP: Timeout = Timeout(100);

/// A commit under way. Dropping it discards the answer.
#[derive(Debug)]
pub struct Commit<'a> {
    consumer: &'a Consumer,
    /// None while the commit is paused.
    pass: Mutex<Option<Pass<'a>>>,
    /// The consumer owns the queue, which must not outlive the native handle.
    answers: Weak<Queue>,
}

impl Consumer {
    /// Commits the offsets given, or the stored ones. The answer can be waited for.
    pub fn commit(&self, offsets: Option<&PartitionList>) -> Result<Commit<'_>, Error> {
        self.require_group()?;
        let list = offsets.map_or(std::ptr::null(), PartitionList::as_ptr);
        let pass = self.client.enter()?;
        // SAFETY: the pass keeps the handle alive; we own the new queue.
        let answers = unsafe { Queue::from_raw(sys::rd_kafka_queue_new(pass.rk())) }.ok_or(Error::Closed)?;
        let queue = answers.as_ptr();
        // SAFETY: the pass keeps the handle alive, and `answers` the queue; the list is null or live, and is copied.
        self.client.check(unsafe { sys::rd_kafka_commit_queue(pass.rk(), list, queue, None, std::ptr::null_mut()) })?;
        let answers = Arc::new(answers);
        let commit = Commit { consumer: self, pass: Mutex::new(Some(pass)), answers: Arc::downgrade(&answers) };
        lock(&self.commits).push(answers);
        Ok(commit)
    }
}

impl Commit<'_> {
    /// Lets the consumer be closed until the commit is [`resume`](Self::resume)d, since a trap handler may close it on this
    /// thread.
    pub fn pause(&self) {
        *lock(&self.pass) = None;
    }

    /// Goes on after [`pause`](Self::pause). If the consumer was closed, there will be no answer.
    pub fn resume(&self) {
        *lock(&self.pass) = self.consumer.client.enter().ok();
    }

    /// Waits for the answer until the time is over or the wait is interrupted.
    pub fn wait(&self, timeout: Timeout, interruption: &Interruption<'_>) -> Option<Result<(), Error>> {
        let started = Instant::now();
        loop {
            let rest = timeout.rest(started);
            let answer = self.poll(rest.at_most(STEP));
            if answer.is_some() || rest == Timeout::NONE || interruption.is_set() {
                return answer;
            }
        }
    }

    /// The answer; none when the time is over or the wait was woken.
    pub fn poll(&self, timeout: Timeout) -> Option<Result<(), Error>> {
        let pass = lock(&self.pass);
        let (Some(pass), Some(answers)) = (&*pass, self.answers.upgrade()) else { return Some(Err(Error::Closed)) };
        // Checked before polling: if the group has ended, an answer that it sent is in the queue by now.
        // SAFETY: the pass keeps the handle alive.
        let gone = unsafe { sys::rd_kafka_consumer_closed(pass.rk()) } != 0;
        // SAFETY: `answers` keeps the queue alive, and the pass its client; the queue returns null or an event, which we own.
        unsafe {
            let event = sys::rd_kafka_queue_poll(answers.as_ptr(), timeout.0);
            if event.is_null() {
                // A group that has ended will never answer.
                return gone.then(|| Err(KafkaError::new(code::DESTROY).into()));
            }
            let code = sys::rd_kafka_event_error(event);
            sys::rd_kafka_event_destroy(event);
            Some(self.consumer.client.check(code))
        }
    }

    /// Notifies when the answer comes. It may have come already.
    pub fn watch(&self, wakeup: &Wakeup) {
        if let Some(answers) = self.answers.upgrade() {
            answers.signal(wakeup.writer(), b"\x01");
        }
    }

    /// Undoes [`watch`](Self::watch). Needed because the answer may come after the commit was dropped.
    pub fn unwatch(&self) {
        if let Some(answers) = self.answers.upgrade() {
            answers.silence();
        }
    }
}

impl Wake for Commit<'_> {
    /// Ends the wait under way, or else the next one.
    fn wake(&self) {
        if let Some(answers) = self.answers.upgrade() {
            answers.wake();
        }
    }
}

impl Drop for Commit<'_> {
    fn drop(&mut self) {
        // Without a pass, closing frees the queue. In a forked process the lock may be held forever.
        if get_mut(&mut self.pass).is_some() && !self.consumer.client.gate().is_foreign() {
            lock(&self.consumer.commits).retain(|answers| !std::ptr::eq(Arc::as_ptr(answers), self.answers.as_ptr()));
        }
    }
}
