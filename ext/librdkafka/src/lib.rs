//! Links librdkafka and what it needs, for the crates that call it by bindings of their own.

// Linked for librdkafka, which calls them.
#[cfg(feature = "compiled")]
use {curl_sys as _, libz_sys as _, openssl_sys as _, zstd_sys as _};

/// Whether OpenSSL and the others are linked statically, and do not know of the system's certificates by themselves.
pub const VENDORED: bool = cfg!(feature = "vendored");

/// Opens Cyrus SASL, which GSSAPI takes. Whoever is first waits for its plugins to be loaded.
///
/// # Errors
/// What has to be installed, where it is not there.
pub fn open_sasl() -> Result<(), String> {
    #[cfg(feature = "compiled")]
    {
        unsafe extern "C" {
            fn karafka_sasl_open() -> *const std::ffi::c_char;
        }
        // SAFETY: takes a lock of its own, and returns null or a static text.
        let problem = unsafe { karafka_sasl_open().as_ref().map(|text| std::ffi::CStr::from_ptr(text)) };
        if let Some(text) = problem {
            return Err(text.to_string_lossy().into_owned());
        }
    }
    Ok(())
}

/// Whether a message has to be asked for its headers. `rd_kafka_message_headers` costs 660 instructions even if there are
/// none, because it allocates a buffer to parse them from. Always true with the system's librdkafka, whose structures are
/// not known here.
///
/// # Safety
/// `message` is a live `rd_kafka_message_t` of a consumer, and no error.
pub unsafe fn may_have_headers(message: *const std::ffi::c_void) -> bool {
    #[cfg(feature = "compiled")]
    {
        unsafe extern "C" {
            fn karafka_may_have_headers(message: *const std::ffi::c_void) -> std::ffi::c_int;
        }
        // SAFETY: the caller vouches for the message, whose structure is the one of the librdkafka compiled here.
        unsafe { karafka_may_have_headers(message) != 0 }
    }
    #[cfg(not(feature = "compiled"))]
    {
        _ = message;
        true
    }
}
