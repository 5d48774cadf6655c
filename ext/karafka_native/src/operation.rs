//! `KarafkaNative::Native::Operation`: what an admin handle waits for.

use std::{cell::Cell, sync::Arc};

use karafka_driver::{self as driver, Awaited, admin};
use magnus::{
    DataTypeFunctions, Error, RModule, Ruby, TypedData, Value, function, gc::Marker, method, prelude::*,
    typed_data::Obj, value::Opaque,
};

use crate::{
    client::NativeClient,
    error::{kafka_error, to_ruby},
    ruby_value::optional_duration,
    wait::wait,
};

/// Shared with the reactor, which completes it.
#[derive(TypedData)]
#[magnus(class = "KarafkaNative::Native::Operation", free_immediately, mark)]
pub struct Operation {
    operation: Arc<admin::Operation>,
    /// Kept alive while the answer is awaited: without the client there would be none.
    client: Cell<Option<Opaque<Value>>>,
}

impl DataTypeFunctions for Operation {
    fn mark(&self, marker: &Marker) {
        if !self.operation.is_pending() {
            // For good, because the client may be gone when the operation is made pending again.
            self.client.set(None);
        }
        if let Some(client) = self.client.get() {
            marker.mark(client);
        }
    }
}

impl Operation {
    /// What a method of a client's has submitted.
    pub fn new<T: NativeClient>(
        ruby: &Ruby,
        client: Obj<T>,
        method: &'static str,
        submitted: Result<Arc<admin::Operation>, driver::Error>,
    ) -> Result<Self, Error> {
        let operation = submitted.map_err(|error| to_ruby(ruby, error, client.closed(method)))?;
        Ok(Self { operation, client: Cell::new(Some(client.as_value().into())) })
    }

    /// For handles that are made by hand: complete, without an outcome.
    fn by_hand() -> Self {
        let operation = admin::Operation::new(None);
        operation.finish();
        Self { operation: Arc::new(operation), client: Cell::default() }
    }

    fn is_pending(&self) -> bool {
        self.operation.is_pending()
    }

    fn set_pending(&self, pending: bool) {
        if pending {
            self.operation.reset();
        } else {
            self.operation.finish();
        }
    }

    fn wait(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<bool, Error> {
        wait(ruby, &*this.operation, optional_duration(timeout_ms)?)
    }

    fn unlock(&self) {
        self.operation.finish();
    }

    /// Nil while there is none, an `RdkafkaError` if the operation failed as a whole, else the answer.
    fn outcome(ruby: &Ruby, this: &Self) -> Result<Value, Error> {
        match this.operation.value() {
            None => Ok(ruby.qnil().as_value()),
            Some(Err(error)) => Ok(kafka_error(ruby, &error)?.as_value()),
            Some(Ok(answer)) => crate::admin::to_ruby(ruby, &answer),
        }
    }
}

/// Defines what this file has for Ruby.
pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = native.define_class("Operation", ruby.class_object())?;
    class.undef_default_alloc_func();
    class.define_singleton_method("new", function!(Operation::by_hand, 0))?;
    class.define_method("pending?", method!(Operation::is_pending, 0))?;
    class.define_method("pending=", method!(Operation::set_pending, 1))?;
    class.define_method("wait", method!(Operation::wait, 1))?;
    class.define_method("unlock", method!(Operation::unlock, 0))?;
    class.define_method("outcome", method!(Operation::outcome, 0))?;
    Ok(())
}
