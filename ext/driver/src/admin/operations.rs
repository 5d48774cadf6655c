//! The pending operations of one client, and the queue that their replies come in.

use std::{
    collections::HashMap,
    fmt,
    io::ErrorKind,
    os::{
        fd::{AsRawFd, RawFd},
        unix::net::UnixStream,
    },
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{Reply, Request, coordinators::Slot};
use crate::{Client, Error, KafkaError, Pass, queue::Queue, reactor, sync::lock, sys};

/// The operations of one client.
#[derive(Debug, Default)]
pub(crate) struct Operations {
    results: Mutex<Option<Arc<Results>>>,
    waiting: Arc<Waiting>,
    /// The consumer that asks coordinators of groups: see `coordinators/beside.rs`.
    pub(super) beside: Slot,
}

/// Reads the reply to a request and completes the request's operation.
type Complete = Box<dyn FnOnce(Result<Reply, KafkaError>) + Send>;

/// A descriptor of the application's, and the payload that is written to it for each reply.
type Signal = (RawFd, Vec<u8>);

/// Operations whose reply has not come, by the key that librdkafka carries from the request to the reply.
#[derive(Default)]
pub(super) struct Waiting {
    pending: Mutex<HashMap<usize, Complete>>,
    signal: Arc<Mutex<Option<Signal>>>,
    last: AtomicUsize,
}

impl fmt::Debug for Waiting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Waiting").finish_non_exhaustive()
    }
}

impl Waiting {
    /// Completes the operations whose replies are in the queue.
    fn take_replies(&self, queue: &Queue) {
        // SAFETY: we own a reference to the queue, and own the event that it returns.
        while let Some(reply) = unsafe { Reply::of(sys::rd_kafka_queue_poll(queue.as_ptr(), 0)) } {
            self.complete(reply.key(), Ok(reply));
        }
    }

    /// A key for one more operation.
    pub(super) fn new_key(&self) -> usize {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Adds an operation that `complete` finishes, with a reply or with the reason why there is none.
    pub(super) fn insert(&self, key: usize, complete: impl FnOnce(Result<Reply, KafkaError>) + Send + 'static) {
        lock(&self.pending).insert(key, Box::new(complete));
    }

    /// Forgets an operation that was not begun.
    pub(super) fn forget(&self, key: usize) {
        lock(&self.pending).remove(&key);
    }

    /// Completes an operation, unless it has been abandoned.
    pub(super) fn complete(&self, key: usize, reply: Result<Reply, KafkaError>) {
        let Some(complete) = lock(&self.pending).remove(&key) else { return };
        complete(reply);
        if let Some((fd, payload)) = &*lock(&self.signal) {
            write_if_writable(*fd, payload);
        }
    }
}

/// Writes to a descriptor of the application's unless that would block, because all clients' replies wait for the calling
/// thread. A descriptor that is full is readable already.
fn write_if_writable(fd: RawFd, payload: &[u8]) {
    let mut poll = libc::pollfd { fd, events: libc::POLLOUT, revents: 0 };
    // SAFETY: one live structure, and a buffer that has the length given; a bad descriptor only makes the calls fail.
    unsafe {
        if libc::poll(&mut poll, 1, 0) == 1 && poll.revents & libc::POLLOUT != 0 {
            libc::write(fd, payload.as_ptr().cast(), payload.len());
        }
    }
}

/// The queue for replies, until the client stops.
#[derive(Debug)]
pub(super) struct Results {
    queue: Mutex<Option<Queue>>,
    // librdkafka writes to it when a reply arrives. Closing it ends the task that reads the queue.
    signal: Mutex<Option<UnixStream>>,
}

impl Results {
    /// Locks the queue, so that it is not released meanwhile.
    pub(super) fn queue(&self) -> MutexGuard<'_, Option<Queue>> {
        lock(&self.queue)
    }
}

impl Operations {
    /// For a client that works for another one: both signal their replies to the same descriptor.
    pub(super) fn signalling_like(operations: &Self) -> Self {
        let waiting = Waiting { signal: Arc::clone(&operations.waiting.signal), ..Waiting::default() };
        Self { waiting: Arc::new(waiting), ..Self::default() }
    }

