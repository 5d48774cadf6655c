//! `KarafkaNative::Native::DeliveryBlock`: what `DeliveryHandle`s wait for.

use std::sync::Arc;

use karafka_driver::{self as driver, Awaited, KafkaError, Report, code};
use magnus::{
    Error, RClass, RModule, Ruby, Symbol, TryConvert, Value, function, method,
    prelude::*,
    rb_sys::{AsRawId, AsRawValue, FromRawValue, protect},
    typed_data::Obj,
    value::{Lazy, LazyId},
};

use crate::{
    error::kafka_error,
    ruby_value::{constant, optional_duration},
    wait::wait,
};

static REPORT: Lazy<RClass> =
    Lazy::new(|ruby| constant(ruby, "Rdkafka::Producer::DeliveryReport").expect("report class is loaded"));
static FILL: LazyId = LazyId::new("fill");
static HANDLE: Lazy<RClass> =
    Lazy::new(|ruby| constant(ruby, "Rdkafka::Producer::DeliveryHandle").expect("handle class is loaded"));
static AT_BLOCK: LazyId = LazyId::new("@block");
static AT_INDEX: LazyId = LazyId::new("@index");
static AT_TOPIC: LazyId = LazyId::new("@topic");
static AT_LABEL: LazyId = LazyId::new("@label");

/// Shared with librdkafka, which reports on its deliveries. A handle knows which is its own.
#[magnus::wrap(class = "KarafkaNative::Native::DeliveryBlock", free_immediately)]
pub struct DeliveryBlock(pub Arc<driver::DeliveryBlock>);

/// The index of a delivery in its block. Ruby code can set any, as it can change instance variables of a handle.
struct Place(usize);

impl TryConvert for Place {
    fn try_convert(value: Value) -> Result<Self, Error> {
        let index = usize::try_convert(value)?;
        if index < driver::DeliveryBlock::SIZE {
            return Ok(Self(index));
        }
        let refused = format!("{index} is no index of a delivery");
        Err(Error::new(Ruby::get_with(value).exception_index_error(), refused))
    }
}

impl DeliveryBlock {
    fn new() -> Self {
        Self(Arc::default())
    }

    /// A `DeliveryHandle`, made without its `initialize`.
    pub fn handle(ruby: &Ruby, this: Obj<Self>, index: usize, topic: Value, label: Value) -> Result<Value, Error> {
        let class = ruby.get_inner(&HANDLE).as_raw();
        let id = |id| LazyId::get_inner_with(id, ruby).as_raw();
        let (at_block, at_index, at_topic, at_label) = (id(&AT_BLOCK), id(&AT_INDEX), id(&AT_TOPIC), id(&AT_LABEL));
        let (block, index) = (this.as_raw(), ruby.integer_from_u64(index as u64).as_raw());
        let (topic, label) = (topic.as_raw(), label.as_raw());
        let handle = protect(|| {
            // SAFETY: a live class and values on the stack; nothing here has a destructor that a raise could skip.
            unsafe {
                let handle = rb_sys::rb_obj_alloc(class);
                rb_sys::rb_ivar_set(handle, at_block, block);
                rb_sys::rb_ivar_set(handle, at_index, index);
                rb_sys::rb_ivar_set(handle, at_topic, topic);
                // Without it a handle is smaller.
                if label != rb_sys::Qnil as rb_sys::VALUE {
                    rb_sys::rb_ivar_set(handle, at_label, label);
                }
                handle
            }
        })?;
        // SAFETY: just made.
        Ok(unsafe { Value::from_raw(handle) })
    }

    fn delivery(&self, place: Place) -> driver::Delivery {
        self.0.delivery(place.0)
    }

    fn is_pending(&self, place: Place) -> bool {
        self.delivery(place).is_pending()
    }

    fn wait(ruby: &Ruby, this: &Self, place: Place, timeout_ms: Value) -> Result<bool, Error> {
        wait(ruby, &this.delivery(place), optional_duration(timeout_ms)?)
    }

    /// By which a handle is found when its delivery is reported.
    fn key(&self, place: Place) -> usize {
        self.delivery(place).key()
    }

    fn unlock(&self, place: Place) {
        self.delivery(place).finish();
    }

