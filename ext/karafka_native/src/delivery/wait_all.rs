//! One wait for many deliveries.

use karafka_driver::{AllDeliveries, Awaited, Delivery, code};
use magnus::{
    Error, RArray, RObject, Ruby, TryConvert, Value,
    prelude::*,
    rb_sys::{AsRawValue, FromRawValue},
    typed_data::Obj,
    value::LazyId,
};

use super::{AT_BLOCK, AT_INDEX, DeliveryBlock, HANDLE, LABELLED_MOLD, MOLD, Place};
use crate::{
    ruby_value::{optional_duration, wrapped},
    runtime::blocking::run_until_done,
};

/// Waits until all handles are done, or the time (nil for no limit) is over. Returns the indices of handles that failed, and
/// of handles that are not done. No other code has the Array of handles.
pub fn wait_all(ruby: &Ruby, handles: RArray, timeout_ms: Value) -> Result<(Vec<usize>, Vec<usize>), Error> {
    let timeout = optional_duration(ruby, timeout_ms)?;
    let (mut failed, mut pending, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for index in 0..handles.len() {
        let delivery = delivery(ruby, handles, index)?;
        if delivery.is_pending() {
            pending.push(delivery);
            places.push(index);
        } else if has_failed(&delivery) {
            failed.push(index);
        }
    }
    let pending = AllDeliveries::new(pending);
    run_until_done(ruby, &pending, timeout)?;
    let mut late = Vec::new();
    for (delivery, index) in pending.into_inner().iter().zip(places) {
        if delivery.is_pending() {
            late.push(index);
        } else if has_failed(delivery) {
            failed.push(index);
        }
    }
    failed.sort_unstable();
    Ok((failed, late))
}

fn has_failed(delivery: &Delivery) -> bool {
    delivery.report().response != code::NO_ERROR
}

/// The delivery of a handle.
fn delivery(ruby: &Ruby, handles: RArray, index: usize) -> Result<Delivery, Error> {
    // SAFETY: the Array is live; Ruby checks the index.
    let handle = unsafe { Value::from_raw(rb_sys::rb_ary_entry(handles.as_raw(), index as _)) };
    let class = ruby.get_inner(&HANDLE);
    if !handle.is_kind_of(class) {
        // SAFETY: the name is copied before Ruby can run.
        let other = unsafe { handle.classname() }.into_owned();
        let text = format!("handles[{index}] has to be a Rdkafka::Producer::DeliveryHandle, not {other}");
        return Err(Error::new(ruby.exception_type_error(), text));
    }
    let object = RObject::try_convert(handle)?;
    // SAFETY: an instance of the handle's class is a plain object, whose variables are live values.
    let known = unsafe {
        let of_mold = MOLD.variables(object.as_raw()).map(|[block, number, _]| (block, number));
        let of_mold =
            of_mold.or_else(|| LABELLED_MOLD.variables(object.as_raw()).map(|[block, number, ..]| (block, number)));
        of_mold.map(|(block, number)| (Value::from_raw(block), Value::from_raw(number)))
    };
    let (block, number) = match known {
        Some(known) => known,
        None => {
            let variable = |name| object.ivar_get::<_, Value>(LazyId::get_inner_with(name, ruby));
            // Handles that the application creates get a block when they need one.
            let block = match variable(&AT_BLOCK)? {
                none if none.is_nil() => object.funcall("block", ())?,
                block => block,
            };
            (block, variable(&AT_INDEX)?)
        }
    };
    let place = Place::try_convert(number)?;
    match wrapped::<DeliveryBlock>(&block) {
        Some(block) => block.awaitable(ruby, place),
        None => Obj::<DeliveryBlock>::try_convert(block)?.awaitable(ruby, place),
    }
}
