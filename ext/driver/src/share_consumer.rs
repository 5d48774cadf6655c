//! Share groups (KIP-932): records are acknowledged one by one, and several members read one partition.
//!
//! The native consumer always runs in explicit mode. In implicit mode the records that were delivered are accepted here,
//! so that a record that never reached the application is not. And native calls never wait: threads wait for a
//! [`Signal`](signal::Signal), so that events are served while records are waited for.

mod ledger;
#[cfg_attr(share_groups, path = "share_consumer/native.rs")]
#[cfg_attr(not(share_groups), path = "share_consumer/absent.rs")]
mod native;
mod signal;
mod turn;

use std::{
    ffi::{CStr, CString, c_void},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    Client, Config, Error, Event, Gate, KafkaError, Message, PartitionList, Timeout, client::Queue, code,
    events::collect, sys,
};
use ledger::{Ledger, Offsets};
use native::{Batch, Handle};
use signal::{Signal, on_queue_event};
use turn::Turn;

pub use turn::{CallbackGuard, TurnGuard};

/// The longest wait in one go. librdkafka wants to be polled now and then, lest it takes the application for stuck.
const SLICE: Duration = Duration::from_secs(1);

/// What a broker may need in addition to the time that it holds a fetch back.
const FETCH_MARGIN: Duration = Duration::from_millis(100);

/// How long a leaving member waits for answers before it leaves all the same.
const SETTLE_LIMIT: Duration = Duration::from_secs(5);

/// What is done with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Acknowledgement {
    /// It was processed.
    Accept = 1,
    /// It is to be delivered again.
    Release = 2,
    /// It is not to be delivered again.
    Reject = 3,
}

/// What a call has given, and what was called back meanwhile.
pub type Served<T> = (Result<T, Error>, Vec<Event>);

/// A member of a share group. Field order matters: records and queue go before the client, and what librdkafka's
/// threads refer to goes after it.
#[derive(Debug)]
pub struct ShareConsumer {
    state: Mutex<State>,
    leave_queue: Mutex<Option<Queue>>,
    client: Client,
    implicit: bool,
    /// Within this time every request is answered or given up.
    request_limit: Duration,
    /// Within this time every fetch is answered by a broker that is well.
    fetch_limit: Duration,
    turn: Turn,
    signal: Box<Signal>,
}

/// What native calls, which are made by one thread at a time, need and change.
#[derive(Debug)]
struct State {
    /// Fetched, and not yet given to the application: the records from that position on.
    undelivered: Option<(Batch, usize)>,
    /// Brokers were asked for records and have sent none yet.
    fetching: bool,
    handle: Handle,
    ledger: Ledger,
    /// Acknowledgements are to be sent as soon as that is possible.
    commit_wanted: bool,
    /// What a thread waits for.
    commit: Option<Commit>,
    subscribed: bool,
    leaving_since: Option<Instant>,
    fatal_announced: bool,
}

/// Acknowledgements whose answers are waited for.
#[derive(Debug)]
struct Commit(Vec<(Offsets, i32)>);

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

    fn is_done(&self) -> bool {
        self.0.iter().all(|((_, _, open), _)| open.is_empty())
    }
}

impl State {
    /// Serves the main queue, and sends what had to wait for what was served. Returns librdkafka's count of events, too.
    fn serve(&mut self, client: &Client, rk: *mut sys::rd_kafka_t) -> (i32, Vec<Event>) {
        // SAFETY: the caller has a pass.
        let (count, mut events) = collect(|| unsafe { sys::rd_kafka_poll(rk, 0) });
        self.note_answers(&events);
        if self.commit_wanted {
            self.commit(&mut events);
        }
        if !self.fatal_announced
            && let Ok(Some(fatal)) = client.fatal_error()
        {
            self.fatal_announced = true;
            events.push(Event::Error { code: code::FATAL, reason: fatal.message });
        }
        (count, events)
    }

    /// Sends all acknowledgements, at once or later.
    fn commit(&mut self, events: &mut Vec<Event>) {
        self.commit_wanted = self.ledger.has_noted();
        if !self.commit_wanted || !self.ledger.may_send() {
            return;
        }
        let (sent, more) = collect(|| self.handle.commit_async());
        if sent.is_ok() {
            self.note_sent();
        }
        self.note_answers(&more);
        events.extend(more);
    }

    fn note_sent(&mut self) {
        self.commit_wanted = false;
        self.ledger.send(self.undelivered.is_some());
    }

