//! Consuming messages: polling, positions, offsets, rebalances, leaving the group.

use std::{
    collections::VecDeque,
    ffi::{CStr, CString},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    Bell, Client, Config, Error, Event, GroupMetadata, Interruption, KafkaError, Kind, Message, MessageError,
    OFFSET_INVALID, PARTITION_UA, PartitionList, Pass, Timeout,
    client::Queue,
    code,
    error::owned,
    events::{collect, collect_yielding},
    sys,
};

/// Most messages that are taken from librdkafka in one call.
const LARGEST_TAKE: usize = 1_000;

/// How often a commit looks whether its group has ended.
const COMMIT_STEP: Timeout = Timeout(100);

/// What a poll gives: a message or an error in its place, and what was called back.
pub type Polled = (Option<Message>, Vec<Event>);

/// A client that consumes. Field order matters: messages and queue go before the client, and the bell after it.
#[derive(Debug)]
pub struct Consumer {
    undelivered: Mutex<VecDeque<Message>>,
    // So that a poll need not lock to see that there is nothing.
    has_undelivered: AtomicBool,
    leave_queue: Mutex<Option<Queue>>,
    client: Client,
    bell: OnceLock<Arc<Bell>>,
    stores_offsets: bool,
    answered: AtomicBool,
    // What is given up while leaving: all, or these partitions. The group may be gone at any moment after that, so it
    // is put off until the callback that does it has returned.
    giving_up: Mutex<Option<Option<PartitionList>>>,
    gave_up: AtomicBool,
}

impl Consumer {
    /// Makes a consumer. With `one_queue` polling for messages also serves the events of the main queue.
    pub fn create(config: Config, one_queue: bool) -> Result<Self, Error> {
        let stores_offsets = config
            .dump()
            .iter()
            .any(|(name, value)| name.as_c_str() == c"enable.auto.offset.store" && value.as_c_str() == c"true");
        let client = Client::create(config, Kind::Consumer)?;
        if one_queue {
            let pass = client.enter()?;
            // SAFETY: a live consumer.
            unsafe { sys::rd_kafka_poll_set_consumer(pass.rk()) };
        }
        client.find_consumer_queue()?;
        Ok(Self {
            undelivered: Mutex::default(),
            has_undelivered: AtomicBool::new(false),
            leave_queue: Mutex::default(),
            client,
            bell: OnceLock::new(),
            stores_offsets,
            answered: AtomicBool::new(false),
            giving_up: Mutex::default(),
            gave_up: AtomicBool::new(false),
        })
    }

    /// What it has in common with other clients.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The next message or error, and what was called back meanwhile; an event ends the wait. May return early with
    /// nothing after [`Client::wake`].
    pub fn poll(&self, timeout: Timeout) -> Result<Polled, Error> {
        let pass = self.client.enter()?;
        if let Some(message) = self.take_undelivered() {
            return Ok((Some(message), Vec::new()));
        }
        // SAFETY: the pass keeps the handle alive; the message is ours.
        Ok(collect_yielding(|| unsafe { Message::from_raw(sys::rd_kafka_consumer_poll(pass.rk(), timeout.0)) }))
    }

    /// The same, waiting until there is something, or `interruption` is set, or the consumer is being closed.
    pub fn wait(&self, timeout: Timeout, interruption: &Interruption<'_>) -> Result<Option<Polled>, Error> {
        self.client.wait(timeout, interruption, |rest| {
            let (message, events) = self.poll(rest)?;
            Ok((message.is_some() || !events.is_empty()).then_some((message, events)))
        })
    }

    /// Up to `limit` messages and errors that are there already, and what was called back. An event does not end it:
    /// [`put_back`](Self::put_back) the messages while events are handled, since they may have come before or after.
    pub fn take(&self, limit: usize) -> Result<(Vec<Message>, Vec<Event>), Error> {
        let pass = self.client.enter()?;
        let mut messages: Vec<Message> = std::iter::from_fn(|| self.take_undelivered()).take(limit).collect();
        let Some(queue) = self.client.consumer_queue(&pass) else { return Ok((messages, Vec::new())) };
        let mut taken = vec![std::ptr::null_mut(); (limit - messages.len()).min(LARGEST_TAKE)];
        // SAFETY: the pass keeps the queue alive; as many messages as returned are ours.
        let (count, events) =
            collect(|| unsafe { sys::rd_kafka_consume_batch_queue(queue, 0, taken.as_mut_ptr(), taken.len()) });
        // SAFETY: as above.
        messages
            .extend(taken.into_iter().take(count.max(0) as usize).filter_map(|raw| unsafe { Message::from_raw(raw) }));
        Ok((messages, events))
    }

