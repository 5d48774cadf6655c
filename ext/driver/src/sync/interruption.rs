//! Interrupting a wait.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Something whose waits other threads can end.
pub trait Wake: Sync {
    /// Wakes waiting threads, which then check whether they are interrupted.
    fn wake(&self);

    /// A counter of the interruptions that are set, for waits where a wake-up reaches only one thread. That thread passes
    /// the wake-up on while there are any.
    fn interruptions(&self) -> Option<&AtomicUsize> {
        None
    }
}

impl<T: Wake + ?Sized> Wake for &T {
    fn wake(&self) {
        (**self).wake();
    }

    fn interruptions(&self) -> Option<&AtomicUsize> {
        (**self).interruptions()
    }
}

/// Lets another thread interrupt one wait.
pub struct Interruption<'a> {
    set: AtomicBool,
    wait: Option<&'a dyn Wake>,
}

impl<'a> Interruption<'a> {
    /// Interrupts a wait that `wait` wakes.
    pub const fn new(wait: &'a dyn Wake) -> Self {
        Self { set: AtomicBool::new(false), wait: Some(wait) }
    }

    /// For a wait that checks often enough by itself, or is never interrupted.
    pub const fn unnoticed() -> Self {
        Self { set: AtomicBool::new(false), wait: None }
    }

    /// Interrupts the wait.
    pub fn set(&self) {
        let first = !self.set.swap(true, Ordering::SeqCst);
        let Some(wait) = self.wait else { return };
        if let Some(count) = wait.interruptions().filter(|_| first) {
            count.fetch_add(1, Ordering::SeqCst);
        }
        wait.wake();
    }

    /// Whether the wait was interrupted.
    pub fn is_set(&self) -> bool {
        self.set.load(Ordering::SeqCst)
    }
}

impl Drop for Interruption<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.wait.and_then(|wait| wait.interruptions()).filter(|_| self.is_set()) {
            count.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Queue {
        woken: AtomicUsize,
        interruptions: AtomicUsize,
    }

    impl Wake for Queue {
        fn wake(&self) {
            self.woken.fetch_add(1, Ordering::SeqCst);
        }

        fn interruptions(&self) -> Option<&AtomicUsize> {
            Some(&self.interruptions)
        }
    }

    #[test]
    fn each_interruption_counts_once_and_until_its_wait_is_over() {
        let queue = Queue::default();
        let (one, other) = (Interruption::new(&queue), Interruption::new(&queue));
        one.set();
        one.set();
        assert_eq!((one.is_set(), other.is_set()), (true, false));
        assert_eq!((queue.woken.load(Ordering::SeqCst), queue.interruptions.load(Ordering::SeqCst)), (2, 1));
        drop(other);
        assert_eq!(queue.interruptions.load(Ordering::SeqCst), 1);
        drop(one);
        assert_eq!(queue.interruptions.load(Ordering::SeqCst), 0);
    }
}
