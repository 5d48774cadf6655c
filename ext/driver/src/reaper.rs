//! A thread that does what the garbage collector must not wait for.

use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Sender, unbounded};

use crate::PerProcess;

type Job = Box<dyn FnOnce() + Send>;

static INBOX: PerProcess<Sender<Job>> = PerProcess::new();

/// Starts the thread. Called when a client is made, so that [`dispose`] need not.
pub fn start() {
    INBOX.get(|| {
        let (inbox, jobs) = unbounded::<Job>();
        let spawned = std::thread::Builder::new().name("karafka-reaper".into()).spawn(move || {
            for job in jobs {
                // A panic must not end the thread: later jobs would be lost.
                let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(job));
            }
        });
        // Without a thread the channel is closed at once, and jobs are dropped with their clients leaked.
        drop(spawned);
        inbox
    });
}

static STOPPED: AtomicBool = AtomicBool::new(false);

/// From now on work is dropped undone. For the end of the process, when the system frees everything anyway, and tearing
/// clients down beside the libraries' own exit handlers would be a race.
pub fn stop() {
    STOPPED.store(true, Ordering::Relaxed);
}

/// Hands over work; never blocks.
pub fn dispose(job: impl FnOnce() + Send + 'static) {
    if STOPPED.load(Ordering::Relaxed) {
        return std::mem::forget(job);
    }
    start();
    if let Err(refused) = INBOX.get(|| unreachable!("started above")).send(Box::new(job)) {
        std::mem::forget(refused);
    }
}
