//! Calls that cannot be woken. They run on another thread, so that their callers can stop waiting.

use std::sync::Arc;

use karafka_driver::{BackgroundCall, Begun, Job};
use magnus::{Error, Ruby};

use super::blocking;
use crate::owner::Owner;

/// A call, which returns its reference to the client with its result.
pub type Started<O, R> = Arc<BackgroundCall<(Arc<O>, R)>>;

/// Starts a call, for which closing waits from now on. `unwanted` gets the result if the caller has stopped waiting. If no
/// thread can be started, the caller gets the job to run.
pub fn start<O: Owner, R: Send + 'static>(
    owner: &Arc<O>,
    work: impl FnOnce(&O) -> R + Send + 'static,
    unwanted: impl FnOnce(&O, R) + Send + 'static,
) -> (Started<O, R>, Option<Job>) {
    let shared = Arc::clone(owner);
    let begun = Begun::on(owner);
    let work = move || {
        let result = begun.finish(|| work(&shared));
        (shared, result)
    };
    BackgroundCall::start(work, |(shared, result)| {
        unwanted(&shared, result);
        shared.release();
    })
}

/// Waits for a call. An interrupt ends the wait, but not the call, whose result is dropped.
pub fn call<O: Owner, R: Send + 'static>(
    ruby: &Ruby,
    owner: &Arc<O>,
    work: impl FnOnce(&O) -> R + Send + 'static,
) -> Result<R, Error> {
    let (call, unstarted) = start(owner, work, |_, _| ());
    let waited = match unstarted {
        None => blocking::run_until_done(ruby, call.completion(), None).map(drop),
        // No thread could be started: runs here, where an interrupt cannot end it.
        mut job => blocking::run_to_the_end(ruby, || job.take().into_iter().for_each(|job| job())),
    };
    let result = call.leave();
    waited.map(|()| result.expect("waited for without limit").1)
}
