//! Consuming messages. Polling is in this file; subscriptions, offsets and leaving are in the folder.

mod assignment;
mod commit;
mod leaving;
mod offsets;
mod undelivered;

use std::{
    ffi::{CStr, CString},
    sync::{Arc, Mutex, OnceLock, atomic::AtomicBool},
};

pub use commit::Commit;
use undelivered::Undelivered;

use crate::{
    Client, Config, Error, Event, GroupMetadata, Interruption, KafkaError, Kind, Message, MessageError, PartitionList,
    Served, Timeout, Wakeup,
    client::take_text,
    code,
    events::{collect, collect_yielding},
    queue::Queue,
    sync::get_mut,
    sys,
};

/// The largest number of messages that one call takes from librdkafka.
const LARGEST_TAKE: usize = 1_000;

/// A client that consumes. Field order matters: messages and queues are dropped before the client, and the wake-up
/// descriptor after it.
#[derive(Debug)]
pub struct Consumer {
    undelivered: Undelivered,
    leave_queue: Mutex<Option<Queue>>,
    /// Where the answers to commits arrive.
    commits: Mutex<Vec<Arc<Queue>>>,
    client: Client,
    wakeup: OnceLock<Arc<Wakeup>>,
    /// Whether partitions were (un)assigned since the flag was last taken.
    answered: AtomicBool,
    /// The partitions (none for all) that a callback gave up while the consumer was leaving. The group may end at any
    /// moment after that, so it is done only when the callback has returned.
    giving_up: Mutex<Option<Option<PartitionList>>>,
    /// Whether that has been done.
    gave_up: AtomicBool,
}

