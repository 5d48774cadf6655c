//! Resolves host names for librdkafka's threads, but not while the process forks: in the child, the C library's locks would
//! stay locked, and every new connection needs them.

use std::ffi::{c_char, c_int, c_void};

use crate::{process::excluding_forks, sys};

/// Registers the resolver.
///
/// # Safety
/// `conf` is a live configuration.
pub(crate) unsafe fn register(conf: *mut sys::rd_kafka_conf_t) {
    // SAFETY: the caller promises a live configuration; the function has the type that librdkafka calls.
    unsafe { sys::rd_kafka_conf_set_resolve_cb(conf, Some(resolve)) };
}

/// Calls `getaddrinfo`, or `freeaddrinfo` when there is neither a node nor a service.
unsafe extern "C" fn resolve(
    node: *const c_char,
    service: *const c_char,
    hints: *const sys::addrinfo,
    found: *mut *mut sys::addrinfo,
    _opaque: *mut c_void,
) -> c_int {
    // SAFETY: librdkafka passes valid arguments of these functions; bindgen's `addrinfo` has the C library's layout.
    unsafe {
        if node.is_null() && service.is_null() {
            libc::freeaddrinfo((*found).cast());
            return 0;
        }
        excluding_forks(|| libc::getaddrinfo(node, service, hints.cast(), found.cast()))
    }
}
