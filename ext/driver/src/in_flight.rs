//! The messages of a producer whose delivery is still to be reported.

use std::{
    ffi::CStr,
    os::fd::RawFd,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::{
    Awaited, Delivery, Interruption, Wake,
    sync::{Waiters, lock},
    thread,
};

/// Counts them, and knows who is waiting for the reports. Pending while there are any.
#[derive(Debug, Default)]
pub struct InFlight {
    produced: OwnCacheLine,
    reported: OwnCacheLine,
    callback: AtomicBool,
    abandoned: AtomicBool,
    /// Threads that hand reports to the callback.
    reporting: Mutex<Vec<usize>>,
    waiters: Waiters,
}

/// A counter that one thread changes without slowing down those that use what is beside it.
#[derive(Debug, Default)]
#[repr(align(64))]
struct OwnCacheLine(AtomicUsize);

impl InFlight {
    /// Whether no message is in flight.
    pub fn is_empty(&self) -> bool {
        // In this order, as a message is produced before it is reported.
        let reported = self.reported.0.load(Ordering::SeqCst);
        self.produced.0.load(Ordering::SeqCst) == reported
    }

    /// Whether deliveries become [`Event::Delivered`](crate::Event::Delivered), because there is a callback for them.
    pub fn has_callback(&self) -> bool {
        self.callback.load(Ordering::Relaxed)
    }

    /// Sets [`has_callback`](Self::has_callback).
    pub fn set_callback(&self, callback: bool) {
        self.callback.store(callback, Ordering::Relaxed);
    }

    /// Whether the owner of the producer is gone.
    pub fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::SeqCst)
    }

    /// Sets [`is_abandoned`](Self::is_abandoned), for good.
    pub fn abandon(&self) {
        self.abandoned.store(true, Ordering::SeqCst);
    }

    /// To be called before a message is produced, because its report may come at once.
    pub(crate) fn begin(&self) {
        self.produced.0.fetch_add(1, Ordering::SeqCst);
    }

    /// To be called when it was reported, or refused.
    pub(crate) fn end(&self) {
        self.reported.0.fetch_add(1, Ordering::SeqCst);
        self.waiters.notify(|_| self.is_empty());
    }

    /// Notes that the calling thread hands reports to the callback, until what this returns is dropped.
    pub fn reporting(&self) -> Reporting<'_> {
        let thread = thread::id();
        lock(&self.reporting).push(thread);
        Reporting { in_flight: self, thread }
    }

    /// Whether the calling thread is [`reporting`](Self::reporting), so that it would wait for itself.
    pub fn is_reporting(&self) -> bool {
        lock(&self.reporting).contains(&thread::id())
    }
}

/// See [`InFlight::reporting`].
#[derive(Debug)]
pub struct Reporting<'a> {
    in_flight: &'a InFlight,
    thread: usize,
}

impl Drop for Reporting<'_> {
    fn drop(&mut self) {
        let mut reporting = lock(&self.in_flight.reporting);
        // One of its entries: callbacks may serve events, too.
        if let Some(index) = reporting.iter().position(|thread| *thread == self.thread) {
            reporting.swap_remove(index);
        }
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

/// A delivery that somebody wants to be called about. Until it is dropped, those who wait for it go on waiting, and its
/// message counts as in flight.
#[derive(Debug)]
pub struct Delivered {
    /// Pending, with everything known.
    pub delivery: Delivery,
    /// The topic as librdkafka knows it.
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
