//! What can go wrong, and librdkafka's own table of codes.

use std::ffi::{CStr, CString, c_char};

use crate::sys;

/// Codes that the driver itself looks at.
pub mod code {
    /// A broker's answer makes no sense.
    pub const BAD_MSG: i32 = -199;
    /// The client is being destroyed.
    pub const DESTROY: i32 = -197;
    /// An argument makes no sense.
    pub const INVALID_ARG: i32 = -186;
    /// A call ran out of time.
    pub const TIMED_OUT: i32 = -185;
    /// The local queue is full.
    pub const QUEUE_FULL: i32 = -184;
    /// The same transaction call is under way.
    pub const PREV_IN_PROGRESS: i32 = -177;
    /// A rebalance gives partitions.
    pub const ASSIGN_PARTITIONS: i32 = -175;
    /// A rebalance takes partitions away.
    pub const REVOKE_PARTITIONS: i32 = -174;
    /// Two threads at once, or two uses that exclude each other.
    pub const CONFLICT: i32 = -173;
    /// Not possible now.
    pub const STATE: i32 = -172;
    /// Brokers do not know the request.
    pub const UNSUPPORTED_FEATURE: i32 = -165;
    /// The real, fatal error must be asked for.
    pub const FATAL: i32 = -150;
    /// All is well.
    pub const NO_ERROR: i32 = 0;
    /// A request ran out of time.
    pub const REQUEST_TIMED_OUT: i32 = 7;
}

/// Everything the driver reports.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The client is closed, or was made by another process.
    #[error("the client is closed")]
    Closed,
    /// librdkafka refused an option.
    #[error("{0}")]
    Config(String),
    /// librdkafka refused to make a client.
    #[error("{0}")]
    ClientCreation(String),
    /// librdkafka refused to make a topic handle.
    #[error("Error creating topic handle for topic {0}")]
    TopicCreation(String),
    /// A name that C cannot have.
    #[error("{0} contains a null byte")]
    NulByte(&'static str),
    /// An argument that makes no sense.
    #[error("{0}")]
    InvalidArgument(String),
    /// librdkafka refused to make a resource of that name and type.
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

/// An error code with what came along.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{} ({code})", error_description(*.code).to_string_lossy())]
pub struct KafkaError {
    /// librdkafka's number, negative for errors of the client itself.
    pub code: i32,
    /// The text for this very error, if it has one.
    pub message: Option<CString>,
    /// The client cannot be used any more.
    pub fatal: bool,
    /// The operation may be tried again.
    pub retriable: bool,
    /// The transaction has to be aborted.
    pub txn_requires_abort: bool,
}

impl KafkaError {
    /// A bare code.
    pub fn new(code: i32) -> Self {
        Self { code, ..Self::default() }
    }

    /// `Err` unless the code says that all is well.
    pub(crate) fn check(code: i32) -> Result<(), Self> {
        if code == code::NO_ERROR { Ok(()) } else { Err(Self::new(code)) }
    }

    /// Takes over an error object; null and code 0 are no errors.
    ///
    /// # Safety
    /// `error` is null or owned by the caller.
    pub(crate) unsafe fn take(error: *mut sys::rd_kafka_error_t) -> Result<(), Self> {
        if error.is_null() {
            return Ok(());
        }
        // SAFETY: live until destroyed below.
        let copy = unsafe {
            let copy = Self::copy_of(error);
            sys::rd_kafka_error_destroy(error);
            copy
        };
        copy.map_or(Ok(()), Err)
    }

    /// Copies an error object that stays librdkafka's; null and code 0 are no errors.
    ///
    /// # Safety
    /// `error` is null or live.
    pub(crate) unsafe fn copy_of(error: *const sys::rd_kafka_error_t) -> Option<Self> {
        if error.is_null() {
            return None;
        }
        // SAFETY: live; the text is copied.
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

/// librdkafka's name of a code, such as `_PARTITION_EOF`.
pub fn error_name(code: i32) -> CString {
    // SAFETY: any integer is allowed. The text of an unknown code is in a buffer of the thread, hence the copy.
    unsafe { owned(sys::rd_kafka_err2name(code)) }.unwrap_or_default()
}

/// librdkafka's description of a code.
pub fn error_description(code: i32) -> CString {
    // SAFETY: any integer is allowed. The text of an unknown code is in a buffer of the thread, hence the copy.
    unsafe { owned(sys::rd_kafka_err2str(code)) }.unwrap_or_default()
}

/// A line of librdkafka's table of codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorDescription {
    /// The number.
    pub code: i32,
    /// Its name.
    pub name: &'static CStr,
    /// Its description, if it has one.
    pub description: Option<&'static CStr>,
}

/// All codes that librdkafka knows. (Its table has gaps, without names.)
pub fn error_descriptions() -> Vec<ErrorDescription> {
    let (mut lines, mut count) = (std::ptr::null(), 0);
    // SAFETY: the table and its texts are static; it has as many lines as librdkafka says.
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
    // SAFETY: not null, so the caller vouches for a string that ends; it is copied.
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
        // SAFETY: the format has one C string as argument; the objects are given away.
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
