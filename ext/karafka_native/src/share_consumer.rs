//! `KarafkaNative::Native::ShareConsumer`, on which `Rdkafka::ShareConsumer` is built.

mod acknowledging;
mod polling;
mod subscription;

use std::{sync::Arc, time::Duration};

use karafka_driver::{self as driver, AccessGuard, Event, Interruption, Served, Timeout, Wake, Wakeup};
use magnus::{
    DataTypeFunctions, Error, RArray, RModule, RString, Ruby, TypedData, Value, function, gc::Marker, method,
    prelude::*, value::Opaque,
};

use crate::{
    client::{self, NativeClient, open},
    closing,
    config::Config,
    error::{Closed, to_ruby},
    events::{Target, dispatch},
    owner::Owner,
    ractor,
    ruby_value::binary,
    runtime::{
        blocking::Blocking,
        fairness, fiber,
        unwinding::{after_interrupts, handle_all},
    },
    seam::pointer,
};

/// The driver's share consumer and the Ruby object that handles its events.
#[derive(TypedData)]
#[magnus(class = "KarafkaNative::Native::ShareConsumer", free_immediately, mark)]
pub struct ShareConsumer {
    consumer: Arc<driver::ShareConsumer>,
    callbacks: Opaque<Value>,
}

impl DataTypeFunctions for ShareConsumer {
    fn mark(&self, marker: &Marker) {
        marker.mark(self.callbacks);
    }

    fn free(self: Box<Self>) {
        driver::collect(self.consumer);
    }
}

impl Owner for driver::ShareConsumer {}

impl NativeClient for ShareConsumer {
    type Owner = driver::ShareConsumer;

    fn owner(&self) -> &Arc<driver::ShareConsumer> {
        &self.consumer
    }

    fn target(&self, ruby: &Ruby) -> Target<'_> {
        Target { callbacks: ruby.get_inner(self.callbacks), client: self.client(), consumer: None, producer: None }
    }

    fn dispatch(&self, ruby: &Ruby, events: Vec<Event>) -> Result<(), Error> {
        handle_all(ruby, driver::without_outdated(events), |event| match event {
            Event::Acknowledged { partitions, code } => {
                fairness::after_operation();
                let acknowledged = after_interrupts(ruby, || self.acknowledged(ruby, &partitions, code));
                fairness::after_callback();
                acknowledged
            }
            other => dispatch(ruby, &self.target(ruby), vec![other]),
        })
    }

    fn closed(&self) -> Closed {
        Closed::Class("Rdkafka::ClosedConsumerError")
    }
}

impl ShareConsumer {
    fn new(ruby: &Ruby, config: &Config, callbacks: Value, implicit: bool) -> Result<Self, Error> {
        driver::reaper::resume();
        let consumer = driver::ShareConsumer::create(config.take(ruby)?, implicit);
        let consumer = Arc::new(consumer.map_err(|error| to_ruby(ruby, error, Closed::Inner))?);
        pointer::remember_share_consumer(&consumer);
        Ok(Self { consumer, callbacks: callbacks.into() })
    }

    /// Raises unless the calling thread may use the consumer now.
    fn require_access(ruby: &Ruby, this: &Self) -> Result<(), Error> {
        this.access(ruby).map(drop)
    }

    fn set_token(
        ruby: &Ruby,
        this: &Self,
        token: Value,
        lifetime_ms: Value,
        principal: Value,
        extensions: RArray,
    ) -> Result<(i32, Option<RString>), Error> {
        open(ruby, this, this.closed())?;
        client::set_token(ruby, this, token, lifetime_ms, principal, extensions)
    }

    fn set_token_failure(ruby: &Ruby, this: &Self, reason: Value) -> Result<i32, Error> {
        open(ruby, this, this.closed())?;
        client::set_token_failure(ruby, this, reason)
    }

    fn access(&self, ruby: &Ruby) -> Result<AccessGuard<'_>, Error> {
        self.consumer.acquire(fiber::id(ruby)?).map_err(|error| to_ruby(ruby, error.into(), Closed::Inner))
    }

    /// Runs callbacks and handles interrupts. No record is borrowed or taken meanwhile, so none is lost if one raises.
    fn settle<T>(&self, ruby: &Ruby, served: Served<T>) -> Result<Result<T, driver::Error>, Error> {
        self.dispatch(ruby, served.events)?;
        ruby.thread_check_ints()?;
        Ok(served.result)
    }

    /// A wait for `blocking::run`. `take` returns what is still there after the callbacks have run.
    fn waiting<T, W>(&self, wait: W, take: fn(&driver::ShareConsumer) -> Option<T>) -> Waiting<'_, T, W>
    where
        W: FnMut(&driver::ShareConsumer, Timeout, &Interruption<'_>) -> Served<Option<T>>,
    {
        Waiting { consumer: self, wait, take }
    }

    fn acknowledged(&self, ruby: &Ruby, answered: &[driver::Acknowledged], code: i32) -> Result<(), Error> {
        let callbacks = ruby.get_inner(self.callbacks);
        if !callbacks.funcall::<_, _, bool>("acknowledgement_callback?", ())? {
            return Ok(());
        }
        let partitions = ruby.ary_new_capa(answered.len());
        for one in answered {
            let offsets = ruby.ary_from_vec(one.offsets.clone());
            partitions.push((binary(ruby, one.topic.to_bytes()), one.partition, offsets))?;
        }
        let _inside = self.consumer.enter_callback();
        callbacks.funcall::<_, _, Value>("acknowledged", (partitions, code)).map(drop)
    }
}

