//! One value that arrives later and that many threads may wait for.

use std::{
    os::fd::RawFd,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Filled once; waiting can be interrupted; completion can also write a byte to file descriptors, for event loops.
#[derive(Debug)]
pub struct Completion<T> {
    done: AtomicBool,
    inner: Mutex<Inner<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct Inner<T> {
    value: T,
    sleepers: u32,
    watchers: Vec<RawFd>,
}

impl<T> Completion<T> {
    /// Pending, with the value that readers see until then.
    pub fn new(initial: T) -> Self {
        let inner = Inner { value: initial, sleepers: 0, watchers: Vec::new() };
        Self { done: AtomicBool::new(false), inner: Mutex::new(inner), changed: Condvar::new() }
    }

    /// Whether it still waits for its value.
    pub fn is_pending(&self) -> bool {
        !self.done.load(Ordering::Acquire)
    }

    /// The value as it is now.
    pub fn value(&self) -> T
    where
        T: Clone,
    {
        self.lock().value.clone()
    }

    /// Looks at the value as it is now.
    pub fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.lock().value)
    }

    /// Changes the value without completing.
    pub fn set(&self, change: impl FnOnce(&mut T)) {
        self.change(change);
    }

    /// The same, with what `change` returns.
    pub fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        change(&mut self.lock().value)
    }

    /// Completes and wakes every waiter.
    pub fn finish(&self) {
        let mut inner = self.lock();
        self.done.store(true, Ordering::Release);
        if inner.sleepers > 0 {
            self.changed.notify_all();
        }
        for fd in inner.watchers.drain(..) {
            write_byte(fd);
        }
    }

    /// Back to pending.
    pub fn reset(&self) {
        let _inner = self.lock();
        self.done.store(false, Ordering::Release);
    }

    /// True when complete; false when the time is over or `interrupted` got set (call [`wake`](Self::wake) then).
    pub fn wait(&self, timeout: Option<Duration>, interrupted: &AtomicBool) -> bool {
        if !self.is_pending() {
            return true;
        }
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut inner = self.lock();
        inner.sleepers += 1;
        while self.is_pending() && !interrupted.load(Ordering::Acquire) {
            let rest = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            inner = match rest {
                Some(Duration::ZERO) => break,
                Some(rest) => self.changed.wait_timeout(inner, rest).unwrap_or_else(PoisonError::into_inner).0,
                None => self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner),
            };
        }
        inner.sleepers -= 1;
        !self.is_pending()
    }

    /// Makes waiters look at their interrupt flags.
    pub fn wake(&self) {
        let _inner = self.lock();
        self.changed.notify_all();
    }

    /// Writes a byte to `fd` on completion, at once if already complete.
    pub fn watch(&self, fd: RawFd) {
        let mut inner = self.lock();
        if self.is_pending() {
            inner.watchers.push(fd);
        } else {
            write_byte(fd);
        }
    }

    /// Undoes [`watch`](Self::watch); afterwards `fd` may be closed.
    pub fn unwatch(&self, fd: RawFd) {
        self.lock().watchers.retain(|watcher| *watcher != fd);
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write_byte(fd: RawFd) {
    // SAFETY: writes one byte from a live buffer; a bad descriptor only makes the call fail.
    unsafe { libc::write(fd, [1u8].as_ptr().cast(), 1) };
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
                std::thread::spawn(move || completion.wait(None, &AtomicBool::new(false)))
            })
            .collect();
        completion.set(|value| *value = 7);
        completion.finish();
        assert!(waiters.into_iter().all(|waiter| waiter.join().unwrap()));
        assert_eq!(completion.value(), 7);
    }

    #[test]
    fn time_and_interrupts_end_the_wait() {
        let completion = Completion::new(());
        assert!(!completion.wait(Some(Duration::from_millis(1)), &AtomicBool::new(false)));
        assert!(!completion.wait(None, &AtomicBool::new(true)));
        assert!(completion.is_pending());
    }
}
