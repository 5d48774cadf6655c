//! Rebalances that another gem handles.

use std::sync::Arc;

use karafka_driver::{self as driver, PartitionList};
use magnus::{Error, Ruby, Value, prelude::*, rb_sys::AsRawValue};

use super::pointer;
use crate::{events::Target, ruby_value::constant};

/// Whether another gem has replaced `Rdkafka::Bindings::RebalanceCallback`, and so assigns and unassigns partitions. Runs no
/// Ruby code. False if Ruby lets only the main Ractor read the replacement.
pub fn is_replaced(ruby: &Ruby) -> bool {
    let find = |name| constant::<Value>(ruby, name).map(|function| function.as_raw());
    let current = find("Rdkafka::Bindings::RebalanceCallback");
    current.is_ok_and(|current| find("KarafkaNative::Internal::Rebalance::DEFAULT").is_ok_and(|own| own != current))
}

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
