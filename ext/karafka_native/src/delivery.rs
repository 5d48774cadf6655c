//! `KarafkaNative::Native::DeliveryBlock`, for whose deliveries `DeliveryHandle`s wait.

mod report;
mod wait_all;

use std::sync::{Arc, Weak};

use karafka_driver::{self as driver, Awaited, InFlight, KafkaError, code};
use magnus::{
    DataTypeFunctions, Error, RClass, RHash, RModule, Ruby, Symbol, TryConvert, TypedData, Value, function,
    gc::Marker,
    method,
    prelude::*,
    rb_sys::{AsRawValue, FromRawValue, protect},
    typed_data::{Obj, Writebarrier},
    value::{Lazy, LazyId, Opaque},
};

use self::{report::new_report, wait_all::wait_all};
use crate::{
    error::{closed_error, kafka_error},
    mold::Mold,
    owner::Held,
    producer::{self, Producer},
    ractor,
    ruby_value::{constant, optional_duration, receiver},
    runtime::{blocking::run_until_done, fairness},
};
pub use report::call_back;

static HANDLE: Lazy<RClass> =
    Lazy::new(|ruby| constant(ruby, "Rdkafka::Producer::DeliveryHandle").expect("handle class is loaded"));
static AT_BLOCK: LazyId = LazyId::new("@block");
static AT_INDEX: LazyId = LazyId::new("@index");

static MOLD: Mold<3> = Mold::new([LazyId::new("@block"), LazyId::new("@index"), LazyId::new("@topic")]);
static LABELLED_MOLD: Mold<4> =
    Mold::new([LazyId::new("@block"), LazyId::new("@index"), LazyId::new("@topic"), LazyId::new("@label")]);

/// Resolves the constants and names of this file and its parts (see `ractor.rs`).
pub fn resolve(ruby: &Ruby) {
    Lazy::force(&HANDLE, ruby);
    for name in [&AT_BLOCK, &AT_INDEX] {
        LazyId::force(name, ruby);
    }
    MOLD.resolve(ruby);
    LABELLED_MOLD.resolve(ruby);
    report::resolve(ruby);
}

/// A block of deliveries, which librdkafka reports on. Each handle has the index of its delivery. (The class has a write
/// barrier, because minor collections mark objects without one every time, and the handles that refer to them.)
#[derive(TypedData)]
#[magnus(class = "KarafkaNative::Native::DeliveryBlock", free_immediately, mark, wb_protected)]
pub struct DeliveryBlock {
    block: Arc<driver::DeliveryBlock>,
    client: Option<Client>,
}

/// The producer of the messages.
struct Client {
    in_flight: Arc<InFlight>,
    /// Set if it has a polling thread.
    polled: Option<Weak<driver::Producer>>,
    /// Where the callback looks for handles.
    handles: Opaque<RHash>,
    /// The producer's callbacks, which refer to it. Used only to mark them, since they may have been freed. (Not the producer
    /// itself: Ruby may move it while it is not marked here, but never the callbacks, which the producer always marks.) None
    /// without a polling thread: reports would never come when nobody else has the producer.
    callbacks: Option<Opaque<Value>>,
}

impl DataTypeFunctions for DeliveryBlock {
    fn mark(&self, marker: &Marker) {
        let Some(client) = &self.client else { return };
        marker.mark(client.handles);
        let in_flight = &client.in_flight;
        // Freeing a producer sets `is_abandoned`.
        if let Some(callbacks) = client.callbacks.filter(|_| !in_flight.is_empty() && !in_flight.is_abandoned()) {
            marker.mark(callbacks);
        }
    }
}

/// The index of a delivery in its block. It is checked, because Ruby code can change a handle's instance variables.
struct Place(usize);

impl TryConvert for Place {
    fn try_convert(value: Value) -> Result<Self, Error> {
        let index = usize::try_convert(value)?;
        if index < driver::DeliveryBlock::SIZE {
            return Ok(Self(index));
        }
        let refused = format!("{index} is not the index of a delivery");
        Err(Error::new(Ruby::get_with(value).exception_index_error(), refused))
    }
}

