//! `KarafkaNative::Native::Consumer`: behind `Rdkafka::Consumer`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use karafka_driver::{
    self as driver, Bell, Commit, Event, Interruption, Message, MessageError, PartitionList, Timeout,
};
use magnus::{
    DataTypeFunctions, Error, Exception, RArray, RModule, RString, Ruby, TypedData, Value, function, gc::Marker,
    method, prelude::*, value::Opaque,
};

use crate::{
    client::{self, NativeClient, open},
    config::Config,
    error::{Closed, code_of, kafka_error, message_error, to_ruby},
    events::{Target, dispatch},
    fiber,
    group_metadata::GroupMetadata,
    gvl::{blocking, without_gvl},
    message::{Batch, new_message},
    partition_list, pointer,
    ruby_value::{binary, c_string, optional_duration, timeout, topic_name},
    wait::{self, Owner, TEARDOWN_LIMIT},
};

/// How long a consumer that was collected unclosed may take to leave its group.
const QUIET_LEAVE_LIMIT: Duration = Duration::from_secs(10);

/// How long a fiber waits before it polls again, for librdkafka to see that somebody does (`max.poll.interval.ms`).
const FIBER_STEP: Duration = Duration::from_secs(1);

/// How often a fiber looks whether its consumer has left the group.
const LEAVE_STEP: Duration = Duration::from_millis(5);

/// How many events one poll handles before it looks at its time again.
const EVENT_LIMIT: usize = 1_000;

/// The driver's consumer and the Ruby object that handles its events.
#[derive(TypedData)]
#[magnus(class = "KarafkaNative::Native::Consumer", free_immediately, mark)]
pub struct Consumer {
    consumer: Arc<driver::Consumer>,
    callbacks: Opaque<Value>,
}

impl DataTypeFunctions for Consumer {
    fn mark(&self, marker: &Marker) {
        marker.mark(self.callbacks);
    }

    fn free(self: Box<Self>) {
        let gate = self.consumer.client().gate();
        if gate.is_foreign() || gate.is_closed() {
            return;
        }
        driver::reaper::dispose(move || self.consumer.leave_quietly(QUIET_LEAVE_LIMIT));
    }
}

impl Owner for driver::Consumer {
    fn client(&self) -> &driver::Client {
        self.client()
    }
}

impl NativeClient for Consumer {
    type Owner = driver::Consumer;

    fn owner(&self) -> &Arc<driver::Consumer> {
        &self.consumer
    }

    fn target(&self, ruby: &Ruby) -> Target<'_> {
        Target {
            callbacks: ruby.get_inner(self.callbacks),
            client: self.client(),
            consumer: Some(&self.consumer),
            producer: None,
        }
    }

    fn closed(&self, method: &'static str) -> Closed {
        Closed::Named("Rdkafka::ClosedConsumerError", method)
    }
}

impl Consumer {
    fn new(ruby: &Ruby, config: &Config, callbacks: Value, one_queue: bool) -> Result<Self, Error> {
        driver::reaper::start();
        let consumer = driver::Consumer::create(config.take(ruby)?, one_queue);
        let consumer = Arc::new(consumer.map_err(|error| to_ruby(ruby, error, Closed::Inner))?);
        pointer::remember_consumer(&consumer);
        Ok(Self { consumer, callbacks: callbacks.into() })
    }

