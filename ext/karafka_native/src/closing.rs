//! Closing native clients. The driver determines the steps; callbacks are called in between.

use std::time::Duration;

use karafka_driver::{Closing, Event, Interruption, Occasion, Served};
use magnus::{Error, Ruby, Value, prelude::*};

use crate::{
    client::NativeClient,
    ruby_value::optional_duration,
    runtime::blocking::{self, Blocking},
};

/// How long one step of closing may take before interrupts are checked.
const STEP: Duration = Duration::from_millis(20);

/// Closes the client, however long that takes. Returns how many messages were given up; nil if the client is closed, or is
/// being closed by another thread. If it is interrupted or a callback raises, it raises, and the client is open again.
pub fn close<T: NativeClient>(ruby: &Ruby, this: &T) -> Result<Option<i32>, Error> {
    run(ruby, this, Closing::begin(this.owner(), Occasion::Call))
}

/// Like [`close`], at the end of the process and within that many ms (nil for no limit).
pub fn close_at_exit<T: NativeClient>(ruby: &Ruby, this: &T, timeout_ms: Value) -> Result<Option<i32>, Error> {
    let occasion = Occasion::Exit(optional_duration(ruby, timeout_ms)?);
    run(ruby, this, Closing::begin(this.owner(), occasion))
}

/// Like [`close`], for a client with a polling thread (or nil). Waits for the thread first, which serves the last reports.
pub fn close_polled<T: NativeClient>(ruby: &Ruby, this: &T, polling_thread: Value) -> Result<Option<i32>, Error> {
    run_polled(ruby, this, Occasion::Call, polling_thread)
}

/// Like [`close_at_exit`], for a client with a polling thread (or nil).
pub fn close_polled_at_exit<T: NativeClient>(
    ruby: &Ruby,
    this: &T,
    timeout_ms: Value,
    polling_thread: Value,
) -> Result<Option<i32>, Error> {
    run_polled(ruby, this, Occasion::Exit(optional_duration(ruby, timeout_ms)?), polling_thread)
}

fn run_polled<T: NativeClient>(
    ruby: &Ruby,
    this: &T,
    occasion: Occasion,
    polling_thread: Value,
) -> Result<Option<i32>, Error> {
    let closing = Closing::begin(this.owner(), occasion);
    if let Some(closing) = closing.as_ref().filter(|_| !polling_thread.is_nil()) {
        let rest = closing.rest().map(|rest| rest.as_secs_f64());
        polling_thread.funcall::<_, _, Value>("join", (rest,))?;
    }
    run(ruby, this, closing)
}

/// Runs the steps until the client is closed.
fn run<T: NativeClient>(ruby: &Ruby, this: &T, closing: Option<Closing<T::Owner>>) -> Result<Option<i32>, Error> {
    match closing {
        Some(closing) => blocking::run(ruby, ClosingClient { this, closing }, None),
        None => Ok(None),
    }
}

struct ClosingClient<'a, T: NativeClient> {
    this: &'a T,
    closing: Closing<T::Owner>,
}

impl<'a, T: NativeClient> Blocking<'a> for ClosingClient<'a, T> {
    type Output = i32;

    fn advance(&mut self, limit: Option<Duration>, interruption: &Interruption<'_>) -> Served<Option<i32>> {
        loop {
            let step = self.closing.step(limit.unwrap_or(STEP));
            if limit.is_some() || !step.is_empty() || interruption.is_set() {
                return step;
            }
        }
    }

    fn dispatch(&mut self, ruby: &Ruby, events: Vec<Event>) -> Result<(), Error> {
        self.this.dispatch(ruby, events)
    }
}
