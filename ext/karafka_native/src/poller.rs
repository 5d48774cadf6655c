//! `KarafkaNative::Native::Poller`: what a producer's polling thread runs.

use std::{sync::Arc, time::Duration};

use karafka_driver::{self as driver, Event, Interruption, Served, Timeout, Wake};
use magnus::{
    DataTypeFunctions, Error, RModule, Ruby, TypedData, Value, gc::Marker, method, prelude::*, rb_sys::AsRawValue,
    value::Opaque,
};
use rb_sys::VALUE;

use crate::{
    events::{Target, dispatch},
    ractor,
    ruby_value::timeout,
    runtime::blocking::{self, Blocking},
};

/// Holds the driver's producer, but neither the Ruby one nor its callbacks, so that these can be collected while the
/// thread runs; unless there is a delivery callback to be called for a message in flight.
#[derive(TypedData)]
#[magnus(class = "KarafkaNative::Native::Poller", free_immediately, mark)]
pub struct Poller {
    /// The producer that is polled.
    pub producer: Arc<driver::Producer>,
    /// Only for marking them, as they may be gone.
    pub callbacks: Opaque<Value>,
    /// A WeakMap whose only value is the callbacks.
    pub weak_callbacks: Opaque<Value>,
}

impl DataTypeFunctions for Poller {
    fn mark(&self, marker: &Marker) {
        marker.mark(self.weak_callbacks);
        let in_flight = self.producer.in_flight();
        // The Ruby producer keeps its callbacks, so they live at least until it is freed, which abandons it.
        if in_flight.has_callback() && !in_flight.is_empty() && !in_flight.is_abandoned() {
            marker.mark(self.callbacks);
        }
    }

    fn free(self: Box<Self>) {
        self.producer.release();
    }
}

impl Poller {
    /// Serves the main queue until the producer has drained. The GVL is taken only when Ruby has to hear of something.
    fn run(ruby: &Ruby, this: &Self, slice_ms: Value) -> Result<(), Error> {
        blocking::run(ruby, Draining { poller: this, slice: timeout(ruby, slice_ms)? }, None).map(drop)
    }

    /// In a stack frame of its own, which leaves no reference to the callbacks behind.
    #[inline(never)]
    fn dispatch(&self, ruby: &Ruby, events: Vec<Event>) -> Result<(), Error> {
        let callbacks: Value = ruby.get_inner(self.weak_callbacks).funcall("[]", (0,))?;
        if callbacks.is_nil() {
            return Ok(());
        }
        let producer = &self.producer;
        let target = Target { callbacks, client: producer.client(), consumer: None, producer: Some(producer) };
        dispatch(ruby, &target, events)
    }
}

/// Called by a new thread, which may have got the stack of an ended one. What that has left there would keep clients from
/// being collected as long as the thread lives, because frames do not overwrite all of the place that they take. (Without the
/// frames that magnus makes, which have such places, too.)
extern "C" fn wipe_stack(_poller: VALUE) -> VALUE {
    clear_stack();
    rb_sys::Qnil as VALUE
}

struct Draining<'a> {
    poller: &'a Poller,
    slice: Timeout,
}

impl<'a> Blocking<'a> for Draining<'a> {
    type Output = ();

    fn advance(&mut self, _limit: Option<Duration>, interruption: &Interruption<'_>) -> Served<Option<()>> {
        let Served { result, events } = self.poller.producer.serve(self.slice, interruption);
        let result = match result {
            Err(driver::Error::Closed) => Ok(Some(())),
            served => served.map(|drained| drained.then_some(())),
        };
        Served { result, events }
    }

    fn wakes(&self) -> Option<&'a dyn Wake> {
        Some(self.poller.producer.client())
    }

    fn dispatch(&mut self, ruby: &Ruby, events: Vec<Event>) -> Result<(), Error> {
        if events.is_empty() {
            return Ok(());
        }
        let dispatched = self.poller.dispatch(ruby, events);
        clear_stack();
        dispatched
    }
}

/// Overwrites what the calls before have left on the stack. Ruby's collector takes all that it finds there for references,
/// and the frames of the wait that follows leave gaps through which it would see the client of a callback. (Mutable, because
/// an array that cannot change is a constant in the library, not on the stack.)
#[inline(never)]
fn clear_stack() {
    std::hint::black_box(&mut [0_u8; 16 * 1024]);
}

/// Defines what this file has for Ruby.
pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = ractor::define_class::<Poller>(ruby, native, "Poller")?;
    class.define_method("run", method!(Poller::run, 1))?;
    // SAFETY: a live class, and a function that takes its receiver and no arguments.
    unsafe {
        let function =
            std::mem::transmute::<extern "C" fn(VALUE) -> VALUE, unsafe extern "C" fn() -> VALUE>(wipe_stack);
        rb_sys::rb_define_method(class.as_raw(), c"wipe_stack".as_ptr(), Some(function), 0);
    }
    Ok(())
}
