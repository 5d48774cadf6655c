//! Closing clients: one sequence of steps for all kinds of clients.
//!
//! A client drains, is shut for other threads, waits for their operations, leaves its group, and is freed. The caller runs
//! [`Closing::step`] until the client is closed, and handles the events of each step. If [`Closing`] is dropped before the
//! end, the client is open again, and can be closed later.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{Awaited, BackgroundCall, Client, Event, Interruption, Served, Timeout, Wake, reaper};

/// How long closing waits for operations that may never end: those of threads that Ruby kills at the end of the process, and
/// those of fibers that cannot run.
const STUCK_LIMIT: Duration = Duration::from_millis(500);

/// The time for what needs no answer from a broker, even when there is no time left.
pub(crate) const TEARDOWN_LIMIT: Duration = Duration::from_secs(1);

/// How long closing a client may take that was garbage collected while it was open.
const COLLECTION_LIMIT: Duration = Duration::from_secs(10);

/// How long a closing thread waits before it wakes the polls of other threads again.
const OTHERS_STEP: Duration = Duration::from_millis(5);

/// Why a client is closed, which determines how long that may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// The application called `close`: there is no limit.
    Call,
    /// The same, but fibers that may be in the middle of an operation cannot run meanwhile.
    CallBesideFibers,
    /// The process ends: within that time (none for no limit). The system frees what cannot be closed in time.
    Exit(Option<Duration>),
    /// The client was garbage collected.
    Collection,
}

impl Occasion {
    fn limit(self) -> Option<Duration> {
        match self {
            Self::Call | Self::CallBesideFibers => None,
            Self::Exit(limit) => limit,
            Self::Collection => Some(COLLECTION_LIMIT),
        }
    }

    /// The limit of the wait for others' operations.
    fn limit_for_others(self) -> Option<Duration> {
        match self {
            Self::CallBesideFibers => Some(STUCK_LIMIT),
            other => other.limit().map(|limit| limit.min(STUCK_LIMIT)),
        }
    }
}

/// How a kind of client is closed.
pub trait Closable: Send + Sync + 'static {
    /// The client.
    fn client(&self) -> &Client;

    /// Finishes pending work for at most that long; true when nothing is left. Only called at the end of the process, when
    /// nobody else will do it, while the client is still open.
    fn flush_at_exit(&self, _slice: Timeout) -> Served<bool> {
        Served { result: Ok(true), events: Vec::new() }
    }

    /// How many messages would be given up now. 0 for a thread that may no longer use the client.
    fn undelivered(&self) -> i32 {
        0
    }

    /// Continues leaving, and waits at most that long for the next event; true when the client has left.
    fn leave(&self, leaving: &mut Leaving, slice: Timeout) -> Served<bool>;

    /// The time that leaving gets even when there is none left, because it waits for no broker.
    const LEAVES_WITHIN: Duration = Duration::ZERO;

    /// Whether the native client can be freed without having left.
    const CAN_STAY: bool = true;

    /// How long leaving may take, whatever the occasion is.
    fn leave_limit(&self) -> Option<Duration> {
        None
    }

    /// Frees the native client.
    ///
    /// # Safety
    /// Nobody uses the client: the gate is closed, and everybody has left.
    unsafe fn destroy(&self) -> Vec<Event>;

    /// The event that reports that the client could not leave.
    fn not_left(&self) -> Option<Event> {
        None
    }

    /// Handles an event of a client that the application no longer has.
    fn handle_quietly(&self, _event: &Event) {}
}

/// The progress of leaving.
#[derive(Debug)]
pub struct Leaving {
    /// When leaving began.
    pub since: Instant,
    /// When closing as a whole has to be done (none for no limit).
    pub deadline: Option<Instant>,
    /// How many messages were given up, once they have been counted.
    pub lost: Option<i32>,
}

impl Leaving {
    /// Whether the time for leaving is over.
    fn is_over<C: Closable>(&self, owner: &C) -> bool {
        let over = |limit| self.since.elapsed() >= limit;
        let past = |deadline: Instant| Instant::now() >= deadline.max(self.since + C::LEAVES_WITHIN);
        owner.leave_limit().is_some_and(over) || self.deadline.is_some_and(past)
    }
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
    /// None if the client is closed, is being closed by another thread, or belongs to another process.
    pub fn begin(owner: &Arc<C>, occasion: Occasion) -> Option<Self> {
        let deadline = occasion.limit().and_then(|limit| Instant::now().checked_add(limit));
        owner.client().gate().begin_draining().then(|| {
            owner.client().wake();
            Self { owner: Arc::clone(owner), occasion, deadline, stage: Stage::Draining, idle: false }
        })
    }