    /// Rings when there is something to poll for, also an interruption. It has to be silenced, and the consumer polled
    /// again, before it is listened to.
    pub fn bell(&self) -> Result<Arc<Bell>, Error> {
        if let Some(bell) = self.bell.get() {
            return Ok(Arc::clone(bell));
        }
        let bell = Arc::new(Bell::new()?);
        let bell = self.bell.get_or_init(|| bell);
        self.client.signal_consumer_queue(bell)?;
        Ok(Arc::clone(bell))
    }

    /// Keeps messages for the next polls, oldest first, because they cannot be handed out now. Commits do not pass over
    /// them, and if the consumer is closed meanwhile they go with it. (A message in the hands of a caller would keep the
    /// client from being destroyed.)
    pub fn put_back(&self, messages: Vec<Message>) {
        let Ok(_pass) = self.client.enter() else { return };
        let mut undelivered = self.undelivered();
        for message in messages.into_iter().rev() {
            if self.stores_offsets {
                message.store_before();
            }
            undelivered.push_front(message);
        }
        self.note_undelivered(&undelivered);
    }

    /// The oldest message that was put back.
    pub fn take_back(&self) -> Option<Message> {
        let _pass = self.client.enter().ok()?;
        self.take_undelivered()
    }

    /// The error that stands in a message's place, with the fatal marker resolved.
    pub fn resolve(&self, error: &MessageError) -> Option<KafkaError> {
        (error.code == code::FATAL).then(|| self.client.resolve(KafkaError::new(error.code)))
    }

