//! `KarafkaNative::Native::Operation`: what an admin handle waits for.

use std::sync::Arc;

use karafka_driver::{Awaited, admin};
use magnus::{Error, RModule, Ruby, Value, function, method, prelude::*};

use crate::{error::kafka_error, ruby_value::optional_duration, wait::wait};

/// Shared with the reactor, which completes it.
#[magnus::wrap(class = "KarafkaNative::Native::Operation", free_immediately)]
pub struct Operation(pub Arc<admin::Operation>);

impl Operation {
    /// For handles that are made by hand: complete, without an outcome.
    fn new() -> Self {
        let operation = admin::Operation::new(None);
        operation.finish();
        Self(Arc::new(operation))
    }

    fn is_pending(&self) -> bool {
        self.0.is_pending()
    }

    fn set_pending(&self, pending: bool) {
        if pending {
            self.0.reset();
        } else {
            self.0.finish();
        }
    }

    fn wait(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<bool, Error> {
        wait(ruby, &*this.0, optional_duration(timeout_ms)?)
    }

    fn unlock(&self) {
        self.0.finish();
    }

    /// Nil while there is none, an `RdkafkaError` if the operation failed as a whole, else the answer.
    fn outcome(ruby: &Ruby, this: &Self) -> Result<Value, Error> {
        match this.0.value() {
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
    class.define_singleton_method("new", function!(Operation::new, 0))?;
    class.define_method("pending?", method!(Operation::is_pending, 0))?;
    class.define_method("pending=", method!(Operation::set_pending, 1))?;
    class.define_method("wait", method!(Operation::wait, 1))?;
    class.define_method("unlock", method!(Operation::unlock, 0))?;
    class.define_method("outcome", method!(Operation::outcome, 0))?;
    Ok(())
}
