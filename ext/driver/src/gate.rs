//! Lets operations run side by side and `close` run alone.

use std::{
    cell::Cell,
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use crate::{Error, generation};

const OPEN: u8 = 0;
const CLOSING: u8 = 1;
const CLOSED: u8 = 2;

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
            closer: AtomicUsize::new(0),
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
            OPEN => Ok(()),
            CLOSING if self.closer.load(SeqCst) == thread_id() => Ok(()),
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
            drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
            self.left.notify_all();
        }
    }

    /// Shuts the gate for other threads. False when another thread closes or has closed, and in a forked child.
    pub fn begin_closing(&self) -> bool {
        if self.is_foreign() {
            return false;
        }
        let _held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if self.phase.load(SeqCst) != OPEN {
            return false;
        }
        self.closer.store(thread_id(), SeqCst);
        self.phase.store(CLOSING, SeqCst);
        true
    }

    /// Waits for the operations of other threads. False when the time is over or `interrupted` got set
    /// (call [`wake`](Self::wake) after setting it).
    pub fn wait_idle(&self, timeout: Option<Duration>, interrupted: &AtomicBool) -> bool {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        while self.in_flight.load(SeqCst) > 0 {
            if interrupted.load(SeqCst) {
                return false;
            }
            held = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => return false,
                Some(rest) => self.left.wait_timeout(held, rest).unwrap_or_else(PoisonError::into_inner).0,
                None => self.left.wait(held).unwrap_or_else(PoisonError::into_inner),
            };
        }
        true
    }

    /// Makes a waiting closer look at its interrupt flag.
    pub fn wake(&self) {
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
        self.left.notify_all();
    }

    /// Gives up closing: the client is open again, unless it is gone.
    pub fn reopen(&self) {
        let _held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = self.phase.compare_exchange(CLOSING, OPEN, SeqCst, SeqCst);
    }

    /// Ends closing: the client is gone. True for the one caller that may tear it down.
    pub fn finish_closing(&self) -> bool {
        self.phase.swap(CLOSED, SeqCst) != CLOSED
    }

    /// Whether the client is gone, for this thread: a closing thread itself may still use it.
    pub fn is_closed(&self) -> bool {
        self.is_foreign()
            || match self.phase.load(SeqCst) {
                OPEN => false,
                CLOSING => self.closer.load(SeqCst) != thread_id(),
                _ => true,
            }
    }

    /// Whether some thread is closing the client, or has.
    pub fn is_closing(&self) -> bool {
        self.is_foreign() || self.phase.load(SeqCst) != OPEN
    }

    /// Whether another process made it.
    pub fn is_foreign(&self) -> bool {
        self.made_in != generation()
    }
}

thread_local! {
    /// For whom the thread works, if not for itself.
    static ACTING_FOR: Cell<usize> = const { Cell::new(0) };
}

/// Identifies the calling thread, cheaply; in [`acting_for`], the thread that is acted for.
pub(crate) fn thread_id() -> usize {
    ACTING_FOR.with(|thread| match thread.get() {
        0 => std::ptr::from_ref(thread) as usize,
        other => other,
    })
}

/// Lets the calling thread enter where `thread` may: what a closing thread has started elsewhere is its own.
pub(crate) fn acting_for<R>(thread: usize, work: impl FnOnce() -> R) -> R {
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            ACTING_FOR.set(0);
        }
    }
    ACTING_FOR.set(thread);
    let _reset = Reset;
    work()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closing_thread_waits_for_others_and_may_enter_itself() {
        let gate = std::sync::Arc::new(Gate::default());
        gate.enter().unwrap();
        assert!(gate.begin_closing());
        assert!(!gate.begin_closing());
        assert!(!gate.wait_idle(Some(Duration::ZERO), &AtomicBool::new(false)));
        let other = std::sync::Arc::clone(&gate);
        std::thread::spawn(move || {
            assert!(matches!(other.enter(), Err(Error::Closed)));
            other.leave(); // the operation that was under way
        })
        .join()
        .unwrap();
        assert!(gate.wait_idle(None, &AtomicBool::new(false)));
        gate.enter().unwrap();
        gate.leave();
        assert!(gate.finish_closing());
        assert!(!gate.finish_closing());
        assert!(matches!(gate.enter(), Err(Error::Closed)));
    }

    #[test]
    fn a_closing_thread_may_have_others_enter_for_it() {
        let gate = Gate::default();
        assert!(gate.begin_closing());
        let closer = thread_id();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                assert!(acting_for(closer, || gate.enter()).is_ok());
                gate.leave();
                assert!(matches!(gate.enter(), Err(Error::Closed)));
            });
        });
    }

    #[test]
    fn an_interrupted_closer_leaves_the_client_open() {
        let gate = Gate::default();
        gate.enter().unwrap();
        assert!(gate.begin_closing());
        assert!(!gate.wait_idle(None, &AtomicBool::new(true)));
        gate.reopen();
        gate.enter().unwrap();
        assert!(!gate.is_closing());
    }
}
