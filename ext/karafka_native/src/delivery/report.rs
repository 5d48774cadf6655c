//! `DeliveryReport`s, and calling the delivery callback with them.

use karafka_driver::{Delivered, Report};
use magnus::{
    Error, RArray, RClass, RHash, RObject, Ruby, TryConvert, Value,
    prelude::*,
    rb_sys::{AsRawId, AsRawValue, FromRawValue, protect},
    value::{Lazy, LazyId},
};
use rb_sys::VALUE;

use super::DeliveryBlock;
use crate::{
    message::shared_topic,
    mold::Mold,
    ruby_value::{binary, constant},
};

static REPORT: Lazy<RClass> =
    Lazy::new(|ruby| constant(ruby, "Rdkafka::Producer::DeliveryReport").expect("report class is loaded"));

static MOLD: Mold<8> = Mold::new([
    LazyId::new("@partition"),
    LazyId::new("@offset"),
    LazyId::new("@topic_name"),
    LazyId::new("@error"),
    LazyId::new("@label"),
    LazyId::new("@status"),
    LazyId::new("@latency"),
    LazyId::new("@broker_id"),
]);

static CALL: LazyId = LazyId::new("call");
/// A frozen Array of the callback, its arity, the handles that are kept for it, and those from before there was one.
static AT_DELIVERY: LazyId = LazyId::new("@delivery");
static AT_LABEL: LazyId = LazyId::new("@label");

/// Resolves the constants and names of this file.
pub fn resolve(ruby: &Ruby) {
    Lazy::force(&REPORT, ruby);
    for name in [&CALL, &AT_DELIVERY, &AT_LABEL] {
        LazyId::force(name, ruby);
    }
    MOLD.resolve(ruby);
}

/// Creates a `DeliveryReport` without calling its `initialize`.
pub fn new_report(ruby: &Ruby, report: &Report, topic: Value, error: Value, label: Value) -> Result<Value, Error> {
    let class = ruby.get_inner(&REPORT).as_raw();
    let (topic, error, label) = (topic.as_raw(), error.as_raw(), label.as_raw());
    // SAFETY: a live class and values on the stack; nothing in here has a destructor that a raise could skip.
    let made = protect(|| unsafe { make(ruby, class, report, topic, error, label) })?;
    // SAFETY: just made.
    Ok(unsafe { Value::from_raw(made) })
}

/// # Safety
/// To be called under `protect`, with the live class and live values.
unsafe fn make(ruby: &Ruby, class: VALUE, report: &Report, topic: VALUE, error: VALUE, label: VALUE) -> VALUE {
    let nil = rb_sys::Qnil as VALUE;
    // SAFETY: the caller is under `protect` and passes live values; they and the new numbers are on the stack.
    unsafe {
        let values = [
            rb_sys::rb_int2inum(report.partition as isize),
            rb_sys::rb_ll2inum(report.offset),
            topic,
            error,
            label,
            report.status.map_or(nil, |status| rb_sys::rb_int2inum(status as isize)),
            // Negative numbers, which only handles that the application creates can have, count as unknown, too.
            report.latency.filter(|it| *it >= 0).map_or(nil, |latency| rb_sys::rb_ll2inum(latency)),
            report.broker_id.filter(|it| *it >= 0).map_or(nil, |id| rb_sys::rb_int2inum(id as isize)),
        ];
        MOLD.make(ruby, class, &values)
    }
}

