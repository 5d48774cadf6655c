//! Rebalances that another gem handles.

use std::sync::Arc;

use karafka_driver::{self as driver, PartitionList};
use magnus::{Error, Value, prelude::*};

use super::pointer;
use crate::events::Target;

/// Lets the other gem (un)assign. If it raises before it has, the driver does so: a consumer that never answers a rebalance
/// would get no more messages, and could not be closed.
pub fn replaced(
    target: &Target<'_>,
    consumer: &driver::Consumer,
    code: i32,
    partitions: &Arc<PartitionList>,
) -> Result<(), Error> {
    let list = pointer::remember_list(Arc::clone(partitions));
    consumer.take_answered();
    let called = target.callbacks.funcall::<_, _, Value>("rebalance", (target.client.address(), code, list));
    pointer::forget_list(list);
    if called.is_err() && !consumer.take_answered() {
        let _ = consumer.answer_rebalance(code, partitions);
    }
    called.map(drop)
}
