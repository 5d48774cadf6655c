//! One wait for many deliveries.

use karafka_driver::{AllDeliveries, Awaited, Delivery, code};
use magnus::{Error, RArray, RObject, Ruby, TryConvert, Value, prelude::*, typed_data::Obj, value::LazyId};

use super::{AT_BLOCK, AT_INDEX, DeliveryBlock, Place};
use crate::{ruby_value::optional_duration, runtime::blocking::run_until_done};

/// Waits until all handles are done, or the time is over (nil: never). Returns the indices of those that failed, and of those
/// that are not done.
pub fn wait_all(ruby: &Ruby, handles: RArray, timeout_ms: Value) -> Result<(Vec<usize>, Vec<usize>), Error> {
    let timeout = optional_duration(ruby, timeout_ms)?;
    let deliveries = deliveries(ruby, handles)?;
    let pending = deliveries.iter().filter(|delivery| delivery.is_pending()).cloned().collect();
    run_until_done(ruby, &AllDeliveries::new(pending), timeout)?;
    let (mut failed, mut pending) = (Vec::new(), Vec::new());
    for (index, delivery) in deliveries.iter().enumerate() {
        if delivery.is_pending() {
            pending.push(index);
        } else if delivery.report().response != code::NO_ERROR {
            failed.push(index);
        }
    }
    Ok((failed, pending))
}

/// What the handles, which nobody else changes, are about.
fn deliveries(ruby: &Ruby, handles: RArray) -> Result<Vec<Delivery>, Error> {
    let found = (0..handles.len()).map(|index| {
        let handle = RObject::try_convert(handles.entry::<Value>(index as isize)?)?;
        let variable = |name| handle.ivar_get::<_, Value>(LazyId::get_inner_with(name, ruby));
        let block = variable(&AT_BLOCK)?;
        // Handles that are made by hand get one when it is needed.
        let block: Obj<DeliveryBlock> =
            if block.is_nil() { handle.funcall("block", ())? } else { Obj::try_convert(block)? };
        Ok(block.delivery(Place::try_convert(variable(&AT_INDEX)?)?.0))
    });
    found.collect()
}
