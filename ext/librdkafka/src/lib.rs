//! Links librdkafka and what it needs, for the crates that call it by bindings of their own.

// Linked for librdkafka, which calls them.
#[cfg(all(feature = "compiled", target_os = "linux"))]
use libmimalloc_sys as _;
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

#[cfg(all(test, feature = "compiled", target_os = "linux"))]
mod tests {
    use std::{
        ffi::{c_char, c_int, c_void},
        ptr,
    };

    unsafe extern "C" {
        fn karafka_malloc(size: usize) -> *mut u8;
        fn karafka_calloc(count: usize, size: usize) -> *mut u8;
        fn karafka_realloc(memory: *mut u8, size: usize) -> *mut u8;
        fn karafka_free(memory: *mut u8);
        fn karafka_strndup(text: *const c_char, limit: usize) -> *mut c_char;
        fn mi_is_in_heap_region(memory: *const u8) -> bool;
        fn malloc(size: usize) -> *mut u8;
        fn fork() -> c_int;
        fn waitpid(child: c_int, status: *mut c_int, options: c_int) -> c_int;
        fn _exit(status: c_int) -> !;
        fn rd_kafka_new(kind: c_int, conf: *mut c_void, text: *mut c_char, size: usize) -> *mut c_void;
        fn rd_kafka_destroy(client: *mut c_void);
    }

    const SIZE: usize = 1_000;

    /// Runs a function in a child process, and returns whether it was true.
    unsafe fn in_child(check: impl FnOnce() -> bool) -> bool {
        let mut status = 0;
        // SAFETY: `check` only allocates, which librdkafka's allocator allows in a child.
        unsafe {
            match fork() {
                0 => _exit(if check() { 0 } else { 1 }),
                child => waitpid(child, &mut status, 0) == child && status == 0,
            }
        }
    }

    /// One test, because it depends on which clients there are.
    #[test]
    fn memory_is_from_mimalloc_but_not_in_children_of_a_process_with_clients() {
        // SAFETY: all memory is used as it was allocated, and freed once.
        unsafe {
            let inherited = karafka_calloc(1, SIZE);
            inherited.write_bytes(7, SIZE);
            let allocates = |from_mimalloc: bool| {
                let memory = karafka_malloc(SIZE);
                let copy = karafka_strndup(c"texts".as_ptr(), 4);
                let right = mi_is_in_heap_region(memory) == from_mimalloc
                    && mi_is_in_heap_region(copy.cast()) == from_mimalloc
                    && std::ffi::CStr::from_ptr(copy) == c"text";
                karafka_free(copy.cast());
                let grown = karafka_realloc(memory, 100 * SIZE);
                let right = right && mi_is_in_heap_region(grown) == from_mimalloc;
                karafka_free(grown);
                right
            };
            assert!(allocates(true));
            assert!(in_child(|| allocates(true)));

            let client = rd_kafka_new(0, ptr::null_mut(), ptr::null_mut(), 0);
            assert!(in_child(|| {
                let moved = karafka_realloc(inherited, 2 * SIZE);
                let kept = std::slice::from_raw_parts(moved, SIZE).iter().all(|byte| *byte == 7);
                karafka_free(inherited); // does nothing
                karafka_free(moved);
                kept && !mi_is_in_heap_region(moved) && allocates(false)
            }));
            rd_kafka_destroy(client);
            assert!(in_child(|| allocates(true)));

            karafka_free(inherited);
            karafka_free(karafka_realloc(malloc(SIZE), 2 * SIZE)); // another library's
            karafka_free(ptr::null_mut());
        }
    }
}
