//! The fate of produced messages.

mod all;

use std::{
    ffi::c_void,
    fmt,
    os::fd::RawFd,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI32, AtomicI64, Ordering},
    },
    time::Duration,
};

pub use all::AllDeliveries;

use crate::{Awaited, Interruption, Wake, sync::Waiters, sys};

/// librdkafka's report on one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// 0, or why it was not delivered.
    pub response: i32,
    /// Where it went, or -1.
    pub partition: i32,
    /// Its offset, or a negative placeholder.
    pub offset: i64,
    /// How sure it is that it was persisted: 0 not, 1 possibly, 2 yes.
    pub status: Option<i32>,
    /// Microseconds from produce to report.
    pub latency: Option<i64>,
    /// The broker it was sent to.
    pub broker_id: Option<i32>,
}

/// What is known of the deliveries of messages that were produced one after the other. A producer makes one for so many
/// messages, instead of allocating something for each.
///
/// Its address has room for an index (see [`Delivery::into_raw`]).
#[derive(Debug)]
#[repr(align(64))]
pub struct DeliveryBlock {
    slots: [Slot; Self::SIZE],
    waiters: Waiters,
}

const _: () = assert!(align_of::<DeliveryBlock>() >= DeliveryBlock::SIZE);

/// A report whose parts are written by librdkafka's callback while others may look.
#[derive(Debug)]
struct Slot {
    offset: AtomicI64,
    latency: AtomicI64,
    response: AtomicI32,
    partition: AtomicI32,
    status: AtomicI32,
    broker_id: AtomicI32,
    done: AtomicBool,
}

/// Stands for a number that is not known.
const NONE: i32 = i32::MIN;

impl Default for Slot {
    fn default() -> Self {
        Self {
            offset: AtomicI64::new(-1),
            latency: AtomicI64::new(NONE.into()),
            response: AtomicI32::new(-1),
            partition: AtomicI32::new(-1),
            status: AtomicI32::new(NONE),
            broker_id: AtomicI32::new(NONE),
            done: AtomicBool::new(false),
        }
    }
}

impl Slot {
    fn report(&self) -> Report {
        let known = |number: &AtomicI32| Some(number.load(Ordering::Relaxed)).filter(|number| *number != NONE);
        Report {
            response: self.response.load(Ordering::Relaxed),
            partition: self.partition.load(Ordering::Relaxed),
            offset: self.offset.load(Ordering::Relaxed),
            status: known(&self.status),
            latency: Some(self.latency.load(Ordering::Relaxed)).filter(|latency| *latency != i64::from(NONE)),
            broker_id: known(&self.broker_id),
        }
    }

    fn set(&self, report: &Report) {
        self.response.store(report.response, Ordering::Relaxed);
        self.partition.store(report.partition, Ordering::Relaxed);
        self.offset.store(report.offset, Ordering::Relaxed);
        self.status.store(report.status.unwrap_or(NONE), Ordering::Relaxed);
        self.latency.store(report.latency.unwrap_or(NONE.into()), Ordering::Relaxed);
        self.broker_id.store(report.broker_id.unwrap_or(NONE), Ordering::Relaxed);
    }

    fn is_done(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }
}

impl Default for DeliveryBlock {
    fn default() -> Self {
        Self { slots: std::array::from_fn(|_| Slot::default()), waiters: Waiters::default() }
    }
}

impl DeliveryBlock {
    /// How many deliveries it has.
    pub const SIZE: usize = 64;

    /// One of its deliveries.
    pub fn delivery(self: &Arc<Self>, index: usize) -> Delivery {
        assert!(index < Self::SIZE, "a block has {} deliveries", Self::SIZE);
        Delivery { block: Arc::clone(self), index }
    }
}

/// What is known of a message's delivery. Pending until librdkafka reports it.
#[derive(Clone)]
pub struct Delivery {
    block: Arc<DeliveryBlock>,
    index: usize,
}

impl Delivery {
    /// One that shares its block with nobody.
    #[allow(clippy::new_without_default)] // a default would be a delivery of nothing
    pub fn new() -> Self {
        Arc::new(DeliveryBlock::default()).delivery(0)
    }

    /// The block that it is in, and its number there.
    pub fn place(&self) -> (&Arc<DeliveryBlock>, usize) {
        (&self.block, self.index)
    }

    /// Identifies it as long as it is pending.
    pub fn key(&self) -> usize {
        Arc::as_ptr(&self.block).addr() | self.index
    }

    /// What is known now.
    pub fn report(&self) -> Report {
        self.slot().report()
    }

