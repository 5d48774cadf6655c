//! Share groups (KIP-932): records are acknowledged one by one, and several members read one partition.
//!
//! The native consumer always runs in explicit mode. In implicit mode, this driver accepts the records that it delivered,
//! so a record that never reached the application is not accepted. Native calls never wait: threads wait for a
//! [`Signal`](signal::Signal) instead, so that events are served during the wait.

mod access;
mod acknowledging;
mod leaving;
mod ledger;
#[cfg_attr(share_groups, path = "share_consumer/native.rs")]
#[cfg_attr(not(share_groups), path = "share_consumer/absent.rs")]
mod native;
mod signal;
mod state;
mod subscription;

use std::{
    ffi::{CStr, CString, c_void},
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

use crate::{
    Client, Config, Error, Event, Gate, Interruption, KafkaError, Message, Pass, Served, Timeout, Wake, Wakeup, code,
    queue::Queue,
    sync::{get_mut, lock},
    thread::CallbackThreads,
};
use access::Access;
use native::{Batch, Handle};
use signal::{Signal, on_queue_event};
use state::State;

pub use crate::thread::CallbackGuard;
pub use access::AccessGuard;

/// The longest uninterrupted wait. librdkafka has to be polled from time to time, or it assumes that the application is
/// stuck (`max.poll.interval.ms`).
const SLICE: Duration = Duration::from_secs(1);

/// The time that a broker may need in addition to `fetch.wait.max.ms`.
const FETCH_MARGIN: Duration = Duration::from_millis(100);

/// What to do with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Acknowledgement {
    /// The record was processed.
    Accept = 1,
    /// The record is to be delivered again.
    Release = 2,
    /// The record is not to be delivered again.
    Reject = 3,
}

/// A member of a share group. Field order matters: records and queue are dropped before the client, and the signal, which
/// librdkafka's threads use, after it.
#[derive(Debug)]
pub struct ShareConsumer {
    state: Mutex<State>,
    leave_queue: Mutex<Option<Queue>>,
    client: Client,
    implicit: bool,
    /// The time in which every request is answered or has failed.
    request_limit: Duration,
    /// The time in which a healthy broker answers every fetch.
    fetch_limit: Duration,
    access: Access,
    /// The threads that are running the acknowledgement callback.
    in_callback: CallbackThreads,
    signal: Box<Signal>,
}

impl ShareConsumer {
    /// Creates a share consumer. In implicit mode, delivered records are accepted by the next poll or commit.
    pub fn create(config: Config, implicit: bool) -> Result<Self, Error> {
        // Before the handle, so that both belong to the same process even if a fork comes in between.
        let gate = Gate::default();
        let request_limit = milliseconds(&config, c"socket.timeout.ms", 60_000);
        let fetch_limit = milliseconds(&config, c"fetch.wait.max.ms", 500) + FETCH_MARGIN;
        let signal = Box::<Signal>::default();
        let (handle, rk) = Handle::create(config)?;
        // SAFETY: just created, after the gate, and owned by nobody else.
        let client = unsafe { Client::own(gate, rk) };
        client.find_consumer_queue()?;
        let opaque: *const Signal = &*signal;
        // SAFETY: the box is dropped after the client (field order).
        unsafe { client.call_on_queue_events(on_queue_event, opaque.cast_mut().cast::<c_void>()) };
        Ok(Self {
            state: Mutex::new(State::new(handle)),
            leave_queue: Mutex::default(),
            client,
            implicit,
            request_limit,
            fetch_limit,
            access: Access::default(),
            in_callback: CallbackThreads::default(),
            signal,
        })
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Gives the calling thread, or the fiber if fibers take turns on the thread, exclusive access until the guard is
    /// dropped. The acknowledgement callback never gets access.
    pub fn acquire(&self, fiber: Option<usize>) -> Result<AccessGuard<'_>, KafkaError> {
        if self.in_callback.is_inside() {
            return Err(state_error(
                "Share consumer methods are not accessible from user-defined acknowledgement commit callback",
            ));
        }
        self.access.acquire(fiber)
    }

