//! Deliveries of produced messages.

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
    /// 0, or why the message was not delivered.
    pub response: i32,
    /// The partition, or -1.
    pub partition: i32,
    /// The offset, or a negative number.
    pub offset: i64,
    /// Whether the message was persisted: 0 for no, 1 for possibly, 2 for yes.
    pub status: Option<i32>,
    /// The time from produce to report, in microseconds.
    pub latency: Option<i64>,
    /// The id of the broker that the message was sent to.
    pub broker_id: Option<i32>,
}

/// The deliveries of [`SIZE`](Self::SIZE) messages, so that a producer need not allocate one for each message.
///
/// The alignment leaves room in the address for an index (see [`Delivery::into_raw`]).
#[derive(Debug)]
#[repr(align(64))]
pub struct DeliveryBlock {
    slots: [Slot; Self::SIZE],
    waiters: Waiters,
}

const _: () = assert!(align_of::<DeliveryBlock>() >= DeliveryBlock::SIZE);

/// A report. librdkafka's callback writes its parts while other threads may read them.
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

/// Stands for an unknown number.
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
    /// The number of deliveries in a block.
    pub const SIZE: usize = 64;

    /// The delivery with that index.
    pub fn delivery(self: &Arc<Self>, index: usize) -> Delivery {
        assert!(index < Self::SIZE, "a block has {} deliveries", Self::SIZE);
        Delivery { block: Arc::clone(self), index }
    }
}

/// The delivery of a message. Pending until librdkafka reports on it.
#[derive(Clone)]
pub struct Delivery {
    block: Arc<DeliveryBlock>,
    index: usize,
}

impl Delivery {
    /// A delivery with a block of its own.
    #[allow(clippy::new_without_default)] // a default would belong to no message
    pub fn new() -> Self {
        Arc::new(DeliveryBlock::default()).delivery(0)
    }

    /// The delivery's block, and its index there.
    pub fn place(&self) -> (&Arc<DeliveryBlock>, usize) {
        (&self.block, self.index)
    }

    /// A number that identifies the delivery while it is pending.
    pub fn key(&self) -> usize {
        Arc::as_ptr(&self.block).addr() | self.index
    }

    /// Whether this is a forked child of the process that made it.
    pub fn is_foreign(&self) -> bool {
        self.block.waiters.is_foreign()
    }

    /// The report as far as it is known.
    pub fn report(&self) -> Report {
        self.slot().report()
    }

    /// Changes the report without completing the delivery.
    pub fn change(&self, change: impl FnOnce(&mut Report)) {
        let mut report = self.report();
        change(&mut report);
        self.slot().set(&report);
    }

    /// Completes the delivery and wakes its waiters.
    pub fn finish(&self) {
        self.slot().done.store(true, Ordering::Release);
        self.block.waiters.notify(|index| self.block.slots[index].is_done());
    }

    /// Resets the delivery to pending.
    pub fn reset(&self) {
        self.slot().done.store(false, Ordering::Release);
    }

    /// Copies librdkafka's report, without completing the delivery.
    pub(crate) fn fill(&self, message: &sys::rd_kafka_message_t) {
        // SAFETY: the reference proves that the message is live.
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

    /// A pointer to give to librdkafka. It keeps the block alive until [`from_raw`](Self::from_raw).
    pub(crate) fn into_raw(self) -> *mut c_void {
        Arc::into_raw(self.block).map_addr(|address| address | self.index).cast_mut().cast()
    }

    /// # Safety
    /// `raw` is from [`into_raw`](Self::into_raw), and is passed here only once.
    pub(crate) unsafe fn from_raw(raw: *mut c_void) -> Self {
        let index = raw.addr() % DeliveryBlock::SIZE;
        let block = raw.cast_const().cast::<DeliveryBlock>().map_addr(|address| address - index);
        // SAFETY: without the index, which is in the low bits that are 0 by alignment, this is the `Arc`'s pointer.
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
            // SAFETY: from `into_raw`, and passed once.
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
