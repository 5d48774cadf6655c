//! Options that all requests have in common.

use std::ffi::{c_char, c_int};

use crate::{
    Error, code,
    config::{ERROR_TEXT_SIZE, text_of},
    sys,
};

/// How a request is sent. None stands for librdkafka's default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How long the whole request may take, in ms.
    pub request_timeout: Option<i32>,
    /// How long brokers may take to carry it out, in ms.
    pub operation_timeout: Option<i32>,
    /// The id of the broker that is asked.
    pub broker: Option<i32>,
    /// Whether brokers only validate the request.
    pub validate_only: bool,
}

/// librdkafka's functions that set a number.
type Setter =
    unsafe extern "C" fn(*mut sys::rd_kafka_AdminOptions_t, c_int, *mut c_char, usize) -> sys::rd_kafka_resp_err_t;

impl Options {
    /// Sets the options that are given. librdkafka refuses values out of range, and options that the operation lacks.
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
