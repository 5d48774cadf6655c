//! Lets operations run concurrently, and `close` exclusively.

use std::{
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicU8, AtomicU32, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use crate::{Closable, Error, generation, sync::lock, thread};

const OPEN: u8 = 0;
const DRAINING: u8 = 1;
const CLOSING: u8 = 2;
const CLOSED: u8 = 3;

/// Stands for no thread.
const NOBODY: usize = 0;

/// Counts the operations under way on one client. A closing thread shuts the gate and waits until the operations of other
/// threads have ended. It may still enter itself, for listeners that use the client while it closes. In a forked child the
/// gate is closed forever.
///
/// A client is freed as soon as the gate says that nobody uses it, so only this crate enters, leaves and closes.
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
    /// Begins an operation. After success, [`leave`](Self::leave) has to follow.
    pub(crate) fn enter(&self) -> Result<(), Error> {
        if self.is_foreign() {
            return Err(Error::Closed);
        }
        // Counted before the phase is read: either the closing thread sees the count, or this thread sees the phase.
        self.in_flight.fetch_add(1, SeqCst);
        match self.phase.load(SeqCst) {
            OPEN | DRAINING => Ok(()),
            CLOSING if self.closer.load(SeqCst) == thread::id() || thread::is_let_through(self.address()) => Ok(()),
            _ => {
                self.leave();
                Err(Error::Closed)
            }
        }
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self) as usize
    }

    /// Ends an operation.
    pub(crate) fn leave(&self) {
        let remaining = self.in_flight.fetch_sub(1, SeqCst) - 1;
        if remaining == 0 && self.phase.load(SeqCst) != OPEN {
            drop(lock(&self.lock));
            self.left.notify_all();
        }
    }

    /// Begins closing; operations may still enter. False when the client is closed, is being closed by another thread, or
    /// belongs to another process.
    pub fn begin_draining(&self) -> bool {
        self.drain_for(thread::id())
    }

    /// Like [`begin_draining`](Self::begin_draining), for a client that was garbage collected: another thread will close it.
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

    /// Shuts the gate for other threads, after [`begin_draining`](Self::begin_draining).
    pub(crate) fn begin_closing(&self) {
        let _held = lock(&self.lock);
        self.phase.store(CLOSING, SeqCst);
    }

    /// Waits for the operations of other threads for at most that long; true when none is left.
    pub(crate) fn wait_idle(&self, limit: Duration) -> bool {
        let busy = |_: &mut ()| self.in_flight.load(SeqCst) > 0;
        let waited = self.left.wait_timeout_while(lock(&self.lock), limit, busy);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Waits until no other thread is closing the client, for at most that long; true when none is.
    pub fn wait_for_closer(&self, limit: Duration) -> bool {
        if self.is_foreign() {
            return true; // of which there is no other thread here, and a lock that one may have held forever
        }
        let closer = |_: &mut ()| {
            let closing = matches!(self.phase.load(SeqCst), DRAINING | CLOSING);
            closing && ![NOBODY, thread::id()].contains(&self.closer.load(SeqCst))
        };
        let waited = self.left.wait_timeout_while(lock(&self.lock), limit, closer);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Cancels closing: the client is open again, unless it is closed already.
    pub(crate) fn reopen(&self) {
        let _held = lock(&self.lock);
        if self.phase.load(SeqCst) != CLOSED {
            self.phase.store(OPEN, SeqCst);
        }
        self.left.notify_all();
    }

    /// Finishes closing. True for the first caller, who may destroy the client.
    pub(crate) fn finish_closing(&self) -> bool {
        let _held = lock(&self.lock);
        self.left.notify_all();
        self.phase.swap(CLOSED, SeqCst) != CLOSED
    }

    /// Whether this thread can no longer use the client. The closing thread can, until it has finished.
    pub fn is_closed(&self) -> bool {
        self.is_foreign()
            || match self.phase.load(SeqCst) {
                OPEN | DRAINING => false,
                CLOSING => self.closer.load(SeqCst) != thread::id(),
                _ => true,
            }
    }

    /// Whether a thread has shut the gate.
    pub fn is_closing(&self) -> bool {
        self.is_foreign() || self.phase.load(SeqCst) >= CLOSING
    }

    /// Whether no thread has begun to close the client.
    pub fn is_open(&self) -> bool {
        !self.is_foreign() && self.phase.load(SeqCst) == OPEN
    }

    /// Whether a thread has begun to close the client, and the gate is not shut yet.
    pub fn is_draining(&self) -> bool {
        self.phase.load(SeqCst) == DRAINING
    }

    /// Whether the client belongs to another process, which forked this one.
    pub fn is_foreign(&self) -> bool {
        self.made_in != generation()
    }
}

/// An operation that one thread has begun and another one does. It counts from its beginning: closing waits for it.
#[derive(Debug)]
pub struct Begun<O: Closable> {
    /// None if the client was closed.
    owner: Option<Arc<O>>,
}

impl<O: Closable> Begun<O> {
    /// Begins the operation.
    pub fn on(owner: &Arc<O>) -> Self {
        let entered = owner.client().gate().enter();
        Self { owner: entered.is_ok().then(|| Arc::clone(owner)) }
    }

    /// Does the operation, and ends it.
    pub fn finish<R>(self, work: impl FnOnce() -> R) -> R {
        match &self.owner {
            Some(owner) => thread::let_through(owner.client().gate().address(), work),
            None => work(),
        }
    }
}

impl<O: Closable> Drop for Begun<O> {
    fn drop(&mut self) {
        if let Some(owner) = &self.owner {
            owner.client().gate().leave();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closing_thread_waits_for_others_and_may_enter_itself() {
        let gate = Arc::new(Gate::default());
        gate.enter().unwrap();
        assert!(gate.begin_draining());
        assert!(!gate.begin_draining());
        gate.begin_closing();
        assert!(!gate.wait_idle(Duration::ZERO));
        let other = Arc::clone(&gate);
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
    fn who_was_let_through_may_enter_a_shut_gate() {
        let (gate, other) = (Gate::default(), Gate::default());
        gate.enter().unwrap();
        std::thread::scope(|scope| scope.spawn(|| gate.begin_draining()).join().unwrap());
        gate.begin_closing();
        assert!(matches!(gate.enter(), Err(Error::Closed)));
        assert!(thread::let_through(gate.address(), || gate.enter()).is_ok());
        gate.leave();
        assert!(matches!(thread::let_through(other.address(), || gate.enter()), Err(Error::Closed)));
        assert!(!gate.wait_idle(Duration::ZERO));
        gate.leave();
        assert!(gate.wait_idle(Duration::ZERO));
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
    fn a_thread_can_wait_for_the_one_that_closes() {
        let gate = Gate::default();
        assert!(gate.begin_draining());
        assert!(gate.wait_for_closer(Duration::ZERO)); // that is this one
        std::thread::scope(|scope| {
            assert!(!scope.spawn(|| gate.wait_for_closer(Duration::ZERO)).join().unwrap());
            let waiting = scope.spawn(|| gate.wait_for_closer(Duration::from_secs(60)));
            gate.begin_closing();
            gate.finish_closing();
            assert!(waiting.join().unwrap());
        });
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
