//! `KarafkaNative::Native::ShareConsumer`: behind `Rdkafka::ShareConsumer`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use karafka_driver::{self as driver, Acknowledgement, Event, PartitionList, Served, Timeout, TurnGuard, code};
use magnus::{
    DataTypeFunctions, Error, RArray, RModule, RString, Ruby, TryConvert, TypedData, Value, function, gc::Marker,
    method, prelude::*, value::Opaque,
};

use crate::{
    client::{self, NativeClient, open},
    config::Config,
    error::{Closed, code_of, message_error, to_ruby},
    events::{Target, dispatch},
    gvl::{blocking, without_gvl, without_gvl_to_the_end},
    partition_list, pointer,
    ruby_value::{binary, optional_c_string, optional_duration, timeout, topic_name},
    share_message::Records,
    wait::Owner,
};

/// How long a consumer that was collected unclosed may take to leave its group.
const QUIET_LEAVE_LIMIT: Duration = Duration::from_secs(10);

/// How long leaving waits in one go: the queue that it serves cannot be woken.
const LEAVE_STEP: Timeout = Timeout(20);

/// The driver's share consumer and the Ruby object that handles its events.
#[derive(TypedData)]
#[magnus(class = "KarafkaNative::Native::ShareConsumer", free_immediately, mark)]
pub struct ShareConsumer {
    consumer: Arc<driver::ShareConsumer>,
    callbacks: Opaque<Value>,
}

impl DataTypeFunctions for ShareConsumer {
    fn mark(&self, marker: &Marker) {
        marker.mark(self.callbacks);
    }

    fn free(self: Box<Self>) {
        let gate = self.consumer.client().gate();
        if gate.is_foreign() || gate.is_closed() {
            return;
        }
        driver::reaper::dispose(move || {
            // librdkafka would wait for ever when it is freed without having left.
            if !self.consumer.leave_quietly(QUIET_LEAVE_LIMIT) {
                std::mem::forget(self.consumer);
            }
        });
    }
}

impl Owner for driver::ShareConsumer {
    fn client(&self) -> &driver::Client {
        self.client()
    }
}

impl NativeClient for ShareConsumer {
    type Owner = driver::ShareConsumer;

    fn owner(&self) -> &Arc<driver::ShareConsumer> {
        &self.consumer
    }

    fn target(&self, ruby: &Ruby) -> Target<'_> {
        Target { callbacks: ruby.get_inner(self.callbacks), client: self.client(), consumer: None, producer: None }
    }

    fn closed(&self, method: &'static str) -> Closed {
        Closed::Named("Rdkafka::ClosedConsumerError", method)
    }
}

impl ShareConsumer {
    fn new(ruby: &Ruby, config: &Config, callbacks: Value, implicit: bool) -> Result<Self, Error> {
        driver::reaper::start();
        let consumer = driver::ShareConsumer::create(config.take(ruby)?, implicit);
        let consumer = Arc::new(consumer.map_err(|error| to_ruby(ruby, error, Closed::Inner))?);
        pointer::remember_share_consumer(&consumer);
        Ok(Self { consumer, callbacks: callbacks.into() })
    }

    /// Raises unless the consumer is open, for methods whose native part does not.
    fn require_open(ruby: &Ruby, this: &Self, method: magnus::Symbol) -> Result<(), Error> {
        if !this.client().gate().is_closed() {
            return Ok(());
        }
        let class = crate::ruby_value::exception_class(ruby, "Rdkafka::ClosedConsumerError")?;
        Err(class.new_instance((method,))?.into())
    }

    /// Raises unless the calling thread may use the consumer now.
    fn require_turn(ruby: &Ruby, this: &Self) -> Result<(), Error> {
        this.turn(ruby).map(drop)
    }

    fn set_token(
        ruby: &Ruby,
        this: &Self,
        token: Value,
        lifetime_ms: i64,
        principal: Value,
        extensions: RArray,
    ) -> Result<(i32, Option<RString>), Error> {
        open(ruby, this, this.closed("oauthbearer_set_token"))?;
        client::set_token(ruby, this, token, lifetime_ms, principal, extensions)
    }

    fn set_token_failure(ruby: &Ruby, this: &Self, reason: Value) -> Result<i32, Error> {
        open(ruby, this, this.closed("oauthbearer_set_token_failure"))?;
        client::set_token_failure(ruby, this, reason)
    }

