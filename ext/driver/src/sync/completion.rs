//! A value that arrives later, for which any number of threads may wait.

use std::{
    os::fd::RawFd,
    sync::{
        Mutex, TryLockError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{Interruption, Waiters, Wake, lock};

/// Something pending that can be waited for.
pub trait Awaited: Wake {
    /// Whether it is incomplete.
    fn is_pending(&self) -> bool;

    /// Waits for completion; false when the time is over or the wait was interrupted.
    fn wait(&self, timeout: Option<Duration>, interruption: &Interruption<'_>) -> bool;

    /// Writes a byte to `fd` on completion, or at once if already complete, and when all waiters are woken.
    fn watch(&self, fd: RawFd);

    /// Undoes [`watch`](Self::watch); afterwards `fd` may be closed.
    fn unwatch(&self, fd: RawFd);
}

impl<T: Awaited + ?Sized> Awaited for &T {
    fn is_pending(&self) -> bool {
        (**self).is_pending()
    }

    fn wait(&self, timeout: Option<Duration>, interruption: &Interruption<'_>) -> bool {
        (**self).wait(timeout, interruption)
    }

    fn watch(&self, fd: RawFd) {
        (**self).watch(fd);
    }

    fn unwatch(&self, fd: RawFd) {
        (**self).unwatch(fd);
    }
}

/// A value that is completed once.
#[derive(Debug)]
pub struct Completion<T> {
    done: AtomicBool,
    value: Mutex<T>,
    waiters: Waiters,
}

impl<T> Completion<T> {
    /// A pending completion, with the value that readers see until it completes.
    pub fn new(initial: T) -> Self {
        Self { done: AtomicBool::new(false), value: Mutex::new(initial), waiters: Waiters::default() }
    }

    /// The current value.
    pub fn value(&self) -> T
    where
        T: Clone,
    {
        lock(&self.value).clone()
    }

    /// Reads the current value in place. None while another thread changes it, which in a forked child is for ever.
    pub fn try_read<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        match self.value.try_lock() {
            Ok(value) => Some(look(&value)),
            Err(TryLockError::Poisoned(value)) => Some(look(&value.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Whether this is a forked child of the process that made it.
    pub fn is_foreign(&self) -> bool {
        self.waiters.is_foreign()
    }

    /// Changes the value without completing.
    pub fn set(&self, change: impl FnOnce(&mut T)) {
        self.change(change);
    }

    /// Changes the value without completing, and returns what `change` returns.
    pub fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        change(&mut lock(&self.value))
    }

    /// Completes and wakes every waiter.
    pub fn finish(&self) {
        self.done.store(true, Ordering::Release);
        self.waiters.notify(|_| true);
    }

    /// Resets it to pending.
    pub fn reset(&self) {
        self.done.store(false, Ordering::Release);
    }

    /// Like [`Awaited::wait`], but also ends when `other` becomes true.
    pub(crate) fn wait_or(
        &self,
        timeout: Option<Duration>,
        interruption: &Interruption<'_>,
        other: impl Fn() -> bool,
    ) -> bool {
        self.waiters.wait(0, timeout, interruption, || !self.pending() || other())
    }

    fn pending(&self) -> bool {
        !self.done.load(Ordering::Acquire)
    }
}

impl<T: Send> Wake for Completion<T> {
    fn wake(&self) {
        self.waiters.wake();
    }
}

impl<T: Send> Awaited for Completion<T> {
    fn is_pending(&self) -> bool {
        self.pending()
    }

    fn wait(&self, timeout: Option<Duration>, interruption: &Interruption<'_>) -> bool {
        self.waiters.wait(0, timeout, interruption, || !self.pending())
    }

    fn watch(&self, fd: RawFd) {
        self.waiters.watch(0, fd, || !self.pending());
    }

    fn unwatch(&self, fd: RawFd) {
        self.waiters.unwatch(fd);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn every_waiter_is_woken() {
        let completion = Arc::new(Completion::new(0));
        let waiters: Vec<_> = (0..4)
            .map(|_| {
                let completion = Arc::clone(&completion);
                std::thread::spawn(move || completion.wait(None, &Interruption::new(&*completion)))
            })
            .collect();
        completion.set(|value| *value = 7);
        completion.finish();
        assert!(waiters.into_iter().all(|waiter| waiter.join().unwrap()));
        assert_eq!(completion.value(), 7);
    }

    #[test]
    fn a_value_that_is_being_changed_is_not_waited_for() {
        let completion = Completion::new(7);
        assert_eq!(completion.try_read(|value| *value), Some(7));
        completion.set(|_| assert_eq!(completion.try_read(|value| *value), None));
    }
}
