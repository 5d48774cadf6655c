//! The messages of a producer whose delivery has not been reported.

use std::{
    ffi::CStr,
    os::fd::RawFd,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::{
    Awaited, Delivery, Interruption, Wake,
    sync::Waiters,
    thread::{CallbackGuard, CallbackThreads},
};

/// Counts the messages in flight, and is pending while there are any. Also tells whether there is a delivery callback, and
/// still a producer.
#[derive(Debug, Default)]
pub struct InFlight {
    produced: OwnCacheLine,
    reported: OwnCacheLine,
    callback: AtomicBool,
    abandoned: AtomicBool,
    reports_due: AtomicBool,
    /// The threads that are running the delivery callback.
    reporting: CallbackThreads,
    waiters: Waiters,
}

/// A counter that one thread changes without slowing down threads that use its neighbours.
#[derive(Debug, Default)]
#[repr(align(64))]
struct OwnCacheLine(AtomicUsize);

impl InFlight {
    /// How many messages are in flight.
    pub fn len(&self) -> usize {
        // Read in this order, because a message is produced before it is reported.
        let reported = self.reported.0.load(Ordering::SeqCst);
        self.produced.0.load(Ordering::SeqCst).wrapping_sub(reported)
    }

    /// Whether no message is in flight.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is a delivery callback, for which deliveries become [`Event::Delivered`](crate::Event::Delivered).
    pub fn has_callback(&self) -> bool {
        self.callback.load(Ordering::Relaxed)
    }

    /// Sets [`has_callback`](Self::has_callback).
    pub fn set_callback(&self, callback: bool) {
        self.callback.store(callback, Ordering::Relaxed);
    }

    /// Whether the polling thread has reports that it has not handed to the delivery callback.
    pub fn are_reports_due(&self) -> bool {
        self.reports_due.load(Ordering::Relaxed)
    }

    /// Sets [`are_reports_due`](Self::are_reports_due).
    pub fn set_reports_due(&self, due: bool) {
        self.reports_due.store(due, Ordering::Relaxed);
    }

    /// Whether the application's producer has been freed.
    pub fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::SeqCst)
    }

    /// Sets [`is_abandoned`](Self::is_abandoned).
    pub fn abandon(&self) {
        self.abandoned.store(true, Ordering::SeqCst);
    }

    /// Counts a message. To be called before it is produced, because its report may come at once.
    pub(crate) fn begin(&self) {
        self.produced.0.fetch_add(1, Ordering::SeqCst);
    }

    /// Counts a report, or that librdkafka refused the message.
    pub(crate) fn end(&self) {
        self.reported.0.fetch_add(1, Ordering::SeqCst);
        self.waiters.notify(|_| self.is_empty());
    }

    /// Marks the calling thread as running the delivery callback, until the guard is dropped.
    pub fn reporting(&self) -> CallbackGuard<'_> {
        self.reporting.enter()
    }

    /// Whether the calling thread is running the delivery callback, so that it would wait for itself.
    pub fn is_reporting(&self) -> bool {
        self.reporting.is_inside()
    }
}

impl Wake for InFlight {
    fn wake(&self) {
        self.waiters.wake();
    }
}

impl Awaited for InFlight {
    fn is_pending(&self) -> bool {
        !self.is_empty()
    }

    fn wait(&self, timeout: Option<Duration>, interruption: &Interruption<'_>) -> bool {
        self.waiters.wait(0, timeout, interruption, || self.is_empty())
    }

    fn watch(&self, fd: RawFd) {
        self.waiters.watch(0, fd, || self.is_empty());
    }

    fn unwatch(&self, fd: RawFd) {
        self.waiters.unwatch(fd);
    }
}

/// A delivery for the delivery callback. Until it is dropped, waits for the delivery go on, and its message counts as in
/// flight.
#[derive(Debug)]
pub struct Delivered {
    /// The delivery, which is still pending, but has its report.
    pub delivery: Delivery,
    /// The topic's name.
    pub topic: Option<Arc<CStr>>,
    pub(crate) in_flight: Arc<InFlight>,
}

impl Drop for Delivered {
    fn drop(&mut self) {
        self.delivery.finish();
        self.in_flight.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_in_flight_until_its_report_is_dropped() {
        let in_flight = Arc::new(InFlight::default());
        assert!(in_flight.is_empty());
        in_flight.begin();
        let delivery = Delivery::new();
        let delivered = Delivered { delivery: delivery.clone(), topic: None, in_flight: Arc::clone(&in_flight) };
        assert!(!in_flight.is_empty() && delivery.is_pending());
        drop(delivered);
        assert!(in_flight.is_empty() && !delivery.is_pending());
    }

    #[test]
    fn waiting_ends_with_the_last_report() {
        let in_flight = Arc::new(InFlight::default());
        (0..2).for_each(|_| in_flight.begin());
        let (waiting, interruption) = (Arc::clone(&in_flight), Interruption::unnoticed());
        in_flight.end();
        assert!(!in_flight.wait(Some(Duration::ZERO), &interruption));
        let waiter = std::thread::spawn(move || waiting.wait(None, &Interruption::unnoticed()));
        in_flight.end();
        assert!(waiter.join().unwrap());
    }

    #[test]
    fn a_thread_knows_that_it_is_reporting() {
        let in_flight = InFlight::default();
        let outer = in_flight.reporting();
        drop(in_flight.reporting());
        assert!(in_flight.is_reporting());
        assert!(std::thread::scope(|scope| !scope.spawn(|| in_flight.is_reporting()).join().unwrap()));
        drop(outer);
        assert!(!in_flight.is_reporting());
    }
}
