//! Messages, and how they are handed to librdkafka.

use std::ffi::{CString, c_void};

use super::topics::TopicHandle;
use crate::{KafkaError, Pass, sys};

/// A message to produce. librdkafka copies all of it.
#[derive(Debug)]
pub struct Record<'a> {
    /// The topic.
    pub topic: &'a [u8],
    /// The hash of the topic's configuration (see [`Producer::configure_topic`](crate::Producer::configure_topic)); 0 for the client's.
    pub topic_config: i64,
    /// The partition, or -1 to leave it to librdkafka's partitioner.
    pub partition: i32,
    /// The payload; none for a tombstone.
    pub payload: Option<&'a [u8]>,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The timestamp in milliseconds since the epoch; none for the current time.
    pub timestamp: Option<i64>,
    /// The headers' names and values.
    pub headers: &'a [(CString, Vec<u8>)],
}

fn pointer_and_len(bytes: Option<&[u8]>) -> (*mut c_void, usize) {
    bytes.map_or((std::ptr::null_mut(), 0), |bytes| (bytes.as_ptr().cast_mut().cast(), bytes.len()))
}

/// # Safety
/// `opaque` is from [`Delivery::into_raw`](crate::Delivery::into_raw): the delivery callback takes it back.
pub(super) unsafe fn enqueue(topic: &TopicHandle, record: &Record<'_>, opaque: *mut c_void) -> Result<(), KafkaError> {
    let (payload, payload_len) = pointer_and_len(record.payload);
    let (key, key_len) = pointer_and_len(record.key);
    // SAFETY: the handle owns a reference to the topic; payload and key have the lengths given, and are copied; the caller
    // vouches for the opaque.
    let result = unsafe {
        sys::rd_kafka_produce(
            topic.as_ptr(),
            record.partition,
            sys::RD_KAFKA_MSG_F_COPY as i32,
            payload,
            payload_len,
            key,
            key_len,
            opaque,
        )
    };
    if result == 0 {
        return Ok(());
    }
    // SAFETY: librdkafka returns a thread-local number.
    Err(KafkaError::new(unsafe { sys::rd_kafka_last_error() }))
}

/// # Safety
/// As for [`enqueue`].
pub(super) unsafe fn enqueue_with_headers(
    pass: &Pass<'_>,
    topic: &TopicHandle,
    record: &Record<'_>,
    opaque: *mut c_void,
) -> Result<(), KafkaError> {
    use sys::rd_kafka_vu_s__bindgen_ty_1 as Value;
    use sys::rd_kafka_vu_s__bindgen_ty_1__bindgen_ty_1 as Memory;
    let memory = |bytes| {
        let (ptr, size) = pointer_and_len(bytes);
        Value { mem: Memory { ptr, size } }
    };
    let headers = new_headers(record.headers);
    let mut arguments = vec![
        sys::rd_kafka_vu_t { vtype: sys::RD_KAFKA_VTYPE_RKT, u: Value { rkt: topic.as_ptr() } },
        sys::rd_kafka_vu_t { vtype: sys::RD_KAFKA_VTYPE_PARTITION, u: Value { i32_: record.partition } },
        sys::rd_kafka_vu_t { vtype: sys::RD_KAFKA_VTYPE_MSGFLAGS, u: Value { i: sys::RD_KAFKA_MSG_F_COPY as i32 } },
        sys::rd_kafka_vu_t { vtype: sys::RD_KAFKA_VTYPE_VALUE, u: memory(record.payload) },
        sys::rd_kafka_vu_t { vtype: sys::RD_KAFKA_VTYPE_KEY, u: memory(record.key) },
        sys::rd_kafka_vu_t { vtype: sys::RD_KAFKA_VTYPE_OPAQUE, u: Value { ptr: opaque } },
        sys::rd_kafka_vu_t { vtype: sys::RD_KAFKA_VTYPE_HEADERS, u: Value { headers } },
    ];
    if let Some(timestamp) = record.timestamp {
        arguments.push(sys::rd_kafka_vu_t { vtype: sys::RD_KAFKA_VTYPE_TIMESTAMP, u: Value { i64_: timestamp } });
    }
    // SAFETY: the pass keeps the client alive; the handle owns a reference to the topic; each argument has the type that its
    // tag says. librdkafka owns the headers on success; otherwise we do.
    unsafe {
        let result = KafkaError::take(sys::rd_kafka_produceva(pass.rk(), arguments.as_ptr(), arguments.len()));
        if result.is_err() {
            sys::rd_kafka_headers_destroy(headers);
        }
        // The text would only repeat the code's description.
        result.map_err(|error| KafkaError { message: None, ..error })
    }
}

fn new_headers(headers: &[(CString, Vec<u8>)]) -> *mut sys::rd_kafka_headers_t {
    // SAFETY: names and values are copied with the lengths given.
    unsafe {
        let native = sys::rd_kafka_headers_new(headers.len());
        for (name, value) in headers {
            sys::rd_kafka_header_add(
                native,
                name.as_ptr(),
                name.as_bytes().len() as isize,
                value.as_ptr().cast(),
                value.len() as isize,
            );
        }
        native
    }
}
