//! Transactions of a producer.
//!
//! librdkafka's calls may block for minutes, cannot be woken, and start over when they are repeated with short timeouts.
//! So each call runs to its end on a thread of the pool, and its caller can stop waiting. An abandoned call goes on, and
//! the next call waits for it first.

use std::{
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::{
    Awaited, Closable, Completion, Error, Event, GroupMetadata, Interruption, KafkaError, PartitionList, Producer,
    Timeout, Wake, Wakeup, code, events, pool, reaper, sync::lock, sys,
};

/// How much later than a timeout librdkafka may report it.
const GRACE: Duration = Duration::from_secs(1);

/// A request to the transaction coordinator.
#[derive(Debug)]
pub enum TransactionRequest {
    /// Gets a producer id, and fences off older producers with the same transactional id.
    Init,
    /// Begins a transaction.
    Begin,
    /// Delivers outstanding messages, then commits.
    Commit(Timeout),
    /// Purges outstanding messages, then aborts.
    Abort(Timeout),
    /// Adds consumed offsets to the transaction. librdkafka refuses it without a group.
    SendOffsets(PartitionList, Option<Arc<GroupMetadata>>, Timeout),
}

impl TransactionRequest {
    /// librdkafka's name for the request.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Init => "init_transactions",
            Self::Begin => "begin_transaction",
            Self::Commit(_) => "commit_transaction",
            Self::Abort(_) => "abort_transaction",
            Self::SendOffsets(..) => "send_offsets_to_transaction",
        }
    }

    /// How long the caller wants to wait.
    pub fn timeout(&self) -> Timeout {
        match self {
            Self::Init | Self::Begin => Timeout(-1),
            Self::Commit(timeout) | Self::Abort(timeout) | Self::SendOffsets(_, _, timeout) => *timeout,
        }
    }

    /// How long to wait for its call; none if librdkafka ends it in time. It may wait for ever for a coordinator.
    pub fn patience(&self) -> Option<Duration> {
        let Self::SendOffsets(_, _, timeout) = self else { return None };
        timeout.duration().map(|timeout| timeout + GRACE)
    }

    /// Whether the outcome of an abandoned call of that name is the outcome of this request.
    fn resumes(&self, name: &str) -> bool {
        // The abandoned call may have sent other offsets.
        self.name() == name && !matches!(self, Self::SendOffsets(..))
    }

    /// # Safety
    /// `rk` is a live producer.
    unsafe fn send(self, rk: *mut sys::rd_kafka_t) -> Result<(), KafkaError> {
        // SAFETY: the caller promises a live handle; we own list, metadata and error.
        unsafe {
            KafkaError::take(match self {
                Self::Init => sys::rd_kafka_init_transactions(rk, -1),
                Self::Begin => sys::rd_kafka_begin_transaction(rk),
                Self::Commit(timeout) => sys::rd_kafka_commit_transaction(rk, timeout.0),
                Self::Abort(timeout) => sys::rd_kafka_abort_transaction(rk, timeout.0),
                Self::SendOffsets(offsets, group, timeout) => {
                    let group = group.as_ref().map_or(std::ptr::null(), |group| group.as_ptr());
                    sys::rd_kafka_send_offsets_to_transaction(rk, offsets.as_ptr(), group, timeout.0)
                }
            })
        }
    }
}

/// The one call that a producer can have under way.
#[derive(Debug, Default)]
pub(crate) struct Transactions(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    call: Option<Arc<TransactionCall>>,
    /// The producer was closed during the call, and is freed when the call ends.
    orphaned: bool,
}

/// A call under way.
#[derive(Debug)]
pub struct TransactionCall {
    name: &'static str,
    outcome: Completion<Option<Result<(), KafkaError>>>,
    waited_for: AtomicBool,
    /// There is an event, or the producer was closed: the waiting thread has to look.
    attention: AtomicBool,
}

impl TransactionCall {
    /// Waits until the call ends, there are [relayed events](crate::Client::take_relayed), the time is over, or the wait is
    /// interrupted. The caller then checks for events and for the outcome.
    pub fn wait_for_change(&self, limit: Option<Duration>, interruption: &Interruption<'_>) {
        self.outcome.wait_or(limit, interruption, || self.attention.load(Ordering::SeqCst));
        self.attention.store(false, Ordering::SeqCst);
    }

    /// Notifies when there may be events or an outcome.
    pub fn watch(&self, wakeup: &Wakeup) {
        self.outcome.watch(wakeup.writer());
    }

    /// Undoes [`watch`](Self::watch).
    pub fn unwatch(&self, wakeup: &Wakeup) {
        self.outcome.unwatch(wakeup.writer());
    }

    /// Wakes the waiting thread.
    fn draw_attention(&self) {
        self.attention.store(true, Ordering::SeqCst);
        self.outcome.wake();
    }
}

impl Wake for TransactionCall {
    fn wake(&self) {
        self.outcome.wake();
    }
}

impl Transactions {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }

    /// Leaves it to the call under way to free the producer. False when there is no such call.
    pub(crate) fn leave_producer(&self) -> bool {
        let mut state = self.state();
        let Some(call) = state.call.as_ref().filter(|call| call.outcome.is_pending()) else { return false };
        call.draw_attention();
        state.orphaned = true;
        true
    }
}

