//! How requests are made and sent.

use std::{
    ffi::{CStr, CString, c_char, c_void},
    ptr::NonNull,
    sync::Arc,
};

use super::Operation;
use crate::{
    Client, Error, KafkaError,
    config::{ERROR_TEXT_SIZE, text_of},
    sys,
};

/// A part of a request, freed when it has been sent: librdkafka copies what it needs.
pub(super) struct Owned<T> {
    raw: NonNull<T>,
    free: unsafe extern "C" fn(*mut T),
}

impl<T> Owned<T> {
    /// # Safety
    /// `raw` is given away by the caller and not null, and `free` frees it.
    pub(super) unsafe fn new(raw: *mut T, free: unsafe extern "C" fn(*mut T)) -> Self {
        // SAFETY: see above.
        Self { raw: unsafe { NonNull::new_unchecked(raw) }, free }
    }

    /// None for null, by which librdkafka refuses.
    ///
    /// # Safety
    /// `raw` is null or given away by the caller, and `free` frees it.
    pub(super) unsafe fn of(raw: *mut T, free: unsafe extern "C" fn(*mut T)) -> Option<Self> {
        NonNull::new(raw).map(|raw| Self { raw, free })
    }

    pub(super) fn as_ptr(&self) -> *mut T {
        self.raw.as_ptr()
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: owned, and freed once.
        unsafe { (self.free)(self.as_ptr()) };
    }
}

/// Makes a part that librdkafka may refuse with a text, for which `make` is given a buffer.
///
/// # Safety
/// As for [`Owned::of`].
pub(super) unsafe fn checked<T>(
    free: unsafe extern "C" fn(*mut T),
    make: impl FnOnce(*mut c_char, usize) -> *mut T,
) -> Result<Owned<T>, Error> {
    let mut text = [0 as c_char; ERROR_TEXT_SIZE];
    let raw = make(text.as_mut_ptr(), text.len());
    // SAFETY: see above.
    unsafe { Owned::of(raw, free) }.ok_or_else(|| Error::Config(text_of(&text)))
}

/// Pointers to the names; they live as long as these.
pub(super) fn pointers(names: &[CString]) -> Vec<*const c_char> {
    names.iter().map(|name| name.as_ptr()).collect()
}

/// The pointer to a text that may be missing.
pub(super) fn optional(text: Option<&CStr>) -> *const c_char {
    text.map_or(std::ptr::null(), CStr::as_ptr)
}

/// Options of one request.
pub(super) type Options = Owned<sys::rd_kafka_AdminOptions_t>;

impl Options {
    /// Asks for the operations that the client may do.
    pub(super) fn include_authorized_operations(&self) {
        // SAFETY: live options; a refusal is an error object to free.
        unsafe {
            let refused = sys::rd_kafka_AdminOptions_set_include_authorized_operations(self.as_ptr(), 1);
            let _ = KafkaError::take(refused);
        }
    }

    /// Sets the isolation level: 0 or 1.
    pub(super) fn isolation_level(&self, level: i32) {
        // SAFETY: as above.
        unsafe {
            let refused = sys::rd_kafka_AdminOptions_set_isolation_level(self.as_ptr(), level as u32);
            let _ = KafkaError::take(refused);
        }
    }
}

impl Client {
    /// Submits a request: `send` gets handle, options and result queue, which live during the call.
    pub(super) fn submit(
        &self,
        kind: sys::rd_kafka_admin_op_t,
        send: impl FnOnce(*mut sys::rd_kafka_t, &Options, *mut sys::rd_kafka_queue_t),
    ) -> Result<Arc<Operation>, Error> {
        let pass = self.enter()?;
        let results = self.operations.results(pass.rk())?;
        let guard = results.queue();
        let Some(queue) = &*guard else { return Err(Error::Closed) };
        // SAFETY: live handle; the options are ours.
        let options = unsafe {
            let options = sys::rd_kafka_AdminOptions_new(pass.rk(), kind);
            Options::of(options, sys::rd_kafka_AdminOptions_destroy)
        };
        let options = options.ok_or_else(|| Error::Config("rd_kafka_AdminOptions_new was NULL".into()))?;
        let (key, operation) = self.operations.begin();
        // SAFETY: the opaque is a number, not a pointer.
        unsafe { sys::rd_kafka_AdminOptions_set_opaque(options.as_ptr(), key as *mut c_void) };
        send(pass.rk(), &options, queue.as_ptr());
        Ok(operation)
    }
}
