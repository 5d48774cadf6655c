//! `KarafkaNative::Native::Producer`, on which `Rdkafka::Producer` is built.

mod arguments;

use std::{
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use karafka_driver::{self as driver, Interruption, Record, Timeout, Wake, lock};
use magnus::{
    DataTypeFunctions, Error, RArray, RHash, RModule, Ruby, TryConvert, TypedData, Value, function, gc::Marker, method,
    prelude::*, typed_data::Obj, value::Opaque,
};

use crate::{
    client::{self, NativeClient},
    closing,
    config::Config,
    delivery::DeliveryBlock,
    error::{Closed, code_of, to_ruby},
    events::Target,
    owner::Owner,
    poller::Poller,
    ractor,
    ruby_value::{self, byte_string, c_string_pairs, is_absent, number, timeout},
    runtime::{
        background,
        blocking::{self, run_until_done},
        fairness,
    },
    seam::pointer,
    serving::Serving,
    transactions,
};

/// How long one step of a flush may take before interrupts are checked.
const FLUSH_SLICE: Duration = Duration::from_millis(20);

/// The error that refuses operations of a closed producer.
pub const CLOSED: Closed = Closed::Class("Rdkafka::ClosedProducerError");

/// The driver's producer, and the Ruby objects that handle its events.
#[derive(TypedData)]
#[magnus(class = "KarafkaNative::Native::Producer", free_immediately, mark)]
pub struct Producer {
    pub producer: Arc<driver::Producer>,
    callbacks: Opaque<Value>,
    /// Handles by the key of their delivery, kept for a delivery callback that takes them or their labels.
    handles: Opaque<RHash>,
    /// The block and the index of the next message's delivery.
    next_delivery: Mutex<Option<(Opaque<Obj<DeliveryBlock>>, usize)>>,
    has_poller: AtomicBool,
    keeps_handles: AtomicBool,
}

impl DataTypeFunctions for Producer {
    fn mark(&self, marker: &Marker) {
        marker.mark(self.callbacks);
        marker.mark(self.handles);
        if let Some((block, _)) = *self.next_delivery() {
            marker.mark(block);
        }
    }

    fn free(self: Box<Self>) {
        self.producer.in_flight().abandon();
        give_up(self.producer);
    }
}

/// Creates a driver's producer, for an application's producer or admin client.
pub fn create(
    ruby: &Ruby,
    config: &Config,
    make: fn(driver::Config) -> Result<driver::Producer, driver::Error>,
) -> Result<Arc<driver::Producer>, Error> {
    driver::reaper::resume();
    let producer = make(config.take(ruby)?);
    let producer = Arc::new(producer.map_err(|error| to_ruby(ruby, error, Closed::Inner))?);
    pointer::remember_producer(&producer);
    Ok(producer)
}

/// Gives up a producer that the application no longer has. Its polling thread, which holds a reference, drains it and ends.
pub fn give_up(producer: Arc<driver::Producer>) {
    producer.client().gate().drain_unowned();
    producer.client().wake();
    producer.release();
}

impl Owner for driver::Producer {
    fn release(self: Arc<Self>) {
        driver::Producer::release(self);
    }
}

impl NativeClient for Producer {
    type Owner = driver::Producer;

    fn owner(&self) -> &Arc<driver::Producer> {
        &self.producer
    }

    fn target(&self, ruby: &Ruby) -> Target<'_> {
        Target {
            callbacks: ruby.get_inner(self.callbacks),
            client: self.client(),
            consumer: None,
            producer: Some(&self.producer),
        }
    }

    fn closed(&self) -> Closed {
        CLOSED
    }

    /// From the moment that a thread begins to close it.
    fn is_closed(&self) -> bool {
        !self.client().gate().is_open()
    }
}