impl Consumer {
    /// Creates a consumer. With `one_queue`, polling for messages also serves the events of the main queue.
    pub fn create(config: Config, one_queue: bool) -> Result<Self, Error> {
        let stores_offsets = config
            .dump()
            .iter()
            .any(|(name, value)| name.as_c_str() == c"enable.auto.offset.store" && value.as_c_str() == c"true");
        let client = Client::create(config, Kind::Consumer)?;
        if one_queue {
            let pass = client.enter()?;
            // SAFETY: the pass keeps the handle alive.
            unsafe { sys::rd_kafka_poll_set_consumer(pass.rk()) };
        }
        client.find_consumer_queue()?;
        Ok(Self {
            undelivered: Undelivered::new(stores_offsets),
            leave_queue: Mutex::default(),
            commits: Mutex::default(),
            client,
            wakeup: OnceLock::new(),
            answered: AtomicBool::new(false),
            giving_up: Mutex::default(),
            gave_up: AtomicBool::new(false),
        })
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The next message or error, and the events that came meanwhile; an event ends the wait. Returns early, with nothing,
    /// when woken.
    pub fn poll(&self, timeout: Timeout) -> Served<Option<Message>> {
        Served::by(|events| {
            let pass = self.client.enter()?;
            if let Some(message) = self.undelivered.take() {
                return Ok(Some(message));
            }
            let poll = |timeout: Timeout| {
                // SAFETY: the pass keeps the handle alive; we own the message.
                collect_yielding(|| unsafe { Message::from_raw(sys::rd_kafka_consumer_poll(pass.rk(), timeout.0)) })
            };
            let mut message;
            (message, *events) = poll(timeout);
            // Statistics that have piled up are taken together, so that all but the newest can be dropped.
            while message.is_none() && matches!(events.last(), Some(Event::Statistics(_))) {
                let (next, more) = poll(Timeout::NONE);
                if next.is_none() && more.is_empty() {
                    break;
                }
                message = next;
                events.extend(more);
            }
            Ok(message)
        })
    }

    /// Waits until there is a message or an event, the time is over, the wait is interrupted, or the consumer is being
    /// closed. A message is put back for the next poll, since the caller may not take it before the events are handled.
    pub fn wait_for_message(&self, timeout: Timeout, interruption: &Interruption<'_>) -> Served<Option<()>> {
        let waited = self.client.poll_until(timeout, interruption, |rest| {
            // Keeps the client from being freed before the message is put back.
            let _pass = self.client.enter();
            self.poll(rest).map(|message| message.map(|message| self.undelivered.put_back(vec![message])))
        });
        waited.nothing_if_closed()
    }

    /// Up to `limit` messages and errors that have been fetched, and the events that came meanwhile. Messages may come from
    /// before and after an event: [`put_back`](Self::put_back) them while events are handled.
    pub fn take(&self, limit: usize) -> Served<Vec<Message>> {
        Served::by(|events| {
            let pass = self.client.enter()?;
            let mut messages: Vec<Message> = std::iter::from_fn(|| self.undelivered.take()).take(limit).collect();
            let Some(queue) = self.client.consumer_queue(&pass) else { return Ok(messages) };
            let mut taken = vec![std::ptr::null_mut(); (limit - messages.len()).min(LARGEST_TAKE)];
            let count;
            // SAFETY: the pass keeps the queue alive; the array has the length given.
            (count, *events) =
                collect(|| unsafe { sys::rd_kafka_consume_batch_queue(queue, 0, taken.as_mut_ptr(), taken.len()) });
            let taken = taken.into_iter().take(count.max(0) as usize);
            // SAFETY: librdkafka has stored `count` messages, which we own.
            messages.extend(taken.filter_map(|raw| unsafe { Message::from_raw(raw) }));
            Ok(messages)
        })
    }

    /// A descriptor that becomes readable when there is something to poll for, or the consumer is woken. Before waiting for
    /// it, clear it and poll the consumer again. None while the application is signalled instead.
    pub fn wakeup(&self) -> Result<Option<Arc<Wakeup>>, Error> {
        if self.wakeup.get().is_none() {
            let made = Arc::new(Wakeup::new()?);
            self.client.signal_consumer_queue(self.wakeup.get_or_init(|| made))?;
        }
        Ok(self.wakeup.get().filter(|_| !self.client.signals_application()).cloned())
    }

    /// Puts messages, oldest first, back for the next polls. Commits do not include them. If the consumer is closed
    /// meanwhile, they are freed with it. (A message that a caller holds would keep the client from being destroyed.)
    pub fn put_back(&self, messages: Vec<Message>) {
        let Ok(_pass) = self.client.enter() else { return };
        self.undelivered.put_back(messages);
    }

    /// Takes the oldest message that was put back.
    pub fn take_back(&self) -> Option<Message> {
        let _pass = self.client.enter().ok()?;
        self.undelivered.take()
    }

    /// The client's fatal error, if that is what the error in a message's place stands for.
    pub fn resolve(&self, error: &MessageError) -> Option<KafkaError> {
        (error.code == code::FATAL).then(|| self.client.resolve(KafkaError::new(error.code)))
    }

    /// The id that the group's coordinator assigned; empty before joining.
    pub fn member_id(&self) -> Result<Option<CString>, Error> {
        if self.has_given_up() {
            return Ok(None);
        }
        let pass = self.client.enter()?;
        // SAFETY: the pass keeps the handle alive; the text is null or owned by us.
        Ok(unsafe { take_text(&pass, sys::rd_kafka_memberid(pass.rk())) })
    }

    /// The consumer's identity in its group; none without a group.
    pub fn group_metadata(&self) -> Result<Option<GroupMetadata>, Error> {
        self.require_group()?;
        let pass = self.client.enter()?;
        // SAFETY: the pass keeps the handle alive; we own the metadata.
        Ok(unsafe { GroupMetadata::from_raw(sys::rd_kafka_consumer_group_metadata(pass.rk())) })
    }

    /// An option's value in the running client.
    pub fn option(&self, name: &CStr) -> Result<Option<CString>, Error> {
        self.client.option(name)
    }

    fn call(&self, call: impl FnOnce(*mut sys::rd_kafka_t) -> sys::rd_kafka_resp_err_t) -> Result<(), Error> {
        let pass = self.client.enter()?;
        self.client.check(call(pass.rk()))
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        if self.client.gate().is_foreign() {
            self.undelivered.abandon();
            let leave_queue = get_mut(&mut self.leave_queue);
            std::mem::forget(leave_queue.take());
            std::mem::forget(std::mem::take(get_mut(&mut self.commits)));
        }
    }
}
