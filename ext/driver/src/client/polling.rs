//! Polls of a client's queues, and what wakes them.

use std::{
    ffi::{c_int, c_void},
    sync::{
        MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use super::{Client, Pass};
use crate::{
    Error, Event, Interruption, Served, Timeout, Wake, Wakeup, events::collect, queue::Queue, sync::lock, sys,
};

impl Client {
    /// Takes a reference to the consumer queue, so that its polls can be woken.
    pub(crate) fn find_consumer_queue(&self) -> Result<(), Error> {
        let pass = self.enter()?;
        // SAFETY: the pass keeps the handle alive; null without a group.
        let queue = unsafe { Queue::from_raw(sys::rd_kafka_queue_get_consumer(pass.rk())) };
        self.queues().consumer = queue;
        Ok(())
    }

    /// The consumer queue, which lives as long as the pass.
    pub(crate) fn consumer_queue(&self, _pass: &Pass<'_>) -> Option<*mut sys::rd_kafka_queue_t> {
        self.queues().consumer.as_ref().map(Queue::as_ptr)
    }

    /// Has `function` called with `opaque` whenever a queue stops being empty, or is woken while it is empty.
    ///
    /// # Safety
    /// Any thread may call the function until the client is destroyed; `opaque` has to be valid until then.
    pub(crate) unsafe fn call_on_queue_events(
        &self,
        function: extern "C" fn(*mut sys::rd_kafka_t, *mut c_void),
        opaque: *mut c_void,
    ) {
        for queue in self.queues().iter() {
            // SAFETY: we own a reference to the queue; the caller vouches for function and opaque.
            unsafe { sys::rd_kafka_queue_cb_event_enable(queue.as_ptr(), Some(function), opaque) };
        }
    }

    /// Repeats a poll that may end early until it has a result, its time is over, the wait is interrupted, or the client
    /// is being closed. Each poll is passed the time that is left.
    pub(crate) fn poll_until<T>(
        &self,
        timeout: Timeout,
        interruption: &Interruption<'_>,
        mut poll: impl FnMut(Timeout) -> Served<Option<T>>,
    ) -> Served<Option<T>> {
        let started = Instant::now();
        let mut rest = timeout;
        loop {
            let served = poll(rest);
            rest = timeout.rest(started);
            if !served.is_empty() || rest == Timeout::NONE || interruption.is_set() || self.gate().is_closing() {
                return served;
            }
            if self.interruptions.load(Ordering::SeqCst) > 0 {
                // This poll took a wake-up that was meant for another poll of the same queue: pass it on, and stay
                // away from the queue until the other one has had the chance to take it.
                self.wake();
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    /// Serves the main queue. Returns how many events librdkafka counted.
    pub fn poll_main(&self, timeout: Timeout) -> Served<i32> {
        Served::by(|events| {
            let pass = self.enter()?;
            *events = self.take_relayed();
            let timeout = if events.is_empty() { timeout } else { Timeout::NONE };
            // SAFETY: the pass keeps the handle alive.
            let (served, polled) = collect(|| unsafe { sys::rd_kafka_poll(pass.rk(), timeout.0) });
            let relayed = i32::try_from(events.len()).unwrap_or(i32::MAX);
            events.extend(polled);
            Ok(served.saturating_add(relayed))
        })
    }

    /// Serves the main queue until there is an event, the time is over, the wait is interrupted, or the client is being
    /// closed.
    pub fn wait_main(&self, timeout: Timeout, interruption: &Interruption<'_>) -> Served<Option<i32>> {
        self.poll_until(timeout, interruption, |rest| self.poll_main(rest).map(|served| (served > 0).then_some(served)))
    }

    /// Leaves an event to the next poll of the main queue.
    pub(crate) fn relay(&self, event: Event) {
        self.keep(vec![event]);
    }

    /// Leaves events to the next poll of the main queue, because the caller they were collected for stopped waiting.
    pub fn keep(&self, events: Vec<Event>) {
        if !events.is_empty() {
            self.relayed().extend(events);
            self.wake();
        }
    }

    /// Whether events are left to the next poll.
    pub(crate) fn has_relayed(&self) -> bool {
        !self.relayed().is_empty()
    }

    /// The events that were left to the next poll.
    pub fn take_relayed(&self) -> Vec<Event> {
        std::mem::take(&mut *self.relayed())
    }

    fn relayed(&self) -> MutexGuard<'_, Vec<Event>> {
        lock(&self.relayed)
    }

    /// Writes `payload` to the application's `fd` whenever a queue stops being empty, be it the one for events or the one
    /// for messages.
    pub fn signal_queues(&self, fd: c_int, payload: &[u8]) -> Result<(), Error> {
        let _pass = self.enter()?;
        let mut queues = self.queues();
        queues.signal_application = true;
        queues.iter().for_each(|queue| queue.signal(fd, payload));
        Ok(())
    }

    /// Notifies whenever the consumer queue stops being empty or is woken, unless it signals to the application.
    pub(crate) fn signal_consumer_queue(&self, wakeup: &Wakeup) -> Result<(), Error> {
        let _pass = self.enter()?;
        let queues = self.queues();
        if let Some(queue) = queues.consumer.as_ref().filter(|_| !queues.signal_application) {
            queue.signal(wakeup.writer(), b"\x01");
        }
        Ok(())
    }

    /// Whether the queues signal to the application.
    pub(crate) fn signals_application(&self) -> bool {
        self.queues().signal_application
    }
}

impl Wake for Client {
    /// Ends all polls under way. Each queue remembers it, so the next poll may also end early.
    fn wake(&self) {
        if !self.gate().is_foreign() {
            self.queues().iter().for_each(Queue::wake);
        }
    }

    /// Counted because several threads may poll one queue, and a wake-up ends only one of their polls.
    fn interruptions(&self) -> Option<&AtomicUsize> {
        Some(&self.interruptions)
    }
}
