//! Rebalances that a layer above answers.

use std::sync::Arc;

use karafka_driver as driver;
use magnus::{Error, Value, prelude::*};

use super::pointer;
use crate::{events::Target, partition_list::Shared};

/// Lets a layer above (un)assign. If it raised before it did, the default is done for it: a consumer that never answers
/// would get nothing any more, and could not be closed.
pub fn replaced(
    target: &Target<'_>,
    consumer: &driver::Consumer,
    code: i32,
    partitions: &Arc<Shared>,
) -> Result<(), Error> {
    let list = pointer::remember_list(Arc::clone(partitions));
    consumer.take_answered();
    let called = target.callbacks.funcall::<_, _, Value>("rebalance", (target.client.address(), code, list));
    pointer::forget_list(list);
    if called.is_err() && !consumer.take_answered() {
        let _ = consumer.answer_rebalance(code, partitions.get());
    }
    called.map(drop)
}
