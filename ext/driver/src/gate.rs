//! Lets operations run side by side and `close` run alone.

use std::{
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicU8, AtomicU32, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use crate::{Error, generation, sync::lock, thread};

const OPEN: u8 = 0;
const DRAINING: u8 = 1;
const CLOSING: u8 = 2;
const CLOSED: u8 = 3;

/// No thread.
const NOBODY: usize = 0;

/// Counts the operations that are under way on one client. A closing thread shuts the gate, waits until the
/// operations of other threads have left, and may itself still enter (listeners that run while it closes use the
/// client). In a forked child the gate is closed for good.
#[derive(Debug)]
pub struct Gate {
    made_in: u64,
    in_flight: AtomicU32,
    phase: AtomicU8,
    closer: AtomicUsize,
    lock: Mutex<()>,
    left: Condvar,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            made_in: generation(),
            in_flight: AtomicU32::new(0),
            phase: AtomicU8::new(OPEN),
            closer: AtomicUsize::new(NOBODY),
            lock: Mutex::new(()),
            left: Condvar::new(),
        }
    }
}

impl Gate {
    /// Registers an operation; every success must be followed by [`leave`](Self::leave).
    pub fn enter(&self) -> Result<(), Error> {
        if self.is_foreign() {
            return Err(Error::Closed);
        }
        // Counted before looking: a closer either sees the count or is seen.
        self.in_flight.fetch_add(1, SeqCst);
        match self.phase.load(SeqCst) {
            OPEN | DRAINING => Ok(()),
            CLOSING if self.closer.load(SeqCst) == thread::id() => Ok(()),
            _ => {
                self.leave();
                Err(Error::Closed)
            }
        }
    }

    /// Ends an operation.
    pub fn leave(&self) {
        let remaining = self.in_flight.fetch_sub(1, SeqCst) - 1;
        if remaining == 0 && self.phase.load(SeqCst) != OPEN {
            drop(lock(&self.lock));
            self.left.notify_all();
        }
    }

    /// Begins closing: operations go on, but nothing new should be begun. False when another thread closes or has closed,
    /// and in a forked child.
    pub fn begin_draining(&self) -> bool {
        self.drain_for(thread::id())
    }

    /// The same for a client that nobody can reach any more; somebody else may begin closing later.
    pub fn drain_unowned(&self) {
        self.drain_for(NOBODY);
    }

    fn drain_for(&self, closer: usize) -> bool {
        if self.is_foreign() {
            return false;
        }
        let _held = lock(&self.lock);
        let phase = self.phase.load(SeqCst);
        if phase != OPEN && (phase != DRAINING || self.closer.load(SeqCst) != NOBODY) {
            return false;
        }
        self.closer.store(closer, SeqCst);
        self.phase.store(DRAINING, SeqCst);
        true
    }

    /// After [`begin_draining`](Self::begin_draining): shuts the gate for other threads.
    pub fn begin_closing(&self) {
        let _held = lock(&self.lock);
        self.phase.store(CLOSING, SeqCst);
    }

    /// Waits for the operations of other threads, at most that long.
    pub fn wait_idle(&self, limit: Duration) -> bool {
        let busy = |_: &mut ()| self.in_flight.load(SeqCst) > 0;
        let waited = self.left.wait_timeout_while(lock(&self.lock), limit, busy);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Gives up closing: the client is open again, unless it is gone.
    pub fn reopen(&self) {
        let _held = lock(&self.lock);
        if self.phase.load(SeqCst) != CLOSED {
            self.phase.store(OPEN, SeqCst);
        }
    }

    /// Ends closing: the client is gone. True for the one caller that may tear it down.
    pub fn finish_closing(&self) -> bool {
        self.phase.swap(CLOSED, SeqCst) != CLOSED
    }

    /// Whether the client is gone, for this thread: a closing thread itself may still use it.
    pub fn is_closed(&self) -> bool {
        self.is_foreign()
            || match self.phase.load(SeqCst) {
                OPEN | DRAINING => false,
                CLOSING => self.closer.load(SeqCst) != thread::id(),
                _ => true,
            }
    }

    /// Whether some thread has shut the gate.
    pub fn is_closing(&self) -> bool {
        self.is_foreign() || self.phase.load(SeqCst) >= CLOSING
    }

    /// Whether nobody has begun to close the client.
    pub fn is_open(&self) -> bool {
        !self.is_foreign() && self.phase.load(SeqCst) == OPEN
    }

    /// Whether the client is to be closed when nothing is left to do.
    pub fn is_draining(&self) -> bool {
        self.phase.load(SeqCst) == DRAINING
    }

    /// Whether another process made it.
    pub fn is_foreign(&self) -> bool {
        self.made_in != generation()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closing_thread_waits_for_others_and_may_enter_itself() {
        let gate = std::sync::Arc::new(Gate::default());
        gate.enter().unwrap();
        assert!(gate.begin_draining());
        assert!(!gate.begin_draining());
        gate.begin_closing();
        assert!(!gate.wait_idle(Duration::ZERO));
        let other = std::sync::Arc::clone(&gate);
        std::thread::spawn(move || {
            assert!(matches!(other.enter(), Err(Error::Closed)));
            other.leave(); // the operation that was under way
        })
        .join()
        .unwrap();
        assert!(gate.wait_idle(Duration::ZERO));
        gate.enter().unwrap();
        gate.leave();
        assert!(gate.finish_closing());
        assert!(!gate.finish_closing());
        assert!(matches!(gate.enter(), Err(Error::Closed)));
    }

    #[test]
    fn a_closing_thread_may_have_others_enter_for_it() {
        let gate = Gate::default();
        assert!(gate.begin_draining());
        gate.begin_closing();
        let closer = thread::id();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                assert!(thread::acting_for(closer, || gate.enter()).is_ok());
                gate.leave();
                assert!(matches!(gate.enter(), Err(Error::Closed)));
            });
        });
    }

    #[test]
    fn a_closer_who_gives_up_leaves_the_client_open() {
        let gate = Gate::default();
        assert!(gate.begin_draining());
        gate.enter().unwrap();
        gate.begin_closing();
        gate.reopen();
        gate.enter().unwrap();
        assert!(gate.is_open());
    }

    #[test]
    fn what_drains_for_nobody_can_be_closed() {
        let gate = Gate::default();
        gate.drain_unowned();
        assert!(gate.is_draining() && gate.begin_draining());
        gate.drain_unowned();
        assert!(!gate.begin_draining());
    }
}
