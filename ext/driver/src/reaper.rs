//! A thread that does what the garbage collector must not wait for.

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

/// Hands over work; never blocks.
pub fn dispose(job: impl FnOnce() + Send + 'static) {
    start();
    if let Err(refused) = INBOX.get(|| unreachable!("started above")).send(Box::new(job)) {
        std::mem::forget(refused);
    }
}