    /// Releases the queue, so that the native client can be destroyed.
    pub(crate) fn stop(&self) {
        if let Some(results) = lock(&self.results).take() {
            // Pending requests keep the queue alive, and it must not write to a descriptor number that is reused.
            if let Some(queue) = lock(&results.queue).take() {
                self.waiting.take_replies(&queue);
                queue.silence();
            }
            *lock(&results.signal) = None;
        }
        let beside = self.beside().consumer.take();
        drop(beside); // after the lock is released, since completing one of its operations may take it
    }

    /// Completes all pending operations with an error code.
    pub(crate) fn abandon(&self, code: i32) {
        let keys: Vec<usize> = lock(&self.waiting.pending).keys().copied().collect();
        for key in keys {
            self.waiting.complete(key, Err(KafkaError::new(code)));
        }
    }

    /// Adds an operation that `complete` finishes. Returns the key that the request has to carry.
    pub(super) fn begin<R: Request>(
        &self,
        complete: impl FnOnce(Result<R::Answer, KafkaError>) + Send + 'static,
    ) -> usize {
        let key = self.waiting.new_key();
        let complete = move |reply: Result<Reply, KafkaError>| {
            complete(reply.and_then(|reply| {
                if R::UNFREEABLE_WHEN_REFUSED && reply.is_refusal() {
                    return Err(reply.leak());
                }
                reply.check()?;
                R::read(&reply)
            }));
        };
        self.waiting.insert(key, complete);
        key
    }

    /// The pending operations.
    pub(super) fn waiting(&self) -> Arc<Waiting> {
        Arc::clone(&self.waiting)
    }

    /// The queue for replies. The first use creates it and the task that reads it.
    pub(super) fn results(&self, pass: &Pass<'_>) -> Result<Arc<Results>, Error> {
        let mut results = lock(&self.results);
        if let Some(results) = &*results {
            return Ok(Arc::clone(results));
        }
        let (signal, wakeups) = UnixStream::pair().map_err(reactor::system)?;
        for socket in [&signal, &wakeups] {
            socket.set_nonblocking(true).map_err(reactor::system)?;
        }
        let wakeups = reactor::listen(wakeups)?;
        // SAFETY: the pass keeps the handle alive; the queue is released in `stop`, before the handle is destroyed.
        let queue = unsafe { Queue::from_raw(sys::rd_kafka_queue_new(pass.rk())) };
        if let Some(queue) = &queue {
            queue.signal(signal.as_raw_fd(), b"\x01");
        }
        let made = Arc::new(Results { queue: Mutex::new(queue), signal: Mutex::new(Some(signal)) });
        let task = serve(Arc::clone(&made), wakeups, Arc::clone(&self.waiting));
        drop(reactor::handle()?.spawn(task));
        *results = Some(Arc::clone(&made));
        Ok(made)
    }
}

impl Client {
    /// Writes `payload` to `fd` whenever a reply has arrived.
    pub fn signal_results(&self, fd: RawFd, payload: &[u8]) -> Result<(), Error> {
        let _pass = self.enter()?;
        *lock(&self.operations.waiting.signal) = Some((fd, payload.to_vec()));
        Ok(())
    }
}

/// Reads replies whenever librdkafka signals them, until the queue is released.
async fn serve(results: Arc<Results>, wakeups: tokio::net::UnixStream, waiting: Arc<Waiting>) {
    let mut scratch = [0; 64];
    while wakeups.readable().await.is_ok() {
        match wakeups.try_read(&mut scratch) {
            Ok(0) => return,
            Err(error) if error.kind() != ErrorKind::WouldBlock => return,
            _ => {}
        }
        let guard = results.queue();
        let Some(queue) = &*guard else { return };
        waiting.take_replies(queue);
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, sync::mpsc::channel, thread, time::Duration};

    use super::*;
    use crate::code;

    #[test]
    fn a_full_descriptor_blocks_nobody() {
        let (mut writer, reader) = UnixStream::pair().unwrap();
        writer.set_nonblocking(true).unwrap();
        while writer.write(&[0; 1_024]).is_ok() {}
        writer.set_nonblocking(false).unwrap();
        let waiting = Waiting::default();
        *lock(&waiting.signal) = Some((writer.as_raw_fd(), vec![1]));
        let (completed, completion) = channel();
        waiting.insert(1, |_| ());
        thread::scope(|scope| {
            scope.spawn(|| {
                waiting.complete(1, Err(KafkaError::new(code::DESTROY)));
                completed.send(()).unwrap();
            });
            let is_complete = completion.recv_timeout(Duration::from_secs(10)).is_ok();
            drop(reader); // ends a write that blocks
            assert!(is_complete);
        });
    }
}
