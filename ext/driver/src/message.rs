//! A consumed message, or the error that came in its place.

use std::ffi::{CStr, CString};

use crate::sys;

/// Owns a native message. It pins the fetch response that it came in, so it should not live long, and never longer
/// than its client.
#[derive(Debug)]
pub struct Message(*mut sys::rd_kafka_message_t);

// SAFETY: owned by this value alone.
unsafe impl Send for Message {}

/// An error event in the place of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageError {
    /// Its code.
    pub code: i32,
    /// librdkafka's text.
    pub text: Option<Vec<u8>>,
    /// Topic, partition and offset it belongs to, if it belongs to a topic.
    pub place: Option<(CString, i32, i64)>,
}

fn unreadable(code: i32, text: String) -> MessageError {
    MessageError { code, text: Some(text.into_bytes()), place: None }
}

impl Message {
    /// # Safety
    /// `message` is null or owned by the caller.
    pub(crate) unsafe fn from_raw(message: *mut sys::rd_kafka_message_t) -> Option<Self> {
        (!message.is_null()).then(|| Self(message))
    }

    #[cfg(share_groups)]
    pub(crate) fn as_ptr(&self) -> *mut sys::rd_kafka_message_t {
        self.0
    }

    fn raw(&self) -> &sys::rd_kafka_message_t {
        // SAFETY: owned and live.
        unsafe { &*self.0 }
    }

    /// Whether it is a message without headers.
    pub fn is_plain(&self) -> bool {
        let mut headers = std::ptr::null_mut();
        // SAFETY: a live message; the headers stay owned by it.
        self.raw().err == 0
            && unsafe { sys::rd_kafka_message_headers(self.0, &mut headers) } == sys::RD_KAFKA_RESP_ERR__NOENT
    }

    /// Whether it is an error in the place of a message.
    pub fn is_error(&self) -> bool {
        self.raw().err != 0
    }

    /// The error, if this is one.
    pub fn error(&self) -> Option<MessageError> {
        let raw = self.raw();
        (raw.err != 0).then(|| MessageError {
            code: raw.err,
            text: self.payload().map(<[u8]>::to_vec),
            place: self.topic().map(|topic| (topic.to_owned(), raw.partition, raw.offset)),
        })
    }

    /// The topic's name.
    pub fn topic(&self) -> Option<&CStr> {
        let topic = self.raw().rkt;
        // SAFETY: a topic reference held by the message; the name lives as long.
        (!topic.is_null()).then(|| unsafe { CStr::from_ptr(sys::rd_kafka_topic_name(topic)) })
    }

    /// Whether both are of one topic (or of none).
    pub fn is_of_topic_of(&self, other: &Self) -> bool {
        self.raw().rkt == other.raw().rkt
    }

    /// The partition.
    pub fn partition(&self) -> i32 {
        self.raw().partition
    }

    /// The offset.
    pub fn offset(&self) -> i64 {
        self.raw().offset
    }

    /// The payload; none for a tombstone.
    pub fn payload(&self) -> Option<&[u8]> {
        // SAFETY: null, or librdkafka's pointer with its length, alive with the message.
        unsafe { bytes(self.raw().payload.cast(), self.raw().len) }
    }

    /// The key, if there is one.
    pub fn key(&self) -> Option<&[u8]> {
        // SAFETY: null, or librdkafka's pointer with its length, alive with the message.
        unsafe { bytes(self.raw().key.cast(), self.raw().key_len) }
    }

    /// Milliseconds since the epoch, if the broker gave a timestamp.
    pub fn timestamp(&self) -> Option<i64> {
        let mut kind = 0;
        // SAFETY: a live message.
        let timestamp = unsafe { sys::rd_kafka_message_timestamp(self.0, &mut kind) };
        (timestamp >= 0).then_some(timestamp)
    }

    /// Calls `each` with every header's name and value, in order. A null value reads as empty. The error says that the
    /// headers are broken.
    pub fn each_header(&self, mut each: impl FnMut(&CStr, &[u8])) -> Result<(), MessageError> {
        let mut headers = std::ptr::null_mut();
        // SAFETY: a live message; the headers stay owned by it.
        match unsafe { sys::rd_kafka_message_headers(self.0, &mut headers) } {
            sys::RD_KAFKA_RESP_ERR_NO_ERROR => {}
            sys::RD_KAFKA_RESP_ERR__NOENT => return Ok(()),
            code => return Err(unreadable(code, "Error reading message headers".to_owned())),
        }
        let (mut name, mut value, mut size) = (std::ptr::null(), std::ptr::null(), 0);
        for index in 0.. {
            // SAFETY: out-parameters of the right types; the pointers live as long as the message.
            let (name, value) = unsafe {
                match sys::rd_kafka_header_get_all(headers, index, &mut name, &mut value, &mut size) {
                    sys::RD_KAFKA_RESP_ERR_NO_ERROR => {}
                    sys::RD_KAFKA_RESP_ERR__NOENT => break,
                    code => return Err(unreadable(code, format!("Error reading a message header at index {index}"))),
                }
                (CStr::from_ptr(name), bytes(value.cast(), size).unwrap_or_default())
            };
            each(name, value);
        }
        Ok(())
    }

    /// Makes the stored offset this message's own, so that a commit does not pass over it.
    pub(crate) fn store_before(&self) {
        let raw = self.raw();
        if raw.err == 0 && !raw.rkt.is_null() {
            // SAFETY: a live topic reference. The call adds 1 to the offset and fails harmlessly if the partition
            // has been taken away.
            unsafe { sys::rd_kafka_offset_store(raw.rkt, raw.partition, raw.offset - 1) };
        }
    }

    /// Makes the stored offset the one after this message.
    pub(crate) fn store_after(&self) {
        let raw = self.raw();
        if raw.err == 0 && !raw.rkt.is_null() {
            // SAFETY: the topic lives as long as the message that refers to it.
            unsafe { sys::rd_kafka_offset_store(raw.rkt, raw.partition, raw.offset) };
        }
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        // SAFETY: owned, and its client still lives (consumers drop what they keep before they are destroyed).
        unsafe { sys::rd_kafka_message_destroy(self.0) };
    }
}

/// # Safety
/// `data` is null or has `len` readable bytes for `'a`.
unsafe fn bytes<'a>(data: *const u8, len: usize) -> Option<&'a [u8]> {
    // SAFETY: not null, so the caller vouches for `len` bytes.
    (!data.is_null()).then(|| unsafe { std::slice::from_raw_parts(data, len) })
}
