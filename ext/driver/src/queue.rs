//! librdkafka's queues, whose polls can be woken.

use std::{ffi::c_int, ptr::NonNull};

use crate::sys;

/// A counted reference to a native queue.
#[derive(Debug)]
pub(crate) struct Queue(NonNull<sys::rd_kafka_queue_t>);

// SAFETY: librdkafka does not tie queues to threads.
unsafe impl Send for Queue {}
// SAFETY: librdkafka takes the queue's lock in each call.
unsafe impl Sync for Queue {}

impl Queue {
    /// # Safety
    /// `queue` is null or a reference that the caller owns, and the client outlives the new value.
    pub(crate) unsafe fn from_raw(queue: *mut sys::rd_kafka_queue_t) -> Option<Self> {
        NonNull::new(queue).map(Self)
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::rd_kafka_queue_t {
        self.0.as_ptr()
    }

    /// Ends the poll of this queue that is under way, or else the next one.
    pub(crate) fn wake(&self) {
        // SAFETY: we own a reference to the queue.
        unsafe { sys::rd_kafka_queue_yield(self.as_ptr()) };
    }

    /// Writes `payload` to `fd` whenever the queue stops being empty.
    pub(crate) fn signal(&self, fd: c_int, payload: &[u8]) {
        // SAFETY: we own a reference to the queue; the payload is copied; a bad descriptor only makes writes fail.
        unsafe { sys::rd_kafka_queue_io_event_enable(self.as_ptr(), fd, payload.as_ptr().cast(), payload.len()) };
    }

    /// Undoes [`signal`](Self::signal): nothing is written after it has returned.
    pub(crate) fn silence(&self) {
        // SAFETY: we own a reference to the queue.
        unsafe { sys::rd_kafka_queue_io_event_enable(self.as_ptr(), -1, std::ptr::null(), 0) };
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: we own the reference, and `from_raw` was promised that the client is still live.
        unsafe { sys::rd_kafka_queue_destroy(self.as_ptr()) };
    }
}