/// A wait of a share consumer.
struct Waiting<'a, T, W> {
    consumer: &'a ShareConsumer,
    /// Waits, and serves events.
    wait: W,
    /// Returns what is still there after the callbacks have run, for results that stay in the driver until they are taken.
    take: fn(&driver::ShareConsumer) -> Option<T>,
}

impl<'a, T, W> Blocking<'a> for Waiting<'a, T, W>
where
    T: Send,
    W: FnMut(&driver::ShareConsumer, Timeout, &Interruption<'_>) -> Served<Option<T>> + Send,
{
    type Output = T;

    fn advance(&mut self, limit: Option<Duration>, interruption: &Interruption<'_>) -> Served<Option<T>> {
        (self.wait)(&self.consumer.consumer, limit.into(), interruption)
    }

    fn wakes(&self) -> Option<&'a dyn Wake> {
        Some(&*self.consumer.consumer)
    }

    fn dispatch(&mut self, ruby: &Ruby, events: Vec<Event>) -> Result<(), Error> {
        self.consumer.dispatch(ruby, events)
    }

    fn take(&mut self, _ruby: &Ruby) -> Result<Option<T>, Error> {
        Ok((self.take)(&self.consumer.consumer))
    }

    fn closed(&self) -> Closed {
        self.consumer.closed()
    }

    fn is_over(&self) -> bool {
        self.consumer.client().gate().is_closing()
    }

    fn watch(&mut self) -> Option<Arc<Wakeup>> {
        let wakeup = Wakeup::new().ok()?;
        self.consumer.consumer.watch(&wakeup);
        Some(Arc::new(wakeup))
    }

    fn unwatch(&mut self, wakeup: &Wakeup) {
        self.consumer.consumer.unwatch(wakeup);
    }
}

/// Defines `KarafkaNative::Native::ShareConsumer`.
pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = ractor::define_class::<ShareConsumer>(ruby, native, "ShareConsumer")?;
    class.define_singleton_method("new", function!(ShareConsumer::new, 3))?;
    class.define_method("name", method!(client::name::<ShareConsumer>, 0))?;
    class.define_method("closed?", method!(client::is_closed::<ShareConsumer>, 0))?;
    class.define_method("oauthbearer_set_token", method!(ShareConsumer::set_token, 4))?;
    class.define_method("oauthbearer_set_token_failure", method!(ShareConsumer::set_token_failure, 1))?;
    class.define_method("set_sasl_credentials", method!(client::set_sasl_credentials::<ShareConsumer>, 2))?;
    class.define_method("test_fatal_error", method!(client::test_fatal_error::<ShareConsumer>, 2))?;
    class.define_method("require_open", method!(client::require_open::<ShareConsumer>, 1))?;
    class.define_method("require_access", method!(ShareConsumer::require_access, 0))?;
    class.define_method("poll", method!(ShareConsumer::poll, 1))?;
    class.define_method("next_record", method!(ShareConsumer::next_record, 1))?;
    class.define_method("events_poll", method!(ShareConsumer::events_poll, 1))?;
    class.define_method("events_poll_nb", method!(ShareConsumer::events_poll_nb, 1))?;
    class.define_method("subscribe", method!(ShareConsumer::subscribe, 1))?;
    class.define_method("unsubscribe", method!(ShareConsumer::unsubscribe, 0))?;
    class.define_method("subscription", method!(ShareConsumer::subscription, 0))?;
    class.define_method("acknowledge", method!(ShareConsumer::acknowledge, 4))?;
    class.define_method("commit_async", method!(ShareConsumer::commit_async, 0))?;
    class.define_method("commit_sync", method!(ShareConsumer::commit_sync, 1))?;
    class.define_method("close", method!(closing::close::<ShareConsumer>, 0))?;
    class.define_method("close_at_exit", method!(closing::close_at_exit::<ShareConsumer>, 1))?;
    Ok(())
}
