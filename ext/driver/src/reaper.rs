//! Does what the garbage collector must not wait for, one thing after the other on a thread of the pool.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    PerProcess,
    pool::{self, Job},
    sync::lock,
};

static INBOX: PerProcess<Mutex<Inbox>> = PerProcess::new();

#[derive(Default)]
struct Inbox {
    jobs: VecDeque<Job>,
    served: bool,
}

static STOPPED: AtomicBool = AtomicBool::new(false);

/// From now on work is dropped undone. For the end of the process, when the system frees everything anyway, and tearing
/// clients down beside the libraries' own exit handlers would be a race.
pub fn stop() {
    STOPPED.store(true, Ordering::Relaxed);
}

/// Hands over work; never blocks. If there is no thread to be had, the work waits for the next time.
pub fn dispose(job: impl FnOnce() + Send + 'static) {
    if STOPPED.load(Ordering::Relaxed) {
        return std::mem::forget(job);
    }
    inbox().jobs.push_back(Box::new(job));
    resume();
}

/// Has done what could not be done for want of a thread. Called when a client is made.
pub fn resume() {
    let mut inbox = inbox();
    if !inbox.served && !inbox.jobs.is_empty() {
        inbox.served = pool::run(Box::new(serve)).is_ok();
    }
}

fn serve() {
    while let Some(job) = next() {
        // A panic must not keep later jobs from being done.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

fn next() -> Option<Job> {
    let mut inbox = inbox();
    let job = inbox.jobs.pop_front();
    inbox.served = job.is_some();
    job
}

fn inbox() -> MutexGuard<'static, Inbox> {
    lock(INBOX.get(Mutex::default))
}
