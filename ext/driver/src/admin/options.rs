//! Options of requests, whatever they ask for.

use std::ffi::{c_char, c_int};

use crate::{
    Error, code,
    config::{ERROR_TEXT_SIZE, text_of},
    sys,
};

/// How a request is sent. What is missing is librdkafka's default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How long the request may take in all, in ms.
    pub request_timeout: Option<i32>,
    /// How long brokers may take to do what they are asked for, in ms.
    pub operation_timeout: Option<i32>,
    /// The broker that is asked.
    pub broker: Option<i32>,
    /// Whether brokers only check the request.
    pub validate_only: bool,
}

/// librdkafka's functions that set a number.
type Setter =
    unsafe extern "C" fn(*mut sys::rd_kafka_AdminOptions_t, c_int, *mut c_char, usize) -> sys::rd_kafka_resp_err_t;

impl Options {
    /// Sets what is given; librdkafka refuses what the operation does not know and what is out of range.
    ///
    /// # Safety
    /// `native` is live.
    pub(super) unsafe fn apply(&self, native: *mut sys::rd_kafka_AdminOptions_t) -> Result<(), Error> {
        let numbers: [(Setter, Option<i32>); 4] = [
            (sys::rd_kafka_AdminOptions_set_request_timeout, self.request_timeout),
            (sys::rd_kafka_AdminOptions_set_operation_timeout, self.operation_timeout),
            (sys::rd_kafka_AdminOptions_set_broker, self.broker),
            (sys::rd_kafka_AdminOptions_set_validate_only, self.validate_only.then_some(1)),
        ];
        for (set, number) in numbers {
            let Some(number) = number else { continue };
            let mut text = [0 as c_char; ERROR_TEXT_SIZE];
            // SAFETY: the caller promises live options; the buffer has the size given.
            if unsafe { set(native, number, text.as_mut_ptr(), text.len()) } != code::NO_ERROR {
                return Err(Error::InvalidArgument(text_of(&text)));
            }
        }
        Ok(())
    }
}
