//! The driver's errors, and librdkafka's table of error codes.

use std::ffi::{CStr, CString, c_char};

use crate::sys;

/// The codes that the driver itself handles.
pub mod code {
    /// A broker's answer could not be understood.
    pub const BAD_MSG: i32 = -199;
    /// The client is being destroyed.
    pub const DESTROY: i32 = -197;
    /// The connection to a broker was lost.
    pub const TRANSPORT: i32 = -195;
    /// The system refuses a resource.
    pub const CRIT_SYS_RESOURCE: i32 = -194;
    /// An argument is invalid.
    pub const INVALID_ARG: i32 = -186;
    /// A call timed out.
    pub const TIMED_OUT: i32 = -185;
    /// The local queue is full.
    pub const QUEUE_FULL: i32 = -184;
    /// The same transaction call is already under way.
    pub const PREV_IN_PROGRESS: i32 = -177;
    /// A rebalance assigns partitions.
    pub const ASSIGN_PARTITIONS: i32 = -175;
    /// A rebalance revokes partitions.
    pub const REVOKE_PARTITIONS: i32 = -174;
    /// Two threads use the client at once, or in ways that exclude each other.
    pub const CONFLICT: i32 = -173;
    /// The client's state does not allow the operation.
    pub const STATE: i32 = -172;
    /// The brokers do not support the request.
    pub const UNSUPPORTED_FEATURE: i32 = -165;
    /// What was asked for is not configured.
    pub const NOT_CONFIGURED: i32 = -145;
    /// The client had a fatal error, whose code has to be queried.
    pub const FATAL: i32 = -150;
    /// There is no error.
    pub const NO_ERROR: i32 = 0;
    /// A request timed out.
    pub const REQUEST_TIMED_OUT: i32 = 7;
    /// The group has no coordinator at the moment.
    pub const COORDINATOR_NOT_AVAILABLE: i32 = 15;
    /// The broker is not the group's coordinator.
    pub const NOT_COORDINATOR: i32 = 16;
}