/// Calls the delivery callback with as many arguments as it takes. Exceptions that it raises are logged.
pub fn call_back(ruby: &Ruby, callbacks: RObject, delivered: &Delivered) -> Result<(), Error> {
    let delivery = RArray::try_convert(variable(ruby, callbacks, &AT_DELIVERY))?;
    // SAFETY: the Array is frozen, and its elements are copied to the stack.
    let &[callback, arity, handles, earlier] = (unsafe { delivery.as_slice() }) else { return Ok(()) };
    if callback.is_nil() {
        return Ok(());
    }
    let handles = RHash::try_convert(handles)?;
    let handle = known_handle(callbacks, handles, earlier, delivered)?;
    let label = match handle {
        Some(handle) => variable(ruby, RObject::try_convert(handle)?, &AT_LABEL),
        None => ruby.qnil().as_value(),
    };
    let called = match i64::try_convert(arity)? {
        0 => call(ruby, callback, delivered, label, Arguments::Nothing),
        1 => call(ruby, callback, delivered, label, Arguments::Report),
        _ => {
            let handle = handle.map_or_else(|| substitute(ruby, delivered), Ok)?;
            call(ruby, callback, delivered, label, Arguments::ReportAnd(handle))
        }
    };
    match called {
        Ok(_) => Ok(()),
        Err(error) => match error.value() {
            Some(exception) => callbacks.funcall::<_, _, Value>("delivery_callback_raised", (exception,)).map(drop),
            // The thread was killed, or the callback jumped out by `throw`.
            None => Err(error),
        },
    }
}

/// An instance variable. Reading one never raises.
fn variable(ruby: &Ruby, object: RObject, name: &LazyId) -> Value {
    // SAFETY: the object is live.
    unsafe { Value::from_raw(rb_sys::rb_ivar_get(object.as_raw(), LazyId::get_inner_with(name, ruby).as_raw())) }
}

/// The arguments that a delivery callback takes.
#[derive(Clone, Copy)]
enum Arguments {
    Nothing,
    Report,
    ReportAnd(Value),
}

/// Creates the report, whose error is the code, and calls the callback. Under one `protect`, since each message takes this.
fn call(ruby: &Ruby, callback: Value, delivered: &Delivered, label: Value, arguments: Arguments) -> Result<(), Error> {
    let (class, callback, label) = (ruby.get_inner(&REPORT).as_raw(), callback.as_raw(), label.as_raw());
    let name = LazyId::get_inner_with(&CALL, ruby).as_raw();
    let report = delivered.delivery.report();
    protect(|| {
        // SAFETY: the values are live and on the stack. If Ruby raises, no destructor is skipped.
        unsafe {
            let made = || {
                let topic = delivered.topic.as_ref().map_or(rb_sys::Qnil as VALUE, |topic| shared_topic(ruby, topic));
                make(ruby, class, &report, topic, rb_sys::rb_int2inum(report.response as isize), label)
            };
            match arguments {
                Arguments::Nothing => rb_sys::rb_funcallv(callback, name, 0, std::ptr::null()),
                Arguments::Report => rb_sys::rb_funcallv(callback, name, 1, [made()].as_ptr()),
                Arguments::ReportAnd(handle) => {
                    rb_sys::rb_funcallv(callback, name, 2, [made(), handle.as_raw()].as_ptr())
                }
            }
        }
    })
    .map(drop)
}

/// The handle, if it was kept for the callback, or if the message was produced before there was a callback and the
/// application still has the handle.
fn known_handle(
    callbacks: RObject,
    handles: RHash,
    earlier: Value,
    delivered: &Delivered,
) -> Result<Option<Value>, Error> {
    let key = delivered.delivery.key();
    if !handles.is_empty() {
        let handle: Value = handles.delete(key)?;
        if !handle.is_nil() {
            return Ok(Some(handle));
        }
    }
    if earlier.is_nil() { Ok(None) } else { callbacks.funcall("earlier_handle", (key,)) }
}

/// A new handle, in place of one that was collected.
fn substitute(ruby: &Ruby, delivered: &Delivered) -> Result<Value, Error> {
    let (block, index) = delivered.delivery.place();
    let block = ruby.obj_wrap(DeliveryBlock::of_nobody(block.clone()));
    let nil = ruby.qnil().as_value();
    let topic = delivered.topic.as_ref().map_or(nil, |topic| binary(ruby, topic.to_bytes()).as_value());
    DeliveryBlock::handle(ruby, block, index, topic, nil)
}