    /// Subscribes to the topics of the list.
    pub fn subscribe(&self, topics: &PartitionList) -> Result<(), Error> {
        self.require_group()?;
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_subscribe(rk, topics.as_ptr()) })
    }

    /// Ends the subscription.
    pub fn unsubscribe(&self) -> Result<(), Error> {
        self.require_group()?;
        self.forget(|_| true);
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_unsubscribe(rk) })
    }

    /// The topics subscribed to.
    pub fn subscription(&self) -> Result<PartitionList, Error> {
        if self.has_given_up() {
            return Ok(PartitionList::with_capacity(0));
        }
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.fetch_list(|rk, list| unsafe { sys::rd_kafka_subscription(rk, list) })
    }

    /// Replaces the assignment; none ends it.
    pub fn assign(&self, partitions: Option<&PartitionList>) -> Result<(), Error> {
        self.answered.store(true, Ordering::SeqCst);
        self.forget(|_| true);
        if partitions.is_none() && self.is_leaving() {
            return self.put_off(None);
        }
        self.assign_now(partitions)
    }

    fn assign_now(&self, partitions: Option<&PartitionList>) -> Result<(), Error> {
        let list = partitions.map_or(std::ptr::null_mut(), PartitionList::as_ptr);
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_assign(rk, list) })
    }

    /// Adds to the assignment.
    pub fn incremental_assign(&self, partitions: &PartitionList) -> Result<(), Error> {
        self.answered.store(true, Ordering::SeqCst);
        let pass = self.client.enter()?;
        // SAFETY: live handle and list; the error object is taken over.
        Ok(unsafe { KafkaError::take(sys::rd_kafka_incremental_assign(pass.rk(), partitions.as_ptr())) }?)
    }

    /// Takes from the assignment.
    pub fn incremental_unassign(&self, partitions: &PartitionList) -> Result<(), Error> {
        self.answered.store(true, Ordering::SeqCst);
        self.forget(|message| names(partitions, message));
        if self.is_leaving() {
            return self.put_off(Some(partitions.clone()));
        }
        self.unassign_now(partitions)
    }

    fn unassign_now(&self, partitions: &PartitionList) -> Result<(), Error> {
        let pass = self.client.enter()?;
        // SAFETY: as above.
        Ok(unsafe { KafkaError::take(sys::rd_kafka_incremental_unassign(pass.rk(), partitions.as_ptr())) }?)
    }

    /// The current assignment.
    pub fn assignment(&self) -> Result<PartitionList, Error> {
        if self.has_given_up() || self.is_giving_up() {
            return Ok(PartitionList::with_capacity(0));
        }
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.fetch_list(|rk, list| unsafe { sys::rd_kafka_assignment(rk, list) })
    }

    /// Whether the assignment was lost without a chance to commit.
    pub fn assignment_lost(&self) -> Result<bool, Error> {
        let pass = self.client.enter()?;
        // SAFETY: live handle.
        Ok(unsafe { sys::rd_kafka_assignment_lost(pass.rk()) } != 0)
    }

    /// `EAGER`, `COOPERATIVE` or `NONE`; none for clients without a group.
    pub fn rebalance_protocol(&self) -> Result<Option<&'static CStr>, Error> {
        let pass = self.client.enter()?;
        // SAFETY: live handle; the text is static.
        Ok(unsafe {
            let protocol = sys::rd_kafka_rebalance_protocol(pass.rk());
            (!protocol.is_null()).then(|| CStr::from_ptr(protocol))
        })
    }

    /// Stops fetching. Each element of the list gets its own error. What had been put back is fetched again later.
    pub fn pause(&self, partitions: &PartitionList) -> Result<(), Error> {
        let mut rewound: Vec<(CString, i32)> = Vec::new();
        for message in self.forget(|message| names(partitions, message)) {
            let Some(topic) = message.topic() else { continue };
            let place = (topic.to_owned(), message.partition());
            if !rewound.contains(&place) {
                self.seek(topic, message.partition(), message.offset())?;
                rewound.push(place);
            }
        }
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_pause_partitions(rk, partitions.as_ptr()) })
    }

    /// Fetches again.
    pub fn resume(&self, partitions: &PartitionList) -> Result<(), Error> {
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_resume_partitions(rk, partitions.as_ptr()) })
    }

    /// Moves to an offset, without waiting for it.
    pub fn seek(&self, topic: &CStr, partition: i32, offset: i64) -> Result<(), Error> {
        self.forget(|message| message.partition() == partition && message.topic() == Some(topic));
        let pass = self.client.enter()?;
        // SAFETY: live handle and C string; the topic reference is released.
        let code = unsafe {
            let handle = sys::rd_kafka_topic_new(pass.rk(), topic.as_ptr(), std::ptr::null_mut());
            if handle.is_null() {
                sys::rd_kafka_last_error()
            } else {
                let code = sys::rd_kafka_seek(handle, partition, offset, 0);
                sys::rd_kafka_topic_destroy(handle);
                code
            }
        };
        self.client.check(code)
    }

    /// Fills in the offsets after the last consumed messages.
    pub fn position(&self, partitions: &PartitionList) -> Result<(), Error> {
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_position(rk, partitions.as_ptr()) })
    }

    /// Fills in the committed offsets.
    pub fn committed(&self, partitions: &PartitionList, timeout: Timeout) -> Result<(), Error> {
        // librdkafka would let it wait for its whole time.
        if self.is_leaving() {
            return Err(KafkaError::new(code::DESTROY).into());
        }
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_committed(rk, partitions.as_ptr(), timeout.0) })
    }

    /// Commits the offsets given, else those stored, without waiting for it.
    pub fn commit_async(&self, offsets: Option<&PartitionList>) -> Result<(), Error> {
        self.require_group()?;
        let list = offsets.map_or(std::ptr::null_mut(), PartitionList::as_ptr);
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_commit(rk, list, 1) })
    }

    /// The same, and the answer can be waited for.
    pub fn commit(&self, offsets: Option<&PartitionList>) -> Result<Commit<'_>, Error> {
        self.require_group()?;
        let list = offsets.map_or(std::ptr::null_mut(), PartitionList::as_ptr);
        let pass = self.client.enter()?;
        // SAFETY: live handle, list null or live; the queue lives as long as the commit is waited for.
        unsafe {
            let answers = Queue::from_raw(sys::rd_kafka_queue_new(pass.rk())).ok_or(Error::Closed)?;
            self.client.check(sys::rd_kafka_commit_queue(
                pass.rk(),
                list,
                answers.as_ptr(),
                None,
                std::ptr::null_mut(),
            ))?;
            Ok(Commit { answers, client: &self.client, pass })
        }
    }

    /// Stores offsets for the next commit.
    pub fn store_offsets(&self, offsets: &PartitionList) -> Result<(), Error> {
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_offsets_store(rk, offsets.as_ptr()) })
    }

    /// Replaces the timestamps in the list by offsets.
    pub fn offsets_for_times(&self, times: &PartitionList, timeout: Timeout) -> Result<(), Error> {
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_offsets_for_times(rk, times.as_ptr(), timeout.0) })
    }

    /// The lowest offset and the one after the highest, asked from the broker.
    pub fn query_watermark_offsets(&self, topic: &CStr, partition: i32, timeout: Timeout) -> Result<(i64, i64), Error> {
        let (mut low, mut high) = (OFFSET_INVALID, OFFSET_INVALID);
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe {
            sys::rd_kafka_query_watermark_offsets(rk, topic.as_ptr(), partition, &mut low, &mut high, timeout.0)
        })?;
        Ok((low, high))
    }

    /// The id that the group's coordinator gave; empty before joining.
    pub fn member_id(&self) -> Result<Option<CString>, Error> {
        if self.has_given_up() {
            return Ok(None);
        }
        let pass = self.client.enter()?;
        // SAFETY: the text is copied and freed.
        Ok(unsafe {
            let id = sys::rd_kafka_memberid(pass.rk());
            let copy = owned(id);
            if !id.is_null() {
                sys::rd_kafka_mem_free(pass.rk(), id.cast());
            }
            copy
        })
    }

    /// Who the consumer is in its group; none without a group.
    pub fn group_metadata(&self) -> Result<Option<GroupMetadata>, Error> {
        self.require_group()?;
        let pass = self.client.enter()?;
        // SAFETY: live handle; the metadata is ours.
        Ok(unsafe { GroupMetadata::from_raw(sys::rd_kafka_consumer_group_metadata(pass.rk())) })
    }

    /// An option's value in the running client.
    pub fn option(&self, name: &CStr) -> Result<Option<CString>, Error> {
        self.client.option(name)
    }

    /// Starts leaving the group. Afterwards [`poll_leave`](Self::poll_leave) serves what has to be done until the
    /// member has left. Repeating it goes on where an interrupted one stopped.
    pub fn begin_leave(&self) -> Result<(), Error> {
        let pass = self.client.enter()?;
        let mut leave_queue = self.leave_queue();
        if leave_queue.is_some() {
            return Ok(());
        }
        // SAFETY: live handle; the queue is kept while the member leaves.
        unsafe {
            let queue = Queue::from_raw(sys::rd_kafka_queue_new(pass.rk()));
            let pointer = queue.as_ref().map_or(std::ptr::null_mut(), Queue::as_ptr);
            KafkaError::take(sys::rd_kafka_consumer_close_queue(pass.rk(), pointer))?;
            *leave_queue = queue;
        }
        Ok(())
    }

    /// Waits for the next event while leaving; true when the member has left.
    pub fn poll_leave(&self, timeout: Timeout) -> Result<(bool, Vec<Event>), Error> {
        let pass = self.client.enter()?;
        self.give_up()?;
        let leave_queue = self.leave_queue();
        let Some(queue) = &*leave_queue else { return Ok((true, Vec::new())) };
        // SAFETY: live handle and queue. Messages among the events are destroyed unseen, without being stored.
        let (event, mut events) = collect(|| unsafe { sys::rd_kafka_queue_poll(queue.as_ptr(), timeout.0) });
        // SAFETY: ours, or null.
        events.extend(unsafe { take_event(event) });
        // SAFETY: live handle.
        Ok((unsafe { sys::rd_kafka_consumer_closed(pass.rk()) } != 0, events))
    }

    /// Leaves the group without asking anybody: partitions are given up as they are taken. For consumers that nobody
    /// can reach any more.
    pub fn leave_quietly(&self, limit: Duration) {
        let started = Instant::now();
        if self.begin_leave().is_err() {
            return;
        }
        while let Ok((false, events)) = self.poll_leave(Timeout(100)) {
            for event in events {
                if let Event::Rebalance { code, partitions } = event {
                    let _ = self.answer_rebalance(code, &partitions);
                }
            }
            if started.elapsed() > limit {
                return;
            }
        }
    }

    /// Whether anything was assigned or unassigned since the flag was last taken.
    pub fn take_answered(&self) -> bool {
        self.answered.swap(false, Ordering::SeqCst)
    }

    /// Does what a rebalance asks for.
    pub fn answer_rebalance(&self, code: i32, partitions: &PartitionList) -> Result<(), Error> {
        let cooperative = self.rebalance_protocol()? == Some(c"COOPERATIVE");
        match (code, cooperative) {
            (code::ASSIGN_PARTITIONS, true) => self.incremental_assign(partitions),
            (code::ASSIGN_PARTITIONS, false) => self.assign(Some(partitions)),
            (code::REVOKE_PARTITIONS, true) => self.incremental_unassign(partitions),
            _ => self.assign(None),
        }
    }

    /// Frees the native client; the gate must have been closed by the caller.
    pub fn destroy(&self) -> Vec<Event> {
        // Messages hold on to the client: they go first.
        self.undelivered().clear();
        *self.leave_queue() = None;
        self.client.destroy(false)
    }

    /// librdkafka never answers requests to a group that ends before it serves them, and a commit at that moment aborts
    /// the process.
    fn require_group(&self) -> Result<(), Error> {
        if self.has_given_up() { Err(KafkaError::new(code::DESTROY).into()) } else { Ok(()) }
    }

    fn has_given_up(&self) -> bool {
        self.gave_up.load(Ordering::SeqCst)
    }

    fn is_leaving(&self) -> bool {
        // The lock is taken while the queue is served, which runs nothing that asks.
        self.leave_queue.try_lock().is_ok_and(|queue| queue.is_some())
    }

    fn is_giving_up(&self) -> bool {
        self.giving_up().is_some()
    }

    fn put_off(&self, partitions: Option<PartitionList>) -> Result<(), Error> {
        self.require_group()?;
        *self.giving_up() = Some(partitions);
        Ok(())
    }

    /// Does what was put off.
    fn give_up(&self) -> Result<(), Error> {
        let Some(partitions) = self.giving_up().take() else { return Ok(()) };
        self.gave_up.store(true, Ordering::SeqCst);
        match partitions {
            None => self.assign_now(None),
            Some(partitions) => self.unassign_now(&partitions),
        }
    }

    fn call(&self, call: impl FnOnce(*mut sys::rd_kafka_t) -> sys::rd_kafka_resp_err_t) -> Result<(), Error> {
        let pass = self.client.enter()?;
        self.client.check(call(pass.rk()))
    }

    fn fetch_list(
        &self,
        fetch: impl FnOnce(*mut sys::rd_kafka_t, *mut *mut sys::rd_kafka_topic_partition_list_t) -> sys::rd_kafka_resp_err_t,
    ) -> Result<PartitionList, Error> {
        let mut list = std::ptr::null_mut();
        self.call(|rk| fetch(rk, &mut list))?;
        // SAFETY: on success the list is ours and not null.
        Ok(unsafe { PartitionList::from_raw(list) })
    }

    /// Drops those messages that were put back and that no longer belong to what is consumed.
    fn forget(&self, mut stale: impl FnMut(&Message) -> bool) -> Vec<Message> {
        let mut undelivered = self.undelivered();
        if undelivered.is_empty() {
            return Vec::new();
        }
        let (dropped, kept): (Vec<_>, Vec<_>) = undelivered.drain(..).partition(|message| stale(message));
        undelivered.extend(kept);
        self.note_undelivered(&undelivered);
        dropped
    }

    fn take_undelivered(&self) -> Option<Message> {
        if !self.has_undelivered.load(Ordering::Acquire) {
            return None;
        }
        let mut undelivered = self.undelivered();
        let message = undelivered.pop_front()?;
        self.note_undelivered(&undelivered);
        if self.stores_offsets {
            message.store_after();
        }
        Some(message)
    }

    fn note_undelivered(&self, undelivered: &VecDeque<Message>) {
        self.has_undelivered.store(!undelivered.is_empty(), Ordering::Release);
    }

    fn undelivered(&self) -> MutexGuard<'_, VecDeque<Message>> {
        self.undelivered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn giving_up(&self) -> MutexGuard<'_, Option<Option<PartitionList>>> {
        self.giving_up.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave_queue(&self) -> MutexGuard<'_, Option<Queue>> {
        self.leave_queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        if self.client.gate().is_foreign() {
            let undelivered = self.undelivered.get_mut().unwrap_or_else(PoisonError::into_inner);
            std::mem::forget(std::mem::take(undelivered));
            let leave_queue = self.leave_queue.get_mut().unwrap_or_else(PoisonError::into_inner);
            std::mem::forget(leave_queue.take());
        }
    }
}

