//! Admin operations: submitted at once, answered later by the reactor.

use std::{
    collections::HashMap,
    ffi::{CStr, CString, c_char, c_void},
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

use crate::{
    Client, Completion, Error, KafkaError, PartitionList,
    client::Queue,
    code,
    config::{ERROR_TEXT_SIZE, text_of},
    error::owned,
    reactor, sys,
};

/// An operation and, once it is complete, its outcome.
pub type Operation = Completion<Outcome>;

/// What became of an operation: nothing yet, an answer, or an error of the operation as a whole.
pub type Outcome = Option<Result<Answer, KafkaError>>;

/// The answers of the operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Of topics created, deleted or enlarged: each with its error.
    Topics(Vec<(CString, Option<KafkaError>)>),
    /// Of offsets listed.
    Offsets(Vec<ListedOffset>),
}

/// An offset found by [`Client::list_offsets`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedOffset {
    /// Its topic.
    pub topic: CString,
    /// Its partition.
    pub partition: i32,
    /// The offset, or -1 if none matched.
    pub offset: i64,
    /// 0, or why there is none.
    pub error: i32,
    /// The message's timestamp in ms, or -1.
    pub timestamp: i64,
    /// The leader's epoch, or -1.
    pub leader_epoch: i32,
}

/// What a client's operations share: a result queue and those that still wait.
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
        operation.set(|value| *value = Some(outcome));
        operation.finish();
        if let Some((fd, payload)) = &*lock(&self.signal) {
            // SAFETY: a live buffer; a bad descriptor only makes the call fail.
            unsafe { libc::write(*fd, payload.as_ptr().cast(), payload.len()) };
        }
    }
}

/// The result queue, until the client stops.
#[derive(Debug)]
struct Results {
    queue: Mutex<Option<Queue>>,
    // Written to by librdkafka when a result arrives; kept open here.
    _signal: UnixStream,
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

    /// The queue for results; made, with the task that reads it, on first use.
    fn results(&self, client: &Client, rk: *mut sys::rd_kafka_t) -> Result<Arc<Results>, Error> {
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
        let task = serve(Arc::clone(&made), wakeups, Arc::clone(&client.operations.waiting));
        drop(reactor::handle()?.spawn(task));
        *results = Some(Arc::clone(&made));
        Ok(made)
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
        let guard = lock(&results.queue);
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
                let outcome = read(event);
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

/// Options of one request, freed with it.
struct Options(*mut sys::rd_kafka_AdminOptions_t);

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: owned.
        unsafe { sys::rd_kafka_AdminOptions_destroy(self.0) };
    }
}

impl Client {
    /// Submits a request: `send` gets handle, options and result queue.
    fn submit(
        &self,
        kind: sys::rd_kafka_admin_op_t,
        send: impl FnOnce(*mut sys::rd_kafka_t, &Options, *mut sys::rd_kafka_queue_t),
    ) -> Result<Arc<Operation>, Error> {
        let pass = self.enter()?;
        let results = self.operations.results(self, pass.rk())?;
        let guard = lock(&results.queue);
        let Some(queue) = &*guard else { return Err(Error::Closed) };
        let key = self.operations.next.fetch_add(1, Ordering::Relaxed) + 1;
        let operation = Arc::new(Operation::new(None));
        lock(&self.operations.waiting.pending).insert(key, Arc::clone(&operation));
        // SAFETY: live handle; the opaque is a number, not a pointer.
        let options = unsafe {
            let options = Options(sys::rd_kafka_AdminOptions_new(pass.rk(), kind));
            sys::rd_kafka_AdminOptions_set_opaque(options.0, key as *mut c_void);
            options
        };
        send(pass.rk(), &options, queue.as_ptr());
        Ok(operation)
    }

    /// Writes `payload` to `fd` whenever a result has arrived.
    pub fn signal_results(&self, fd: RawFd, payload: &[u8]) -> Result<(), Error> {
        let _pass = self.enter()?;
        *lock(&self.operations.waiting.signal) = Some((fd, payload.to_vec()));
        Ok(())
    }

    /// Creates a topic. Options that are refused locally are left out.
    pub fn create_topic(
        &self,
        name: &CStr,
        partitions: i32,
        replication_factor: i32,
        options: &[(CString, CString)],
    ) -> Result<Arc<Operation>, Error> {
        drop(self.enter()?);
        let mut text = [0 as c_char; ERROR_TEXT_SIZE];
        // SAFETY: C strings and a buffer of the size given; the topic is freed after it was sent.
        unsafe {
            let topic = sys::rd_kafka_NewTopic_new(
                name.as_ptr(),
                partitions,
                replication_factor,
                text.as_mut_ptr(),
                text.len(),
            );
            if topic.is_null() {
                return Err(Error::Config(text_of(&text)));
            }
            for (name, value) in options {
                sys::rd_kafka_NewTopic_set_config(topic, name.as_ptr(), value.as_ptr());
            }
            let mut topics = [topic];
            let operation = self.submit(sys::RD_KAFKA_ADMIN_OP_CREATETOPICS, |rk, options, queue| {
                sys::rd_kafka_CreateTopics(rk, topics.as_mut_ptr(), topics.len(), options.0, queue);
            });
            sys::rd_kafka_NewTopic_destroy(topic);
            operation
        }
    }

