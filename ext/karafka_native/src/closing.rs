//! Closes the native clients, calling what the driver wants to have called on the way.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use karafka_driver::{Closing, Occasion};
use magnus::{Error, Ruby, Value};

use crate::{
    client::NativeClient,
    error::{Closed, to_ruby},
    ruby_value::optional_duration,
    runtime::{fiber, gvl::without_gvl},
};

/// How long one step of closing may take before interrupts are looked at.
const STEP: Duration = Duration::from_millis(20);

/// How long a fiber lets others run between steps.
const FIBER_STEP: Duration = Duration::from_millis(5);

/// Frees the client, without limit. How many messages were given up; nil if it is closed, or being closed by somebody else.
/// Interrupted, or when a callback raises, it raises and the client is open again.
pub fn close<T: NativeClient>(ruby: &Ruby, this: &T) -> Result<Option<i32>, Error> {
    run(ruby, this, Closing::begin(this.owner(), Occasion::Call))
}

/// The same for the end of the process, within that many ms (nil: for ever).
pub fn close_at_exit<T: NativeClient>(ruby: &Ruby, this: &T, timeout_ms: Value) -> Result<Option<i32>, Error> {
    let occasion = Occasion::Exit(optional_duration(ruby, timeout_ms)?);
    run(ruby, this, Closing::begin(this.owner(), occasion))
}

/// Goes on until the client is closed.
pub fn run<T: NativeClient>(ruby: &Ruby, this: &T, closing: Option<Closing<T::Owner>>) -> Result<Option<i32>, Error> {
    let Some(mut closing) = closing else { return Ok(None) };
    loop {
        let step = if fiber::scheduled() {
            let step = closing.step(Duration::ZERO);
            if step.as_ref().is_ok_and(|step| step.is_waiting()) {
                fiber::sleep(ruby, FIBER_STEP)?;
            }
            Some(step)
        } else {
            let interrupted = AtomicBool::new(false);
            let work = || {
                loop {
                    let step = closing.step(STEP);
                    let waiting = step.as_ref().is_ok_and(|step| step.is_waiting());
                    if !waiting || interrupted.load(Ordering::SeqCst) {
                        return step;
                    }
                }
            };
            without_gvl(work, || interrupted.store(true, Ordering::SeqCst))
        };
        let step = step.transpose().map_err(|error| to_ruby(ruby, error, Closed::Inner))?.unwrap_or_default();
        this.dispatch(ruby, step.events)?;
        ruby.thread_check_ints()?;
        if step.closed.is_some() {
            return Ok(step.closed);
        }
    }
}
