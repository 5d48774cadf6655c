//! Lock-free versions of C functions that librdkafka's threads call.
//!
//! If a process is forked while another thread holds a lock of the C library or of OpenSSL, the lock stays locked in the
//! child. The child would hang at its first connection, or at its end, in a destructor that needs the lock. So the linker
//! replaces calls of these functions (see build.rs). Every failing connection looks up an error text, for which glibc
//! takes the lock of `setlocale`: the texts are collected when the extension is loaded. And each thread's random seed
//! comes from the system instead of OpenSSL's shared generator.

use std::{
    ffi::{CStr, CString, c_char, c_int},
    io::{Error, ErrorKind},
    sync::OnceLock,
};

static TEXTS: OnceLock<Texts> = OnceLock::new();

/// Error texts: the system's for codes from 0 up, the resolver's for codes from 0 down.
struct Texts {
    system: Vec<CString>,
    resolver: Vec<CString>,
}

/// Linux has about 130 codes, and the resolver about 20.
const LIMIT: c_int = 256;

unsafe extern "C" {
    fn __real_strerror_r(code: c_int, buffer: *mut c_char, size: usize) -> *const c_char;
    fn __real_gai_strerror(code: c_int) -> *const c_char;
}

/// Collects the texts.
pub fn init() {
    texts();
}

fn texts() -> &'static Texts {
    TEXTS.get_or_init(|| {
        let system = |code| {
            let mut buffer = [0 as c_char; 256];
            // SAFETY: the buffer has the size given; the text is in the buffer, or static.
            unsafe { CStr::from_ptr(__real_strerror_r(code, buffer.as_mut_ptr(), buffer.len())) }.to_owned()
        };
        // SAFETY: glibc returns a static text for each code.
        let resolver = |code: c_int| unsafe { CStr::from_ptr(__real_gai_strerror(-code)) }.to_owned();
        Texts { system: (0..LIMIT).map(system).collect(), resolver: (0..LIMIT).map(resolver).collect() }
    })
}

fn find(texts: &'static [CString], code: c_int) -> *const c_char {
    let text = usize::try_from(code).ok().and_then(|index| texts.get(index));
    text.map_or(c"Unknown error", CString::as_c_str).as_ptr()
}

/// The GNU form of `strerror_r`, which need not use the buffer.
#[unsafe(no_mangle)]
extern "C" fn __wrap_strerror_r(code: c_int, _buffer: *mut c_char, _size: usize) -> *const c_char {
    find(&texts().system, code)
}

#[unsafe(no_mangle)]
extern "C" fn __wrap_gai_strerror(code: c_int) -> *const c_char {
    find(&texts().resolver, code.wrapping_neg())
}

#[unsafe(no_mangle)]
extern "C" fn __wrap_RAND_priv_bytes(buffer: *mut u8, size: c_int) -> c_int {
    let size = usize::try_from(size).unwrap_or_default();
    let mut filled = 0;
    while filled < size {
        // SAFETY: OpenSSL's caller passes a buffer of `size` bytes, of which `size - filled` are left.
        let read = unsafe { libc::getrandom(buffer.add(filled).cast(), size - filled, 0) };
        match usize::try_from(read) {
            Ok(read) => filled += read,
            Err(_) if Error::last_os_error().kind() == ErrorKind::Interrupted => {}
            Err(_) => return 0,
        }
    }
    1
}
