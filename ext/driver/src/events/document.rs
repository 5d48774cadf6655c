//! Statistics documents in memory of librdkafka's.

use std::ffi::c_char;

use crate::sys;

/// A statistics document in memory of librdkafka.
#[derive(Debug)]
pub struct Document {
    text: *mut c_char,
    len: usize,
}

// SAFETY: this value alone owns the buffer.
unsafe impl Send for Document {}

impl Document {
    /// The JSON.
    pub fn as_bytes(&self) -> &[u8] {
        // SAFETY: `from_raw` was promised this length, and the buffer is ours until `drop`.
        unsafe { std::slice::from_raw_parts(self.text.cast(), self.len) }
    }

    /// # Safety
    /// librdkafka allocated `text` with `len` bytes, and the caller owns it.
    pub(super) unsafe fn from_raw(text: *mut c_char, len: usize) -> Self {
        Self { text, len }
    }
}

impl Drop for Document {
    fn drop(&mut self) {
        // SAFETY: librdkafka allocated it; freed only here.
        unsafe { sys::rd_kafka_mem_free(std::ptr::null_mut(), self.text.cast()) };
    }
}
