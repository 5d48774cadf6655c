//! Building and sending requests.

use std::{
    ffi::{CStr, CString, c_char, c_void},
    ptr::NonNull,
    sync::Arc,
};

use super::{Operation, Options, Reply};
use crate::{
    Client, Error, KafkaError, Pass,
    config::{ERROR_TEXT_SIZE, text_of},
    queue::Queue,
    sys,
};

/// Something to ask brokers for.
pub trait Request {
    /// The answer, in plain values.
    type Answer: Send + Sync + 'static;

    /// librdkafka's number for the operation.
    const OPERATION: sys::rd_kafka_admin_op_t;

    /// Whether librdkafka corrupts the reply when a broker refuses the whole request, so that it cannot be freed.
    const UNFREEABLE_WHEN_REFUSED: bool = false;

    /// Builds the native request and sends it, unless librdkafka refuses it locally.
    fn send(&self, submission: &Submission<'_>) -> Result<(), Error>;

    /// Copies the answer. Only called for a reply to this kind of request that reports no error for the whole request.
    fn read(reply: &Reply) -> Result<Self::Answer, KafkaError>;
}

/// Where and how to send a request. It keeps the handle, the options and the queue for replies alive.
#[derive(Debug)]
pub struct Submission<'a> {
    pass: &'a Pass<'a>,
    options: Owned<sys::rd_kafka_AdminOptions_t>,
    results: &'a Queue,
}

/// librdkafka's functions that send an array of items.
type SendAll<T> = unsafe extern "C" fn(
    *mut sys::rd_kafka_t,
    *mut *mut T,
    usize,
    *const sys::rd_kafka_AdminOptions_t,
    *mut sys::rd_kafka_queue_t,
);

impl<'a> Submission<'a> {
    fn new(
        pass: &'a Pass<'a>,
        results: &'a Queue,
        operation: sys::rd_kafka_admin_op_t,
        options: &Options,
    ) -> Result<Self, Error> {
        // SAFETY: the pass keeps the handle alive; we own the options.
        let native = unsafe {
            let native = sys::rd_kafka_AdminOptions_new(pass.rk(), operation);
            Owned::of(native, sys::rd_kafka_AdminOptions_destroy)
        };
        let native = native.ok_or_else(|| Error::Config("rd_kafka_AdminOptions_new was NULL".into()))?;
        // SAFETY: we own the options.
        unsafe { options.apply(native.as_ptr())? };
        Ok(Self { pass, options: native, results })
    }

    /// The native handle.
    pub(super) fn rk(&self) -> *mut sys::rd_kafka_t {
        self.pass.rk()
    }

    /// The request's options.
    pub(super) fn options(&self) -> *mut sys::rd_kafka_AdminOptions_t {
        self.options.as_ptr()
    }

    /// The queue for replies.
    pub(super) fn results(&self) -> *mut sys::rd_kafka_queue_t {
        self.results.as_ptr()
    }

    /// Sends a request for several items.
    ///
    /// # Safety
    /// `send` is librdkafka's function for this operation.
    pub(super) unsafe fn send_all<T>(&self, send: SendAll<T>, items: &[Owned<T>]) {
        let mut items: Vec<_> = items.iter().map(Owned::as_ptr).collect();
        // SAFETY: the submission and the items keep everything alive; the array has the length given.
        unsafe { send(self.rk(), items.as_mut_ptr(), items.len(), self.options(), self.results()) };
    }

    /// Sets whether the answer includes the operations that the client may do.
    pub(super) fn include_authorized_operations(&self, wanted: bool) -> Result<(), KafkaError> {
        // SAFETY: live options; we own the error.
        unsafe {
            KafkaError::take(sys::rd_kafka_AdminOptions_set_include_authorized_operations(
                self.options(),
                i32::from(wanted),
            ))
        }
    }