    fn note_answers(&mut self, events: &[Event]) {
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
    fn fetch(&mut self, events: &mut Vec<Event>) -> Result<(), KafkaError> {
        let (fetched, more) = collect(|| self.handle.poll());
        self.note_sent();
        self.note_answers(&more);
        events.extend(more);
        self.undelivered = fetched?.map(|batch| (batch, 0));
        self.fetching = self.undelivered.is_none();
        Ok(())
    }

    /// Acknowledges all records that were delivered and not acknowledged.
    fn acknowledge_delivered(&mut self, kind: Acknowledgement) {
        for (topic, partition, offsets) in self.ledger.delivered() {
            for offset in offsets {
                self.acknowledge(&topic, partition, offset, kind);
            }
        }
    }

    /// Gives back the records that were not delivered.
    fn release_undelivered(&mut self) {
        let Some((batch, next)) = self.undelivered.take() else { return };
        for message in &batch.messages()[next..] {
            self.release(message);
        }
    }

    fn release(&mut self, message: &Message) {
        // What came as an error has been acknowledged by librdkafka.
        if let Some(topic) = message.topic()
            && !message.is_error()
        {
            self.acknowledge(topic, message.partition(), message.offset(), Acknowledgement::Release);
        }
    }

    /// Refused only for a record that librdkafka does not have any more; then there will be no answer either.
    fn acknowledge(&mut self, topic: &CStr, partition: i32, offset: i64, kind: Acknowledgement) {
        match self.handle.acknowledge(topic, partition, offset, kind) {
            Ok(()) => self.ledger.note(topic, partition, offset),
            Err(_) => self.ledger.forget(topic, partition, offset),
        }
    }
}

impl ShareConsumer {
    /// Makes a share consumer. In implicit mode records count as accepted when more are asked for or acknowledgements
    /// are committed.
    pub fn create(config: Config, implicit: bool) -> Result<Self, Error> {
        // Made first, so that it carries the generation of the process that makes the handle.
        let gate = Gate::default();
        let request_limit = milliseconds(&config, c"socket.timeout.ms", 60_000);
        let fetch_limit = milliseconds(&config, c"fetch.wait.max.ms", 500) + FETCH_MARGIN;
        let signal = Box::<Signal>::default();
        let (handle, rk) = Handle::create(config)?;
        // SAFETY: just made; the gate was made before.
        let client = unsafe { Client::own(gate, rk) };
        client.find_consumer_queue()?;
        let opaque: *const Signal = &*signal;
        // SAFETY: `signal` is dropped after the client.
        unsafe { client.call_on_queue_events(on_queue_event, opaque.cast_mut().cast::<c_void>()) };
        let state = State {
            undelivered: None,
            fetching: false,
            handle,
            ledger: Ledger::default(),
            commit_wanted: false,
            commit: None,
            subscribed: false,
            leaving_since: None,
            fatal_announced: false,
        };
        let (state, leave_queue, turn) = (Mutex::new(state), Mutex::default(), Turn::default());
        Ok(Self { state, leave_queue, client, implicit, request_limit, fetch_limit, turn, signal })
    }

    /// What it has in common with other clients.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Refuses other threads until the guard is gone, and the acknowledgement callback always.
    pub fn take_turn(&self) -> Result<TurnGuard<'_>, KafkaError> {
        if CallbackGuard::is_inside(self.identity()) {
            return Err(state_error(
                "Share consumer methods are not accessible from user-defined acknowledgement commit callback",
            ));
        }
        self.turn.take()
    }

    /// To be held while the acknowledgement callback runs.
    pub fn enter_callback(&self) -> CallbackGuard {
        CallbackGuard::enter(self.identity())
    }

    /// Ends the waits that look at this flag.
    pub fn interrupt(&self, flag: &AtomicBool) {
        flag.store(true, Ordering::SeqCst);
        self.signal.raise();
    }