    /// The next message, or nil. Messages that wait are taken with the GVL held; only an empty queue gives it up.
    fn poll(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<Option<Value>, Error> {
        let closed = this.closed("poll");
        open(ruby, this, closed)?;
        let message = this.next(ruby, timeout(timeout_ms)?, closed)?;
        message.map(|message| this.deliver(ruby, message)).transpose()
    }

    /// The same with the GVL held all the time.
    fn poll_nb(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<Option<Value>, Error> {
        let closed = this.closed("poll_nb");
        open(ruby, this, closed)?;
        let message = this.next_held(ruby, timeout(timeout_ms)?, closed)?;
        message.map(|message| this.deliver(ruby, message)).transpose()
    }

    /// Waits for one message and then takes what is there. Errors take their place among the messages.
    fn poll_batch(ruby: &Ruby, this: &Self, timeout_ms: Value, max_items: usize) -> Result<RArray, Error> {
        this.batch(ruby, timeout_ms, max_items, false, this.closed("poll_batch"))
    }

    fn poll_batch_nb(ruby: &Ruby, this: &Self, timeout_ms: Value, max_items: usize) -> Result<RArray, Error> {
        this.batch(ruby, timeout_ms, max_items, true, this.closed("poll_batch_nb"))
    }

    fn batch(
        &self,
        ruby: &Ruby,
        timeout_ms: Value,
        max_items: usize,
        held: bool,
        closed: Closed,
    ) -> Result<RArray, Error> {
        open(ruby, self, closed)?;
        let timeout = timeout(timeout_ms)?;
        if max_items == 0 {
            return Ok(ruby.ary_new());
        }
        let first = if held { self.next_held(ruby, timeout, closed)? } else { self.next(ruby, timeout, closed)? };
        let Some(first) = first else { return Ok(ruby.ary_new()) };
        let mut messages = vec![first];
        if max_items > 1 {
            let (more, events) = self.consumer.take(max_items - 1).map_err(|error| to_ruby(ruby, error, closed))?;
            messages.extend(more);
            if !events.is_empty() {
                messages = self.settle(ruby, messages, events)?;
            }
        }
        self.build_batch(ruby, messages)
    }

    /// An Array of messages, and of errors in their place.
    fn build_batch(&self, ruby: &Ruby, messages: Vec<Message>) -> Result<RArray, Error> {
        let batch = match Batch::read(ruby, &messages) {
            Ok(batch) => batch,
            Err(error) => {
                self.consumer.put_back(messages);
                return Err(error);
            }
        };
        // From here on Ruby code may run, beside which no message may be in hand.
        drop(messages);
        batch.build(ruby, |failure| self.failure(ruby, failure))
    }

    fn next_held(&self, ruby: &Ruby, timeout: Timeout, closed: Closed) -> Result<Option<Message>, Error> {
        // Looking at the clock costs as much as a third of librdkafka's work.
        let started = (timeout != Timeout::NONE).then(Instant::now);
        for _ in 0..EVENT_LIMIT {
            let polled = self.consumer.poll(started.map_or(Timeout::NONE, |started| timeout.rest(started)));
            let (message, events) = polled.map_err(|error| to_ruby(ruby, error, closed))?;
            if events.is_empty() {
                return Ok(message);
            }
            let message = self.settle(ruby, message.into_iter().collect(), events)?.pop();
            if message.is_some() || self.client().gate().is_closing() {
                return Ok(message);
            }
        }
        Ok(None)
    }

    fn next(&self, ruby: &Ruby, timeout: Timeout, closed: Closed) -> Result<Option<Message>, Error> {
        let message = self.next_held(ruby, Timeout::NONE, closed)?;
        if message.is_some() || timeout == Timeout::NONE {
            return Ok(message);
        }
        if fiber::scheduled() {
            return self.next_in_fiber(ruby, timeout, closed);
        }
        let started = Instant::now();
        let client = self.client();
        loop {
            let rest = timeout.rest(started);
            if rest == Timeout::NONE || client.gate().is_closing() {
                return Ok(None);
            }
            let interruption = Interruption::new(client);
            let polled = without_gvl(|| self.consumer.wait(rest, &interruption), || interruption.set());
            drop(interruption);
            let (message, events) = match polled {
                Some(Ok(polled)) => polled.unwrap_or_default(),
                // Closed meanwhile: there is nothing more to come.
                Some(Err(driver::Error::Closed)) => return Ok(None),
                Some(Err(error)) => return Err(to_ruby(ruby, error, closed)),
                None => (None, Vec::new()),
            };
            let message = self.settle(ruby, message.into_iter().collect(), events)?.pop();
            if message.is_some() {
                return Ok(message);
            }
        }
    }

    /// The same, letting other fibers run while the queue is empty. Nothing is taken from it in vain.
    fn next_in_fiber(&self, ruby: &Ruby, timeout: Timeout, closed: Closed) -> Result<Option<Message>, Error> {
        let bell = self.consumer.bell().map_err(|error| to_ruby(ruby, error, closed))?;
        let started = Instant::now();
        loop {
            bell.silence();
            let message = self.next_held(ruby, Timeout::NONE, closed);
            if !matches!(message, Ok(None)) {
                // Others may listen too, and there may be more.
                bell.ring();
                return message;
            }
            let rest = timeout.rest(started);
            if rest == Timeout::NONE || self.client().gate().is_closing() {
                return Ok(None);
            }
            let step = rest.duration().map_or(FIBER_STEP, |rest| rest.min(FIBER_STEP));
            fiber::wait_readable(ruby, bell.ear(), Some(step))?;
            if self.client().gate().is_closing() {
                bell.ring();
                return Ok(None);
            }
        }
    }

    /// Runs what Ruby has to run before messages can be handed out: callbacks, and whatever interrupts the thread. No
    /// message is in hand meanwhile, as that code may close the consumer (then none is handed out); and none is lost if it
    /// raises.
    fn settle(&self, ruby: &Ruby, messages: Vec<Message>, events: Vec<Event>) -> Result<Vec<Message>, Error> {
        let count = messages.len();
        self.consumer.put_back(messages);
        dispatch(ruby, &self.target(ruby), events)?;
        ruby.thread_check_ints()?;
        Ok(self.take_back(count))
    }

    /// As many of the messages that were put back as are still there.
    fn take_back(&self, count: usize) -> Vec<Message> {
        (0..count).map_while(|_| self.consumer.take_back()).collect()
    }

    /// A `Message`; an error in its place is raised.
    fn deliver(&self, ruby: &Ruby, message: Message) -> Result<Value, Error> {
        new_message(ruby, message)?.or_else(|failure| Err(self.failure(ruby, failure)?.into()))
    }

    /// The exception for what came in a message's place.
    fn failure(&self, ruby: &Ruby, failure: MessageError) -> Result<Exception, Error> {
        match self.consumer.resolve(&failure) {
            Some(fatal) if fatal.fatal => kafka_error(ruby, &fatal),
            _ => message_error(ruby, &failure),
        }
    }

    /// Runs a call without the GVL and returns its code, for Ruby methods that build their own errors.
    fn call(
        &self,
        ruby: &Ruby,
        method: &'static str,
        call: impl Fn(&driver::Consumer) -> Result<(), driver::Error> + Send + Sync,
    ) -> Result<i32, Error> {
        let consumer = &*self.consumer;
        let result = blocking(ruby, || call(consumer))?;
        code_of(ruby, result, self.closed(method))
    }

    /// The same for a call that may wait.
    fn wait<R: Send + 'static>(
        &self,
        ruby: &Ruby,
        call: impl FnOnce(&driver::Consumer) -> R + Send + 'static,
    ) -> Result<R, Error> {
        wait::call(ruby, &self.consumer, call, |_, _| ())
    }

    /// A call that waits and changes a list, which is returned with the code.
    fn wait_with_list(
        &self,
        ruby: &Ruby,
        method: &'static str,
        list: Value,
        call: impl FnOnce(&driver::Consumer, &PartitionList) -> Result<(), driver::Error> + Send + 'static,
    ) -> Result<(i32, Value), Error> {
        let list = partition_list::from_ruby(ruby, list)?;
        let (result, list) = self.wait(ruby, move |consumer| (call(consumer, &list), list))?;
        let code = code_of(ruby, result, self.closed(method))?;
        Ok((code, partition_list::to_ruby(ruby, &list)?))
    }

    /// A call that changes a list, which is returned with the code.
    fn call_with_list(
        &self,
        ruby: &Ruby,
        method: &'static str,
        list: Value,
        call: impl Fn(&driver::Consumer, &PartitionList) -> Result<(), driver::Error> + Send + Sync,
    ) -> Result<(i32, Value), Error> {
        let list = Shared(partition_list::from_ruby(ruby, list)?);
        let code = self.call(ruby, method, |consumer| call(consumer, list.get()))?;
        Ok((code, partition_list::to_ruby(ruby, list.get())?))
    }

    fn subscribe(ruby: &Ruby, this: &Self, topics: RArray) -> Result<i32, Error> {
        let mut list = PartitionList::with_capacity(topics.len());
        for topic in topics {
            list.add(&topic_name(ruby, topic)?, driver::PARTITION_UA, None, None);
        }
        let list = Shared(list);
        this.call(ruby, "subscribe", |consumer| consumer.subscribe(list.get()))
    }

    fn unsubscribe(ruby: &Ruby, this: &Self) -> Result<i32, Error> {
        this.call(ruby, "unsubscribe", driver::Consumer::unsubscribe)
    }

    fn subscription(ruby: &Ruby, this: &Self) -> Result<Value, Error> {
        let consumer = &*this.consumer;
        let list = blocking(ruby, || consumer.subscription())?;
        let list = list.map_err(|error| to_ruby(ruby, error, this.closed("subscription")))?;
        partition_list::to_ruby(ruby, &list)
    }

    fn assignment(ruby: &Ruby, this: &Self) -> Result<Value, Error> {
        let consumer = &*this.consumer;
        let list = blocking(ruby, || consumer.assignment())?;
        let list = list.map_err(|error| to_ruby(ruby, error, this.closed("assignment")))?;
        partition_list::to_ruby(ruby, &list)
    }

    /// Nil ends the assignment.
    fn assign(ruby: &Ruby, this: &Self, list: Value) -> Result<i32, Error> {
        let list = optional_list(ruby, list)?;
        this.call(ruby, "assign", |consumer| consumer.assign(list.as_ref().map(Shared::get)))
    }

    fn incremental_assign(ruby: &Ruby, this: &Self, list: Value) -> Result<i32, Error> {
        let list = Shared(partition_list::from_ruby(ruby, list)?);
        this.call(ruby, "incremental_assign", |consumer| consumer.incremental_assign(list.get()))
    }

    fn incremental_unassign(ruby: &Ruby, this: &Self, list: Value) -> Result<i32, Error> {
        let list = Shared(partition_list::from_ruby(ruby, list)?);
        this.call(ruby, "incremental_unassign", |consumer| consumer.incremental_unassign(list.get()))
    }

    fn is_assignment_lost(ruby: &Ruby, this: &Self) -> Result<bool, Error> {
        let lost = this.consumer.assignment_lost();
        lost.map_err(|error| to_ruby(ruby, error, this.closed("assignment_lost?")))
    }

    fn pause(ruby: &Ruby, this: &Self, list: Value) -> Result<(i32, Value), Error> {
        this.call_with_list(ruby, "pause", list, driver::Consumer::pause)
    }

    fn resume(ruby: &Ruby, this: &Self, list: Value) -> Result<(i32, Value), Error> {
        this.call_with_list(ruby, "resume", list, driver::Consumer::resume)
    }

    fn position(ruby: &Ruby, this: &Self, list: Value) -> Result<(i32, Value), Error> {
        this.call_with_list(ruby, "position", list, driver::Consumer::position)
    }

    fn committed(ruby: &Ruby, this: &Self, list: Value, timeout_ms: Value) -> Result<(i32, Value), Error> {
        let timeout = timeout(timeout_ms)?;
        this.wait_with_list(ruby, "committed", list, move |consumer, list| consumer.committed(list, timeout))
    }

    fn offsets_for_times(ruby: &Ruby, this: &Self, list: Value, timeout_ms: Value) -> Result<(i32, Value), Error> {
        let timeout = timeout(timeout_ms)?;
        this.wait_with_list(ruby, "offsets_for_times", list, move |consumer, list| {
            consumer.offsets_for_times(list, timeout)
        })
    }

    fn commit(ruby: &Ruby, this: &Self, list: Value, asynchronous: bool) -> Result<i32, Error> {
        let list = optional_list(ruby, list)?;
        let result = commit(ruby, &this.consumer, list.as_ref().map(Shared::get), asynchronous)?;
        code_of(ruby, result, this.closed("commit"))
    }

    /// Stores the offset after the one given, with metadata or nil.
    fn store_offset(
        ruby: &Ruby,
        this: &Self,
        topic: Value,
        partition: i32,
        offset: i64,
        metadata: Option<RString>,
    ) -> Result<i32, Error> {
        let mut list = PartitionList::with_capacity(1);
        // SAFETY: the bytes are copied before Ruby can run.
        let metadata = metadata.as_ref().map(|metadata| unsafe { metadata.as_slice() });
        list.add(&topic_name(ruby, topic)?, partition, Some(offset.saturating_add(1)), metadata);
        code_of(ruby, this.consumer.store_offsets(&list), this.closed("store_offset"))
    }

    fn seek(ruby: &Ruby, this: &Self, topic: Value, partition: i32, offset: i64) -> Result<i32, Error> {
        let topic = topic_name(ruby, topic)?;
        this.call(ruby, "seek_by", |consumer| consumer.seek(&topic, partition, offset))
    }

    /// Code, low and high.
    fn query_watermark_offsets(
        ruby: &Ruby,
        this: &Self,
        topic: Value,
        partition: i32,
        timeout_ms: Value,
    ) -> Result<(i32, i64, i64), Error> {
        let topic = topic_name(ruby, topic)?;
        let timeout = timeout(timeout_ms)?;
        let found = this.wait(ruby, move |consumer| consumer.query_watermark_offsets(&topic, partition, timeout))?;
        let (result, offsets) = match found {
            Ok(offsets) => (Ok(()), offsets),
            Err(error) => (Err(error), (0, 0)),
        };
        Ok((code_of(ruby, result, this.closed("query_watermark_offsets"))?, offsets.0, offsets.1))
    }

    fn member_id(ruby: &Ruby, this: &Self) -> Result<Option<RString>, Error> {
        let id = this.consumer.member_id().map_err(|error| to_ruby(ruby, error, this.closed("member_id")))?;
        Ok(id.map(|id| binary(ruby, id.to_bytes())))
    }

    /// Who the consumer is in its group, or nil without a group.
    fn group_metadata(ruby: &Ruby, this: &Self) -> Result<Option<GroupMetadata>, Error> {
        let consumer = &*this.consumer;
        let metadata = blocking(ruby, || consumer.group_metadata())?;
        let metadata =
            metadata.map_err(|error| to_ruby(ruby, error, this.closed("consumer_group_metadata_pointer")))?;
        Ok(metadata.map(GroupMetadata::new))
    }

    /// `EAGER`, `COOPERATIVE`, `NONE` or nil.
    fn rebalance_protocol(ruby: &Ruby, this: &Self) -> Result<Option<RString>, Error> {
        let protocol = this.consumer.rebalance_protocol();
        let protocol = protocol.map_err(|error| to_ruby(ruby, error, Closed::Inner))?;
        Ok(protocol.map(|protocol| binary(ruby, protocol.to_bytes())))
    }

    /// An option's value in the running client.
    fn option(ruby: &Ruby, this: &Self, name: Value) -> Result<Option<RString>, Error> {
        let name = c_string(ruby, name, "option name")?;
        let value = this.consumer.option(&name).map_err(|error| to_ruby(ruby, error, Closed::Inner))?;
        Ok(value.map(|value| binary(ruby, value.to_bytes())))
    }

    /// Leaves the group after `begin_close`, at most that many ms (nil: for ever), calling rebalance listeners on the
    /// way. True when the member has left. Interrupted, it raises, the client is open again, and leaving goes on when
    /// it is called next time.
    fn leave(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<bool, Error> {
        let limit = optional_duration(timeout_ms)?;
        let client = this.client();
        let consumer = &*this.consumer;
        // Refused without a group, or after a fatal error: nothing to leave then.
        if consumer.begin_leave().is_err() {
            return Ok(true);
        }
        let started = Instant::now();
        let interrupted = AtomicBool::new(false);
        loop {
            if limit.is_some_and(|limit| started.elapsed() >= limit) {
                return Ok(false);
            }
            if fiber::scheduled() {
                let (left, events) =
                    consumer.poll_leave(Timeout::NONE).map_err(|error| to_ruby(ruby, error, Closed::Inner))?;
                let idle = events.is_empty();
                dispatch(ruby, &this.target(ruby), events)?;
                if left {
                    return Ok(true);
                }
                if idle {
                    fiber::sleep(ruby, LEAVE_STEP).inspect_err(|_| client.gate().reopen())?;
                }
                continue;
            }
            let wake = || interrupted.store(true, Ordering::SeqCst);
            // In short steps: the queue that is served here is not one that can be woken.
            let polled = without_gvl(
                || {
                    loop {
                        let polled = consumer.poll_leave(Timeout(20));
                        let over = limit.is_some_and(|limit| started.elapsed() >= limit);
                        let waiting = matches!(&polled, Ok((false, events)) if events.is_empty());
                        if !waiting || over || interrupted.load(Ordering::SeqCst) {
                            return polled;
                        }
                    }
                },
                wake,
            );
            interrupted.store(false, Ordering::SeqCst);
            let mut left = false;
            if let Some(polled) = polled {
                let (done, events) = polled.map_err(|error| to_ruby(ruby, error, Closed::Inner))?;
                dispatch(ruby, &this.target(ruby), events)?;
                left = done;
            }
            ruby.thread_check_ints().inspect_err(|_| client.gate().reopen())?;
            if left {
                return Ok(true);
            }
        }
    }

    /// Closes without freeing the native client, because the member could not leave its group in time, and librdkafka
    /// would go on trying. For the end of the process.
    fn abandon(&self) {
        self.consumer.client().gate().finish_closing();
        std::mem::forget(Arc::clone(&self.consumer));
    }

    /// Frees the native client, after `begin_close`, `wait_idle` and `leave`. After that many ms (nil: for ever), or when
    /// interrupted, that goes on by itself.
    fn destroy(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<(), Error> {
        let limit = optional_duration(timeout_ms)?.map(|limit| limit.max(TEARDOWN_LIMIT));
        if !this.client().gate().finish_closing() {
            return Ok(());
        }
        let destroyed = wait::call_within(ruby, limit, &this.consumer, driver::Consumer::destroy, |_, _| ())?;
        dispatch(ruby, &this.target(ruby), destroyed.unwrap_or_default())
    }
}

/// Commits, and waits for the answer if that is wanted.
pub fn commit(
    ruby: &Ruby,
    consumer: &driver::Consumer,
    offsets: Option<&PartitionList>,
    asynchronous: bool,
) -> Result<Result<(), driver::Error>, Error> {
    if asynchronous {
        return Ok(consumer.commit_async(offsets));
    }
    match consumer.commit(offsets) {
        Ok(commit) => answer(ruby, &commit),
        Err(error) => Ok(Err(error)),
    }
}

/// Waits for a commit. An interrupt ends the wait, but not the commit.
fn answer(ruby: &Ruby, commit: &Commit<'_>) -> Result<Result<(), driver::Error>, Error> {
    if fiber::scheduled() {
        let bell = Bell::new().map_err(|error| to_ruby(ruby, error, Closed::Inner))?;
        commit.signal(&bell);
        loop {
            bell.silence();
            if let Some(answer) = commit.poll(Timeout::NONE) {
                return Ok(answer);
            }
            fiber::wait_readable(ruby, bell.ear(), Some(FIBER_STEP))?;
        }
    }
    let interrupted = AtomicBool::new(false);
    let wake = || {
        interrupted.store(true, Ordering::SeqCst);
        commit.wake();
    };
    loop {
        interrupted.store(false, Ordering::SeqCst);
        let answer = without_gvl(|| commit.wait(&interrupted), wake);
        if let Some(Some(answer)) = answer {
            return Ok(answer);
        }
        ruby.thread_check_ints()?;
    }
}

/// Lets a native list be used by a call without the GVL, one thread at a time.
struct Shared(PartitionList);

// SAFETY: only the thread that runs the call touches the list while the owner waits for it.
unsafe impl Sync for Shared {}

impl Shared {
    fn get(&self) -> &PartitionList {
        &self.0
    }
}

fn optional_list(ruby: &Ruby, list: Value) -> Result<Option<Shared>, Error> {
    if list.is_nil() { Ok(None) } else { partition_list::from_ruby(ruby, list).map(|list| Some(Shared(list))) }
}

/// Defines what this file has for Ruby.
pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = native.define_class("Consumer", ruby.class_object())?;
    client::define!(class, Consumer);
    class.define_singleton_method("new", function!(Consumer::new, 3))?;
    class.define_method("poll", method!(Consumer::poll, 1))?;
    class.define_method("poll_nb", method!(Consumer::poll_nb, 1))?;
    class.define_method("poll_batch", method!(Consumer::poll_batch, 2))?;
    class.define_method("poll_batch_nb", method!(Consumer::poll_batch_nb, 2))?;
    class.define_method("subscribe", method!(Consumer::subscribe, 1))?;
    class.define_method("unsubscribe", method!(Consumer::unsubscribe, 0))?;
    class.define_method("subscription", method!(Consumer::subscription, 0))?;
    class.define_method("assign", method!(Consumer::assign, 1))?;
    class.define_method("incremental_assign", method!(Consumer::incremental_assign, 1))?;
    class.define_method("incremental_unassign", method!(Consumer::incremental_unassign, 1))?;
    class.define_method("assignment", method!(Consumer::assignment, 0))?;
    class.define_method("assignment_lost?", method!(Consumer::is_assignment_lost, 0))?;
    class.define_method("pause", method!(Consumer::pause, 1))?;
    class.define_method("resume", method!(Consumer::resume, 1))?;
    class.define_method("position", method!(Consumer::position, 1))?;
    class.define_method("committed", method!(Consumer::committed, 2))?;
    class.define_method("offsets_for_times", method!(Consumer::offsets_for_times, 2))?;
    class.define_method("commit", method!(Consumer::commit, 2))?;
    class.define_method("store_offset", method!(Consumer::store_offset, 4))?;
    class.define_method("seek", method!(Consumer::seek, 3))?;
    class.define_method("query_watermark_offsets", method!(Consumer::query_watermark_offsets, 3))?;
    class.define_method("member_id", method!(Consumer::member_id, 0))?;
    class.define_method("group_metadata", method!(Consumer::group_metadata, 0))?;
    class.define_method("rebalance_protocol", method!(Consumer::rebalance_protocol, 0))?;
    class.define_method("option", method!(Consumer::option, 1))?;
    class.define_method("leave", method!(Consumer::leave, 1))?;
    class.define_method("abandon", method!(Consumer::abandon, 0))?;
    class.define_method("destroy", method!(Consumer::destroy, 1))?;
    Ok(())
}
