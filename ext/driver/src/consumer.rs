//! Consuming messages: polling here, the rest in the files beside.

mod assignment;
mod leaving;
mod offsets;
mod undelivered;

use std::{
    ffi::{CStr, CString},
    sync::{Arc, Mutex, OnceLock, atomic::AtomicBool},
};

pub use offsets::Commit;
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

/// Most messages that are taken from librdkafka in one call.
const LARGEST_TAKE: usize = 1_000;

/// A client that consumes. Field order matters: messages and queue go before the client, and the wake-up descriptor after it.
#[derive(Debug)]
pub struct Consumer {
    undelivered: Undelivered,
    leave_queue: Mutex<Option<Queue>>,
    client: Client,
    wakeup: OnceLock<Arc<Wakeup>>,
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
            undelivered: Undelivered::new(stores_offsets),
            leave_queue: Mutex::default(),
            client,
            wakeup: OnceLock::new(),
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
    /// nothing after it was woken.
    pub fn poll(&self, timeout: Timeout) -> Served<Option<Message>> {
        Served::by(|events| {
            let pass = self.client.enter()?;
            if let Some(message) = self.undelivered.take() {
                return Ok(Some(message));
            }
            let poll = |timeout: Timeout| {
                // SAFETY: the pass keeps the handle alive; the message is ours.
                collect_yielding(|| unsafe { Message::from_raw(sys::rd_kafka_consumer_poll(pass.rk(), timeout.0)) })
            };
            let mut message;
            (message, *events) = poll(timeout);
            // Statistics that have piled up are taken together, so that outdated ones can be told from the last.
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

    /// Waits until there is a message or an event, or the wait is interrupted, or the consumer is being closed. A message
    /// stays here for the next poll, as nobody can take it before the events are handled. True when there is one.
    pub fn wait_for_message(&self, timeout: Timeout, interruption: &Interruption<'_>) -> Served<Option<()>> {
        let waited = self.client.poll_until(timeout, interruption, |rest| {
            // Held until the message is put back, so that the client cannot be freed before.
            let _pass = self.client.enter();
            self.poll(rest).map(|message| message.map(|message| self.undelivered.put_back(vec![message])))
        });
        waited.nothing_if_closed()
    }

    /// Up to `limit` messages and errors that are there already, and what was called back. An event does not end it:
    /// [`put_back`](Self::put_back) the messages while events are handled, since they may have come before or after.
    pub fn take(&self, limit: usize) -> Served<Vec<Message>> {
        Served::by(|events| {
            let pass = self.client.enter()?;
            let mut messages: Vec<Message> = std::iter::from_fn(|| self.undelivered.take()).take(limit).collect();
            let Some(queue) = self.client.consumer_queue(&pass) else { return Ok(messages) };
            let mut taken = vec![std::ptr::null_mut(); (limit - messages.len()).min(LARGEST_TAKE)];
            let count;
            // SAFETY: the pass keeps the queue alive, and the array has as many places as are said to be there.
            (count, *events) =
                collect(|| unsafe { sys::rd_kafka_consume_batch_queue(queue, 0, taken.as_mut_ptr(), taken.len()) });
            let taken = taken.into_iter().take(count.max(0) as usize);
            // SAFETY: as many messages as were counted are ours.
            messages.extend(taken.filter_map(|raw| unsafe { Message::from_raw(raw) }));
            Ok(messages)
        })
    }

    /// Becomes readable when there is something to poll for, also when the consumer is woken. It has to be cleared, and
    /// the consumer polled again, before it is waited for.
    pub fn wakeup(&self) -> Result<Arc<Wakeup>, Error> {
        if let Some(wakeup) = self.wakeup.get() {
            return Ok(Arc::clone(wakeup));
        }
        let wakeup = Arc::new(Wakeup::new()?);
        let wakeup = self.wakeup.get_or_init(|| wakeup);
        self.client.signal_consumer_queue(wakeup)?;
        Ok(Arc::clone(wakeup))
    }

    /// Keeps messages for the next polls, oldest first, because they cannot be handed out now. Commits do not pass over
    /// them, and if the consumer is closed meanwhile they go with it. (A message in the hands of a caller would keep the
    /// client from being destroyed.)
    pub fn put_back(&self, messages: Vec<Message>) {
        let Ok(_pass) = self.client.enter() else { return };
        self.undelivered.put_back(messages);
    }

    /// The oldest message that was put back.
    pub fn take_back(&self) -> Option<Message> {
        let _pass = self.client.enter().ok()?;
        self.undelivered.take()
    }

    /// The error that stands in a message's place, with the fatal marker resolved.
    pub fn resolve(&self, error: &MessageError) -> Option<KafkaError> {
        (error.code == code::FATAL).then(|| self.client.resolve(KafkaError::new(error.code)))
    }

    /// The id that the group's coordinator gave; empty before joining.
    pub fn member_id(&self) -> Result<Option<CString>, Error> {
        if self.has_given_up() {
            return Ok(None);
        }
        let pass = self.client.enter()?;
        // SAFETY: the pass keeps the handle alive; the text is null or owned by us.
        Ok(unsafe { take_text(&pass, sys::rd_kafka_memberid(pass.rk())) })
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
        }
    }
}