    /// Serves events and looks for records, without waiting. True when [`read`](Self::read) has something.
    pub fn poll(&self) -> Served<bool> {
        self.with_state(|state, rk| {
            let (_, mut events) = state.serve(&self.client, rk);
            (self.find_records(state, &mut events), events)
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

    /// The same, waiting until there are records or events, or the time is over, or the consumer is being closed, or
    /// somebody has [interrupted](Self::interrupt) it.
    pub fn wait(&self, timeout: Timeout, interrupted: &AtomicBool) -> Served<bool> {
        self.wait_until(timeout, interrupted, || match self.poll() {
            (Ok(false), events) if events.is_empty() => None,
            served => Some(served),
        })
        .unwrap_or((Ok(false), Vec::new()))
    }

    /// Whether there are records that a poll would return at once.
    pub fn has_undelivered(&self) -> bool {
        self.client.enter().is_ok_and(|_pass| self.state().undelivered.is_some())
    }

    /// Shows the records that the application gets next, at most that many, with their delivery counts. They are not
    /// delivered by that. `each` must not run Ruby code: records in hand would keep such code from closing the consumer.
    pub fn read<E>(&self, limit: usize, mut each: impl FnMut(&Message, i16) -> Result<(), E>) -> Result<(), E> {
        let Ok(_pass) = self.client.enter() else { return Ok(()) };
        let state = self.state();
        let Some((batch, next)) = &state.undelivered else { return Ok(()) };
        batch.messages()[*next..]
            .iter()
            .take(limit)
            .try_for_each(|message| each(message, Batch::delivery_count(message)))
    }

    /// The application gets that many of the records that were read. Those whose indices are given are unusable and are
    /// released. False when they are gone, because the consumer was closed meanwhile.
    pub fn deliver(&self, count: usize, unusable: &[usize]) -> bool {
        let Ok(_pass) = self.client.enter() else { return false };
        let mut state = self.state();
        let Some((batch, next)) = state.undelivered.take() else { return false };
        for (index, message) in batch.messages()[next..].iter().take(count).enumerate() {
            if unusable.contains(&index) {
                state.release(message);
            } else if let Some(topic) = message.topic()
                && !message.is_error()
            {
                state.ledger.deliver(topic, message.partition(), message.offset());
            }
        }
        if next + count < batch.messages().len() {
            state.undelivered = Some((batch, next + count));
        }
        true
    }

    /// Acknowledges a record that was delivered; only in explicit mode.
    pub fn acknowledge(&self, topic: &CStr, partition: i32, offset: i64, kind: Acknowledgement) -> Result<(), Error> {
        let _pass = self.client.enter()?;
        let mut state = self.state();
        if self.implicit || (partition >= 0 && offset >= 0 && !state.ledger.holds(topic, partition, offset)) {
            return Err(KafkaError::new(code::STATE).into());
        }
        state.handle.acknowledge(topic, partition, offset, kind)?;
        state.ledger.note(topic, partition, offset);
        Ok(())
    }

    /// Sends all acknowledgements, at once or as soon as answers that are under way have arrived.
    pub fn commit_async(&self) -> Served<()> {
        self.with_state(|state, rk| {
            let (_, mut events) = state.serve(&self.client, rk);
            if self.implicit {
                state.acknowledge_delivered(Acknowledgement::Accept);
            }
            state.commit(&mut events);
            (Ok(()), events)
        })
    }

    /// The same; afterwards [`wait_committed`](Self::wait_committed) tells what became of them. False when there is
    /// nothing to send.
    pub fn begin_commit(&self) -> Served<bool> {
        self.with_state(|state, rk| {
            let (_, mut events) = state.serve(&self.client, rk);
            if self.implicit {
                state.acknowledge_delivered(Acknowledgement::Accept);
            }
            let noted = state.ledger.noted();
            let any = !noted.is_empty();
            state.commit = any.then(|| Commit(noted.into_iter().map(|offsets| (offsets, code::NO_ERROR)).collect()));
            state.commit(&mut events);
            (Ok(any), events)
        })
    }

    /// Waits for the answers, or for events to be handled. True when there is nothing more to wait for.
    pub fn wait_committed(&self, timeout: Timeout, interrupted: &AtomicBool) -> Served<bool> {
        self.wait_until(timeout, interrupted, || {
            let served = self.with_state(|state, rk| {
                let (_, events) = state.serve(&self.client, rk);
                (Ok(state.commit.as_ref().is_none_or(Commit::is_done)), events)
            });
            match served {
                (Ok(false), events) if events.is_empty() => None,
                served => Some(served),
            }
        })
        .unwrap_or((Ok(false), Vec::new()))
    }

    /// What became of the commit, partition by partition; what was not answered counts as timed out.
    pub fn end_commit(&self) -> PartitionList {
        let commit = self.state().commit.take();
        let partitions = commit.map(|commit| commit.0).unwrap_or_default();
        let mut list = PartitionList::with_capacity(partitions.len());
        for ((topic, partition, open), outcome) in partitions {
            let outcome = if open.is_empty() { outcome } else { code::REQUEST_TIMED_OUT };
            list.add_outcome(&topic, partition, outcome);
        }
        list
    }

    /// Subscribes to the topics of the list, instead of those before.
    pub fn subscribe(&self, topics: &PartitionList) -> Result<(), Error> {
        let _pass = self.client.enter()?;
        let mut state = self.state();
        state.handle.subscribe(topics).map_err(|error| self.client.resolve(error))?;
        state.subscribed = true;
        Ok(())
    }

    /// The topics subscribed to.
    pub fn subscription(&self) -> Result<PartitionList, Error> {
        let _pass = self.client.enter()?;
        Ok(self.state().handle.subscription().map_err(|error| self.client.resolve(error))?)
    }

    /// Starts to end the subscription. What was delivered is accepted in implicit mode; everything else that was not
    /// acknowledged is released. True when the member was subscribed: then [`wait_given_back`](Self::wait_given_back)
    /// and [`end_unsubscribe`](Self::end_unsubscribe) have to follow.
    pub fn begin_unsubscribe(&self) -> Served<bool> {
        self.with_state(|state, rk| {
            let kind = if self.implicit { Acknowledgement::Accept } else { Acknowledgement::Release };
            let mut events = Vec::new();
            state.acknowledge_delivered(kind);
            state.release_undelivered();
            state.commit(&mut events);
            if !state.subscribed {
                return (Ok(false), events);
            }
            // Leaves the group, so that nothing more is fetched, while librdkafka still lets us poll.
            // SAFETY: the caller has a pass.
            let left = self.client.check(unsafe { sys::rd_kafka_unsubscribe(rk) });
            (left.map(|()| true), events)
        })
    }

    /// Waits until the broker has got everything back, also what a fetch that is under way brings, or for events to be
    /// handled. True when there is nothing more to wait for; `since` is when it began.
    pub fn wait_given_back(&self, since: Instant, interrupted: &AtomicBool) -> Served<bool> {
        loop {
            let seen = self.signal.count();
            let (settled, events) = self.with_state(|state, rk| {
                let (_, mut events) = state.serve(&self.client, rk);
                if state.fetching && state.ledger.may_send() {
                    // A fetch that failed has brought nothing.
                    let _ = state.fetch(&mut events);
                    state.release_undelivered();
                    state.commit(&mut events);
                }
                let fetching = state.fetching && since.elapsed() < self.fetch_limit;
                (Ok(!fetching && !state.ledger.is_busy()), events)
            });
            let over = settled != Ok(false) || since.elapsed() >= self.request_limit;
            if over || !events.is_empty() || interrupted.load(Ordering::SeqCst) || self.client.gate().is_closing() {
                return (Ok(over), events);
            }
            self.signal.wait(seen, FETCH_MARGIN);
        }
    }

    /// Ends the subscription. What a later answer brings stays locked until the broker's time is over.
    pub fn end_unsubscribe(&self) -> Result<(), Error> {
        let _pass = self.client.enter()?;
        let mut state = self.state();
        state.subscribed = false;
        state.ledger = Ledger::default();
        Ok(state.handle.unsubscribe().map_err(|error| self.client.resolve(error))?)
    }

    /// Serves events, without waiting, and never fetches. Returns how many librdkafka counted.
    pub fn poll_events(&self) -> Served<i32> {
        self.with_state(|state, rk| {
            let (count, events) = state.serve(&self.client, rk);
            (Ok(count), events)
        })
    }

    /// The same, waiting for the first event.
    pub fn wait_events(&self, timeout: Timeout, interrupted: &AtomicBool) -> Served<i32> {
        self.wait_until(timeout, interrupted, || match self.poll_events() {
            (Ok(0), events) if events.is_empty() => None,
            served => Some(served),
        })
        .unwrap_or((Ok(0), Vec::new()))
    }

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

    /// Frees the native client; the gate must have been closed by the caller.
    pub fn destroy(&self) -> Vec<Event> {
        // Records hold on to the client: they go first.
        self.state().undelivered = None;
        *self.leave_queue() = None;
        self.client.destroy(false)
    }

    fn wait_until<T>(
        &self,
        timeout: Timeout,
        interrupted: &AtomicBool,
        mut step: impl FnMut() -> Option<T>,
    ) -> Option<T> {
        let started = Instant::now();
        loop {
            let seen = self.signal.count();
            if let Some(result) = step() {
                return Some(result);
            }
            let rest = timeout.rest(started);
            if rest == Timeout::NONE || interrupted.load(Ordering::SeqCst) || self.client.gate().is_closing() {
                return None;
            }
            self.signal.wait(seen, rest.duration().unwrap_or(SLICE).min(SLICE));
        }
    }

    fn with_state<T>(&self, call: impl FnOnce(&mut State, *mut sys::rd_kafka_t) -> Served<T>) -> Served<T> {
        match self.client.enter() {
            Ok(pass) => call(&mut self.state(), pass.rk()),
            Err(error) => (Err(error), Vec::new()),
        }
    }

    fn identity(&self) -> usize {
        std::ptr::from_ref(self) as usize
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave_queue(&self) -> MutexGuard<'_, Option<Queue>> {
        self.leave_queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ShareConsumer {
    fn drop(&mut self) {
        if self.client.gate().is_foreign() {
            let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
            std::mem::forget(state.undelivered.take());
            let leave_queue = self.leave_queue.get_mut().unwrap_or_else(PoisonError::into_inner);
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
