//! Lets threads wait until librdkafka has put something into a queue.

use std::{
    ffi::c_void,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::sys;

/// Counts what has happened. Any number of threads may wait for the count to change.
#[derive(Debug, Default)]
pub(super) struct Signal {
    count: Mutex<u64>,
    changed: Condvar,
}

impl Signal {
    /// To be asked for before looking whether there is something, and given to [`wait`](Self::wait) if there is not.
    pub fn count(&self) -> u64 {
        *self.lock()
    }

    /// Ends the wait of all threads.
    pub fn raise(&self) {
        *self.lock() += 1;
        self.changed.notify_all();
    }

    /// Returns when something has happened since the count was `seen`, and at the latest after that time.
    pub fn wait(&self, seen: u64, limit: Duration) {
        let waited = self.changed.wait_timeout_while(self.lock(), limit, |count| *count == seen);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What librdkafka calls when a queue stops being empty; `signal` is a [`Signal`] that outlives the client.
pub(super) extern "C" fn on_queue_event(_rk: *mut sys::rd_kafka_t, signal: *mut c_void) {
    // SAFETY: see above.
    unsafe { &*signal.cast::<Signal>() }.raise();
}
