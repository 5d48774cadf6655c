//! Closing clients: one sequence of steps for all kinds of them.
//!
//! A client drains, is shut for other threads, waits for their operations, leaves what it belongs to, and is freed. Whoever
//! closes it calls [`Closing::step`] until it is closed, and handles the events of each step. Dropped before the end, it
//! leaves an open client, which can be closed again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{Awaited, BackgroundCall, Client, Event, Interruption, Served, Timeout, Wake, reaper};

/// How long the end of the process waits for what other threads are doing with a client: they are ended next.
const OTHERS_AT_EXIT: Duration = Duration::from_millis(500);

/// How long it may take to do what needs no answer from a broker, even when there is no time left.
pub(crate) const TEARDOWN_LIMIT: Duration = Duration::from_secs(1);

/// How long a client that was collected unclosed may take.
const COLLECTION_LIMIT: Duration = Duration::from_secs(10);

/// How long a closing thread sleeps before it wakes the polls of others again.
const OTHERS_STEP: Duration = Duration::from_millis(5);

/// Why a client is closed, which decides how long that may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// By a call: without limit.
    Call,
    /// The process ends: within that time (none for ever). What cannot be closed in time is left to the system.
    Exit(Option<Duration>),
    /// The client was garbage collected.
    Collection,
}

impl Occasion {
    fn limit(self) -> Option<Duration> {
        match self {
            Self::Call => None,
            Self::Exit(limit) => limit,
            Self::Collection => Some(COLLECTION_LIMIT),
        }
    }
}

/// How a kind of client is closed.
pub trait Closable: Send + Sync + 'static {
    /// What it has in common with others.
    fn client(&self) -> &Client;

    /// Finishes, for at most that long, what nobody else will finish; true when nothing is left. Only at the end of the
    /// process, while the client is still open.
    fn flush_at_exit(&self, _slice: Timeout) -> Served<bool> {
        Served { result: Ok(true), events: Vec::new() }
    }

    /// Goes on leaving, waiting at most that long for the next event; true when it has left.
    fn leave(&self, leaving: &mut Leaving, slice: Timeout) -> Served<bool>;

    /// The time that leaving has even if there is none left, because no broker is waited for.
    const LEAVES_WITHIN: Duration = Duration::ZERO;

    /// Whether the native client can be freed when it could not leave.
    const CAN_STAY: bool = true;

    /// How long leaving may take, whatever the occasion.
    fn leave_limit(&self) -> Option<Duration> {
        None
    }

    /// Frees the native client; the gate must be closed.
    fn destroy(&self) -> Vec<Event>;

    /// The event that reports that it could not leave.
    fn not_left(&self) -> Option<Event> {
        None
    }

    /// Handles an event that no Ruby code will see.
    fn handle_quietly(&self, _event: &Event) {}
}

/// How far leaving is.
#[derive(Debug)]
pub struct Leaving {
    /// When it began.
    pub since: Instant,
    /// When all of closing has to be done (none for no limit).
    pub deadline: Option<Instant>,
    /// How many messages were given up, if any were looked for.
    pub lost: Option<i32>,
}

/// A client that is being closed.
#[derive(Debug)]
pub struct Closing<C: Closable> {
    owner: Arc<C>,
    occasion: Occasion,
    deadline: Option<Instant>,
    stage: Stage,
    idle: bool,
}

#[derive(Debug)]
enum Stage {
    Draining,
    WaitingForOthers(Instant),
    Leaving(Leaving),
    Freeing { call: Arc<BackgroundCall<Vec<Event>>>, since: Instant, lost: i32 },
    Over,
}

impl<C: Closable> Closing<C> {
    /// None if it is closed, or being closed by another thread, and in a forked process.
    pub fn begin(owner: &Arc<C>, occasion: Occasion) -> Option<Self> {
        let deadline = occasion.limit().and_then(|limit| Instant::now().checked_add(limit));
        owner.client().gate().begin_draining().then(|| {
            owner.client().wake();
            Self { owner: Arc::clone(owner), occasion, deadline, stage: Stage::Draining, idle: false }
        })
    }

