//! Lets threads and event loops wait until librdkafka has put something into a queue.

use std::{
    ffi::c_void,
    os::fd::RawFd,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::{Interruption, sync::Waiters, sys};

/// Counts what has happened. Any number of threads and event loops may wait for the count to change.
#[derive(Debug, Default)]
pub(super) struct Signal {
    count: AtomicU64,
    waiters: Waiters,
}

impl Signal {
    /// The count. Read it before looking for results, and pass it to [`wait`](Self::wait) if there are none.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// Ends all waits of threads, and writes to all descriptors. Each is written to until it is no longer watched.
    pub fn raise(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.waiters.wake();
    }

    /// Waits until something has happened since the count was `seen`, but for at most that long.
    pub fn wait(&self, seen: u64, limit: Duration) {
        self.waiters.wait(0, Some(limit), &Interruption::unnoticed(), || self.count() != seen);
    }

    /// Writes a byte to `fd` whenever something happens.
    pub fn watch(&self, fd: RawFd) {
        self.waiters.watch(0, fd, || false);
    }

    /// Undoes [`watch`](Self::watch); afterwards `fd` may be closed.
    pub fn unwatch(&self, fd: RawFd) {
        self.waiters.unwatch(fd);
    }
}

/// librdkafka calls it when a queue stops being empty. `signal` is a [`Signal`] that outlives the client.
pub(super) extern "C" fn on_queue_event(_rk: *mut sys::rd_kafka_t, signal: *mut c_void) {
    // SAFETY: this function is only registered with a signal that outlives the client.
    unsafe { &*signal.cast::<Signal>() }.raise();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Wakeup;

    #[test]
    fn a_watcher_hears_of_everything_until_it_stops_watching() {
        let (signal, wakeup) = (Signal::default(), Wakeup::new().unwrap());
        signal.watch(wakeup.writer());
        for _ in 0..2 {
            signal.raise();
            assert!(wakeup.is_readable());
            wakeup.clear();
        }
        signal.unwatch(wakeup.writer());
        signal.raise();
        assert!(!wakeup.is_readable());
    }
}
