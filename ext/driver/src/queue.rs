//! Queues of librdkafka, which are polled and can be woken.

use std::{ffi::c_int, ptr::NonNull};

use crate::sys;

/// A counted reference to a native queue.
#[derive(Debug)]
pub(crate) struct Queue(NonNull<sys::rd_kafka_queue_t>);

// SAFETY: librdkafka's queues are locked inside.
unsafe impl Send for Queue {}
// SAFETY: librdkafka takes the queue's lock in each call.
unsafe impl Sync for Queue {}

impl Queue {
    /// # Safety
    /// `queue` is null or a reference that the caller gives away, and its client outlives the value.
    pub(crate) unsafe fn from_raw(queue: *mut sys::rd_kafka_queue_t) -> Option<Self> {
        NonNull::new(queue).map(Self)
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::rd_kafka_queue_t {
        self.0.as_ptr()
    }

    /// Ends a poll of this queue, or the next one if none is under way.
    pub(crate) fn wake(&self) {
        // SAFETY: a live queue.
        unsafe { sys::rd_kafka_queue_yield(self.as_ptr()) };
    }

    /// Writes `payload` to `fd` whenever the queue stops being empty.
    pub(crate) fn signal(&self, fd: c_int, payload: &[u8]) {
        // SAFETY: the payload is copied; a bad descriptor only makes librdkafka's write fail.
        unsafe { sys::rd_kafka_queue_io_event_enable(self.as_ptr(), fd, payload.as_ptr().cast(), payload.len()) };
    }

    /// Ends [`signal`](Self::signal): when it returns, nothing is written any more.
    pub(crate) fn silence(&self) {
        // SAFETY: a live queue; librdkafka forgets descriptor and payload.
        unsafe { sys::rd_kafka_queue_io_event_enable(self.as_ptr(), -1, std::ptr::null(), 0) };
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: our own reference, of a client that still lives.
        unsafe { sys::rd_kafka_queue_destroy(self.as_ptr()) };
    }
}