impl Producer {
    fn new(ruby: &Ruby, config: &Config, callbacks: Value, handles: RHash) -> Result<Self, Error> {
        Ok(Self {
            producer: create(ruby, config, driver::Producer::create)?,
            callbacks: callbacks.into(),
            handles: handles.into(),
            next_delivery: Mutex::default(),
            has_poller: AtomicBool::new(false),
            keeps_handles: AtomicBool::new(false),
        })
    }

    /// A poller for the polling thread. It gets the callbacks in a WeakMap, so that they can be collected.
    fn poller(&self, weak_callbacks: Value) -> Poller {
        self.has_poller.store(true, Ordering::Relaxed);
        let producer = Arc::clone(&self.producer);
        Poller { producer, callbacks: self.callbacks, weak_callbacks: weak_callbacks.into() }
    }

    /// Whether a polling thread serves the reports.
    pub fn has_poller(&self) -> bool {
        self.has_poller.load(Ordering::Relaxed)
    }

    /// The object that handles the events.
    pub fn callbacks(&self) -> Opaque<Value> {
        self.callbacks
    }

    /// The Hash in which the delivery callback's handles are found.
    pub fn handles(&self) -> Opaque<RHash> {
        self.handles
    }

    /// Makes events of deliveries, for a delivery callback. `with_handles` tells whether it takes handles.
    fn report_deliveries(&self, with_handles: bool) {
        self.keeps_handles.store(with_handles, Ordering::Relaxed);
        self.producer.in_flight().set_callback(true);
    }

    /// Queues a message and returns its handle. If the partition is nil, librdkafka chooses one; if the timestamp is nil,
    /// it is the current time.
    #[allow(clippy::too_many_arguments)] // positional on purpose: keyword arguments are unpacked in Ruby
    fn produce(ruby: &Ruby, receiver: Value, arguments: &[Value]) -> Result<Value, Error> {
        let this: &Self = ruby_value::receiver(ruby, &receiver)?;
        let [topic, payload, key, partition, timestamp, headers, label, topic_config] =
            <[Value; 8]>::try_from(arguments)
                .map_err(|_| Error::new(ruby.exception_arg_error(), "produce takes eight arguments"))?;
        if this.is_closed() {
            return Err(to_ruby(ruby, driver::Error::Closed, this.closed()));
        }
        let payload = byte_string(ruby, payload, "payload")?;
        let key = byte_string(ruby, key, "key")?;
        let topic_string = arguments::topic_name(ruby, topic)?;
        let partition = if is_absent(partition) { -1 } else { number(ruby, partition, "partition")? };
        let timestamp = arguments::timestamp(ruby, timestamp)?;
        let headers = arguments::headers(ruby, headers)?;
        let topic_config = i64::try_convert(topic_config)?;

        let (block, index) = this.take_delivery(ruby);
        let handle = DeliveryBlock::handle(ruby, block, index, topic, label)?;
        let delivery = block.delivery(index);
        let delivery_key = delivery.key();
        // SAFETY: the Strings are on the stack, and no Ruby code runs before librdkafka has copied their bytes.
        let record = unsafe {
            Record {
                topic: topic_string.as_slice(),
                topic_config,
                partition,
                payload: payload.as_ref().map(|string| string.as_slice()),
                key: key.as_ref().map(|string| string.as_slice()),
                timestamp,
                headers: &headers,
            }
        };
        if let Err(error) = this.producer.produce(&record, delivery) {
            // librdkafka will not report on it.
            block.delivery(index).finish();
            return Err(to_ruby(ruby, error, this.closed()));
        }
        DeliveryBlock::refer(ruby, block);
        if this.keeps_handles.load(Ordering::Relaxed) || !label.is_nil() {
            // No report can have been handled yet, since that takes the GVL.
            DeliveryBlock::keep(ruby, &block, delivery_key, handle)?;
        }
        // Then the polling thread waits for the GVL. Reports would pile up while a thread produces without a break.
        if this.producer.in_flight().are_reports_due() {
            fairness::after_delivery();
        }
        Ok(handle)
    }