/// A commit under way; who does not want to know any more drops it. Field order matters: the queue goes before the pass.
#[derive(Debug)]
pub struct Commit<'a> {
    answers: Queue,
    client: &'a Client,
    pass: Pass<'a>,
}

impl Commit<'_> {
    /// Waits for the answer, until `interrupted` is set (call [`wake`](Self::wake) then).
    pub fn wait(&self, interrupted: &AtomicBool) -> Option<Result<(), Error>> {
        loop {
            let answer = self.poll(COMMIT_STEP);
            if answer.is_some() || interrupted.load(Ordering::SeqCst) {
                return answer;
            }
        }
    }

    /// The answer; none when the time is over, or when woken.
    pub fn poll(&self, timeout: Timeout) -> Option<Result<(), Error>> {
        // Asked first: what was answered is in the queue then.
        // SAFETY: the pass keeps the handle alive.
        let gone = unsafe { sys::rd_kafka_consumer_closed(self.pass.rk()) } != 0;
        // SAFETY: a live queue; the event is ours, or null.
        unsafe {
            let event = sys::rd_kafka_queue_poll(self.answers.as_ptr(), timeout.0);
            if event.is_null() {
                // A group that has ended never answers what it had not served by then.
                return gone.then(|| Err(KafkaError::new(code::DESTROY).into()));
            }
            let code = sys::rd_kafka_event_error(event);
            sys::rd_kafka_event_destroy(event);
            Some(self.client.check(code))
        }
    }

    /// Ends the wait that is under way, or the next one.
    pub fn wake(&self) {
        self.answers.wake();
    }

    /// Has the bell rung for the answer. It may have come already.
    pub fn signal(&self, bell: &Bell) {
        self.answers.signal(bell.rope(), b"\x01");
    }
}