    fn turn(&self, ruby: &Ruby) -> Result<TurnGuard<'_>, Error> {
        self.consumer.take_turn().map_err(|error| to_ruby(ruby, error.into(), Closed::Inner))
    }

    /// All records of one fetch, or an empty Array when the time is over.
    fn poll(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<RArray, Error> {
        this.records(ruby, timeout_ms, usize::MAX, "poll")
    }

    /// The next record, or nil when the time is over. The others of its fetch stay undelivered.
    fn next_record(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<Option<Value>, Error> {
        open(ruby, this, this.closed("poll"))?;
        let _turn = this.turn(ruby)?;
        if this.consumer.has_undelivered() {
            return this.deliver(ruby, 1)?.shift();
        }
        this.records(ruby, timeout_ms, 1, "poll")?.shift()
    }

    fn records(&self, ruby: &Ruby, timeout_ms: Value, limit: usize, method: &'static str) -> Result<RArray, Error> {
        open(ruby, self, self.closed(method))?;
        let timeout = timeout(timeout_ms)?;
        let _turn = self.turn(ruby)?;
        let started = Instant::now();
        let consumer = &*self.consumer;
        let mut served = consumer.poll();
        loop {
            match self.settle(ruby, served)? {
                Ok(true) if consumer.has_undelivered() => return self.deliver(ruby, limit),
                // Closed meanwhile: there is nothing more to come.
                Ok(_) | Err(driver::Error::Closed) => {}
                Err(error) => return Err(to_ruby(ruby, error, self.closed(method))),
            }
            let rest = timeout.rest(started);
            if rest == Timeout::NONE || self.client().gate().is_closing() {
                return Ok(ruby.ary_new());
            }
            served = self.wait(Ok(false), |interrupted| consumer.wait(rest, interrupted));
        }
    }

    /// Makes `Message`s of fetched records. These count as delivered only when nothing can fail any more.
    fn deliver(&self, ruby: &Ruby, limit: usize) -> Result<RArray, Error> {
        let mut records = Records::new(ruby);
        self.consumer.read(limit, |message, delivery_count| records.add(ruby, message, delivery_count))?;
        let (count, unusable) = (records.len(), records.unusable());
        let entries = records.build(ruby, |error| message_error(ruby, error))?;
        Ok(if self.consumer.deliver(count, &unusable) { entries } else { ruby.ary_new() })
    }

    fn events_poll(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<i32, Error> {
        let closed = this.closed("events_poll");
        open(ruby, this, closed)?;
        let timeout = timeout(timeout_ms)?;
        let started = Instant::now();
        let consumer = &*this.consumer;
        let mut served = consumer.poll_events();
        loop {
            let count = this.settle(ruby, served)?.map_err(|error| to_ruby(ruby, error, closed))?;
            let rest = timeout.rest(started);
            if count > 0 || rest == Timeout::NONE || this.client().gate().is_closing() {
                return Ok(count);
            }
            served = this.wait(Ok(0), |interrupted| consumer.wait_events(rest, interrupted));
        }
    }

    /// The same with the GVL held all the time.
    fn events_poll_nb(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<i32, Error> {
        let closed = this.closed("events_poll_nb");
        open(ruby, this, closed)?;
        let served = this.consumer.wait_events(timeout(timeout_ms)?, &AtomicBool::new(false));
        this.settle(ruby, served)?.map_err(|error| to_ruby(ruby, error, closed))
    }

    fn subscribe(ruby: &Ruby, this: &Self, topics: RArray) -> Result<i32, Error> {
        let mut list = PartitionList::with_capacity(topics.len());
        for topic in topics {
            list.add(&topic_name(ruby, topic)?, driver::PARTITION_UA, None, None);
        }
        let list = Shared(list);
        open(ruby, this, this.closed("subscribe"))?;
        let consumer = &*this.consumer;
        let _turn = match consumer.take_turn() {
            Ok(turn) => turn,
            Err(error) => return Ok(error.code),
        };
        let subscribed = blocking(ruby, || consumer.subscribe(list.get()))?;
        code_of(ruby, subscribed, this.closed("subscribe"))
    }

    fn unsubscribe(ruby: &Ruby, this: &Self) -> Result<i32, Error> {
        let closed = this.closed("unsubscribe");
        open(ruby, this, closed)?;
        let consumer = &*this.consumer;
        let _turn = match consumer.take_turn() {
            Ok(turn) => turn,
            Err(error) => return Ok(error.code),
        };
        let begun = blocking(ruby, || consumer.begin_unsubscribe())?;
        match this.settle(ruby, begun)? {
            Ok(true) => {}
            other => return code_of(ruby, other.map(drop), closed),
        }
        let started = Instant::now();
        let given_back = loop {
            let served = this.wait(Ok(false), |interrupted| consumer.wait_given_back(started, interrupted));
            match this.settle(ruby, served) {
                Ok(Ok(false)) if !this.client().gate().is_closing() => {}
                other => break other.map(drop),
            }
        };
        let ended = blocking(ruby, || consumer.end_unsubscribe());
        given_back?;
        code_of(ruby, ended?, closed)
    }

    fn subscription(ruby: &Ruby, this: &Self) -> Result<(i32, Option<Value>), Error> {
        let closed = this.closed("subscription");
        open(ruby, this, closed)?;
        let consumer = &*this.consumer;
        let _turn = match consumer.take_turn() {
            Ok(turn) => turn,
            Err(error) => return Ok((error.code, None)),
        };
        match blocking(ruby, || consumer.subscription())? {
            Ok(list) => Ok((code::NO_ERROR, Some(partition_list::to_ruby(ruby, &list)?))),
            Err(error) => Ok((code_of(ruby, Err(error), closed)?, None)),
        }
    }

    /// Kinds as librdkafka numbers them.
    fn acknowledge(
        ruby: &Ruby,
        this: &Self,
        topic: Value,
        partition: Value,
        offset: Value,
        kind: i32,
    ) -> Result<i32, Error> {
        let kind = match kind {
            1 => Acknowledgement::Accept,
            2 => Acknowledgement::Release,
            _ => Acknowledgement::Reject,
        };
        let (partition, offset) = (i32::try_convert(partition)?, i64::try_convert(offset)?);
        let topic = optional_c_string(ruby, topic, "topic")?;
        let closed = this.closed("acknowledge");
        open(ruby, this, closed)?;
        let _turn = match this.consumer.take_turn() {
            Ok(turn) => turn,
            Err(error) => return Ok(error.code),
        };
        // As librdkafka says of a name that is missing.
        let Some(topic) = topic else { return Ok(code::INVALID_ARG) };
        code_of(ruby, this.consumer.acknowledge(&topic, partition, offset, kind), closed)
    }

    fn commit_async(ruby: &Ruby, this: &Self) -> Result<(), Error> {
        let closed = this.closed("commit_async");
        open(ruby, this, closed)?;
        let _turn = this.turn(ruby)?;
        let served = this.consumer.commit_async();
        this.settle(ruby, served)?.map_err(|error| to_ruby(ruby, error, closed))
    }

    /// What became of the acknowledgements, or nil when there were none to send.
    fn commit_sync(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<Option<Value>, Error> {
        let closed = this.closed("commit_sync");
        open(ruby, this, closed)?;
        let timeout = timeout(timeout_ms)?;
        let _turn = this.turn(ruby)?;
        let started = Instant::now();
        let consumer = &*this.consumer;
        let begun = consumer.begin_commit();
        if !this.settle(ruby, begun)?.map_err(|error| to_ruby(ruby, error, closed))? {
            return Ok(None);
        }
        loop {
            let rest = timeout.rest(started);
            let served = this.wait(Ok(false), |interrupted| consumer.wait_committed(rest, interrupted));
            let done = this.settle(ruby, served)?.map_err(|error| to_ruby(ruby, error, closed))?;
            if done || rest == Timeout::NONE || this.client().gate().is_closing() {
                return partition_list::to_ruby(ruby, &consumer.end_commit()).map(Some);
            }
        }
    }

    /// Leaves the group after `begin_close`, at most that many ms (nil: for ever). True when the member has left.
    /// Interrupted, it raises, the client is open again, and leaving goes on when it is called next time.
    fn leave(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<bool, Error> {
        let limit = optional_duration(timeout_ms)?;
        let started = Instant::now();
        let consumer = &*this.consumer;
        loop {
            if limit.is_some_and(|limit| started.elapsed() >= limit) {
                return Ok(false);
            }
            let served = this.wait(Ok(false), |interrupted| {
                loop {
                    let served = consumer.leave(LEAVE_STEP);
                    let waiting = matches!(&served, (Ok(false), events) if events.is_empty());
                    let over = limit.is_some_and(|limit| started.elapsed() >= limit);
                    if !waiting || over || interrupted.load(Ordering::SeqCst) {
                        return served;
                    }
                }
            });
            let settled = this.settle(ruby, served).inspect_err(|_| this.client().gate().reopen())?;
            if settled.map_err(|error| to_ruby(ruby, error, Closed::Inner))? {
                return Ok(true);
            }
        }
    }

    /// Closes without freeing the native client, because the member could not leave its group in time. For the end of
    /// the process.
    fn abandon(&self) {
        self.client().gate().finish_closing();
        std::mem::forget(Arc::clone(&self.consumer));
    }

    /// Frees the native client, after `begin_close`, `wait_idle` and `leave`.
    fn destroy(ruby: &Ruby, this: &Self) -> Result<(), Error> {
        let consumer = &this.consumer;
        if !consumer.client().gate().finish_closing() {
            return Ok(());
        }
        let destroyed = without_gvl_to_the_end(|| consumer.destroy());
        if destroyed.is_none() {
            // An interrupt is pending: the reaper does it, and Ruby raises when we return.
            let consumer = Arc::clone(consumer);
            driver::reaper::dispose(move || drop(consumer.destroy()));
        }
        this.dispatch(ruby, destroyed.unwrap_or_default())
    }

    /// Waits without the GVL. An interrupt ends the wait.
    fn wait<T: Send>(
        &self,
        nothing: Result<T, driver::Error>,
        wait: impl FnOnce(&AtomicBool) -> Served<T> + Send,
    ) -> Served<T> {
        let interrupted = AtomicBool::new(false);
        let waited = without_gvl(|| wait(&interrupted), || self.consumer.interrupt(&interrupted));
        waited.unwrap_or((nothing, Vec::new()))
    }

    /// Runs callbacks and whatever interrupts the thread. Records are not in hand meanwhile, so none is lost if they
    /// raise.
    fn settle<T>(&self, ruby: &Ruby, served: Served<T>) -> Result<Result<T, driver::Error>, Error> {
        let (result, events) = served;
        self.dispatch(ruby, events)?;
        ruby.thread_check_ints()?;
        Ok(result)
    }

    /// Handles all events, in order. The first exception is returned at the end.
    fn dispatch(&self, ruby: &Ruby, events: Vec<Event>) -> Result<(), Error> {
        let mut first = Ok(());
        for event in events {
            let handled = match event {
                Event::Acknowledged { partitions, code } => self.acknowledged(ruby, &partitions, code),
                other => dispatch(ruby, &self.target(ruby), vec![other]),
            };
            if first.is_ok() {
                first = handled;
            }
        }
        first
    }

    fn acknowledged(&self, ruby: &Ruby, answered: &[driver::Acknowledged], code: i32) -> Result<(), Error> {
        let callbacks = ruby.get_inner(self.callbacks);
        if !callbacks.funcall::<_, _, bool>("acknowledgement_callback?", ())? {
            return Ok(());
        }
        let partitions = ruby.ary_new_capa(answered.len());
        for one in answered {
            let offsets = ruby.ary_from_vec(one.offsets.clone());
            partitions.push((binary(ruby, one.topic.to_bytes()), one.partition, offsets))?;
        }
        let _inside = self.consumer.enter_callback();
        callbacks.funcall::<_, _, Value>("acknowledged", (partitions, code)).map(drop)
    }
}

/// Lets a native list be used by a call without the GVL.
struct Shared(PartitionList);

// SAFETY: only the thread that runs the call touches the list while the owner waits for it.
unsafe impl Sync for Shared {}

impl Shared {
    fn get(&self) -> &PartitionList {
        &self.0
    }
}

pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = native.define_class("ShareConsumer", ruby.class_object())?;
    class.undef_default_alloc_func();
    class.define_singleton_method("new", function!(ShareConsumer::new, 3))?;
    class.define_method("name", method!(client::name::<ShareConsumer>, 0))?;
    class.define_method("closed?", method!(client::is_closed::<ShareConsumer>, 0))?;
    class.define_method("set_token", method!(ShareConsumer::set_token, 4))?;
    class.define_method("set_token_failure", method!(ShareConsumer::set_token_failure, 1))?;
    class.define_method("test_fatal_error", method!(client::test_fatal_error::<ShareConsumer>, 2))?;
    class.define_method("begin_close", method!(client::begin_close::<ShareConsumer>, 0))?;
    class.define_method("wait_idle", method!(client::wait_idle::<ShareConsumer>, 1))?;
    class.define_method("reopen", method!(client::reopen::<ShareConsumer>, 0))?;
    class.define_method("require_open", method!(ShareConsumer::require_open, 1))?;
    class.define_method("require_turn", method!(ShareConsumer::require_turn, 0))?;
    class.define_method("poll", method!(ShareConsumer::poll, 1))?;
    class.define_method("next_record", method!(ShareConsumer::next_record, 1))?;
    class.define_method("events_poll", method!(ShareConsumer::events_poll, 1))?;
    class.define_method("events_poll_nb", method!(ShareConsumer::events_poll_nb, 1))?;
    class.define_method("subscribe", method!(ShareConsumer::subscribe, 1))?;
    class.define_method("unsubscribe", method!(ShareConsumer::unsubscribe, 0))?;
    class.define_method("subscription", method!(ShareConsumer::subscription, 0))?;
    class.define_method("acknowledge", method!(ShareConsumer::acknowledge, 4))?;
    class.define_method("commit_async", method!(ShareConsumer::commit_async, 0))?;
    class.define_method("commit_sync", method!(ShareConsumer::commit_sync, 1))?;
    class.define_method("leave", method!(ShareConsumer::leave, 1))?;
    class.define_method("abandon", method!(ShareConsumer::abandon, 0))?;
    class.define_method("destroy", method!(ShareConsumer::destroy, 0))?;
    Ok(())
}
