//! Waiting for the driver: without the GVL and interruptibly, or letting other fibers run.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use karafka_driver::{self as driver, Awaited, Call, Closable, Interruption, Wakeup};
use magnus::{Error, Ruby};

use super::{
    fairness, fiber,
    gvl::{blocking, without_gvl},
};

/// How long a fiber sleeps between looks, if it cannot be woken.
const SLEEP_STEP: Duration = Duration::from_millis(10);

/// A client of the driver's that calls on other threads share.
pub trait Owner: Closable {
    /// Gives up a reference, which may be the last one, without blocking.
    fn release(self: Arc<Self>)
    where
        Self: Sized,
    {
        if let Some(owner) = Arc::into_inner(self) {
            driver::reaper::dispose(move || drop(owner));
        }
    }
}

/// Waits for something; false when the time is over (none for ever).
pub fn wait(ruby: &Ruby, awaited: &(impl Awaited + ?Sized), timeout: Option<Duration>) -> Result<bool, Error> {
    if !awaited.is_pending() {
        fairness::after_operation();
        return Ok(true);
    }
    if fiber::scheduled() {
        return wait_in_fiber(ruby, awaited, timeout);
    }
    let started = Instant::now();
    loop {
        let rest = timeout.map(|timeout| timeout.saturating_sub(started.elapsed()));
        let interruption = Interruption::new(&awaited);
        let done = without_gvl(|| awaited.wait(rest, &interruption), || interruption.set());
        ruby.thread_check_ints()?;
        if done == Some(true) || timeout.is_some_and(|timeout| started.elapsed() >= timeout) {
            return Ok(!awaited.is_pending());
        }
        // Otherwise woken by something that raised nothing, such as a trap handler: go on waiting.
    }
}

/// The scheduler knows how to wait for a descriptor.
fn wait_in_fiber(ruby: &Ruby, awaited: &(impl Awaited + ?Sized), timeout: Option<Duration>) -> Result<bool, Error> {
    let Ok(wakeup) = Wakeup::new() else { return sleep_until_done(ruby, awaited, timeout) };
    awaited.watch(wakeup.writer());
    let waited = fiber::wait_readable(ruby, wakeup.reader(), timeout);
    awaited.unwatch(wakeup.writer());
    waited?;
    Ok(!awaited.is_pending())
}

/// The same when there is no descriptor to be had.
fn sleep_until_done(ruby: &Ruby, awaited: &(impl Awaited + ?Sized), timeout: Option<Duration>) -> Result<bool, Error> {
    let started = Instant::now();
    while awaited.is_pending() && timeout.is_none_or(|timeout| started.elapsed() < timeout) {
        fiber::sleep(ruby, SLEEP_STEP)?;
    }
    Ok(!awaited.is_pending())
}

/// Runs `work`, which may wait, on another thread. An interrupt ends the wait, but not the call: `unwanted` gets its
/// result then.
pub fn call<O: Owner, R: Send + 'static>(
    ruby: &Ruby,
    owner: &Arc<O>,
    work: impl FnOnce(&O) -> R + Send + 'static,
    unwanted: impl Fn(&O, R) + Clone + Send + 'static,
) -> Result<R, Error> {
    // Without a limit there is a result.
    call_within(ruby, None, owner, work, unwanted).map(|result| result.expect("a result"))
}

/// The same for that time (none for ever): no result when it is over.
pub fn call_within<O: Owner, R: Send + 'static>(
    ruby: &Ruby,
    timeout: Option<Duration>,
    owner: &Arc<O>,
    work: impl FnOnce(&O) -> R + Send + 'static,
    unwanted: impl Fn(&O, R) + Clone + Send + 'static,
) -> Result<Option<R>, Error> {
    let shared = Arc::clone(owner);
    let leave = unwanted.clone();
    let work = move || {
        let result = work(&shared);
        (shared, result)
    };
    let unwanted = move |(shared, result): (Arc<O>, R)| {
        unwanted(&shared, result);
        shared.release();
    };
    let (call, unstarted) = Call::start(work, unwanted);
    let waited = match unstarted {
        None => wait(ruby, call.completion(), timeout),
        // Without another thread it is done here, where nothing can end it.
        mut here => blocking(ruby, || here.take().into_iter().for_each(|job| job())).map(|()| true),
    };
    let result = call.leave().map(|(_, result)| result);
    match (waited, result) {
        (Ok(_), result) => Ok(result),
        (Err(error), result) => {
            result.into_iter().for_each(|result| leave(owner, result));
            Err(error)
        }
    }
}
