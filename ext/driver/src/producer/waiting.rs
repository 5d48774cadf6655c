//! Waiting for one delivery.

use std::{
    os::fd::RawFd,
    sync::atomic::AtomicUsize,
    time::{Duration, Instant},
};

use super::Producer;
use crate::{Awaited, Delivery, Interruption, Served, Wake};

/// How long a waiting thread serves before it leaves that to the polling thread again, so that it hears of it when another
/// thread ends the delivery.
const STEP: Duration = Duration::from_millis(10);

/// A delivery of a producer that has a polling thread. A thread that waits for it serves the reports by itself when that is
/// faster (see `turns.rs`).
pub struct ProducersDelivery<'a> {
    producer: &'a Producer,
    delivery: &'a Delivery,
}

impl Producer {
    /// One of its deliveries, to wait for. Only for a producer that a polling thread [`serve`](Self::serve)s.
    pub fn waiting_for<'a>(&'a self, delivery: &'a Delivery) -> ProducersDelivery<'a> {
        ProducersDelivery { producer: self, delivery }
    }
}

impl ProducersDelivery<'_> {
    fn serve(&self, limit: Duration, interruption: &Interruption<'_>) {
        let Producer { client, in_flight, turns, .. } = self.producer;
        // A delivery callback runs on the polling thread.
        if client.gate().is_foreign() || in_flight.has_callback() {
            return;
        }
        let Some(mut turn) = turns.take(in_flight) else { return };
        let Served { events, .. } = client.poll_until(limit.into(), interruption, |rest| {
            client.poll_main(rest).map(|_| (!self.is_pending()).then_some(()))
        });
        turn.leaves_events = !events.is_empty();
        client.keep(events);
    }
}

impl Wake for ProducersDelivery<'_> {
    fn wake(&self) {
        self.delivery.wake();
        self.producer.client.wake();
    }

    fn interruptions(&self) -> Option<&AtomicUsize> {
        self.producer.client.interruptions()
    }
}

impl Awaited for ProducersDelivery<'_> {
    fn is_pending(&self) -> bool {
        self.delivery.is_pending()
    }

    fn wait(&self, timeout: Option<Duration>, interruption: &Interruption<'_>) -> bool {
        let started = Instant::now();
        let limit = timeout.map_or(STEP, |timeout| timeout.min(STEP));
        if self.is_pending() && !limit.is_zero() {
            self.serve(limit, interruption);
        }
        let rest = timeout.map(|timeout| timeout.saturating_sub(started.elapsed()));
        self.delivery.wait(rest, interruption)
    }

    fn watch(&self, fd: RawFd) {
        self.delivery.watch(fd);
    }

    fn unwatch(&self, fd: RawFd) {
        self.delivery.unwatch(fd);
    }
}