    /// Deletes a topic.
    pub fn delete_topic(&self, name: &CStr) -> Result<Arc<Operation>, Error> {
        // SAFETY: a C string; the request is freed after it was sent.
        unsafe {
            let topic = sys::rd_kafka_DeleteTopic_new(name.as_ptr());
            let mut topics = [topic];
            let operation = self.submit(sys::RD_KAFKA_ADMIN_OP_DELETETOPICS, |rk, options, queue| {
                sys::rd_kafka_DeleteTopics(rk, topics.as_mut_ptr(), topics.len(), options.0, queue);
            });
            sys::rd_kafka_DeleteTopic_destroy(topic);
            operation
        }
    }

    /// Asks for offsets: the list's offsets are -2 (earliest), -1 (latest), -3 (the highest timestamp's) or a timestamp
    /// in ms. The isolation level is 0 or 1, or none for librdkafka's default.
    pub fn list_offsets(&self, wanted: &PartitionList, isolation_level: Option<i32>) -> Result<Arc<Operation>, Error> {
        self.submit(sys::RD_KAFKA_ADMIN_OP_LISTOFFSETS, |rk, options, queue| {
            // SAFETY: live handle, list, options and queue; a refused level leaves an error object to free.
            unsafe {
                if let Some(level) = isolation_level {
                    let refused = sys::rd_kafka_AdminOptions_set_isolation_level(options.0, level as u32);
                    let _ = KafkaError::take(refused);
                }
                sys::rd_kafka_ListOffsets(rk, wanted.as_ptr(), options.0, queue);
            }
        })
    }
}

/// Copies a result.
///
/// # Safety
/// `event` is a live admin result.
unsafe fn read(event: *mut sys::rd_kafka_event_t) -> Result<Answer, KafkaError> {
    // SAFETY: the accessors fit the event's type and stay valid until it is destroyed.
    unsafe {
        let code = sys::rd_kafka_event_error(event);
        if code != code::NO_ERROR {
            let message = owned(sys::rd_kafka_event_error_string(event));
            return Err(KafkaError { message, ..KafkaError::new(code) });
        }
        match sys::rd_kafka_event_type(event) as u32 {
            sys::RD_KAFKA_EVENT_CREATETOPICS_RESULT => {
                let result = sys::rd_kafka_event_CreateTopics_result(event);
                Ok(read_topics(|count| sys::rd_kafka_CreateTopics_result_topics(result, count)))
            }
            sys::RD_KAFKA_EVENT_DELETETOPICS_RESULT => {
                let result = sys::rd_kafka_event_DeleteTopics_result(event);
                Ok(read_topics(|count| sys::rd_kafka_DeleteTopics_result_topics(result, count)))
            }
            sys::RD_KAFKA_EVENT_LISTOFFSETS_RESULT => {
                let mut count = 0;
                let result = sys::rd_kafka_event_ListOffsets_result(event);
                let infos = sys::rd_kafka_ListOffsets_result_infos(result, &mut count);
                Ok(Answer::Offsets((0..count).map(|index| read_offset(*infos.add(index))).collect()))
            }
            _ => Err(KafkaError::new(code::DESTROY)),
        }
    }
}

/// # Safety
/// `topics` stores the length of the array that it returns.
unsafe fn read_topics(topics: impl FnOnce(*mut usize) -> *mut *const sys::rd_kafka_topic_result_t) -> Answer {
    let mut count = 0;
    let topics = topics(&mut count);
    let read = |index| {
        // SAFETY: see above.
        unsafe {
            let topic = *topics.add(index);
            let code = sys::rd_kafka_topic_result_error(topic);
            let error = (code != code::NO_ERROR).then(|| KafkaError {
                message: owned(sys::rd_kafka_topic_result_error_string(topic)),
                ..KafkaError::new(code)
            });
            (owned(sys::rd_kafka_topic_result_name(topic)).unwrap_or_default(), error)
        }
    };
    Answer::Topics((0..count).map(read).collect())
}

/// # Safety
/// `info` is live.
unsafe fn read_offset(info: *const sys::rd_kafka_ListOffsetsResultInfo_t) -> ListedOffset {
    // SAFETY: see above.
    unsafe {
        let partition = sys::rd_kafka_ListOffsetsResultInfo_topic_partition(info);
        ListedOffset {
            topic: owned((*partition).topic).unwrap_or_default(),
            partition: (*partition).partition,
            offset: (*partition).offset,
            error: (*partition).err,
            timestamp: sys::rd_kafka_ListOffsetsResultInfo_timestamp(info),
            leader_epoch: sys::rd_kafka_topic_partition_get_leader_epoch(partition),
        }
    }
}