    /// The time that is left (none for no limit).
    pub fn rest(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Continues closing, and waits at most that long. The events have to be handled before the next step. Once the client
    /// is closed, the result is the number of messages that were given up. After an error, dropping this reopens the client.
    pub fn step(&mut self, slice: Duration) -> Served<Option<i32>> {
        match &mut self.stage {
            Stage::Draining => self.drain(slice),
            Stage::WaitingForOthers(since) => {
                let since = *since;
                self.wait_for_others(since, slice)
            }
            Stage::Leaving(leaving) => {
                let Served { result, events } = self.owner.leave(leaving, slice.into());
                let left = match result {
                    Ok(left) => left,
                    Err(error) => return Served { result: Err(error), events },
                };
                // The events of the last step are handled while the client can still be used.
                if !events.is_empty() || !(left || leaving.is_over(&*self.owner)) {
                    return Served { result: Ok(None), events };
                }
                let lost = leaving.lost.unwrap_or(0);
                let freeable = self.idle || self.occasion == Occasion::CallBesideFibers;
                if left && freeable { self.begin_freeing(lost) } else { self.abandon(lost) }
            }
            Stage::Freeing { call, since, lost } => {
                let ended = call.completion().wait(Some(slice), &Interruption::unnoticed());
                let limit = self.deadline.map(|deadline| deadline.max(*since + TEARDOWN_LIMIT));
                if !ended && limit.is_none_or(|limit| Instant::now() < limit) {
                    return Served::default();
                }
                // If time is over, the call goes on without us, and frees the client when it can.
                let freed = Served { result: Ok(Some(*lost)), events: call.leave().unwrap_or_default() };
                self.stage = Stage::Over;
                freed
            }
            Stage::Over => Served { result: Ok(Some(0)), events: Vec::new() },
        }
    }

    fn drain(&mut self, slice: Duration) -> Served<Option<i32>> {
        if matches!(self.occasion, Occasion::Exit(_)) && self.rest() != Some(Duration::ZERO) {
            let flushed = self.owner.flush_at_exit(slice.into());
            if !matches!(flushed.result, Ok(true)) || !flushed.events.is_empty() {
                return flushed.map(|_| None);
            }
        }
        self.owner.client().gate().begin_closing();
        self.owner.client().wake();
        self.stage = Stage::WaitingForOthers(Instant::now());
        Served::default()
    }

    fn wait_for_others(&mut self, since: Instant, slice: Duration) -> Served<Option<i32>> {
        self.idle = self.owner.client().gate().wait_idle(slice.min(OTHERS_STEP));
        let over = self.occasion.limit_for_others().is_some_and(|limit| since.elapsed() >= limit)
            || self.rest() == Some(Duration::ZERO);
        if self.idle || over {
            self.stage = Stage::Leaving(Leaving { since: Instant::now(), deadline: self.deadline, lost: None });
        } else {
            // A wake-up ends only one poll. There may be more, some of which began just before the gate was shut.
            self.owner.client().wake();
        }
        Served::default()
    }

    /// Frees the native client on another thread, since that may take long.
    fn begin_freeing(&mut self, lost: i32) -> Served<Option<i32>> {
        self.owner.client().gate().finish_closing();
        let owner = Arc::clone(&self.owner);
        let free = move || {
            // While the client was leaving, a listener may have begun a call that it did not wait for.
            while !owner.client().gate().wait_idle(TEARDOWN_LIMIT) {}
            // SAFETY: nobody can enter the closed gate, and everybody has left.
            unsafe { owner.destroy() }
        };
        let (call, unstarted) = BackgroundCall::start(free, drop);
        if !self.idle {
            // The operations of fibers that cannot run now have to end first.
            self.stage = Stage::Over;
            return Served { result: Ok(Some(lost)), events: Vec::new() };
        }
        if let Some(destroy) = unstarted {
            destroy();
        }
        self.stage = Stage::Freeing { call, since: Instant::now(), lost };
        Served::default()
    }

    /// Closes without freeing the native client: other threads use it, or librdkafka would go on trying to leave.
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

/// Closes a client that was garbage collected, on another thread and without calling callbacks. Never blocks.
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
