//! `KarafkaNative::Native::Poller`: what a producer's polling thread runs.

use std::sync::Arc;

use karafka_driver::{self as driver, Event, Interruption};
use magnus::{
    DataTypeFunctions, Error, RModule, Ruby, TypedData, Value, gc::Marker, method, prelude::*, value::Opaque,
};

use crate::{
    error::{Closed, to_ruby},
    events::{Target, dispatch},
    ruby_value::timeout,
    runtime::gvl::without_gvl,
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
        let slice = timeout(ruby, slice_ms)?;
        let producer = &this.producer;
        loop {
            let interruption = Interruption::new(producer.client());
            let served = without_gvl(|| producer.serve(slice, &interruption), || interruption.set());
            drop(interruption);
            if let Some(served) = served {
                let (drained, events) = match served {
                    Ok(served) => served,
                    Err(driver::Error::Closed) => return Ok(()),
                    Err(error) => return Err(to_ruby(ruby, error, Closed::Inner)),
                };
                if !events.is_empty() {
                    this.dispatch(ruby, events)?;
                }
                if drained {
                    return Ok(());
                }
            }
            ruby.thread_check_ints()?;
        }
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

/// Defines what this file has for Ruby.
pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = native.define_class("Poller", ruby.class_object())?;
    class.undef_default_alloc_func();
    class.define_method("run", method!(Poller::run, 1))?;
    Ok(())
}
