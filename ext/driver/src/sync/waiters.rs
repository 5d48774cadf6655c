//! Threads and event loops that wait for something.

use std::{
    os::fd::RawFd,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering, fence},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

use super::{Interruption, lock};
use crate::process::generation;

/// How often a thread of a forked child looks at things of the parent, about which nobody can notify it.
const FOREIGN_STEP: Duration = Duration::from_millis(5);

/// Waiting threads and descriptors, each for one of several things. While there are none, a notification takes no lock.
///
/// In a forked child, the threads that wait do not exist, and the lock may be held for ever, so it is not taken.
#[derive(Debug)]
pub(crate) struct Waiters {
    count: AtomicUsize,
    waiting: Mutex<Vec<Waiter>>,
    made_in: u64,
}

impl Default for Waiters {
    fn default() -> Self {
        Self { count: AtomicUsize::default(), waiting: Mutex::default(), made_in: generation() }
    }
}

#[derive(Debug)]
struct Waiter {
    thing: usize,
    alarm: Alarm,
}

#[derive(Debug)]
enum Alarm {
    Thread(Thread),
    /// Notified by a byte that is written to it.
    Descriptor(RawFd),
}

impl Waiters {
    /// Whether this is a forked child of the process that they belong to.
    pub fn is_foreign(&self) -> bool {
        self.made_in != generation()
    }

    /// Waits until the thing is `done`; false when the time is over or the wait was interrupted.
    pub fn wait(
        &self,
        thing: usize,
        timeout: Option<Duration>,
        interruption: &Interruption<'_>,
        done: impl Fn() -> bool,
    ) -> bool {
        if done() {
            return true;
        }
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let (own, step) = (thread::current(), self.is_foreign().then_some(FOREIGN_STEP));
        self.add(Waiter { thing, alarm: Alarm::Thread(own.clone()) });
        while !done() && !interruption.is_set() {
            let rest = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            match rest.into_iter().chain(step).min() {
                Some(Duration::ZERO) => break,
                Some(rest) => thread::park_timeout(rest),
                None => thread::park(),
            }
        }
        self.keep(|waiter| !matches!(&waiter.alarm, Alarm::Thread(thread) if thread.id() == own.id()));
        done()
    }

    /// Notifies the waiters of all things that are `done`. To be called after a thing is done.
    pub fn notify(&self, done: impl Fn(usize) -> bool) {
        // With the fence in `add`: either this thread sees the waiter, or the waiter sees that the thing is done.
        fence(Ordering::SeqCst);
        if self.count.load(Ordering::Relaxed) == 0 {
            return;
        }
        self.keep(|waiter| {
            let waits = !done(waiter.thing);
            if !waits {
                waiter.alarm.raise();
            }
            waits
        });
    }

    /// Makes all waiters check whether to go on waiting.
    pub fn wake(&self) {
        self.waiting().iter().flat_map(|waiting| waiting.iter()).for_each(|waiter| waiter.alarm.raise());
    }

    /// Writes a byte to `fd` when the thing is `done`, or at once if it is already.
    pub fn watch(&self, thing: usize, fd: RawFd, done: impl Fn() -> bool) {
        self.add(Waiter { thing, alarm: Alarm::Descriptor(fd) });
        if done() {
            self.notify(|other| other == thing);
        }
    }

    /// Undoes [`watch`](Self::watch); afterwards `fd` may be closed.
    pub fn unwatch(&self, fd: RawFd) {
        self.keep(|waiter| !matches!(waiter.alarm, Alarm::Descriptor(other) if other == fd));
    }

    fn add(&self, waiter: Waiter) {
        let Some(mut waiting) = self.waiting() else { return };
        waiting.push(waiter);
        self.count.store(waiting.len(), Ordering::Relaxed);
        drop(waiting);
        fence(Ordering::SeqCst);
    }

    fn keep(&self, wanted: impl FnMut(&Waiter) -> bool) {
        let Some(mut waiting) = self.waiting() else { return };
        waiting.retain(wanted);
        self.count.store(waiting.len(), Ordering::Relaxed);
    }

    /// None in a forked child.
    fn waiting(&self) -> Option<MutexGuard<'_, Vec<Waiter>>> {
        (!self.is_foreign()).then(|| lock(&self.waiting))
    }
}

impl Alarm {
    fn raise(&self) {
        match self {
            Self::Thread(thread) => thread.unpark(),
            // SAFETY: the buffer has one byte; a bad descriptor only makes the call fail.
            Self::Descriptor(fd) => drop(unsafe { libc::write(*fd, [1u8].as_ptr().cast(), 1) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::Wakeup;

    #[test]
    fn time_and_interrupts_end_the_wait() {
        let waiters = Waiters::default();
        let interruption = Interruption::unnoticed();
        assert!(!waiters.wait(0, Some(Duration::from_millis(1)), &interruption, || false));
        interruption.set();
        assert!(!waiters.wait(0, None, &interruption, || false));
        assert_eq!(waiters.count.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn only_watchers_of_what_is_done_hear_of_it() {
        let (waiters, wakeups) = (Waiters::default(), [Wakeup::new().unwrap(), Wakeup::new().unwrap()]);
        wakeups.iter().enumerate().for_each(|(thing, wakeup)| waiters.watch(thing, wakeup.writer(), || false));
        waiters.notify(|thing| thing == 1);
        assert_eq!(wakeups.each_ref().map(Wakeup::is_readable), [false, true]);
        waiters.unwatch(wakeups[0].writer());
        assert_eq!(waiters.count.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_forked_child_waits_without_the_lock() {
        let waiters = Waiters { made_in: generation() + 1, ..Waiters::default() };
        waiters.count.store(1, Ordering::Relaxed); // a thread of the parent
        let _held = lock(&waiters.waiting);
        assert!(!waiters.wait(0, Some(Duration::from_millis(1)), &Interruption::unnoticed(), || false));
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let waiter =
                scope.spawn(|| waiters.wait(0, None, &Interruption::unnoticed(), || done.load(Ordering::SeqCst)));
            done.store(true, Ordering::SeqCst);
            waiters.notify(|_| true);
            waiters.wake();
            assert!(waiter.join().unwrap());
        });
        waiters.watch(0, -1, || true);
        waiters.unwatch(-1);
    }

    #[test]
    fn what_is_done_already_is_told_at_once() {
        let (waiters, wakeup) = (Waiters::default(), Wakeup::new().unwrap());
        waiters.watch(0, wakeup.writer(), || true);
        assert!(wakeup.is_readable());
    }
}