    /// Changes what is known, without completing.
    pub fn change(&self, change: impl FnOnce(&mut Report)) {
        let mut report = self.report();
        change(&mut report);
        self.slot().set(&report);
    }

    /// Completes it and wakes every waiter.
    pub fn finish(&self) {
        self.slot().done.store(true, Ordering::Release);
        self.block.waiters.notify(|index| self.block.slots[index].is_done());
    }

    /// Back to pending.
    pub fn reset(&self) {
        self.slot().done.store(false, Ordering::Release);
    }

    /// Takes over what librdkafka says, without completing.
    pub(crate) fn fill(&self, message: &sys::rd_kafka_message_t) {
        // SAFETY: a message inside its delivery callback.
        let (status, latency, broker_id) = unsafe {
            (
                sys::rd_kafka_message_status(message),
                sys::rd_kafka_message_latency(message),
                sys::rd_kafka_message_broker_id(message),
            )
        };
        self.slot().set(&Report {
            response: message.err,
            partition: message.partition,
            offset: message.offset,
            status: Some(status as i32),
            latency: (latency >= 0).then_some(latency),
            broker_id: (broker_id >= 0).then_some(broker_id),
        });
    }

    /// A pointer for librdkafka, which keeps the block alive until it comes back.
    pub(crate) fn into_raw(self) -> *mut c_void {
        Arc::into_raw(self.block).map_addr(|address| address | self.index).cast_mut().cast()
    }

    /// # Safety
    /// `raw` is from [`into_raw`](Self::into_raw), and comes back only once.
    pub(crate) unsafe fn from_raw(raw: *mut c_void) -> Self {
        let index = raw.addr() % DeliveryBlock::SIZE;
        let block = raw.cast_const().cast::<DeliveryBlock>().map_addr(|address| address - index);
        // SAFETY: the pointer that `Arc::into_raw` gave, as its alignment leaves the low bits to the index.
        Self { block: unsafe { Arc::from_raw(block) }, index }
    }

    fn slot(&self) -> &Slot {
        &self.block.slots[self.index]
    }
}

impl Wake for Delivery {
    fn wake(&self) {
        self.block.waiters.wake();
    }
}

impl Awaited for Delivery {
    fn is_pending(&self) -> bool {
        !self.slot().is_done()
    }

    fn wait(&self, timeout: Option<Duration>, interruption: &Interruption<'_>) -> bool {
        self.block.waiters.wait(self.index, timeout, interruption, || !self.is_pending())
    }

    fn watch(&self, fd: RawFd) {
        self.block.waiters.watch(self.index, fd, || !self.is_pending());
    }

    fn unwatch(&self, fd: RawFd) {
        self.block.waiters.unwatch(fd);
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pending, report) = (self.is_pending(), self.report());
        formatter.debug_struct("Delivery").field("pending", &pending).field("report", &report).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static NOT_INTERRUPTED: Interruption<'_> = Interruption::unnoticed();

    #[test]
    fn deliveries_of_a_block_are_told_apart() {
        let block = Arc::new(DeliveryBlock::default());
        let all: Vec<_> = (0..DeliveryBlock::SIZE).map(|index| block.delivery(index)).collect();
        for (number, delivery) in all.iter().enumerate() {
            // SAFETY: comes back once.
            let back = unsafe { Delivery::from_raw(delivery.clone().into_raw()) };
            assert_eq!(back.key(), delivery.key());
            back.change(|report| report.offset = number as i64);
        }
        assert!(all.iter().enumerate().all(|(number, delivery)| delivery.report().offset == number as i64));
        all[7].finish();
        assert_eq!(all.iter().filter(|delivery| !delivery.is_pending()).count(), 1);
        assert!(all[7].wait(None, &NOT_INTERRUPTED));
        assert!(!all[8].wait(Some(Duration::from_millis(1)), &NOT_INTERRUPTED));
    }

    #[test]
    fn a_neighbour_does_not_end_the_wait() {
        let block = Arc::new(DeliveryBlock::default());
        let (own, neighbour) = (block.delivery(0), block.delivery(1));
        let waiter = std::thread::spawn({
            let own = own.clone();
            move || own.wait(None, &NOT_INTERRUPTED)
        });
        neighbour.finish();
        assert!(own.is_pending());
        own.finish();
        assert!(waiter.join().unwrap());
    }

    #[test]
    fn nothing_is_known_at_first() {
        let report = Delivery::new().report();
        assert_eq!((report.response, report.partition, report.offset), (-1, -1, -1));
        assert_eq!((report.status, report.latency, report.broker_id), (None, None, None));
    }
}
