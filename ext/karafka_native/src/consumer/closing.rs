//! Leaving the group, and the end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use karafka_driver::{self as driver, Timeout};
use magnus::{Error, Ruby, Value};

use super::Consumer;
use crate::{
    client::NativeClient,
    error::{Closed, to_ruby},
    events::dispatch,
    fiber,
    gvl::without_gvl,
    ruby_value::optional_duration,
    wait::{self, TEARDOWN_LIMIT},
};

/// How often a fiber looks whether its consumer has left the group.
const LEAVE_STEP: Duration = Duration::from_millis(5);

impl Consumer {
    /// Leaves the group after `begin_close`, at most that many ms (nil: for ever), calling rebalance listeners on the
    /// way. True when the member has left. Interrupted, it raises, the client is open again, and leaving goes on when
    /// it is called next time.
    pub(super) fn leave(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<bool, Error> {
        let limit = optional_duration(timeout_ms)?;
        let client = this.client();
        let consumer = &*this.consumer;
        // Refused without a group, or after a fatal error: nothing to leave then.
        if consumer.begin_leave().is_err() {
            return Ok(true);
        }
        let started = Instant::now();
        let interrupted = AtomicBool::new(false);
        loop {
            if limit.is_some_and(|limit| started.elapsed() >= limit) {
                return Ok(false);
            }
            if fiber::scheduled() {
                let (left, events) =
                    consumer.poll_leave(Timeout::NONE).map_err(|error| to_ruby(ruby, error, Closed::Inner))?;
                let idle = events.is_empty();
                dispatch(ruby, &this.target(ruby), events)?;
                if left {
                    return Ok(true);
                }
                if idle {
                    fiber::sleep(ruby, LEAVE_STEP).inspect_err(|_| client.gate().reopen())?;
                }
                continue;
            }
            let wake = || interrupted.store(true, Ordering::SeqCst);
            // In short steps: the queue that is served here is not one that can be woken.
            let polled = without_gvl(
                || {
                    loop {
                        let polled = consumer.poll_leave(Timeout(20));
                        let over = limit.is_some_and(|limit| started.elapsed() >= limit);
                        let waiting = matches!(&polled, Ok((false, events)) if events.is_empty());
                        if !waiting || over || interrupted.load(Ordering::SeqCst) {
                            return polled;
                        }
                    }
                },
                wake,
            );
            interrupted.store(false, Ordering::SeqCst);
            let mut left = false;
            if let Some(polled) = polled {
                let (done, events) = polled.map_err(|error| to_ruby(ruby, error, Closed::Inner))?;
                dispatch(ruby, &this.target(ruby), events)?;
                left = done;
            }
            ruby.thread_check_ints().inspect_err(|_| client.gate().reopen())?;
            if left {
                return Ok(true);
            }
        }
    }

    /// Closes without freeing the native client, because the member could not leave its group in time, and librdkafka
    /// would go on trying. For the end of the process.
    pub(super) fn abandon(&self) {
        self.consumer.client().gate().finish_closing();
        std::mem::forget(Arc::clone(&self.consumer));
    }

    /// Frees the native client, after `begin_close`, `wait_idle` and `leave`. After that many ms (nil: for ever), or when
    /// interrupted, that goes on by itself.
    pub(super) fn destroy(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<(), Error> {
        let limit = optional_duration(timeout_ms)?.map(|limit| limit.max(TEARDOWN_LIMIT));
        if !this.client().gate().finish_closing() {
            return Ok(());
        }
        let destroyed = wait::call_within(ruby, limit, &this.consumer, driver::Consumer::destroy, |_, _| ())?;
        dispatch(ruby, &this.target(ruby), destroyed.unwrap_or_default())
    }
}
