//! `KarafkaNative::Native::Operation`, which an admin handle waits for.

use std::{cell::Cell, sync::Arc};

use karafka_driver::{
    self as driver, Awaited,
    admin::{self, Request},
};
use magnus::{
    DataTypeFunctions, Error, RArray, RModule, Ruby, TypedData, Value, function, gc::Marker, method, prelude::*,
    typed_data::Obj, value::Opaque,
};

use super::{answer::ToRuby, options::options};
use crate::{
    client::NativeClient,
    error::{Closed, kafka_error, to_ruby},
    ractor,
    ruby_value::optional_duration,
    runtime::blocking::run_until_done,
};

/// An operation of the driver's with any kind of answer.
trait Answered: Awaited + Send {
    fn reset(&self);
    fn finish(&self);
    fn is_foreign(&self) -> bool;
    fn outcome(&self, ruby: &Ruby) -> Result<Option<(Value, Value)>, Error>;
}

impl<A: ToRuby + Send + Sync> Answered for admin::Operation<A> {
    fn reset(&self) {
        self.reset();
    }

    fn finish(&self) {
        self.finish();
    }

    fn is_foreign(&self) -> bool {
        self.is_foreign()
    }

    fn outcome(&self, ruby: &Ruby) -> Result<Option<(Value, Value)>, Error> {
        let nil = ruby.qnil().as_value();
        Ok(match self.try_read(Clone::clone).flatten() {
            None => None,
            Some(Err(error)) => Some((kafka_error(ruby, &error)?.as_value(), nil)),
            Some(Ok(answer)) => Some((nil, answer.to_ruby(ruby)?)),
        })
    }
}

/// An operation that this object shares with the reactor, which completes it.
#[derive(TypedData)]
#[magnus(class = "KarafkaNative::Native::Operation", free_immediately, mark)]
pub struct Operation {
    operation: Arc<dyn Answered>,
    /// Marked while the operation is pending, since closing the client would end the operation without an answer.
    client: Cell<Option<Opaque<Value>>>,
    /// The error that reports a closed client; none if the application made the handle.
    closed: Option<Closed>,
}

impl DataTypeFunctions for Operation {
    fn mark(&self, marker: &Marker) {
        if !self.operation.is_pending() {
            // Never marked again: the client may have been freed by the time the operation is reset to pending.
            self.client.set(None);
        }
        if let Some(client) = self.client.get() {
            marker.mark(client);
        }
    }
}

impl Operation {
    /// Submits a request to a client.
    pub fn submit<T: NativeClient, R: Request<Answer: ToRuby>>(
        ruby: &Ruby,
        client: Obj<T>,
        request: &R,
        values: RArray,
    ) -> Result<Self, Error> {
        let submitted = client.client().submit(request, &options(ruby, values)?);
        Self::of(ruby, client, submitted)
    }

    /// Wraps an operation that was submitted to a client, or raises why it was refused.
    pub fn of<T: NativeClient, A: ToRuby + Send + Sync + 'static>(
        ruby: &Ruby,
        client: Obj<T>,
        submitted: Result<Arc<admin::Operation<A>>, driver::Error>,
    ) -> Result<Self, Error> {
        let closed = client.closed();
        let operation = submitted.map_err(|error| to_ruby(ruby, error, closed))?;
        Ok(Self { operation, client: Cell::new(Some(client.as_value().into())), closed: Some(closed) })
    }

    /// A completed operation without an outcome, for handles that the application creates.
    fn by_hand() -> Self {
        let operation = admin::Operation::<Vec<admin::Named>>::new(None);
        operation.finish();
        Self { operation: Arc::new(operation), client: Cell::default(), closed: None }
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
        let operation = &this.operation;
        // The parent's reactor does not exist in a forked child.
        if let Some(closed) = this.closed.filter(|_| operation.is_pending() && operation.is_foreign()) {
            return Err(to_ruby(ruby, driver::Error::Closed, closed));
        }
        run_until_done(ruby, &**operation, optional_duration(ruby, timeout_ms)?)
    }

    fn unlock(&self) {
        self.operation.finish();
    }

    /// The operation's error (an `RdkafkaError` or nil) and its answer; nil while there is no outcome.
    fn outcome(ruby: &Ruby, this: &Self) -> Result<Option<(Value, Value)>, Error> {
        this.operation.outcome(ruby)
    }
}

/// Defines `KarafkaNative::Native::Operation`.
pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = ractor::define_class::<Operation>(ruby, native, "Operation")?;
    class.define_singleton_method("new", function!(Operation::by_hand, 0))?;
    class.define_method("pending?", method!(Operation::is_pending, 0))?;
    class.define_method("pending=", method!(Operation::set_pending, 1))?;
    class.define_method("wait", method!(Operation::wait, 1))?;
    class.define_method("unlock", method!(Operation::unlock, 0))?;
    class.define_method("outcome", method!(Operation::outcome, 0))?;
    Ok(())
}
