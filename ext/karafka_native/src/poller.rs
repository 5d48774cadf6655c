//! `KarafkaNative::Native::Poller`, which a producer's polling thread runs.

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

/// Holds the driver's producer. The Ruby producer and its callbacks can be collected while the thread runs, unless a
/// delivery callback is to be called for a message in flight.
#[derive(TypedData)]
#[magnus(class = "KarafkaNative::Native::Poller", free_immediately, mark)]
pub struct Poller {
    /// The producer that is polled.
    pub producer: Arc<driver::Producer>,
    /// Used only to mark the callbacks, since they may have been freed.
    pub callbacks: Opaque<Value>,
    /// A WeakMap whose only value is the callbacks.
    pub weak_callbacks: Opaque<Value>,
}

impl DataTypeFunctions for Poller {
    fn mark(&self, marker: &Marker) {
        marker.mark(self.weak_callbacks);
        let in_flight = self.producer.in_flight();
        // The Ruby producer marks its callbacks. They are live until it is freed, which sets `is_abandoned`.
        if in_flight.has_callback() && !in_flight.is_empty() && !in_flight.is_abandoned() {
            marker.mark(self.callbacks);
        }
    }

    fn free(self: Box<Self>) {
        self.producer.release();
    }
}

impl Poller {
    /// Serves the main queue until the producer has drained. Takes the GVL only for events that Ruby handles.
    fn run(ruby: &Ruby, this: &Self, slice_ms: Value) -> Result<(), Error> {
        blocking::run(ruby, Draining { poller: this, slice: timeout(ruby, slice_ms)? }, None).map(drop)
    }

    /// Not inlined, so that its stack frame, which refers to the callbacks, ends here.
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

/// Clears the stack of a new thread, which may have the stack of a thread that has ended. Old references there would keep
/// clients from being collected while the thread runs, since stack frames do not overwrite all of their space. (Defined
/// without magnus, whose frames would leave such gaps, too.)
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
        self.poller.producer.in_flight().set_reports_due(!events.is_empty());
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
        self.poller.producer.in_flight().set_reports_due(false);
        clear_stack();
        dispatched
    }
}

/// Overwrites what earlier calls have left on the stack. Ruby's collector takes whatever it finds on the stack for
/// references, and would see a callback's client through gaps in the frames of the next wait. (The array is mutable,
/// because an immutable one would be a constant in the library instead of being on the stack.)
#[inline(never)]
fn clear_stack() {
    std::hint::black_box(&mut [0_u8; 16 * 1024]);
}

/// Defines `KarafkaNative::Native::Poller`.
pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = ractor::define_class::<Poller>(ruby, native, "Poller")?;
    class.define_method("run", method!(Poller::run, 1))?;
    // SAFETY: the class is live; the function takes a receiver and, as declared, no arguments.
    unsafe {
        let function =
            std::mem::transmute::<extern "C" fn(VALUE) -> VALUE, unsafe extern "C" fn() -> VALUE>(wipe_stack);
        rb_sys::rb_define_method(class.as_raw(), c"wipe_stack".as_ptr(), Some(function), 0);
    }
    Ok(())
}