    /// The time that is left (none for ever).
    pub fn rest(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Goes on, waiting at most that long. The events are to be handled before the next step. Gives the number of messages
    /// that were given up, when the client is closed; an error leaves it open when this is dropped.
    pub fn step(&mut self, slice: Duration) -> Served<Option<i32>> {
        let client = self.owner.client();
        match &mut self.stage {
            Stage::Draining => {
                if matches!(self.occasion, Occasion::Exit(_)) && self.rest() != Some(Duration::ZERO) {
                    let flushed = self.owner.flush_at_exit(slice.into());
                    if !matches!(flushed.result, Ok(true)) || !flushed.events.is_empty() {
                        return flushed.map(|_| None);
                    }
                }
                client.gate().begin_closing();
                client.wake();
                self.stage = Stage::WaitingForOthers(Instant::now());
                Served::default()
            }
            Stage::WaitingForOthers(since) => {
                self.idle = client.gate().wait_idle(slice.min(OTHERS_STEP));
                let limit = self.occasion.limit().map(|limit| limit.min(OTHERS_AT_EXIT));
                let over = limit.is_some_and(|limit| since.elapsed() >= limit) || self.rest() == Some(Duration::ZERO);
                if self.idle || over {
                    self.stage = Stage::Leaving(Leaving { since: Instant::now(), deadline: self.deadline, lost: None });
                } else {
                    // A wake-up ends one poll; there may be more, and some that began just before the gate was shut.
                    client.wake();
                }
                Served::default()
            }
            Stage::Leaving(leaving) => {
                let Served { result, events } = self.owner.leave(leaving, slice.into());
                let left = match result {
                    Ok(left) => left,
                    Err(error) => return Served { result: Err(error), events },
                };
                let limit = self.owner.leave_limit();
                let over = limit.is_some_and(|limit| leaving.since.elapsed() >= limit)
                    || leaving
                        .deadline
                        .is_some_and(|deadline| Instant::now() >= deadline.max(leaving.since + C::LEAVES_WITHIN));
                let lost = leaving.lost.unwrap_or(0);
                // What came with the last step is handled while the client can still be used.
                if !events.is_empty() || !(left || over) {
                    return Served { result: Ok(None), events };
                }
                if !(left && self.idle) {
                    return self.abandon(lost);
                }
                let owner = Arc::clone(&self.owner);
                let (call, unstarted) = BackgroundCall::start(move || owner.destroy(), drop);
                client.gate().finish_closing();
                if let Some(destroy) = unstarted {
                    destroy();
                }
                self.stage = Stage::Freeing { call, since: Instant::now(), lost };
                Served::default()
            }
            Stage::Freeing { call, since, lost } => {
                let ended = call.completion().wait(Some(slice), &Interruption::unnoticed());
                let limit = self.deadline.map(|deadline| deadline.max(*since + TEARDOWN_LIMIT));
                if !ended && limit.is_none_or(|limit| Instant::now() < limit) {
                    return Served::default();
                }
                // What is not freed yet is freed by the call, which goes on.
                let freed = Served { result: Ok(Some(*lost)), events: call.leave().unwrap_or_default() };
                self.stage = Stage::Over;
                freed
            }
            Stage::Over => Served { result: Ok(Some(0)), events: Vec::new() },
        }
    }

    /// Closes without freeing the native client: it is in use, or librdkafka would go on trying to leave.
    fn abandon(&mut self, lost: i32) -> Served<Option<i32>> {
        self.owner.client().gate().finish_closing();
        self.stage = Stage::Over;
        if !(self.occasion == Occasion::Collection && C::CAN_STAY) {
            std::mem::forget(Arc::clone(&self.owner));
        }
        Served { result: Ok(Some(lost)), events: self.owner.not_left().into_iter().collect() }
    }
}

impl<C: Closable> Drop for Closing<C> {
    fn drop(&mut self) {
        if !matches!(self.stage, Stage::Freeing { .. } | Stage::Over) {
            self.owner.client().gate().reopen();
        }
    }
}

/// Has a client closed that was garbage collected. Never blocks, and calls no callbacks.
pub fn collect(owner: Arc<impl Closable>) {
    let gate = owner.client().gate();
    if !gate.is_foreign() && !gate.is_closed() {
        reaper::dispose(move || close_quietly(&owner));
    }
}

fn close_quietly<C: Closable>(owner: &Arc<C>) {
    let Some(mut closing) = Closing::begin(owner, Occasion::Collection) else { return };
    loop {
        let step = closing.step(Duration::from_millis(100));
        step.events.iter().for_each(|event| owner.handle_quietly(event));
        if !matches!(step.result, Ok(None)) {
            return;
        }
    }
}
