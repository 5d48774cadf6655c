//! librdkafka's version, and what it initialises once per process.

use std::ffi::{CStr, c_char};

use crate::{config::ERROR_TEXT_SIZE, sys};

/// The version of the librdkafka that is loaded, such as `2.16.0`.
pub fn librdkafka_version() -> String {
    // SAFETY: librdkafka returns a static C string.
    unsafe { CStr::from_ptr(sys::rd_kafka_version_str()) }.to_string_lossy().into_owned()
}

/// Runs librdkafka's initialisation of the process, OpenSSL's tables included, so that it happens before forks. Clearing
/// the certificate of a temporary configuration does that and has no other effect.
pub fn initialize() {
    let mut text = [0 as c_char; ERROR_TEXT_SIZE];
    // SAFETY: we own the configuration and free it once; a null buffer clears the certificate.
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
