//! Frees what the garbage collector must not wait for, one client after the other, on a thread of the pool.

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

/// Leaks everything from now on. At the end of the process the system frees everything, and destroying clients would race
/// with the exit handlers of libraries.
pub fn stop() {
    STOPPED.store(true, Ordering::Relaxed);
}

/// Runs a job on the reaper's thread. Never blocks. If no thread can be started, the job waits for the next call.
pub fn dispose(job: impl FnOnce() + Send + 'static) {
    if STOPPED.load(Ordering::Relaxed) {
        return std::mem::forget(job);
    }
    inbox().jobs.push_back(Box::new(job));
    resume();
}

/// Starts jobs that are waiting because no thread could be started. Called whenever a client is created.
pub fn resume() {
    let mut inbox = inbox();
    if !inbox.served && !inbox.jobs.is_empty() {
        inbox.served = pool::run(Box::new(serve)).is_ok();
    }
}

fn serve() {
    while let Some(job) = next() {
        // A panic must not keep later jobs from running.
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