fn names(partitions: &PartitionList, message: &Message) -> bool {
    partitions.iter().any(|entry| {
        (entry.partition == message.partition() || entry.partition == PARTITION_UA)
            && message.topic() == Some(entry.topic)
    })
}

/// Turns an event of the leaving consumer into ours. Anything else than these kinds is of no interest then.
///
/// # Safety
/// `event` is null or owned by the caller.
pub(crate) unsafe fn take_event(event: *mut sys::rd_kafka_event_t) -> Option<Event> {
    if event.is_null() {
        return None;
    }
    // SAFETY: a live event; everything is copied before it is destroyed.
    unsafe {
        let taken = match sys::rd_kafka_event_type(event) as u32 {
            sys::RD_KAFKA_EVENT_REBALANCE => Some(Event::Rebalance {
                code: sys::rd_kafka_event_error(event),
                partitions: PartitionList::copy_of(sys::rd_kafka_event_topic_partition_list(event)),
            }),
            sys::RD_KAFKA_EVENT_ERROR => Some(Event::Error {
                code: sys::rd_kafka_event_error(event),
                reason: owned(sys::rd_kafka_event_error_string(event)),
            }),
            sys::RD_KAFKA_EVENT_LOG => {
                let (mut facility, mut text, mut level) = (std::ptr::null(), std::ptr::null(), 0);
                sys::rd_kafka_event_log(event, &mut facility, &mut text, &mut level);
                owned(text).map(|line| Event::Log { level, line })
            }
            sys::RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH => {
                Some(Event::TokenRefresh(owned(sys::rd_kafka_event_config_string(event))))
            }
            _ => None,
        };
        sys::rd_kafka_event_destroy(event);
        taken
    }
}