impl DeliveryBlock {
    /// A block for messages of a producer. Handles keep the producer alive while it has messages in flight.
    pub fn new(producer: &Producer) -> Self {
        let client = Client {
            in_flight: Arc::clone(producer.producer.in_flight()),
            polled: producer.has_poller().then(|| Arc::downgrade(&producer.producer)),
            handles: producer.handles(),
            callbacks: producer.has_poller().then(|| producer.callbacks()),
        };
        Self { block: Arc::default(), client: Some(client) }
    }

    /// Tells Ruby that the block refers to its producer's callbacks, which it does once a message is in flight.
    pub fn refer(ruby: &Ruby, this: Obj<Self>) {
        if let Some(callbacks) = this.client.as_ref().and_then(|client| client.callbacks) {
            this.writebarrier(ruby.get_inner(callbacks));
        }
    }

    /// A block for handles that belong to no producer.
    pub fn of_nobody(block: Arc<driver::DeliveryBlock>) -> Self {
        Self { block, client: None }
    }

    fn by_hand() -> Self {
        Self::of_nobody(Arc::default())
    }

    /// The delivery with that index.
    pub fn delivery(&self, index: usize) -> driver::Delivery {
        self.block.delivery(index)
    }

    /// The delivery, to wait for it. Raises if this is a forked child, where a message of the parent is never reported.
    fn awaitable(&self, ruby: &Ruby, place: Place) -> Result<driver::Delivery, Error> {
        let delivery = self.delivery(place.0);
        if self.client.is_some() && delivery.is_pending() && delivery.is_foreign() {
            return Err(closed_error(ruby, producer::CLOSED, ruby.to_symbol("wait")));
        }
        Ok(delivery)
    }

    /// Creates a `DeliveryHandle` without calling its `initialize`.
    pub fn handle(ruby: &Ruby, this: Obj<Self>, index: usize, topic: Value, label: Value) -> Result<Value, Error> {
        let class = ruby.get_inner(&HANDLE).as_raw();
        let (block, index) = (this.as_raw(), ruby.integer_from_u64(index as u64).as_raw());
        let (topic, label) = (topic.as_raw(), label.as_raw());
        let handle = protect(|| {
            // SAFETY: a live class and values on the stack; nothing here has a destructor that a raise could skip.
            unsafe {
                // A handle without a label is smaller.
                if label == rb_sys::Qnil as rb_sys::VALUE {
                    MOLD.make(ruby, class, &[block, index, topic])
                } else {
                    LABELLED_MOLD.make(ruby, class, &[block, index, topic, label])
                }
            }
        })?;
        // SAFETY: just made.
        Ok(unsafe { Value::from_raw(handle) })
    }

    fn is_pending(&self, place: Place) -> bool {
        self.delivery(place.0).is_pending()
    }

    fn wait(ruby: &Ruby, this: &Self, place: Place, timeout_ms: Value) -> Result<bool, Error> {
        let (delivery, timeout) = (this.awaitable(ruby, place)?, optional_duration(ruby, timeout_ms)?);
        let polled =
            this.client.as_ref().filter(|_| delivery.is_pending()).and_then(|client| client.polled.as_ref()?.upgrade());
        match polled.map(Held::from) {
            Some(producer) => run_until_done(ruby, &producer.waiting_for(&delivery), timeout),
            None => run_until_done(ruby, &delivery, timeout),
        }
    }

    /// Lets the delivery callback, if there is one, find a handle by its delivery's key.
    pub fn keep(ruby: &Ruby, this: &Self, key: usize, handle: Value) -> Result<(), Error> {
        let Some(client) = this.client.as_ref().filter(|client| client.in_flight.has_callback()) else { return Ok(()) };
        ruby.get_inner(client.handles).aset(key, handle)
    }

    /// The key by which a handle is found when its delivery is reported.
    fn key(&self, place: Place) -> usize {
        self.delivery(place.0).key()
    }

    fn unlock(&self, place: Place) {
        self.delivery(place.0).finish();
    }