    fn take_delivery(&self, ruby: &Ruby) -> (Obj<DeliveryBlock>, usize) {
        match &mut *self.next_delivery() {
            Some((block, index)) if *index < driver::DeliveryBlock::SIZE => {
                *index += 1;
                return (ruby.get_inner(*block), *index - 1);
            }
            _ => {}
        }
        let block = ruby.obj_wrap(DeliveryBlock::new(self));
        *self.next_delivery() = Some((block.into(), 1));
        (block, 0)
    }

    /// Locks the next delivery. Not to be held while Ruby allocates, because marking takes the lock, too.
    fn next_delivery(&self) -> MutexGuard<'_, Option<(Opaque<Obj<DeliveryBlock>>, usize)>> {
        lock(&self.next_delivery)
    }

    /// Creates a topic handle with options, once for each name and hash.
    fn configure_topic(ruby: &Ruby, this: &Self, topic: Value, hash: i64, options: RArray) -> Result<(), Error> {
        let topic = arguments::topic_name(ruby, topic)?;
        let options = c_string_pairs(ruby, options, "topic option")?;
        // SAFETY: the driver copies the bytes before Ruby can run.
        let configured = this.producer.configure_topic(unsafe { topic.as_slice() }, hash, &options);
        configured.map_err(|error| to_ruby(ruby, error, Closed::Inner))
    }

    /// Sends what waits; true when nothing is left and the callback has returned for everything, before the time is over.
    /// Handles events on this thread.
    fn flush(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<bool, Error> {
        let limit = timeout(ruby, timeout_ms)?.duration();
        let started = Instant::now();
        let rest = || limit.map(|limit| limit.saturating_sub(started.elapsed()));
        // Nothing wakes librdkafka's flush, hence the slices.
        let flush = |producer: &driver::Producer, rest: Timeout, _: &Interruption<'_>| {
            producer.flush(rest.at_most(FLUSH_SLICE.into())).map(|done| done.then_some(()))
        };
        let in_flight = this.producer.in_flight();
        loop {
            let sent = blocking::run(ruby, Serving::new(this, this.closed(), flush, rest()), rest())?.is_some();
            // Other threads may have taken reports that they have not handed to the callback yet.
            if !sent || in_flight.is_empty() || in_flight.is_reporting() {
                return Ok(sent);
            }
            let rest = rest().map_or(FLUSH_SLICE, |rest| rest.min(FLUSH_SLICE));
            if run_until_done(ruby, &**in_flight, Some(rest))? {
                return Ok(true);
            }
            if rest.is_zero() {
                return Ok(false);
            }
        }
    }

    /// Purges all messages. Returns 0 or librdkafka's error code.
    fn purge(ruby: &Ruby, this: &Self) -> Result<i32, Error> {
        let purged = background::call(ruby, &this.producer, driver::Producer::purge)?;
        code_of(ruby, purged, this.closed())
    }

    fn queue_size(ruby: &Ruby, this: &Self) -> Result<i32, Error> {
        this.client().out_queue_len().map_err(|error| to_ruby(ruby, error, this.closed()))
    }
}

/// Defines `KarafkaNative::Native::Producer`.
pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = ractor::define_class::<Producer>(ruby, native, "Producer")?;
    client::define!(class, Producer);
    class.define_singleton_method("new", function!(Producer::new, 3))?;
    class.define_method("poller", method!(Producer::poller, 1))?;
    class.define_method("report_deliveries", method!(Producer::report_deliveries, 1))?;
    class.define_method("produce", method!(Producer::produce, -1))?;
    class.define_method("configure_topic", method!(Producer::configure_topic, 3))?;
    class.define_method("flush", method!(Producer::flush, 1))?;
    class.define_method("purge", method!(Producer::purge, 0))?;
    class.define_method("queue_size", method!(Producer::queue_size, 0))?;
    class.define_method("close", method!(closing::close_polled::<Producer>, 1))?;
    class.define_method("close_at_exit", method!(closing::close_polled_at_exit::<Producer>, 2))?;
    transactions::define(class)
}
