//! A consumed message, or the error in a message's place.

use std::ffi::{CStr, CString};

use crate::sys;

/// A native message. It keeps its fetch response in memory, so it should not be kept for long, and has to be dropped before
/// the client.
#[derive(Debug)]
pub struct Message(*mut sys::rd_kafka_message_t);

// SAFETY: this value alone owns the message, which is not tied to a thread.
unsafe impl Send for Message {}

/// An error in a message's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageError {
    /// The error's code.
    pub code: i32,
    /// librdkafka's text.
    pub text: Option<Vec<u8>>,
    /// The topic, partition and offset, if the error belongs to a topic.
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
        // SAFETY: we own the message.
        unsafe { &*self.0 }
    }

    /// Whether this is a message without headers.
    pub fn is_plain(&self) -> bool {
        let mut headers = std::ptr::null_mut();
        // SAFETY: we own the message, which is from a consumer and keeps its headers.
        self.raw().err == 0
            && unsafe {
                !::librdkafka::may_have_headers(self.0.cast())
                    || sys::rd_kafka_message_headers(self.0, &mut headers) == sys::RD_KAFKA_RESP_ERR__NOENT
            }
    }

    /// Whether this is an error in a message's place.
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
        // SAFETY: the message holds a reference to the topic, which has the name.
        (!topic.is_null()).then(|| unsafe { CStr::from_ptr(sys::rd_kafka_topic_name(topic)) })
    }

    /// Whether both have the same topic, or none.
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
        // SAFETY: null, or as many bytes of the message as `len` says.
        unsafe { bytes(self.raw().payload.cast(), self.raw().len) }
    }

    /// The key, if there is one.
    pub fn key(&self) -> Option<&[u8]> {
        // SAFETY: null, or as many bytes of the message as `key_len` says.
        unsafe { bytes(self.raw().key.cast(), self.raw().key_len) }
    }

    /// The timestamp in milliseconds since the epoch, if there is one.
    pub fn timestamp(&self) -> Option<i64> {
        let mut kind = 0;
        // SAFETY: we own the message.
        let timestamp = unsafe { sys::rd_kafka_message_timestamp(self.0, &mut kind) };
        (timestamp >= 0).then_some(timestamp)
    }

    /// Calls `each` with every header's name and value, in order. A null value reads as empty. Fails if the headers cannot
    /// be parsed.
    pub fn each_header(&self, mut each: impl FnMut(&CStr, &[u8])) -> Result<(), MessageError> {
        let mut headers = std::ptr::null_mut();
        // SAFETY: we own the message, which keeps its headers.
        match unsafe { sys::rd_kafka_message_headers(self.0, &mut headers) } {
            sys::RD_KAFKA_RESP_ERR_NO_ERROR => {}
            sys::RD_KAFKA_RESP_ERR__NOENT => return Ok(()),
            code => return Err(unreadable(code, "Error reading message headers".to_owned())),
        }
        let (mut name, mut value, mut size) = (std::ptr::null(), std::ptr::null(), 0);
        for index in 0.. {
            // SAFETY: name and value are parts of the message; the value has the size given.
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

    /// Stores this message's own offset, so that a commit does not include the message.
    pub(crate) fn store_before(&self) {
        let raw = self.raw();
        if raw.err == 0 && !raw.rkt.is_null() {
            // librdkafka adds 1 to the offset. The call fails if the partition was revoked, which does no harm.
            // SAFETY: the message holds a reference to the topic.
            unsafe { sys::rd_kafka_offset_store(raw.rkt, raw.partition, raw.offset - 1) };
        }
    }

    /// Stores the offset after this message.
    pub(crate) fn store_after(&self) {
        let raw = self.raw();
        if raw.err == 0 && !raw.rkt.is_null() {
            // SAFETY: the message holds a reference to the topic.
            unsafe { sys::rd_kafka_offset_store(raw.rkt, raw.partition, raw.offset) };
        }
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        // SAFETY: we own the message, and its client is live: consumers drop their messages before the client.
        unsafe { sys::rd_kafka_message_destroy(self.0) };
    }
}

/// # Safety
/// `data` is null or has `len` readable bytes for `'a`.
unsafe fn bytes<'a>(data: *const u8, len: usize) -> Option<&'a [u8]> {
    // SAFETY: not null, so the caller promises `len` bytes.
    (!data.is_null()).then(|| unsafe { std::slice::from_raw_parts(data, len) })
}
