//! How replies are read. What librdkafka's accessors return lives as long as the reply, hence the references.

use std::{
    ffi::{CString, c_void},
    ptr::NonNull,
};

use crate::{KafkaError, code, error::owned, error_description, sys};

/// What librdkafka has put into the queue for results.
#[derive(Debug)]
pub struct Reply(NonNull<sys::rd_kafka_event_t>);

impl Reply {
    /// None for null.
    ///
    /// # Safety
    /// `event` is null or given away by the caller.
    pub(super) unsafe fn of(event: *mut sys::rd_kafka_event_t) -> Option<Self> {
        NonNull::new(event).map(Self)
    }

    /// The number that the request has carried.
    pub(super) fn key(&self) -> usize {
        // SAFETY: a live event; librdkafka copies what was set for the request.
        let opaque: *mut c_void = unsafe { sys::rd_kafka_event_opaque(self.0.as_ptr()) };
        opaque as usize
    }

    /// Why the request failed as a whole, if it did.
    pub(super) fn check(&self) -> Result<(), KafkaError> {
        // SAFETY: a live event, whose text is copied.
        unsafe { error(self.code(), sys::rd_kafka_event_error_string(self.0.as_ptr())).map_or(Ok(()), Err) }
    }

    /// Whether a broker has refused the request as a whole.
    pub(super) fn is_refusal(&self) -> bool {
        self.code() > code::NO_ERROR
    }

    /// Gives up the memory of a refusal that cannot be freed; the error has no text.
    pub(super) fn leak(self) -> KafkaError {
        let error = KafkaError::new(self.code());
        std::mem::forget(self);
        error
    }

    fn code(&self) -> i32 {
        // SAFETY: a live event.
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
        // SAFETY: a live event; the result is a part of it.
        unsafe { accessor(self.0.as_ptr()).as_ref() }.ok_or_else(|| KafkaError::new(code::BAD_MSG))
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        // SAFETY: ours since `of`, and freed only here.
        unsafe { sys::rd_kafka_event_destroy(self.0.as_ptr()) };
    }
}

/// librdkafka's accessors of arrays: they store the length and return where the array is.
type Accessor<O, T> = unsafe extern "C" fn(*const O, *mut usize) -> *mut *const T;

/// Reads the elements of an array.
///
/// # Safety
/// `array` is librdkafka's: it returns null, or as many pointers to parts of `owner` as it says.
pub(super) unsafe fn all<O, T, R>(owner: &O, array: Accessor<O, T>, read: impl Fn(&T) -> R) -> Vec<R> {
    let mut count = 0;
    // SAFETY: a live owner, and what the caller promises of the array.
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

/// What the client may do, if it asked and the broker told.
///
/// # Safety
/// `operations` is librdkafka's: it returns null, or as many numbers as it says.
pub(super) unsafe fn authorized_operations<O>(
    owner: &O,
    operations: unsafe extern "C" fn(*const O, *mut usize) -> *const sys::rd_kafka_AclOperation_t,
) -> Option<Vec<i32>> {
    let mut count = 0;
    // SAFETY: a live owner, and what the caller promises of the array.
    unsafe {
        let found = operations(owner, &mut count);
        (!found.is_null()).then(|| std::slice::from_raw_parts(found, count).iter().map(|code| *code as i32).collect())
    }
}

/// None for code 0.
///
/// # Safety
/// `text` is null or a C string that lives during the call.
pub(super) unsafe fn error(code: i32, text: *const std::ffi::c_char) -> Option<KafkaError> {
    // SAFETY: the caller promises what `owned` needs.
    (code != code::NO_ERROR).then(|| KafkaError { message: unsafe { owned(text) }, ..KafkaError::new(code) })
}

/// What was asked for by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub name: CString,
    /// Why it was refused, if it was.
    pub error: Option<KafkaError>,
}

impl Named {
    pub(super) fn topic(topic: &sys::rd_kafka_topic_result_t) -> Self {
        // SAFETY: a live result, whose texts are copied.
        unsafe {
            Self {
                name: owned(sys::rd_kafka_topic_result_name(topic)).unwrap_or_default(),
                error: error(sys::rd_kafka_topic_result_error(topic), sys::rd_kafka_topic_result_error_string(topic)),
            }
        }
    }

    /// Errors of groups come without texts of their own: librdkafka then gives the code's description.
    pub(super) fn group(group: &sys::rd_kafka_group_result_t) -> Self {
        // SAFETY: a live result, whose texts are copied.
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
    /// Its topic.
    pub topic: CString,
    /// Its number.
    pub partition: i32,
    /// The offset that was given or found.
    pub offset: i64,
    /// 0, or why it failed.
    pub error: i32,
}

impl PartitionResult {
    /// Copies a list; null gives nothing.
    ///
    /// # Safety
    /// `list` is null or live.
    pub(super) unsafe fn all(list: *const sys::rd_kafka_topic_partition_list_t) -> Vec<Self> {
        // SAFETY: the caller promises what `elements` needs; topics are C strings.
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
    // SAFETY: not null, so live; it has `cnt` elements.
    unsafe {
        let Some(list) = list.as_ref() else { return Vec::new() };
        (0..list.cnt as usize).map(|index| read(&*list.elems.add(index))).collect()
    }
}
