//! What producers, consumers and admin clients have in common: a native handle with one owner.

use std::{
    ffi::{CStr, CString, c_char, c_int, c_void},
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicPtr, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    Config, Error, Event, Gate, Interruption, KafkaError, Served, Timeout, Wake, Wakeup,
    admin::Operations,
    code,
    config::{ERROR_TEXT_SIZE, text_of},
    error::owned,
    events::{collect, collect_yielding},
    process::undivided,
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

/// A native handle with the queues that are needed to wake its pollers.
#[derive(Debug)]
pub struct Client {
    rk: AtomicPtr<sys::rd_kafka_t>,
    queues: Mutex<Queues>,
    gate: Gate,
    name: CString,
    /// How many polls are to end.
    interruptions: AtomicUsize,
    /// Events that are still to be handled: served by a blocking call, or collected for somebody who has left.
    relayed: Mutex<Vec<Event>>,
    pub(crate) operations: Operations,
}

#[derive(Debug, Default)]
struct Queues {
    main: Option<Queue>,
    consumer: Option<Queue>,
}

/// Permission to use the native handle: while it lives, the client is not torn down.
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
    /// Makes a client; logs go to the main queue.
    pub(crate) fn create(config: Config, kind: Kind) -> Result<Self, Error> {
        let native_kind = match kind {
            Kind::Producer => sys::RD_KAFKA_PRODUCER,
            Kind::Consumer => sys::RD_KAFKA_CONSUMER,
        };
        // Made first, so that it carries the generation of the process that makes the handle.
        let gate = Gate::default();
        let rk = config.create(native_kind)?;
        // SAFETY: just made, and given away.
        Ok(unsafe { Self::own(gate, rk) })
    }

    /// Takes over a native handle; logs go to the main queue.
    ///
    /// # Safety
    /// `rk` is live and given away. It was made after the gate, which carries the generation of the process.
    pub(crate) unsafe fn own(gate: Gate, rk: *mut sys::rd_kafka_t) -> Self {
        // SAFETY: a live handle; a null log queue means the main queue.
        let (name, main) = unsafe {
            sys::rd_kafka_set_log_queue(rk, std::ptr::null_mut());
            (owned(sys::rd_kafka_name(rk)).unwrap_or_default(), Queue::from_raw(sys::rd_kafka_queue_get_main(rk)))
        };
        Self {
            rk: AtomicPtr::new(rk),
            queues: Mutex::new(Queues { main, consumer: None }),
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

    /// Takes a reference to the consumer queue, to wake polls of it.
    pub(crate) fn find_consumer_queue(&self) -> Result<(), Error> {
        let pass = self.enter()?;
        // SAFETY: a live consumer; null without a group.
        let queue = unsafe { Queue::from_raw(sys::rd_kafka_queue_get_consumer(pass.rk())) };
        self.queues().consumer = queue;
        Ok(())
    }

    /// The consumer queue, alive as long as the pass.
    pub(crate) fn consumer_queue(&self, _pass: &Pass<'_>) -> Option<*mut sys::rd_kafka_queue_t> {
        self.queues().consumer.as_ref().map(Queue::as_ptr)
    }

    /// Has `function` called with `opaque` whenever one of the queues stops being empty, or is woken while it is empty.
    ///
    /// # Safety
    /// The function may be called by any thread until the client is gone; `opaque` has to live as long.
    pub(crate) unsafe fn call_on_queue_events(
        &self,
        function: extern "C" fn(*mut sys::rd_kafka_t, *mut c_void),
        opaque: *mut c_void,
    ) {
        let queues = self.queues();
        for queue in [&queues.main, &queues.consumer].into_iter().flatten() {
            // SAFETY: a live queue; the caller vouches for the rest.
            unsafe { sys::rd_kafka_queue_cb_event_enable(queue.as_ptr(), Some(function), opaque) };
        }
    }

    /// Runs polls, which may end early, until one has a result, or its time is over, or the wait is interrupted, or the
    /// client is being closed. The rest of the time is passed to each.
    pub(crate) fn poll_until<T>(
        &self,
        timeout: Timeout,
        interruption: &Interruption<'_>,
        mut poll: impl FnMut(Timeout) -> Served<Option<T>>,
    ) -> Served<Option<T>> {
        let started = Instant::now();
        let mut rest = timeout;
        loop {
            let served = poll(rest);
            rest = timeout.rest(started);
            if !served.is_empty() || rest == Timeout::NONE || interruption.is_set() || self.gate.is_closing() {
                return served;
            }
            if self.interruptions.load(Ordering::SeqCst) > 0 {
                // We took the wake-up that was meant for another poller of the same queue: pass it on, and let the
                // other one have it.
                self.wake();
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    /// Serves the main queue. Returns how many events librdkafka counted.
    pub fn poll_main(&self, timeout: Timeout) -> Served<i32> {
        Served::by(|events| {
            let pass = self.enter()?;
            *events = self.take_relayed();
            let timeout = if events.is_empty() { timeout } else { Timeout::NONE };
            // SAFETY: the pass keeps the handle alive.
            let (served, polled) = collect(|| unsafe { sys::rd_kafka_poll(pass.rk(), timeout.0) });
            let relayed = i32::try_from(events.len()).unwrap_or(i32::MAX);
            events.extend(polled);
            Ok(served.saturating_add(relayed))
        })
    }

    /// Lets the next poll of the main queue have an event.
    pub(crate) fn relay(&self, event: Event) {
        self.relayed().push(event);
        self.wake();
    }

    /// The same for events that were collected for somebody who has left.
    pub fn keep(&self, events: Vec<Event>) {
        if !events.is_empty() {
            self.relayed().extend(events);
            self.wake();
        }
    }

    pub(crate) fn has_relayed(&self) -> bool {
        !self.relayed().is_empty()
    }

    /// The events that were relayed or kept.
    pub fn take_relayed(&self) -> Vec<Event> {
        std::mem::take(&mut *self.relayed())
    }

    fn relayed(&self) -> MutexGuard<'_, Vec<Event>> {
        lock(&self.relayed)
    }

    /// The same, waiting until there is something, or the wait is interrupted, or the client is being closed.
    pub fn wait_main(&self, timeout: Timeout, interruption: &Interruption<'_>) -> Served<Option<i32>> {
        self.poll_until(timeout, interruption, |rest| self.poll_main(rest).map(|served| (served > 0).then_some(served)))
    }

    /// Writes `payload` to `fd` whenever a queue that is polled, for events or for messages, stops being empty.
    pub fn signal_queues(&self, fd: c_int, payload: &[u8]) -> Result<(), Error> {
        let _pass = self.enter()?;
        let queues = self.queues();
        for queue in [&queues.main, &queues.consumer].into_iter().flatten() {
            queue.signal(fd, payload);
        }
        Ok(())
    }

    /// Notifies whenever the consumer queue stops being empty, and when it is woken.
    pub(crate) fn signal_consumer_queue(&self, wakeup: &Wakeup) -> Result<(), Error> {
        let _pass = self.enter()?;
        if let Some(queue) = &self.queues().consumer {
            queue.signal(wakeup.writer(), b"\x01");
        }
        Ok(())
    }

    /// Messages, requests and events that wait in the client.
    pub fn out_queue_len(&self) -> Result<i32, Error> {
        let pass = self.enter()?;
        // SAFETY: the pass keeps the handle alive.
        Ok(unsafe { sys::rd_kafka_outq_len(pass.rk()) })
    }

    /// An option's value in the running client, if it is set and not longer than 511 bytes.
    pub(crate) fn option(&self, name: &CStr) -> Result<Option<CString>, Error> {
        let pass = self.enter()?;
        let mut value = [0 as c_char; 512];
        let mut size = value.len();
        // SAFETY: live configuration and a buffer of the size given.
        unsafe {
            let conf = sys::rd_kafka_conf(pass.rk());
            let result = sys::rd_kafka_conf_get(conf, name.as_ptr(), value.as_mut_ptr(), &mut size);
            Ok(if result == sys::RD_KAFKA_CONF_OK { owned(value.as_ptr()) } else { None })
        }
    }

    /// The fatal error that the client has met, if any.
    pub fn fatal_error(&self) -> Result<Option<KafkaError>, Error> {
        let pass = self.enter()?;
        let mut text = [0 as c_char; ERROR_TEXT_SIZE];
        // SAFETY: live handle, buffer of the size given.
        let code = unsafe { sys::rd_kafka_fatal_error(pass.rk(), text.as_mut_ptr(), text.len()) };
        Ok((code != code::NO_ERROR).then(|| KafkaError {
            message: CString::new(text_of(&text)).ok(),
            fatal: true,
            ..KafkaError::new(code)
        }))
    }

    /// Replaces the fatal marker by the real error.
    pub(crate) fn resolve(&self, error: KafkaError) -> KafkaError {
        if error.code != code::FATAL {
            return error;
        }
        self.fatal_error().ok().flatten().unwrap_or(error)
    }

    /// `Err` unless the code says that all is well.
    pub(crate) fn check(&self, code: i32) -> Result<(), Error> {
        KafkaError::check(code).map_err(|error| self.resolve(error).into())
    }

    /// Provokes a fatal error, for tests.
    pub fn test_fatal_error(&self, code: i32, reason: &CStr) -> Result<i32, Error> {
        let pass = self.enter()?;
        // SAFETY: live handle and C string.
        Ok(unsafe { sys::rd_kafka_test_fatal_error(pass.rk(), code, reason.as_ptr()) })
    }

    /// The cluster's id, waiting for it if it is not known yet.
    pub fn cluster_id(&self, timeout: Timeout) -> Result<Option<CString>, Error> {
        let pass = self.enter()?;
        // SAFETY: the text is copied and freed.
        Ok(unsafe {
            let id = sys::rd_kafka_clusterid(pass.rk(), timeout.0);
            let copy = owned(id);
            if !id.is_null() {
                sys::rd_kafka_mem_free(pass.rk(), id.cast());
            }
            copy
        })
    }

    /// Gives librdkafka a new OAUTHBEARER token. `extensions` are names and values in turn.
    pub fn set_token(
        &self,
        token: &CStr,
        lifetime_ms: i64,
        principal: &CStr,
        extensions: &[CString],
    ) -> Result<Result<(), KafkaError>, Error> {
        let pass = self.enter()?;
        if let Some(beside) = &*self.operations.group_reader() {
            beside.set_token(token, lifetime_ms, principal, extensions)?.ok();
        }
        let mut text = [0 as c_char; ERROR_TEXT_SIZE];
        let mut extensions: Vec<*const c_char> = extensions.iter().map(|text| text.as_ptr()).collect();
        // SAFETY: live handle, C strings, array and buffer of the sizes given; everything is copied.
        let code = unsafe {
            sys::rd_kafka_oauthbearer_set_token(
                pass.rk(),
                token.as_ptr(),
                lifetime_ms,
                principal.as_ptr(),
                extensions.as_mut_ptr(),
                extensions.len(),
                text.as_mut_ptr(),
                text.len(),
            )
        };
        Ok(KafkaError::check(code).map_err(|error| KafkaError { message: CString::new(text_of(&text)).ok(), ..error }))
    }

    /// Tells librdkafka that no token could be had.
    pub fn set_token_failure(&self, reason: &CStr) -> Result<i32, Error> {
        let pass = self.enter()?;
        if let Some(beside) = &*self.operations.group_reader() {
            beside.set_token_failure(reason)?;
        }
        // SAFETY: live handle and C string.
        Ok(unsafe { sys::rd_kafka_oauthbearer_set_token_failure(pass.rk(), reason.as_ptr()) })
    }

    /// Has librdkafka log in with another name and password from now on. What is connected stays so.
    pub fn set_sasl_credentials(&self, user: &CStr, password: &CStr) -> Result<(), Error> {
        let pass = self.enter()?;
        // Held, as the configuration must not be copied meanwhile.
        let beside = self.operations.group_reader();
        // SAFETY: live handle and C strings, which are copied; a refusal is given away.
        unsafe { KafkaError::take(sys::rd_kafka_sasl_set_credentials(pass.rk(), user.as_ptr(), password.as_ptr()))? };
        beside.as_ref().map_or(Ok(()), |client| client.set_sasl_credentials(user, password))
    }

    /// Waits for librdkafka's threads and frees the client. To be called by the one who finished closing the gate;
    /// `quick` gives up leaving the consumer group. Events that turn up on the way are returned.
    pub(crate) fn destroy(&self, quick: bool) -> Vec<Event> {
        let rk = self.rk.swap(std::ptr::null_mut(), Ordering::AcqRel);
        if rk.is_null() || self.gate.is_foreign() {
            return Vec::new();
        }
        self.operations.stop();
        *self.queues() = Queues::default();
        let flags = if quick { sys::RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE } else { 0 };
        // SAFETY: ours, taken out exactly once, and no pass is left.
        let ((), events) =
            collect_yielding(|| undivided(|| unsafe { sys::rd_kafka_destroy_flags(rk, flags as c_int) }));
        self.operations.abandon(code::DESTROY);
        let mut kept = self.take_relayed();
        kept.extend(events);
        kept
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        lock(&self.queues)
    }
}

impl Wake for Client {
    /// Ends all polls that are under way. Each queue remembers it, so that the next poll may also end early.
    fn wake(&self) {
        if self.gate.is_foreign() {
            return;
        }
        let queues = self.queues();
        for queue in [&queues.main, &queues.consumer].into_iter().flatten() {
            queue.wake();
        }
    }

    /// Several threads may poll one queue, and a wake-up ends only one of these polls.
    fn interruptions(&self) -> Option<&AtomicUsize> {
        Some(&self.interruptions)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if self.gate.is_foreign() {
            // The queues' native memory, and who waits for deliveries, belong to threads that do not exist here.
            // (No locking: a lock may have been held when the process forked.)
            std::mem::forget(std::mem::take(get_mut(&mut self.queues)));
            std::mem::forget(std::mem::take(get_mut(&mut self.relayed)));
            return;
        }
        self.destroy(true);
    }
}
