//! What the operations of one client share: a result queue and those that still wait.

use std::{
    collections::HashMap,
    io::ErrorKind,
    os::{
        fd::{AsRawFd, RawFd},
        unix::net::UnixStream,
    },
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{Answer, Operation, result};
use crate::{Client, Error, KafkaError, code, queue::Queue, reactor, sys};

/// The operations of one client.
#[derive(Debug, Default)]
pub(crate) struct Operations {
    results: Mutex<Option<Arc<Results>>>,
    waiting: Arc<Waiting>,
    next: AtomicUsize,
}

/// Operations without a result yet, by the number that librdkafka carries for them.
#[derive(Debug, Default)]
struct Waiting {
    pending: Mutex<HashMap<usize, Arc<Operation>>>,
    // A descriptor of the application's, and what is written to it for each result.
    signal: Mutex<Option<(RawFd, Vec<u8>)>>,
}

impl Waiting {
    fn complete(&self, key: usize, outcome: Result<Answer, KafkaError>) {
        let Some(operation) = lock(&self.pending).remove(&key) else { return };
        operation.set(|value| *value = Some(outcome.map(Arc::new)));
        operation.finish();
        if let Some((fd, payload)) = &*lock(&self.signal) {
            // SAFETY: a live buffer; a bad descriptor only makes the call fail.
            unsafe { libc::write(*fd, payload.as_ptr().cast(), payload.len()) };
        }
    }
}

/// The result queue, until the client stops.
#[derive(Debug)]
pub(super) struct Results {
    queue: Mutex<Option<Queue>>,
    // Written to by librdkafka when a result arrives; kept open here.
    _signal: UnixStream,
}

impl Results {
    /// The queue, held so that it is not released meanwhile.
    pub(super) fn queue(&self) -> MutexGuard<'_, Option<Queue>> {
        lock(&self.queue)
    }
}

impl Operations {
    /// Releases the queue, so that the native client can be destroyed.
    pub(crate) fn stop(&self) {
        if let Some(results) = lock(&self.results).take() {
            *lock(&results.queue) = None;
        }
    }

    /// Ends what will never be answered.
    pub(crate) fn abandon(&self) {
        let keys: Vec<usize> = lock(&self.waiting.pending).keys().copied().collect();
        for key in keys {
            self.waiting.complete(key, Err(KafkaError::new(code::DESTROY)));
        }
    }

    /// A new operation and the number that its result is to carry.
    pub(super) fn begin(&self) -> (usize, Arc<Operation>) {
        let key = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let operation = Arc::new(Operation::new(None));
        lock(&self.waiting.pending).insert(key, Arc::clone(&operation));
        (key, operation)
    }

    /// The queue for results; made, with the task that reads it, on first use.
    pub(super) fn results(&self, rk: *mut sys::rd_kafka_t) -> Result<Arc<Results>, Error> {
        let mut results = lock(&self.results);
        if let Some(results) = &*results {
            return Ok(Arc::clone(results));
        }
        let (signal, wakeups) = UnixStream::pair().map_err(reactor::system)?;
        for socket in [&signal, &wakeups] {
            socket.set_nonblocking(true).map_err(reactor::system)?;
        }
        // SAFETY: live handle; the queue is released in `stop`, before the handle is destroyed.
        let queue = unsafe { Queue::from_raw(sys::rd_kafka_queue_new(rk)) };
        if let Some(queue) = &queue {
            queue.signal(signal.as_raw_fd(), b"\x01");
        }
        let made = Arc::new(Results { queue: Mutex::new(queue), _signal: signal });
        let task = serve(Arc::clone(&made), wakeups, Arc::clone(&self.waiting));
        drop(reactor::handle()?.spawn(task));
        *results = Some(Arc::clone(&made));
        Ok(made)
    }
}

impl Client {
    /// Writes `payload` to `fd` whenever a result has arrived.
    pub fn signal_results(&self, fd: RawFd, payload: &[u8]) -> Result<(), Error> {
        let _pass = self.enter()?;
        *lock(&self.operations.waiting.signal) = Some((fd, payload.to_vec()));
        Ok(())
    }
}

/// Reads results whenever librdkafka signals them, until the queue is gone.
async fn serve(results: Arc<Results>, wakeups: UnixStream, waiting: Arc<Waiting>) {
    let Ok(wakeups) = tokio::net::UnixStream::from_std(wakeups) else { return };
    let mut scratch = [0; 64];
    while wakeups.readable().await.is_ok() {
        match wakeups.try_read(&mut scratch) {
            Ok(0) => return,
            Err(error) if error.kind() != ErrorKind::WouldBlock => return,
            _ => {}
        }
        let guard = results.queue();
        let Some(queue) = &*guard else { return };
        loop {
            // SAFETY: a live queue (its lock is held); the event is ours.
            let event = unsafe { sys::rd_kafka_queue_poll(queue.as_ptr(), 0) };
            if event.is_null() {
                break;
            }
            // SAFETY: a live event, destroyed afterwards; its opaque is a key of ours.
            let (key, outcome) = unsafe {
                let key = sys::rd_kafka_event_opaque(event) as usize;
                let outcome = result::read(event);
                sys::rd_kafka_event_destroy(event);
                (key, outcome)
            };
            waiting.complete(key, outcome);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
