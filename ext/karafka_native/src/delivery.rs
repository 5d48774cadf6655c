//! `KarafkaNative::Native::Delivery`: what a `DeliveryHandle` waits for.

use std::sync::Arc;

use karafka_driver::{self as driver, KafkaError, Report, code};
use magnus::{
    Error, IntoValue, RClass, RModule, Ruby, Symbol, TryConvert, Value, function, method,
    prelude::*,
    rb_sys::{AsRawId, AsRawValue, FromRawValue, protect},
    value::{Lazy, LazyId},
};

use crate::{
    error::kafka_error,
    ruby_value::{binary, constant, optional_duration},
    wait::wait,
};

static REPORT: Lazy<RClass> =
    Lazy::new(|ruby| constant(ruby, "Rdkafka::Producer::DeliveryReport").expect("report class is loaded"));
static FILL: LazyId = LazyId::new("fill");

/// Shared with librdkafka, which reports on it.
#[magnus::wrap(class = "KarafkaNative::Native::Delivery", free_immediately)]
pub struct Delivery(pub Arc<driver::Delivery>);

impl Delivery {
    fn new() -> Self {
        Self(Arc::new(driver::Delivery::new(driver::Report::default())))
    }

    fn is_pending(&self) -> bool {
        self.0.is_pending()
    }

    fn wait(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<bool, Error> {
        wait(ruby, &this.0, optional_duration(timeout_ms)?)
    }

    /// By which a handle is found when its delivery is reported.
    fn key(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    fn unlock(&self) {
        self.0.finish();
    }

    /// Response, partition, offset, status, latency and broker id, the last three nil when unknown.
    #[allow(clippy::type_complexity)]
    fn fields(&self) -> (i32, i32, i64, Option<i32>, Option<i64>, Option<i32>) {
        self.0.read(|report| {
            (report.response, report.partition, report.offset, report.status, report.latency, report.broker_id)
        })
    }

    fn response(&self) -> i32 {
        self.0.read(|report| report.response)
    }

    /// A `DeliveryReport` of what is known now.
    fn report(ruby: &Ruby, this: &Self, topic: Value, label: Value) -> Result<Value, Error> {
        let report = this.0.value();
        let error = if report.response == code::NO_ERROR || this.0.is_pending() {
            ruby.qnil().as_value()
        } else {
            kafka_error(ruby, &KafkaError::new(report.response))?.as_value()
        };
        new_report(ruby, &report, topic, error, label)
    }

    /// The same if it was delivered, else nil.
    fn success(ruby: &Ruby, this: &Self, topic: Value, label: Value) -> Result<Option<Value>, Error> {
        if this.0.is_pending() {
            return Ok(None);
        }
        let report = this.0.value();
        if report.response != code::NO_ERROR {
            return Ok(None);
        }
        new_report(ruby, &report, topic, ruby.qnil().as_value(), label).map(Some)
    }

    /// The same for a delivery callback, with the code as error.
    fn callback_report(ruby: &Ruby, this: &Self, label: Value) -> Result<Value, Error> {
        let report = this.0.value();
        let topic = report.topic.as_ref().map(|topic| binary(ruby, topic.to_bytes()));
        let error = ruby.integer_from_i64(report.response.into());
        new_report(ruby, &report, topic.into_value_with(ruby), error.as_value(), label)
    }

    /// Sets a field of the report, for handles that are made by hand.
    fn set(ruby: &Ruby, this: &Self, field: Symbol, value: Value) -> Result<(), Error> {
        let number = || Option::<i64>::try_convert(value);
        let small = || Option::<i32>::try_convert(value);
        match &*field.name()? {
            "pending" if value.to_bool() => this.0.reset(),
            "pending" => this.0.finish(),
            "response" => {
                let value = small()?.unwrap_or(-1);
                this.0.set(|report| report.response = value);
            }
            "partition" => {
                let value = small()?.unwrap_or(-1);
                this.0.set(|report| report.partition = value);
            }
            "offset" => {
                let value = number()?.unwrap_or(-1);
                this.0.set(|report| report.offset = value);
            }
            "status" => {
                let value = small()?;
                this.0.set(|report| report.status = value);
            }
            "latency" => {
                let value = number()?;
                this.0.set(|report| report.latency = value);
            }
            "broker_id" => {
                let value = small()?;
                this.0.set(|report| report.broker_id = value);
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
    let class = native.define_class("Delivery", ruby.class_object())?;
    class.define_singleton_method("new", function!(Delivery::new, 0))?;
    class.define_method("pending?", method!(Delivery::is_pending, 0))?;
    class.define_method("wait", method!(Delivery::wait, 1))?;
    class.define_method("key", method!(Delivery::key, 0))?;
    class.define_method("unlock", method!(Delivery::unlock, 0))?;
    class.define_method("fields", method!(Delivery::fields, 0))?;
    class.define_method("report", method!(Delivery::report, 2))?;
    class.define_method("success", method!(Delivery::success, 2))?;
    class.define_method("callback_report", method!(Delivery::callback_report, 1))?;
    class.define_method("response", method!(Delivery::response, 0))?;
    class.define_method("set", method!(Delivery::set, 2))?;
    Ok(())
}