    /// Marks the acknowledgement callback as running on this thread, until the guard is dropped.
    pub fn enter_callback(&self) -> CallbackGuard<'_> {
        self.in_callback.enter()
    }

    /// Notifies when something has happened. To be called before looking for results, so that none is missed.
    pub fn watch(&self, wakeup: &Wakeup) {
        self.signal.watch(wakeup.writer());
    }

    /// Undoes [`watch`](Self::watch).
    pub fn unwatch(&self, wakeup: &Wakeup) {
        self.signal.unwatch(wakeup.writer());
    }

    /// Serves events and looks for records, without waiting. True when [`read`](Self::read) has records.
    pub fn poll(&self) -> Served<bool> {
        self.with_state(|state, pass, events| {
            state.serve(&self.client, pass, events);
            self.find_records(state, events)
        })
    }

    fn find_records(&self, state: &mut State, events: &mut Vec<Event>) -> Result<bool, Error> {
        if self.implicit {
            state.acknowledge_delivered(Acknowledgement::Accept);
        }
        let open = state.ledger.unacknowledged();
        if open > 0 {
            let text = format!("{open} records from previous poll have not been acknowledged");
            return Err(state_error(&text).into());
        }
        if state.undelivered.is_some() {
            state.commit(events);
            return Ok(true);
        }
        if let Some(fatal) = self.client.fatal_error()? {
            return Err(fatal.into());
        }
        if !state.subscribed {
            return Err(state_error("Consumer is not subscribed to any topics").into());
        }
        if !state.ledger.may_send() {
            state.commit_wanted = true;
            return Ok(false);
        }
        state.fetch(events).map_err(|error| self.client.resolve(error))?;
        Ok(state.undelivered.is_some())
    }

    /// Like [`poll`](Self::poll), but waits until there are records or events, the time is over, the wait is interrupted,
    /// or the consumer is being closed.
    pub fn wait_for_records(&self, timeout: Timeout, interruption: &Interruption<'_>) -> Served<Option<()>> {
        let poll = || self.poll().map(|found| found.then_some(()));
        self.wait_until(timeout, interruption, SLICE, poll).nothing_if_closed()
    }

    /// Whether there are records that the application can get at once.
    pub fn has_undelivered(&self) -> bool {
        self.client.enter().is_ok_and(|_pass| self.state().undelivered.is_some())
    }

    /// Passes the next records, at most `limit`, to `each`, with their delivery counts. They do not count as delivered yet.
    /// `each` must not run code of the application, which could not close the consumer while the records are borrowed.
    pub fn read<E>(&self, limit: usize, mut each: impl FnMut(&Message, i16) -> Result<(), E>) -> Result<(), E> {
        let Ok(_pass) = self.client.enter() else { return Ok(()) };
        let state = self.state();
        let Some((batch, next)) = &state.undelivered else { return Ok(()) };
        batch.messages()[*next..]
            .iter()
            .take(limit)
            .try_for_each(|message| each(message, Batch::delivery_count(message)))
    }

    /// Counts that many of the records that were read as delivered. Those whose indices are given are unusable, and are
    /// released instead. False when the records are gone because the consumer was closed meanwhile.
    pub fn deliver(&self, count: usize, unusable: &[usize]) -> bool {
        let Ok(_pass) = self.client.enter() else { return false };
        let mut state = self.state();
        let Some((batch, next)) = state.undelivered.take() else { return false };
        for (index, message) in batch.messages()[next..].iter().take(count).enumerate() {
            if unusable.contains(&index) {
                state.release(message);
            } else if let Some(topic) = message.topic().filter(|_| !message.is_error()) {
                state.ledger.deliver(topic, message.partition(), message.offset());
            }
        }
        if next + count < batch.messages().len() {
            state.undelivered = Some((batch, next + count));
        }
        true
    }

    /// Serves events, without waiting or fetching. Returns how many librdkafka counted.
    pub fn poll_events(&self) -> Served<i32> {
        self.with_state(|state, pass, events| Ok(state.serve(&self.client, pass, events)))
    }

    /// Like [`poll_events`](Self::poll_events), but waits for the first event.
    pub fn wait_events(&self, timeout: Timeout, interruption: &Interruption<'_>) -> Served<Option<i32>> {
        let poll = || self.poll_events().map(|count| (count > 0).then_some(count));
        self.wait_until(timeout, interruption, SLICE, poll)
    }

    /// Runs `look` whenever something has happened, and after each `slice`, until there is a result or an event.
    fn wait_until<T>(
        &self,
        timeout: Timeout,
        interruption: &Interruption<'_>,
        slice: Duration,
        mut look: impl FnMut() -> Served<Option<T>>,
    ) -> Served<Option<T>> {
        let started = Instant::now();
        loop {
            let seen = self.signal.count();
            let served = look();
            let rest = timeout.rest(started);
            let over = rest == Timeout::NONE || interruption.is_set() || self.client.gate().is_closing();
            if over || !served.is_empty() {
                return served;
            }
            self.signal.wait(seen, rest.duration().unwrap_or(slice).min(slice));
        }
    }

    fn with_state<T>(
        &self,
        call: impl FnOnce(&mut State, &Pass<'_>, &mut Vec<Event>) -> Result<T, Error>,
    ) -> Served<T> {
        Served::by(|events| {
            let pass = self.client.enter()?;
            call(&mut self.state(), &pass, events)
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn leave_queue(&self) -> MutexGuard<'_, Option<Queue>> {
        lock(&self.leave_queue)
    }
}

impl Wake for ShareConsumer {
    fn wake(&self) {
        self.signal.raise();
    }
}

impl Drop for ShareConsumer {
    fn drop(&mut self) {
        if self.client.gate().is_foreign() {
            let state = get_mut(&mut self.state);
            std::mem::forget(state.undelivered.take());
            let leave_queue = get_mut(&mut self.leave_queue);
            std::mem::forget(leave_queue.take());
        }
    }
}

fn state_error(text: &str) -> KafkaError {
    KafkaError { message: CString::new(text).ok(), ..KafkaError::new(code::STATE) }
}

fn milliseconds(config: &Config, option: &CStr, default: u64) -> Duration {
    let value = config.get(option).and_then(|value| value.to_str().ok()?.parse().ok());
    Duration::from_millis(value.unwrap_or(default))
}
