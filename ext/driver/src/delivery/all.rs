//! Waiting for many deliveries at once.

use std::{
    os::fd::RawFd,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use super::Delivery;
use crate::{Awaited, Interruption, Wake, lock};

/// Completes when all deliveries have. Waits for one after the other, beginning with the last, since that is mostly the
/// last to complete.
#[derive(Debug)]
pub struct AllDeliveries {
    deliveries: Vec<Delivery>,
    /// How many deliveries are still to be waited for.
    rest: AtomicUsize,
    /// The watching descriptor, with the index of the delivery that writes to it.
    watched: Mutex<Option<(RawFd, usize)>>,
}

impl AllDeliveries {
    /// The deliveries may belong to several producers, and may contain duplicates.
    pub fn new(deliveries: Vec<Delivery>) -> Self {
        Self { rest: AtomicUsize::new(deliveries.len()), deliveries, watched: Mutex::default() }
    }

    /// The deliveries, in the order that they were given in.
    pub fn into_inner(self) -> Vec<Delivery> {
        self.deliveries
    }

    /// The delivery to wait for. Skips those that are done.
    fn current(&self) -> Option<&Delivery> {
        loop {
            let current = self.deliveries.get(self.rest.load(SeqCst).checked_sub(1)?)?;
            if current.is_pending() {
                return Some(current);
            }
            self.rest.fetch_sub(1, SeqCst);
        }
    }

    /// Makes the delivery that is waited for write to the descriptor, instead of the one before.
    fn watch_current(&self) {
        let mut watched = lock(&self.watched);
        let Some((fd, before)) = *watched else { return };
        let current = self.rest.load(SeqCst).saturating_sub(1);
        if let Some(delivery) = self.deliveries.get(current) {
            self.deliveries[before].unwatch(fd);
            delivery.watch(fd);
            *watched = Some((fd, current));
        }
    }
}

impl Wake for AllDeliveries {
    fn wake(&self) {
        // A thread that goes on to the next delivery sees that it is interrupted before it waits.
        if let Some(current) = self.rest.load(SeqCst).checked_sub(1) {
            self.deliveries[current].wake();
        }
    }
}

impl Awaited for AllDeliveries {
    fn is_pending(&self) -> bool {
        self.current().is_some()
    }

    fn wait(&self, timeout: Option<Duration>, interruption: &Interruption<'_>) -> bool {
        let started = Instant::now();
        while let Some(current) = self.current() {
            let rest = timeout.map(|timeout| timeout.saturating_sub(started.elapsed()));
            if !current.wait(rest, interruption) {
                self.watch_current();
                return false;
            }
        }
        true
    }

    fn watch(&self, fd: RawFd) {
        *lock(&self.watched) = Some((fd, 0));
        self.watch_current();
    }

    fn unwatch(&self, _fd: RawFd) {
        if let Some((fd, number)) = lock(&self.watched).take() {
            self.deliveries[number].unwatch(fd);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DeliveryBlock, Wakeup};
    use std::sync::Arc;

    fn of_two_blocks() -> Vec<Delivery> {
        let blocks = [Arc::new(DeliveryBlock::default()), Arc::new(DeliveryBlock::default())];
        vec![blocks[0].delivery(0), blocks[1].delivery(0), blocks[0].delivery(1), blocks[1].delivery(0)]
    }

    #[test]
    fn the_wait_ends_with_the_last_in_any_order() {
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            let all = AllDeliveries::new(of_two_blocks());
            std::thread::scope(|scope| {
                let waiter = scope.spawn(|| all.wait(None, &Interruption::unnoticed()));
                order.iter().for_each(|index| all.deliveries[*index].finish());
                assert!(waiter.join().unwrap());
            });
            assert!(!all.is_pending());
        }
    }

    #[test]
    fn time_and_interruptions_end_it_wherever_it_is() {
        let all = AllDeliveries::new(of_two_blocks());
        assert!(!all.wait(Some(Duration::from_millis(1)), &Interruption::unnoticed()));
        all.deliveries[1].finish();
        let interruption = Interruption::new(&all);
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| all.wait(None, &interruption));
            all.deliveries[2].finish();
            interruption.set();
            assert!(!waiter.join().unwrap());
        });
        assert!(AllDeliveries::new(Vec::new()).wait(None, &Interruption::unnoticed()));
    }

    #[test]
    fn watchers_hear_of_whichever_is_waited_for() {
        let (all, wakeup) = (AllDeliveries::new(of_two_blocks()), Wakeup::new().unwrap());
        all.watch(wakeup.writer());
        for index in [1, 2, 0] {
            wakeup.clear();
            assert!(!all.wait(Some(Duration::ZERO), &Interruption::unnoticed()));
            all.deliveries[index].finish();
            let mut poll = libc::pollfd { fd: wakeup.reader(), events: libc::POLLIN, revents: 0 };
            // SAFETY: one live structure.
            assert_eq!(unsafe { libc::poll(&mut poll, 1, 0) }, 1, "{index}");
        }
        assert!(all.wait(Some(Duration::ZERO), &Interruption::unnoticed()));
        all.unwatch(wakeup.writer());
    }
}
