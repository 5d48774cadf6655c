//! The library as a whole.

use std::ffi::{CStr, c_char};

use crate::{config::ERROR_TEXT_SIZE, sys};

/// The version of the librdkafka that is running, such as `2.16.0`.
pub fn librdkafka_version() -> String {
    // SAFETY: a static C string.
    unsafe { CStr::from_ptr(sys::rd_kafka_version_str()) }.to_string_lossy().into_owned()
}

/// Runs librdkafka's once-per-process initialisation (OpenSSL's tables among them), so that it happens before forks.
/// Setting no certificate on a scratch configuration does that and nothing else.
pub fn initialize() {
    let mut text = [0 as c_char; ERROR_TEXT_SIZE];
    // SAFETY: the configuration is ours and freed; a null buffer clears the certificate.
    unsafe {
        let conf = sys::rd_kafka_conf_new();
        sys::rd_kafka_conf_set_ssl_cert(
            conf,
            sys::RD_KAFKA_CERT_CA,
            sys::RD_KAFKA_CERT_ENC_PEM,
            std::ptr::null(),
            0,
            text.as_mut_ptr(),
            text.len(),
        );
        sys::rd_kafka_conf_destroy(conf);
    }
}
