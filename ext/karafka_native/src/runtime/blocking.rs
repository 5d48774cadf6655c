//! The one way to wait. Whatever takes time implements [`Blocking`]. It runs without the GVL, or while other fibers run, or
//! with the GVL for callers who expect that.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use karafka_driver::{Awaited, Event, Interruption, Served, Wake, Wakeup};
use magnus::{Error, Ruby};

use super::{
    fairness, fiber,
    gvl::{without_gvl, without_gvl_to_the_end},
};
use crate::error::{Closed, to_ruby};

/// How long a fiber waits before it polls again, so that librdkafka sees polls in time (`max.poll.interval.ms`).
const FIBER_STEP: Duration = Duration::from_secs(1);

/// How long a fiber waits if nothing can wake it.
const UNWATCHED_STEP: Duration = Duration::from_millis(5);

/// How long a thread that waits with the GVL may block other threads.
const HELD_LIMIT: Duration = Duration::from_secs(1);

/// How long such a thread waits before it checks the time again.
const HELD_STEP: Duration = Duration::from_millis(50);

/// Something to wait for.
pub trait Blocking<'a>: Send {
    /// The result.
    type Output: Send;

    /// Waits for at most that long (none for no limit). Returns soon after there is a result or an event, or the wait is
    /// interrupted. Runs without the GVL unless the limit is zero.
    fn advance(&mut self, limit: Option<Duration>, interruption: &Interruption<'_>) -> Served<Option<Self::Output>>;

    /// Wakes `advance` when it is interrupted; none if it checks often enough by itself.
    fn wakes(&self) -> Option<&'a dyn Wake> {
        None
    }

    /// Raises what interrupts the thread, or runs trap handlers, which may close the client: so nothing may be held here that
    /// closing waits for.
    fn handle_interrupts(&mut self, ruby: &Ruby) -> Result<(), Error> {
        ruby.thread_check_ints()
    }

    /// Passes events to Ruby.
    fn dispatch(&mut self, _ruby: &Ruby, events: Vec<Event>) -> Result<(), Error> {
        debug_assert!(events.is_empty(), "events that nobody handles");
        Ok(())
    }

    /// Takes a result that `advance` has left in the driver, so that it could not get lost. Called when events have been
    /// handled and no interrupt is pending.
    fn take(&mut self, _ruby: &Ruby) -> Result<Option<Self::Output>, Error> {
        Ok(None)
    }

    /// The error that reports a closed client.
    fn closed(&self) -> Closed {
        Closed::Inner
    }

    /// Whether there will be no result any more.
    fn is_over(&self) -> bool {
        false
    }

    /// A descriptor that becomes readable when `advance` may have a result. Called once, before a fiber waits. None if there
    /// is no such descriptor: then the fiber checks every few milliseconds.
    fn watch(&mut self) -> Option<Arc<Wakeup>> {
        None
    }

    /// Undoes [`watch`](Self::watch).
    fn unwatch(&mut self, _wakeup: &Wakeup) {}
}

/// Waits for at most that long (none for no limit), and checks at least once. None when the time is over, or there will be
/// no result. Interrupts are raised once no result can get lost.
pub fn run<'a, B: Blocking<'a>>(
    ruby: &Ruby,
    mut blocking: B,
    limit: Option<Duration>,
) -> Result<Option<B::Output>, Error> {
    if limit == Some(Duration::ZERO) || !fiber::scheduled() {
        return go_on(ruby, &mut blocking, limit, &Way::Free);
    }
    let wakeup = blocking.watch();
    let result = go_on(ruby, &mut blocking, limit, &Way::Fiber(wakeup.as_deref()));
    if let Some(wakeup) = wakeup {
        blocking.unwatch(&wakeup);
    }
    result
}

/// Like [`run`], but holds the GVL, for about a second at a time.
pub fn run_held<'a, B: Blocking<'a>>(
    ruby: &Ruby,
    mut blocking: B,
    limit: Option<Duration>,
) -> Result<Option<B::Output>, Error> {
    go_on(ruby, &mut blocking, limit, &Way::Held)
}

