//! The messages of a producer whose delivery is still to be reported.

use std::{
    ffi::CStr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use crate::Delivery;

/// Counts them, and knows who is waiting for the reports.
#[derive(Debug, Default)]
pub struct InFlight {
    produced: OwnCacheLine,
    reported: OwnCacheLine,
    callback: AtomicBool,
    abandoned: AtomicBool,
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
    use crate::Awaited;

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
}
