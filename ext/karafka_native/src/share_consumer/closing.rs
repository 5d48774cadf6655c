//! Leaving the group, and the end.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use karafka_driver::{self as driver, Timeout};
use magnus::{Error, Ruby, Value};

use super::ShareConsumer;
use crate::{
    client::NativeClient,
    error::{Closed, to_ruby},
    gvl::without_gvl_to_the_end,
    ruby_value::optional_duration,
};

/// How long leaving waits in one go: the queue that it serves cannot be woken.
const LEAVE_STEP: Timeout = Timeout(20);

/// The same for a fiber, which cannot wait there at all.
const FIBER_LEAVE_STEP: Timeout = Timeout(5);

impl ShareConsumer {
    /// Leaves the group after `begin_close`, at most that many ms (nil: for ever). True when the member has left.
    /// Interrupted, it raises, the client is open again, and leaving goes on when it is called next time.
    pub(super) fn leave(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<bool, Error> {
        let limit = optional_duration(timeout_ms)?;
        let started = Instant::now();
        let consumer = &*this.consumer;
        loop {
            if limit.is_some_and(|limit| started.elapsed() >= limit) {
                return Ok(false);
            }
            let waited = this.wait(ruby, false, FIBER_LEAVE_STEP, |interrupted| {
                loop {
                    let step = if interrupted.load(Ordering::SeqCst) { Timeout::NONE } else { LEAVE_STEP };
                    let served = consumer.leave(step);
                    let waiting = matches!(&served, (Ok(false), events) if events.is_empty());
                    let over = limit.is_some_and(|limit| started.elapsed() >= limit);
                    if !waiting || over || interrupted.load(Ordering::SeqCst) {
                        return served;
                    }
                }
            });
            let settled = waited.and_then(|served| this.settle(ruby, served));
            let settled = settled.inspect_err(|_| this.client().gate().reopen())?;
            if settled.map_err(|error| to_ruby(ruby, error, Closed::Inner))? {
                return Ok(true);
            }
        }
    }

    /// Closes without freeing the native client, because the member could not leave its group in time. For the end of
    /// the process.
    pub(super) fn abandon(&self) {
        self.client().gate().finish_closing();
        std::mem::forget(Arc::clone(&self.consumer));
    }

    /// Frees the native client, after `begin_close`, `wait_idle` and `leave`.
    pub(super) fn destroy(ruby: &Ruby, this: &Self) -> Result<(), Error> {
        let consumer = &this.consumer;
        if !consumer.client().gate().finish_closing() {
            return Ok(());
        }
        let destroyed = without_gvl_to_the_end(|| consumer.destroy());
        if destroyed.is_none() {
            // An interrupt is pending: the reaper does it, and Ruby raises when we return.
            let consumer = Arc::clone(consumer);
            driver::reaper::dispose(move || drop(consumer.destroy()));
        }
        this.dispatch(ruby, destroyed.unwrap_or_default())
    }
}