/// Like [`run`], but checks once with the GVL held first: beside a busy thread, each release costs a time slice.
pub fn poll<'a, B: Blocking<'a>>(
    ruby: &Ruby,
    mut blocking: B,
    limit: Option<Duration>,
) -> Result<Option<B::Output>, Error> {
    fairness::after_operation();
    let found = go_on(ruby, &mut blocking, Some(Duration::ZERO), &Way::Held)?;
    if found.is_some() || limit == Some(Duration::ZERO) || blocking.is_over() {
        return Ok(found);
    }
    run(ruby, blocking, limit)
}

/// Runs work that ends by itself, without the GVL. Interrupts are raised before it begins, or by Ruby afterwards.
pub fn run_to_the_end<R: Send>(ruby: &Ruby, mut work: impl FnMut() -> R + Send) -> Result<R, Error> {
    loop {
        if let Some(result) = without_gvl_to_the_end(&mut work) {
            return Ok(result);
        }
        ruby.thread_check_ints()?;
    }
}

/// Waits for completion; false when the time is over.
pub fn run_until_done(ruby: &Ruby, awaited: &(impl Awaited + ?Sized), limit: Option<Duration>) -> Result<bool, Error> {
    if awaited.is_pending() {
        return Ok(run(ruby, Pending(&awaited), limit)?.is_some());
    }
    fairness::after_operation();
    Ok(true)
}

/// How other threads and fibers run during the wait.
enum Way<'a> {
    /// The thread releases the GVL.
    Free,
    /// The fiber's scheduler waits for the descriptor.
    Fiber(Option<&'a Wakeup>),
    /// The thread holds the GVL, unless the wait takes long.
    Held,
}

fn go_on<'a, B: Blocking<'a>>(
    ruby: &Ruby,
    blocking: &mut B,
    limit: Option<Duration>,
    way: &Way<'_>,
) -> Result<Option<B::Output>, Error> {
    let started = Instant::now();
    let rest = || limit.map(|limit| limit.saturating_sub(started.elapsed()));
    loop {
        let served = match way {
            Way::Free => {
                let interruption = blocking.wakes().map_or(Interruption::unnoticed(), Interruption::new);
                let advance = || blocking.advance(rest(), &interruption);
                // None when an interrupt was pending before it began.
                without_gvl(advance, || interruption.set())
                    .unwrap_or_else(|| Served { result: Ok(None), events: Vec::new() })
            }
            Way::Fiber(wakeup) => {
                wakeup.inspect(|wakeup| wakeup.clear());
                blocking.advance(Some(Duration::ZERO), &Interruption::unnoticed())
            }
            Way::Held => {
                let step = rest().map_or(HELD_STEP, |rest| rest.min(HELD_STEP));
                blocking.advance(Some(step), &Interruption::unnoticed())
            }
        };
        blocking.dispatch(ruby, served.events)?;
        if !matches!(way, Way::Held) || started.elapsed() >= HELD_LIMIT {
            blocking.handle_interrupts(ruby)?;
        }
        let found = match served.result.map_err(|error| to_ruby(ruby, error, blocking.closed()))? {
            None => blocking.take(ruby)?,
            found => found,
        };
        let rest = rest();
        if found.is_some() || rest == Some(Duration::ZERO) || blocking.is_over() {
            return Ok(found);
        }
        if let Way::Fiber(wakeup) = way {
            let step = wakeup.map_or(UNWATCHED_STEP, |_| FIBER_STEP);
            let step = rest.map_or(step, |rest| rest.min(step));
            match wakeup {
                Some(wakeup) => fiber::wait_readable(ruby, wakeup.reader(), step)?,
                None => fiber::sleep(ruby, step)?,
            }
        }
    }
}

/// A completion to wait for.
struct Pending<'a, A>(&'a A);

impl<'a, A: Awaited> Blocking<'a> for Pending<'a, A> {
    type Output = ();

    fn advance(&mut self, limit: Option<Duration>, interruption: &Interruption<'_>) -> Served<Option<()>> {
        Served { result: Ok(self.0.wait(limit, interruption).then_some(())), events: Vec::new() }
    }

    fn wakes(&self) -> Option<&'a dyn Wake> {
        Some(self.0)
    }

    fn watch(&mut self) -> Option<Arc<Wakeup>> {
        let wakeup = Wakeup::new().ok()?;
        self.0.watch(wakeup.writer());
        Some(Arc::new(wakeup))
    }

    fn unwatch(&mut self, wakeup: &Wakeup) {
        self.0.unwatch(wakeup.writer());
    }
}
