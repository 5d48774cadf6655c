//! Closing native clients. The driver determines the steps; callbacks are called in between.

use std::time::{Duration, Instant};

use karafka_driver::{Closable, Closing, Event, Interruption, Occasion, Served};
use magnus::{Error, Ruby, Value, prelude::*};

use crate::{
    client::NativeClient,
    ruby_value::optional_duration,
    runtime::{
        blocking::{self, Blocking},
        fiber,
    },
};

/// How long one step of closing may take before interrupts are checked.
const STEP: Duration = Duration::from_millis(20);

/// Closes the client, however long that takes. Returns how many messages were given up; nil if the client is closed, or is
/// being closed by another thread. If it is interrupted or a callback raises, it raises, and the client is open again.
pub fn close<T: NativeClient>(ruby: &Ruby, this: &T) -> Result<Option<i32>, Error> {
    run(ruby, this, Closing::begin(this.owner(), call()))
}

/// Like [`close`], at the end of the process and within that many ms (nil for no limit). If another thread is closing the
/// client, waits for it, because the end of the process stops it, and gives up the messages that it has not delivered.
pub fn close_at_exit<T: NativeClient>(ruby: &Ruby, this: &T, timeout_ms: Value) -> Result<Option<i32>, Error> {
    at_exit(ruby, this, timeout_ms, |closing| run(ruby, this, closing))
}

/// Like [`close`], for a client with a polling thread (or nil). Waits for the thread first, which serves the last reports.
pub fn close_polled<T: NativeClient>(ruby: &Ruby, this: &T, polling_thread: Value) -> Result<Option<i32>, Error> {
    run_polled(ruby, this, Closing::begin(this.owner(), call()), polling_thread)
}

/// Like [`close_at_exit`], for a client with a polling thread (or nil).
pub fn close_polled_at_exit<T: NativeClient>(
    ruby: &Ruby,
    this: &T,
    timeout_ms: Value,
    polling_thread: Value,
) -> Result<Option<i32>, Error> {
    at_exit(ruby, this, timeout_ms, |closing| run_polled(ruby, this, closing, polling_thread))
}

fn call() -> Occasion {
    if fiber::blocks_others() { Occasion::CallBesideFibers } else { Occasion::Call }
}

fn at_exit<T: NativeClient>(
    ruby: &Ruby,
    this: &T,
    timeout_ms: Value,
    run: impl FnOnce(Option<Closing<T::Owner>>) -> Result<Option<i32>, Error>,
) -> Result<Option<i32>, Error> {
    let limit = optional_duration(ruby, timeout_ms)?;
    let since = Instant::now();
    if blocking::run(ruby, OtherCloser(this), limit)?.is_none() {
        return Ok(Some(this.owner().undelivered()));
    }
    let rest = limit.map(|limit| limit.saturating_sub(since.elapsed()));
    run(Closing::begin(this.owner(), Occasion::Exit(rest)))
}

fn run_polled<T: NativeClient>(
    ruby: &Ruby,
    this: &T,
    closing: Option<Closing<T::Owner>>,
    polling_thread: Value,
) -> Result<Option<i32>, Error> {
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

/// A wait for another thread that is closing the client, if there is one.
struct OtherCloser<'a, T: NativeClient>(&'a T);

impl<'a, T: NativeClient> Blocking<'a> for OtherCloser<'a, T> {
    type Output = ();

    fn advance(&mut self, limit: Option<Duration>, _interruption: &Interruption<'_>) -> Served<Option<()>> {
        let ended = self.0.client().gate().wait_for_closer(limit.map_or(STEP, |limit| limit.min(STEP)));
        Served { result: Ok(ended.then_some(())), events: Vec::new() }
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
