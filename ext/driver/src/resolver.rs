//! Resolves host names for librdkafka's threads, but not while the process forks: the C library's locks would stay
//! locked in the child, where each connection begins with them.

use std::ffi::{c_char, c_int, c_void};

use crate::{process::undivided, sys};

/// Registers the callback.
///
/// # Safety
/// `conf` is a live configuration.
pub(crate) unsafe fn register(conf: *mut sys::rd_kafka_conf_t) {
    // SAFETY: the function lives for ever and keeps to C's types.
    unsafe { sys::rd_kafka_conf_set_resolve_cb(conf, Some(resolve)) };
}

/// `getaddrinfo`; without a name, `freeaddrinfo`.
unsafe extern "C" fn resolve(
    node: *const c_char,
    service: *const c_char,
    hints: *const sys::addrinfo,
    found: *mut *mut sys::addrinfo,
    _opaque: *mut c_void,
) -> c_int {
    // SAFETY: librdkafka passes what the two functions want, and bindgen's structure is that of the C library.
    unsafe {
        if node.is_null() && service.is_null() {
            libc::freeaddrinfo((*found).cast());
            return 0;
        }
        undivided(|| libc::getaddrinfo(node, service, hints.cast(), found.cast()))
    }
}