    /// Sets the isolation level: 0 to include uncommitted messages, or 1.
    pub(super) fn isolation_level(&self, level: i32) -> Result<(), KafkaError> {
        // SAFETY: live options; we own the error.
        unsafe { KafkaError::take(sys::rd_kafka_AdminOptions_set_isolation_level(self.options(), level as u32)) }
    }

    /// Sets the key that the reply will carry.
    fn set_key(&self, key: usize) {
        // SAFETY: we own the options; nobody follows the opaque, which is a number.
        unsafe { sys::rd_kafka_AdminOptions_set_opaque(self.options(), key as *mut c_void) };
    }
}

impl Client {
    /// Sends a request. The operation completes when the answer comes.
    pub fn submit<R: Request>(&self, request: &R, options: &Options) -> Result<Arc<Operation<R::Answer>>, Error> {
        let operation = Arc::new(Operation::new(None));
        let awaited = Arc::clone(&operation);
        self.send(request, options, move |answer| {
            awaited.set(|outcome| *outcome = Some(answer.map(Arc::new)));
            awaited.finish();
        })?;
        Ok(operation)
    }

    /// Sends a request. `complete` is called once, with the answer or an error.
    pub(super) fn send<R: Request>(
        &self,
        request: &R,
        options: &Options,
        complete: impl FnOnce(Result<R::Answer, KafkaError>) + Send + 'static,
    ) -> Result<(), Error> {
        let pass = self.enter()?;
        let results = self.operations.results(&pass)?;
        let queue = results.queue();
        let submission = Submission::new(&pass, queue.as_ref().ok_or(Error::Closed)?, R::OPERATION, options)?;
        let key = self.operations.begin::<R>(complete);
        submission.set_key(key);
        request.send(&submission).inspect_err(|_| self.operations.waiting().forget(key))
    }
}

/// An owned part of a request. librdkafka copies what it needs, so the part is freed when the request has been sent.
#[derive(Debug)]
pub(super) struct Owned<T> {
    raw: NonNull<T>,
    free: unsafe extern "C" fn(*mut T),
}

impl<T> Owned<T> {
    /// # Safety
    /// `raw` is not null and owned by the caller, and `free` frees it.
    pub(super) unsafe fn new(raw: *mut T, free: unsafe extern "C" fn(*mut T)) -> Self {
        // SAFETY: the caller promises that it is not null.
        Self { raw: unsafe { NonNull::new_unchecked(raw) }, free }
    }

    /// None for null, which librdkafka returns when it refuses.
    ///
    /// # Safety
    /// `raw` is null or owned by the caller, and `free` frees it.
    pub(super) unsafe fn of(raw: *mut T, free: unsafe extern "C" fn(*mut T)) -> Option<Self> {
        NonNull::new(raw).map(|raw| Self { raw, free })
    }

    pub(super) fn as_ptr(&self) -> *mut T {
        self.raw.as_ptr()
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: `new` or `of` took ownership; freed only here.
        unsafe { (self.free)(self.as_ptr()) };
    }
}

/// Creates a part that librdkafka may refuse. `make` is given a buffer for the reason.
///
/// # Safety
/// As for [`Owned::of`].
pub(super) unsafe fn checked<T>(
    free: unsafe extern "C" fn(*mut T),
    make: impl FnOnce(*mut c_char, usize) -> *mut T,
) -> Result<Owned<T>, Error> {
    let mut text = [0 as c_char; ERROR_TEXT_SIZE];
    let raw = make(text.as_mut_ptr(), text.len());
    // SAFETY: the caller promises what `of` needs.
    unsafe { Owned::of(raw, free) }.ok_or_else(|| Error::Config(text_of(&text)))
}

/// Pointers to the names, valid as long as the names are.
pub(super) fn pointers(names: &[CString]) -> Vec<*const c_char> {
    names.iter().map(|name| name.as_ptr()).collect()
}

/// A pointer to the text; null without one.
pub(super) fn optional(text: Option<&CStr>) -> *const c_char {
    text.map_or(std::ptr::null(), CStr::as_ptr)
}
