//! Reading replies. librdkafka's accessors return parts of the reply, which live as long as it does, hence the references.

use std::{
    ffi::{CString, c_void},
    ptr::NonNull,
};

use crate::{KafkaError, code, error::owned, error_description, sys};

/// An event that librdkafka put into the queue for replies.
#[derive(Debug)]
pub struct Reply(NonNull<sys::rd_kafka_event_t>);

impl Reply {
    /// None for null.
    ///
    /// # Safety
    /// `event` is null, or live and owned by the caller.
    pub(super) unsafe fn of(event: *mut sys::rd_kafka_event_t) -> Option<Self> {
        NonNull::new(event).map(Self)
    }

    /// The key that the request carried.
    pub(super) fn key(&self) -> usize {
        // SAFETY: we own the event; its opaque is a key, and is not followed.
        let opaque: *mut c_void = unsafe { sys::rd_kafka_event_opaque(self.0.as_ptr()) };
        opaque as usize
    }

    /// Why the request failed as a whole, if it did.
    pub(super) fn check(&self) -> Result<(), KafkaError> {
        // SAFETY: we own the event; its text is copied.
        unsafe { error(self.code(), sys::rd_kafka_event_error_string(self.0.as_ptr())).map_or(Ok(()), Err) }
    }

    /// Whether a broker refused the request as a whole.
    pub(super) fn is_refusal(&self) -> bool {
        self.code() > code::NO_ERROR
    }

    /// Leaks a refusal that librdkafka cannot free. The error has no text.
    pub(super) fn leak(self) -> KafkaError {
        let error = KafkaError::new(self.code());
        std::mem::forget(self);
        error
    }

    fn code(&self) -> i32 {
        // SAFETY: we own the event.
        unsafe { sys::rd_kafka_event_error(self.0.as_ptr()) }
    }

    /// The result, if it is of the kind that `accessor` is for.
    ///
    /// # Safety
    /// `accessor` is one of librdkafka's `rd_kafka_event_*_result`: these return null for a reply of another kind.
    pub(super) unsafe fn result<T>(
        &self,
        accessor: unsafe extern "C" fn(*mut sys::rd_kafka_event_t) -> *const T,
    ) -> Result<&T, KafkaError> {
        // SAFETY: we own the event; the result is part of it.
        unsafe { accessor(self.0.as_ptr()).as_ref() }.ok_or_else(|| KafkaError::new(code::BAD_MSG))
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        // SAFETY: `of` took ownership; freed only here.
        unsafe { sys::rd_kafka_event_destroy(self.0.as_ptr()) };
    }
}

/// librdkafka's accessors of arrays, which store the length and return the array.
type Accessor<O, T> = unsafe extern "C" fn(*const O, *mut usize) -> *mut *const T;

/// Reads the elements of an array.
///
/// # Safety
/// `array` is librdkafka's accessor for `owner`: it returns null, or pointers to parts of `owner`, as many as it stores.
pub(super) unsafe fn all<O, T, R>(owner: &O, array: Accessor<O, T>, read: impl Fn(&T) -> R) -> Vec<R> {
    let mut count = 0;
    // SAFETY: the reference proves that the owner is live; the caller promises an array of that length.
    unsafe {
        let elements = array(owner, &mut count);
        if elements.is_null() {
            return Vec::new();
        }
        std::slice::from_raw_parts(elements, count).iter().map(|element| read(&**element)).collect()
    }
}

/// Reads the only element of an array.
///
/// # Safety
/// As for [`all`].
pub(super) unsafe fn only<O, T, R>(owner: &O, array: Accessor<O, T>, read: impl Fn(&T) -> R) -> Result<R, KafkaError> {
    // SAFETY: the caller promises what `all` needs.
    let found = unsafe { all(owner, array, read) };
    found.into_iter().next().ok_or_else(|| KafkaError::new(code::BAD_MSG))
}

/// The operations that the client may do, if it asked for them and the broker answered.
///
/// # Safety
/// `operations` is librdkafka's accessor for `owner`: it returns null, or numbers, as many as it stores.
pub(super) unsafe fn authorized_operations<O>(
    owner: &O,
    operations: unsafe extern "C" fn(*const O, *mut usize) -> *const sys::rd_kafka_AclOperation_t,
) -> Option<Vec<i32>> {
    let mut count = 0;
    // SAFETY: the reference proves that the owner is live; the caller promises an array of that length.
    unsafe {
        let found = operations(owner, &mut count);
        (!found.is_null()).then(|| std::slice::from_raw_parts(found, count).iter().map(|code| *code as i32).collect())
    }
}

/// An error with a text of its own; none for code 0.
///
/// # Safety
/// `text` is null or a C string that lives during the call.
pub(super) unsafe fn error(code: i32, text: *const std::ffi::c_char) -> Option<KafkaError> {
    // SAFETY: the caller promises what `owned` needs.
    (code != code::NO_ERROR).then(|| KafkaError { message: unsafe { owned(text) }, ..KafkaError::new(code) })
}

/// The result for something that the request named: a topic, a group or a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: CString,
    /// Why the request was refused for it, if it was.
    pub error: Option<KafkaError>,
}

impl Named {
    pub(super) fn topic(topic: &sys::rd_kafka_topic_result_t) -> Self {
        // SAFETY: the reference proves that the result is live; its texts are copied.
        unsafe {
            Self {
                name: owned(sys::rd_kafka_topic_result_name(topic)).unwrap_or_default(),
                error: error(sys::rd_kafka_topic_result_error(topic), sys::rd_kafka_topic_result_error_string(topic)),
            }
        }
    }

    /// Brokers send no texts with errors of groups, where librdkafka fills in the code's description: that is left out.
    pub(super) fn group(group: &sys::rd_kafka_group_result_t) -> Self {
        // SAFETY: the reference proves that the result is live; its texts are copied.
        let (name, error) = unsafe {
            let name = owned(sys::rd_kafka_group_result_name(group)).unwrap_or_default();
            (name, KafkaError::copy_of(sys::rd_kafka_group_result_error(group)))
        };
        let error = error.map(|error| KafkaError {
            message: error.message.filter(|text| text.as_c_str() != error_description(error.code).as_c_str()),
            ..error
        });
        Self { name, error }
    }
}

/// A partition with its offset and its error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionResult {
    /// The topic.
    pub topic: CString,
    /// The partition's number.
    pub partition: i32,
    /// The offset, as requested or as found.
    pub offset: i64,
    /// 0, or why it failed.
    pub error: i32,
}

impl PartitionResult {
    /// Copies the elements of a list; null has none.
    ///
    /// # Safety
    /// `list` is null or live.
    pub(super) unsafe fn all(list: *const sys::rd_kafka_topic_partition_list_t) -> Vec<Self> {
        // SAFETY: the caller promises null or a live list; topics are C strings, which are copied.
        unsafe {
            elements(list, |element| Self {
                topic: owned(element.topic).unwrap_or_default(),
                partition: element.partition,
                offset: element.offset,
                error: element.err,
            })
        }
    }
}

/// Reads the elements of a list; null has none.
///
/// # Safety
/// `list` is null or live.
pub(super) unsafe fn elements<R>(
    list: *const sys::rd_kafka_topic_partition_list_t,
    read: impl Fn(&sys::rd_kafka_topic_partition_t) -> R,
) -> Vec<R> {
    // SAFETY: not null, so the caller promises a live list, which has `cnt` elements.
    unsafe {
        let Some(list) = list.as_ref() else { return Vec::new() };
        (0..list.cnt as usize).map(|index| read(&*list.elems.add(index))).collect()
    }
}