/// Everything the driver reports.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The client is closed, or belongs to another process.
    #[error("the client is closed")]
    Closed,
    /// librdkafka refused an option.
    #[error("{0}")]
    Config(String),
    /// librdkafka refused to create a client.
    #[error("{0}")]
    ClientCreation(String),
    /// librdkafka refused to create a topic handle.
    #[error("Error creating topic handle for topic {0}")]
    TopicCreation(String),
    /// A text that C cannot represent.
    #[error("{0} contains a null byte")]
    NulByte(&'static str),
    /// An argument is invalid.
    #[error("{0}")]
    InvalidArgument(String),
    /// librdkafka refused a resource's name or type.
    #[error("rd_kafka_ConfigResource_new was NULL for {0:?} (type {1})")]
    Resource(String, i32),
    /// librdkafka refused the alteration of an option.
    #[error("{0}")]
    Alteration(KafkaError),
    /// Not one of the seven partitioners.
    #[error("Unknown partitioner: {0}")]
    UnknownPartitioner(String),
    /// librdkafka or a broker reported an error.
    #[error(transparent)]
    Kafka(#[from] KafkaError),
    /// The operating system refused.
    #[error("{0}")]
    System(String),
}

/// An error code with its details.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{} ({code})", error_description(*.code).to_string_lossy())]
pub struct KafkaError {
    /// librdkafka's number, negative for errors of the client itself.
    pub code: i32,
    /// The text of this particular error, if it has one.
    pub message: Option<CString>,
    /// Whether the client cannot be used any more.
    pub fatal: bool,
    /// Whether the operation may be retried.
    pub retriable: bool,
    /// Whether the transaction has to be aborted.
    pub txn_requires_abort: bool,
}

impl KafkaError {
    /// An error with a code only.
    pub fn new(code: i32) -> Self {
        Self { code, ..Self::default() }
    }

    /// `Err` unless the code is [`NO_ERROR`](code::NO_ERROR).
    pub(crate) fn check(code: i32) -> Result<(), Self> {
        if code == code::NO_ERROR { Ok(()) } else { Err(Self::new(code)) }
    }

    /// Converts and frees an error object; null and code 0 are no errors.
    ///
    /// # Safety
    /// `error` is null or owned by the caller.
    pub(crate) unsafe fn take(error: *mut sys::rd_kafka_error_t) -> Result<(), Self> {
        if error.is_null() {
            return Ok(());
        }
        // SAFETY: not null, so live and ours; freed once, after it was copied.
        let copy = unsafe {
            let copy = Self::copy_of(error);
            sys::rd_kafka_error_destroy(error);
            copy
        };
        copy.map_or(Ok(()), Err)
    }

    /// Copies an error object that librdkafka keeps; null and code 0 are no errors.
    ///
    /// # Safety
    /// `error` is null or live.
    pub(crate) unsafe fn copy_of(error: *const sys::rd_kafka_error_t) -> Option<Self> {
        if error.is_null() {
            return None;
        }
        // SAFETY: not null, so live; the text is copied.
        let copy = unsafe {
            Self {
                code: sys::rd_kafka_error_code(error),
                message: owned(sys::rd_kafka_error_string(error)),
                fatal: sys::rd_kafka_error_is_fatal(error) != 0,
                retriable: sys::rd_kafka_error_is_retriable(error) != 0,
                txn_requires_abort: sys::rd_kafka_error_txn_requires_abort(error) != 0,
            }
        };
        (copy.code != code::NO_ERROR).then_some(copy)
    }
}

/// librdkafka's name for a code, such as `_PARTITION_EOF`.
pub fn error_name(code: i32) -> CString {
    // SAFETY: any integer is allowed. The text of an unknown code is in a thread-local buffer, hence the copy.
    unsafe { owned(sys::rd_kafka_err2name(code)) }.unwrap_or_default()
}

/// librdkafka's description of a code.
pub fn error_description(code: i32) -> CString {
    // SAFETY: any integer is allowed. The text of an unknown code is in a thread-local buffer, hence the copy.
    unsafe { owned(sys::rd_kafka_err2str(code)) }.unwrap_or_default()
}

/// An entry of librdkafka's table of codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorDescription {
    /// The code.
    pub code: i32,
    /// The code's name.
    pub name: &'static CStr,
    /// The code's description, if it has one.
    pub description: Option<&'static CStr>,
}

/// All codes that librdkafka knows. (Entries without a name are gaps in its table.)
pub fn error_descriptions() -> Vec<ErrorDescription> {
    let (mut lines, mut count) = (std::ptr::null(), 0);
    // SAFETY: the table, which has `count` entries, and its texts are static.
    unsafe {
        sys::rd_kafka_get_err_descs(&mut lines, &mut count);
        std::slice::from_raw_parts(lines, count)
            .iter()
            .filter(|line| !line.name.is_null())
            .map(|line| ErrorDescription {
                code: line.code,
                name: CStr::from_ptr(line.name),
                description: (!line.desc.is_null()).then(|| CStr::from_ptr(line.desc)),
            })
            .collect()
    }
}

/// Copies a C string; null gives nothing.
///
/// # Safety
/// `text` is null or a NUL-terminated string that lives during the call.
pub(crate) unsafe fn owned(text: *const c_char) -> Option<CString> {
    // SAFETY: not null, so the caller promises a terminated string, which is copied.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_an_unknown_code_stays_when_another_is_asked_for() {
        let (first, second) = (error_description(-9_001), error_description(-9_002));
        assert_ne!(first, second);
    }

    #[test]
    fn an_error_object_keeps_its_own_text_and_one_with_code_0_is_none() {
        // SAFETY: the format takes one C string; `take` owns the new objects.
        let (nothing, timed_out) = unsafe {
            (
                KafkaError::take(sys::rd_kafka_error_new(code::NO_ERROR, std::ptr::null())),
                KafkaError::take(sys::rd_kafka_error_new(code::TIMED_OUT, c"%s".as_ptr(), c"at last".as_ptr())),
            )
        };
        assert_eq!(nothing, Ok(()));
        let expected = KafkaError { message: Some(c"at last".to_owned()), ..KafkaError::new(code::TIMED_OUT) };
        assert_eq!(timed_out, Err(expected));
    }
}
