//! How requests are made and sent.

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

/// What brokers are asked for.
pub trait Request {
    /// What they answer.
    type Answer: Send + Sync + 'static;

    /// librdkafka's number of the operation.
    const OPERATION: sys::rd_kafka_admin_op_t;

    /// Whether librdkafka cannot free its reply when a broker refuses the whole request, nor keep the broker's text.
    const UNFREEABLE_WHEN_REFUSED: bool = false;

    /// Makes librdkafka's form of the request and sends it, unless that is refused locally.
    fn send(&self, submission: &Submission<'_>) -> Result<(), Error>;

    /// Copies the answer. The reply is one to this kind of request, and reports no error of the request as a whole.
    fn read(reply: &Reply) -> Result<Self::Answer, KafkaError>;
}

/// Where and how a request is sent: everything is live while this is.
#[derive(Debug)]
pub struct Submission<'a> {
    client: &'a Client,
    pass: &'a Pass<'a>,
    options: Owned<sys::rd_kafka_AdminOptions_t>,
    results: &'a Queue,
}

/// librdkafka's functions that send an array of what is asked for.
type SendAll<T> = unsafe extern "C" fn(
    *mut sys::rd_kafka_t,
    *mut *mut T,
    usize,
    *const sys::rd_kafka_AdminOptions_t,
    *mut sys::rd_kafka_queue_t,
);

impl<'a> Submission<'a> {
    fn new(
        client: &'a Client,
        pass: &'a Pass<'a>,
        results: &'a Queue,
        operation: sys::rd_kafka_admin_op_t,
        options: &Options,
    ) -> Result<Self, Error> {
        // SAFETY: the pass keeps the handle alive; the options are given away.
        let native = unsafe {
            let native = sys::rd_kafka_AdminOptions_new(pass.rk(), operation);
            Owned::of(native, sys::rd_kafka_AdminOptions_destroy)
        };
        let native = native.ok_or_else(|| Error::Config("rd_kafka_AdminOptions_new was NULL".into()))?;
        // SAFETY: just made.
        unsafe { options.apply(native.as_ptr())? };
        Ok(Self { client, pass, options: native, results })
    }

    /// The client.
    pub(super) fn client(&self) -> &Client {
        self.client
    }

    /// The native handle.
    pub(super) fn rk(&self) -> *mut sys::rd_kafka_t {
        self.pass.rk()
    }

    /// The options of this request.
    pub(super) fn options(&self) -> *mut sys::rd_kafka_AdminOptions_t {
        self.options.as_ptr()
    }

    /// Where librdkafka puts its reply.
    pub(super) fn results(&self) -> *mut sys::rd_kafka_queue_t {
        self.results.as_ptr()
    }

    /// Sends an array of what is asked for.
    ///
    /// # Safety
    /// `send` is librdkafka's function for this operation.
    pub(super) unsafe fn send_all<T>(&self, send: SendAll<T>, items: &[Owned<T>]) {
        let mut items: Vec<_> = items.iter().map(Owned::as_ptr).collect();
        // SAFETY: librdkafka's function gets live objects, and an array of the length given.
        unsafe { send(self.rk(), items.as_mut_ptr(), items.len(), self.options(), self.results()) };
    }

    /// Asks for the operations that the client may do.
    pub(super) fn include_authorized_operations(&self, wanted: bool) -> Result<(), KafkaError> {
        // SAFETY: live options; a refusal is given away.
        unsafe {
            KafkaError::take(sys::rd_kafka_AdminOptions_set_include_authorized_operations(
                self.options(),
                i32::from(wanted),
            ))
        }
    }

    /// Sets the isolation level: 0 or 1.
    pub(super) fn isolation_level(&self, level: i32) -> Result<(), KafkaError> {
        // SAFETY: live options; a refusal is given away.
        unsafe { KafkaError::take(sys::rd_kafka_AdminOptions_set_isolation_level(self.options(), level as u32)) }
    }

    /// Has the reply carry a number.
    fn set_key(&self, key: usize) {
        // SAFETY: live options; the opaque is a number, to which no one points.
        unsafe { sys::rd_kafka_AdminOptions_set_opaque(self.options(), key as *mut c_void) };
    }
}

impl Client {
    /// Submits a request.
    pub fn submit<R: Request>(&self, request: &R, options: &Options) -> Result<Arc<Operation<R::Answer>>, Error> {
        let operation = Arc::new(Operation::new(None));
        let awaited = Arc::clone(&operation);
        self.send(request, options, move |answer| {
            awaited.set(|outcome| *outcome = Some(answer.map(Arc::new)));
            awaited.finish();
        })?;
        Ok(operation)
    }

    /// Sends a request, whose answer or failure `complete` gets.
    pub(super) fn send<R: Request>(
        &self,
        request: &R,
        options: &Options,
        complete: impl FnOnce(Result<R::Answer, KafkaError>) + Send + 'static,
    ) -> Result<(), Error> {
        let pass = self.enter()?;
        let results = self.operations.results(&pass)?;
        let queue = results.queue();
        let submission = Submission::new(self, &pass, queue.as_ref().ok_or(Error::Closed)?, R::OPERATION, options)?;
        let key = self.operations.begin::<R>(complete);
        submission.set_key(key);
        request.send(&submission).inspect_err(|_| self.operations.forget(key))
    }
}

/// A part of a request, freed when it has been sent: librdkafka copies what it needs.
#[derive(Debug)]
pub(super) struct Owned<T> {
    raw: NonNull<T>,
    free: unsafe extern "C" fn(*mut T),
}

impl<T> Owned<T> {
    /// # Safety
    /// `raw` is given away by the caller and not null, and `free` frees it.
    pub(super) unsafe fn new(raw: *mut T, free: unsafe extern "C" fn(*mut T)) -> Self {
        // SAFETY: the caller promises that it is not null.
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
        // SAFETY: ours since `new` or `of`, and freed only here.
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
    // SAFETY: the caller promises what `of` needs.
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
