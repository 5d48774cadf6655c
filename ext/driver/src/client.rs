//! What producers, consumers and admin clients have in common: a native handle with one owner.

mod credentials;
mod polling;

use std::{
    ffi::{CStr, CString, c_char, c_int},
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicPtr, AtomicUsize, Ordering},
    },
};

use crate::{
    Config, Error, Event, Gate, KafkaError, Timeout,
    admin::Operations,
    code,
    config::{ERROR_TEXT_SIZE, text_of},
    error::owned,
    events::collect_yielding,
    process::excluding_forks,
    queue::Queue,
    sync::{get_mut, lock},
    sys,
};

/// The two kinds of native handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Producers and admin clients.
    Producer,
    /// Consumers.
    Consumer,
}

/// A native handle with the queues through which its polls are woken.
#[derive(Debug)]
pub struct Client {
    rk: AtomicPtr<sys::rd_kafka_t>,
    queues: Mutex<Queues>,
    gate: Gate,
    name: CString,
    /// How many interruptions of polls are set.
    interruptions: AtomicUsize,
    /// Events for the next poll: served by a blocking call, or collected for a caller who stopped waiting.
    relayed: Mutex<Vec<Event>>,
    pub(crate) operations: Operations,
}

#[derive(Debug, Default)]
struct Queues {
    main: Option<Queue>,
    consumer: Option<Queue>,
    /// Whether the application wants to be signalled. A queue signals to one descriptor only.
    signal_application: bool,
}

impl Queues {
    fn iter(&self) -> impl Iterator<Item = &Queue> {
        [&self.main, &self.consumer].into_iter().flatten()
    }
}

/// Permission to use the native handle: the client is not destroyed while it exists.
#[derive(Debug)]
pub struct Pass<'a> {
    client: &'a Client,
}

impl Pass<'_> {
    /// The native handle.
    pub(crate) fn rk(&self) -> *mut sys::rd_kafka_t {
        self.client.rk.load(Ordering::Acquire)
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.client.gate.leave();
    }
}

impl Client {
    /// Creates a client; logs go to the main queue.
    pub(crate) fn create(config: Config, kind: Kind) -> Result<Self, Error> {
        let native_kind = match kind {
            Kind::Producer => sys::RD_KAFKA_PRODUCER,
            Kind::Consumer => sys::RD_KAFKA_CONSUMER,
        };
        // Before the handle, so that both belong to the same process even if a fork comes in between.
        let gate = Gate::default();
        let rk = config.create(native_kind)?;
        // SAFETY: just created, after the gate, and owned by nobody else.
        Ok(unsafe { Self::own(gate, rk) })
    }

    /// Takes ownership of a native handle; logs go to the main queue.
    ///
    /// # Safety
    /// `rk` is live, is owned by the caller, and was created after the gate.
    pub(crate) unsafe fn own(gate: Gate, rk: *mut sys::rd_kafka_t) -> Self {
        // SAFETY: the caller promises a live handle; a null log queue means the main queue.
        let (name, main) = unsafe {
            sys::rd_kafka_set_log_queue(rk, std::ptr::null_mut());
            (owned(sys::rd_kafka_name(rk)).unwrap_or_default(), Queue::from_raw(sys::rd_kafka_queue_get_main(rk)))
        };
        Self {
            rk: AtomicPtr::new(rk),
            queues: Mutex::new(Queues { main, ..Queues::default() }),
            gate,
            name,
            interruptions: AtomicUsize::new(0),
            relayed: Mutex::default(),
            operations: Operations::default(),
        }
    }