    /// Response, partition, offset, status, latency and broker id, the last three nil when unknown.
    #[allow(clippy::type_complexity)]
    fn fields(&self, place: Place) -> (i32, i32, i64, Option<i32>, Option<i64>, Option<i32>) {
        let report = self.delivery(place).report();
        (report.response, report.partition, report.offset, report.status, report.latency, report.broker_id)
    }

    fn response(&self, place: Place) -> i32 {
        self.delivery(place).report().response
    }

    /// A `DeliveryReport` of what is known now.
    fn report(ruby: &Ruby, this: &Self, place: Place, topic: Value, label: Value) -> Result<Value, Error> {
        let delivery = this.delivery(place);
        let report = delivery.report();
        let error = if report.response == code::NO_ERROR || delivery.is_pending() {
            ruby.qnil().as_value()
        } else {
            kafka_error(ruby, &KafkaError::new(report.response))?.as_value()
        };
        new_report(ruby, &report, topic, error, label)
    }

    /// The same if it was delivered, else nil.
    fn success(ruby: &Ruby, this: &Self, place: Place, topic: Value, label: Value) -> Result<Option<Value>, Error> {
        let delivery = this.delivery(place);
        if delivery.is_pending() {
            return Ok(None);
        }
        let report = delivery.report();
        if report.response != code::NO_ERROR {
            return Ok(None);
        }
        new_report(ruby, &report, topic, ruby.qnil().as_value(), label).map(Some)
    }

    /// The same for a delivery callback, with the code as error.
    fn callback_report(ruby: &Ruby, this: &Self, place: Place, topic: Value, label: Value) -> Result<Value, Error> {
        let report = this.delivery(place).report();
        let error = ruby.integer_from_i64(report.response.into());
        new_report(ruby, &report, topic, error.as_value(), label)
    }

    /// Sets a field of the report, for handles that are made by hand.
    fn set(ruby: &Ruby, this: &Self, place: Place, field: Symbol, value: Value) -> Result<(), Error> {
        let delivery = this.delivery(place);
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

fn new_report(ruby: &Ruby, report: &Report, topic: Value, error: Value, label: Value) -> Result<Value, Error> {
    let class = ruby.get_inner(&REPORT).as_raw();
    let fill = LazyId::get_inner_with(&FILL, ruby).as_raw();
    let nil = rb_sys::Qnil as rb_sys::VALUE;
    let (topic, error, label) = (topic.as_raw(), error.as_raw(), label.as_raw());
    // SAFETY: a live class and values on the stack; nothing in here has a destructor that a raise could skip.
    let made = protect(|| unsafe {
        let values = [
            rb_sys::rb_int2inum(report.partition as isize),
            rb_sys::rb_ll2inum(report.offset),
            topic,
            error,
            label,
            report.status.map_or(nil, |status| rb_sys::rb_int2inum(status as isize)),
            report.latency.map_or(nil, |latency| rb_sys::rb_ll2inum(latency)),
            report.broker_id.map_or(nil, |broker_id| rb_sys::rb_int2inum(broker_id as isize)),
        ];
        let made = rb_sys::rb_obj_alloc(class);
        // `new` would make a Hash of the keyword arguments.
        rb_sys::rb_funcallv(made, fill, values.len() as _, values.as_ptr());
        made
    })?;
    // SAFETY: just made.
    Ok(unsafe { Value::from_raw(made) })
}

/// Defines what this file has for Ruby.
pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = native.define_class("DeliveryBlock", ruby.class_object())?;
    class.define_singleton_method("new", function!(DeliveryBlock::new, 0))?;
    class.define_method("handle", method!(DeliveryBlock::handle, 3))?;
    class.define_method("pending?", method!(DeliveryBlock::is_pending, 1))?;
    class.define_method("wait", method!(DeliveryBlock::wait, 2))?;
    class.define_method("key", method!(DeliveryBlock::key, 1))?;
    class.define_method("unlock", method!(DeliveryBlock::unlock, 1))?;
    class.define_method("fields", method!(DeliveryBlock::fields, 1))?;
    class.define_method("response", method!(DeliveryBlock::response, 1))?;
    class.define_method("report", method!(DeliveryBlock::report, 3))?;
    class.define_method("success", method!(DeliveryBlock::success, 3))?;
    class.define_method("callback_report", method!(DeliveryBlock::callback_report, 3))?;
    class.define_method("set", method!(DeliveryBlock::set, 3))?;
    Ok(())
}