    /// Response, partition, offset, status, latency and broker id, the last three nil when unknown.
    #[allow(clippy::type_complexity)]
    fn fields(&self, place: Place) -> (i32, i32, i64, Option<i32>, Option<i64>, Option<i32>) {
        let report = self.delivery(place.0).report();
        (report.response, report.partition, report.offset, report.status, report.latency, report.broker_id)
    }

    fn response(&self, place: Place) -> i32 {
        self.delivery(place.0).report().response
    }

    /// A `DeliveryReport` with what is known so far.
    fn report(ruby: &Ruby, this: &Self, place: Place, topic: Value, label: Value) -> Result<Value, Error> {
        let delivery = this.delivery(place.0);
        let report = delivery.report();
        let error = if report.response == code::NO_ERROR || delivery.is_pending() {
            ruby.qnil().as_value()
        } else {
            kafka_error(ruby, &KafkaError::new(report.response))?.as_value()
        };
        new_report(ruby, &report, topic, error, label)
    }

    /// A `DeliveryReport` if the message was delivered, else nil.
    fn success(ruby: &Ruby, this: Value, place: Place, topic: Value, label: Value) -> Result<Option<Value>, Error> {
        let delivery = receiver::<Self>(ruby, &this)?.delivery(place.0);
        if delivery.is_pending() {
            return Ok(None);
        }
        let report = delivery.report();
        if report.response != code::NO_ERROR {
            return Ok(None);
        }
        fairness::after_operation();
        new_report(ruby, &report, topic, ruby.qnil().as_value(), label).map(Some)
    }

    /// Sets a field of the report, for handles that the application creates.
    fn set(ruby: &Ruby, this: &Self, place: Place, field: Symbol, value: Value) -> Result<(), Error> {
        let delivery = this.delivery(place.0);
        let number = || Option::<i64>::try_convert(value);
        let small = || Option::<i32>::try_convert(value);
        match &*field.name()? {
            "pending" if value.to_bool() => delivery.reset(),
            "pending" => delivery.finish(),
            "response" => {
                let value = small()?.unwrap_or(-1);
                delivery.change(|report| report.response = value);
            }
            "partition" => {
                let value = small()?.unwrap_or(-1);
                delivery.change(|report| report.partition = value);
            }
            "offset" => {
                let value = number()?.unwrap_or(-1);
                delivery.change(|report| report.offset = value);
            }
            "status" => {
                let value = small()?;
                delivery.change(|report| report.status = value);
            }
            "latency" => {
                let value = number()?;
                delivery.change(|report| report.latency = value);
            }
            "broker_id" => {
                let value = small()?;
                delivery.change(|report| report.broker_id = value);
            }
            other => {
                return Err(Error::new(ruby.exception_arg_error(), format!("No such field '{other}'")));
            }
        }
        Ok(())
    }
}

/// Defines `KarafkaNative::Native::DeliveryBlock`.
pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = ractor::define_class::<DeliveryBlock>(ruby, native, "DeliveryBlock")?;
    class.define_singleton_method("new", function!(DeliveryBlock::by_hand, 0))?;
    class.define_method("handle", method!(DeliveryBlock::handle, 3))?;
    class.define_method("pending?", method!(DeliveryBlock::is_pending, 1))?;
    class.define_method("wait", method!(DeliveryBlock::wait, 2))?;
    class.define_method("keep", method!(DeliveryBlock::keep, 2))?;
    class.define_method("key", method!(DeliveryBlock::key, 1))?;
    class.define_method("unlock", method!(DeliveryBlock::unlock, 1))?;
    class.define_method("fields", method!(DeliveryBlock::fields, 1))?;
    class.define_method("response", method!(DeliveryBlock::response, 1))?;
    class.define_method("report", method!(DeliveryBlock::report, 3))?;
    class.define_method("success", method!(DeliveryBlock::success, 3))?;
    class.define_method("set", method!(DeliveryBlock::set, 3))?;
    native.define_singleton_method("wait_for_deliveries", function!(wait_all, 2))
}