impl Producer {
    /// Starts a call for the request, or waits for an abandoned call first: see [`TransactionWait::settle`].
    pub fn transact<'a>(self: &'a Arc<Self>, request: TransactionRequest) -> Result<TransactionWait<'a>, Error> {
        let pass = self.client().enter()?;
        let mut state = self.transactions.state();
        if let Some(call) = &state.call {
            if call.waited_for.swap(true, Ordering::SeqCst) {
                return Err(busy(&request, call.name).into());
            }
            return Ok(TransactionWait { producer: self, call: Arc::clone(call), request: Some(request) });
        }
        let call = Arc::new(TransactionCall {
            name: request.name(),
            outcome: Completion::new(None),
            waited_for: AtomicBool::new(true),
            attention: AtomicBool::new(false),
        });
        let (producer, its_call, rk) = (Arc::clone(self), Arc::clone(&call), pass.rk() as usize);
        // SAFETY: the handle of this producer, which is not destroyed during the call (see `leave_producer`).
        let run = move || unsafe { producer.run(request, &its_call, rk as *mut sys::rd_kafka_t) };
        pool::run(Box::new(run)).map_err(|(error, _)| error)?;
        state.call = Some(Arc::clone(&call));
        Ok(TransactionWait { producer: self, call, request: None })
    }

    /// Waits for at most that long for a call that is under way when the producer is closed; true when there is none left.
    /// (Initialising may be cut short, because nothing depends on its outcome.)
    pub(crate) fn wait_for_transaction(&self, limit: Timeout) -> bool {
        let call = self.transactions.state().call.clone();
        call.is_none_or(|call| {
            call.name == TransactionRequest::Init.name()
                || call.outcome.wait(limit.duration(), &Interruption::unnoticed())
        })
    }

    /// Runs a call on its thread. Events that come meanwhile go to the threads that wait for the call, or that poll.
    ///
    /// # Safety
    /// `rk` is the producer's handle, and stays live during the call.
    unsafe fn run(self: Arc<Self>, request: TransactionRequest, call: &Arc<TransactionCall>, rk: *mut sys::rd_kafka_t) {
        let relay = {
            let (producer, call) = (Arc::clone(&self), Arc::clone(call));
            move |event| producer.relay(event, &call)
        };
        // SAFETY: the caller promises a live handle.
        let outcome = events::relay_to(relay, || unsafe { request.send(rk) });
        let outcome = outcome.map_err(|error| self.client().resolve(error));
        let mut state = self.transactions.state();
        call.outcome.set(|value| *value = Some(outcome));
        call.outcome.finish();
        let orphaned = state.orphaned;
        if orphaned {
            state.call = None;
        }
        drop(state);
        if orphaned {
            // SAFETY: `destroy` has left it to this call, which was the last to use the client.
            reaper::dispose(move || drop(unsafe { self.destroy() }));
        } else {
            self.release();
        }
    }

    fn relay(&self, event: Event, call: &TransactionCall) {
        if !self.transactions.state().orphaned {
            self.client().relay(event);
            call.draw_attention();
        }
    }
}

fn busy(wanted: &TransactionRequest, name: &str) -> KafkaError {
    let (code, text) = if wanted.name() == name {
        (code::PREV_IN_PROGRESS, format!("Simultaneous {name} API calls not allowed"))
    } else {
        (code::CONFLICT, format!("Conflicting {name} API call is already in progress"))
    };
    KafkaError { message: std::ffi::CString::new(text).ok(), retriable: true, ..KafkaError::new(code) }
}

/// A wait for a call. If it is dropped before there is an outcome, the call goes on, and the next call waits for it.
#[derive(Debug)]
pub struct TransactionWait<'a> {
    producer: &'a Producer,
    call: Arc<TransactionCall>,
    /// The request to make when an abandoned call has ended.
    request: Option<TransactionRequest>,
}

impl TransactionWait<'_> {
    /// The call that is waited for.
    pub fn call(&self) -> &Arc<TransactionCall> {
        &self.call
    }

    /// Whether the call is the caller's own.
    pub fn is_own(&self) -> bool {
        self.request.is_none()
    }

    /// The outcome, if there is one.
    pub fn outcome(&self) -> Option<Result<(), Error>> {
        let outcome = self.call.outcome.value();
        let mut state = self.producer.transactions.state();
        match outcome {
            Some(outcome) => {
                state.call = None;
                Some(outcome.map_err(Error::from))
            }
            // The producer was closed, so there will be no outcome.
            None => state.orphaned.then_some(Err(Error::Closed)),
        }
    }

    /// The next step after an outcome. None if it is the outcome of the caller's request; else that request, which is to be
    /// made now, unless the abandoned call has failed. (A failed transaction can still be aborted.)
    pub fn settle(mut self, outcome: Result<(), Error>) -> Result<Option<TransactionRequest>, Error> {
        match self.request.take() {
            Some(request @ TransactionRequest::Abort(_)) if !request.resumes(self.call.name) => Ok(Some(request)),
            Some(request) if !request.resumes(self.call.name) => outcome.map(|()| Some(request)),
            _ => outcome.map(|()| None),
        }
    }

    /// The error when the caller's time is over before the call has ended.
    pub fn timed_out(&self) -> KafkaError {
        let text = format!("{} is still under way; call again to wait for it", self.call.name);
        KafkaError { message: std::ffi::CString::new(text).ok(), retriable: true, ..KafkaError::new(code::TIMED_OUT) }
    }
}

impl Drop for TransactionWait<'_> {
    fn drop(&mut self) {
        self.call.waited_for.store(false, Ordering::SeqCst);
    }
}