    /// Starts an operation.
    pub fn enter(&self) -> Result<Pass<'_>, Error> {
        self.gate.enter()?;
        Ok(Pass { client: self })
    }

    /// Such as `rdkafka#producer-1`.
    pub fn name(&self) -> &CStr {
        &self.name
    }

    /// The gate that `close` goes through.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// The address of the native handle, by which callbacks name the client; 0 when it is gone.
    pub fn address(&self) -> usize {
        if self.gate.is_closed() { 0 } else { self.rk.load(Ordering::Acquire) as usize }
    }

    /// How many messages, requests and events wait in the client.
    pub fn out_queue_len(&self) -> Result<i32, Error> {
        let pass = self.enter()?;
        // SAFETY: the pass keeps the handle alive.
        Ok(unsafe { sys::rd_kafka_outq_len(pass.rk()) })
    }

    /// An option's value in the running client, if it is set.
    pub(crate) fn option(&self, name: &CStr) -> Result<Option<CString>, Error> {
        let pass = self.enter()?;
        let mut size = 0;
        // SAFETY: the pass keeps the handle and its configuration alive; null asks for the size, and the buffer has it.
        unsafe {
            let conf = sys::rd_kafka_conf(pass.rk());
            if sys::rd_kafka_conf_get(conf, name.as_ptr(), std::ptr::null_mut(), &mut size) != sys::RD_KAFKA_CONF_OK {
                return Ok(None);
            }
            let mut value = vec![0 as c_char; size];
            let result = sys::rd_kafka_conf_get(conf, name.as_ptr(), value.as_mut_ptr(), &mut size);
            Ok(if result == sys::RD_KAFKA_CONF_OK { owned(value.as_ptr()) } else { None })
        }
    }

    /// The client's fatal error, if it had one.
    pub fn fatal_error(&self) -> Result<Option<KafkaError>, Error> {
        let pass = self.enter()?;
        let mut text = [0 as c_char; ERROR_TEXT_SIZE];
        // SAFETY: the pass keeps the handle alive; the buffer has the size given.
        let code = unsafe { sys::rd_kafka_fatal_error(pass.rk(), text.as_mut_ptr(), text.len()) };
        Ok((code != code::NO_ERROR).then(|| KafkaError {
            message: CString::new(text_of(&text)).ok(),
            fatal: true,
            ..KafkaError::new(code)
        }))
    }

    /// Replaces the code that only stands for a fatal error by that error.
    pub(crate) fn resolve(&self, error: KafkaError) -> KafkaError {
        if error.code != code::FATAL {
            return error;
        }
        self.fatal_error().ok().flatten().unwrap_or(error)
    }

    /// `Err` unless the code is [`NO_ERROR`](code::NO_ERROR).
    pub(crate) fn check(&self, code: i32) -> Result<(), Error> {
        KafkaError::check(code).map_err(|error| self.resolve(error).into())
    }

    /// Causes a fatal error, for tests.
    pub fn test_fatal_error(&self, code: i32, reason: &CStr) -> Result<i32, Error> {
        let pass = self.enter()?;
        // SAFETY: the pass keeps the handle alive; the text is copied.
        Ok(unsafe { sys::rd_kafka_test_fatal_error(pass.rk(), code, reason.as_ptr()) })
    }

    /// The cluster's id. Waits for it if it is not known yet.
    pub fn cluster_id(&self, timeout: Timeout) -> Result<Option<CString>, Error> {
        let pass = self.enter()?;
        // SAFETY: the pass keeps the handle alive; the text is null or owned by us.
        Ok(unsafe { take_text(&pass, sys::rd_kafka_clusterid(pass.rk(), timeout.0)) })
    }

    /// Waits for librdkafka's threads and frees the client; `quick` skips leaving the consumer group. Returns the events
    /// that are still to be handled.
    ///
    /// # Safety
    /// As for [`Closable::destroy`](crate::Closable::destroy).
    pub(crate) unsafe fn destroy(&self, quick: bool) -> Vec<Event> {
        let rk = self.rk.swap(std::ptr::null_mut(), Ordering::AcqRel);
        if rk.is_null() || self.gate.is_foreign() {
            return Vec::new();
        }
        self.operations.stop();
        *self.queues() = Queues::default();
        let flags = if quick { sys::RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE } else { 0 };
        // SAFETY: the swap gives the handle to one caller only, and the caller promises that nobody else uses it.
        let ((), events) =
            collect_yielding(|| excluding_forks(|| unsafe { sys::rd_kafka_destroy_flags(rk, flags as c_int) }));
        self.operations.abandon(code::DESTROY);
        let mut kept = self.take_relayed();
        kept.extend(events);
        kept
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        lock(&self.queues)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if self.gate.is_foreign() {
            // The queues' native memory, and what waits for deliveries, belong to threads that do not exist in this
            // process. (Without locking: another thread may have held the lock when the process forked.)
            std::mem::forget(std::mem::take(get_mut(&mut self.queues)));
            std::mem::forget(std::mem::take(get_mut(&mut self.relayed)));
            return;
        }
        // SAFETY: a client that is dropped has no other users.
        unsafe { self.destroy(true) };
    }
}

/// Copies a text that librdkafka allocated for its caller, and frees it.
///
/// # Safety
/// `text` is null, or a C string that the pass's client allocated and that the caller owns.
pub(crate) unsafe fn take_text(pass: &Pass<'_>, text: *mut c_char) -> Option<CString> {
    // SAFETY: not freed before it is copied, and freed only once.
    unsafe {
        let copy = owned(text)?;
        sys::rd_kafka_mem_free(pass.rk(), text.cast());
        Some(copy)
    }
}
