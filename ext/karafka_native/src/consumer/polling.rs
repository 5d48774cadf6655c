//! Polling for messages.

use std::{sync::Arc, time::Duration};

use karafka_driver::{self as driver, Event, Interruption, Message, MessageError, Served, Timeout, Wake, Wakeup};
use magnus::{Error, Exception, RArray, Ruby, Value};

use super::Consumer;
use crate::{
    client::{NativeClient, open},
    error::{Closed, kafka_error, message_error, to_ruby},
    events::dispatch,
    message::{Batch, new_message},
    ruby_value::{receiver, timeout},
    runtime::{
        blocking::{self, Blocking},
        fairness,
    },
};

/// How many events one poll handles before it looks at its time again.
const EVENT_LIMIT: usize = 1_000;

impl Consumer {
    /// The next message, or nil. Takes fetched messages with the GVL held, and releases it only if there are none.
    pub(super) fn poll(ruby: &Ruby, this: Value, timeout_ms: Value) -> Result<Option<Value>, Error> {
        let this: &Self = receiver(ruby, &this)?;
        let closed = this.closed();
        open(ruby, this, closed)?;
        let timeout = timeout(ruby, timeout_ms)?;
        let message = this.next(ruby, timeout, false)?;
        let message = message.map(|message| this.deliver(ruby, message)).transpose();
        fairness::after_operation();
        message
    }

    /// Like `poll`, but holds the GVL.
    pub(super) fn poll_nb(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<Option<Value>, Error> {
        let closed = this.closed();
        open(ruby, this, closed)?;
        let Some(message) = this.next(ruby, timeout(ruby, timeout_ms)?, true)? else { return Ok(None) };
        let message = this.deliver(ruby, message)?;
        fairness::after_operation();
        Ok(Some(message))
    }

    /// Waits for one message, then takes those that have been fetched. Errors take their places among the messages.
    pub(super) fn poll_batch(ruby: &Ruby, this: &Self, timeout_ms: Value, max_items: usize) -> Result<RArray, Error> {
        this.batch(ruby, timeout_ms, max_items, false, this.closed())
    }

    pub(super) fn poll_batch_nb(
        ruby: &Ruby,
        this: &Self,
        timeout_ms: Value,
        max_items: usize,
    ) -> Result<RArray, Error> {
        this.batch(ruby, timeout_ms, max_items, true, this.closed())
    }

    fn batch(
        &self,
        ruby: &Ruby,
        timeout_ms: Value,
        max_items: usize,
        held: bool,
        closed: Closed,
    ) -> Result<RArray, Error> {
        open(ruby, self, closed)?;
        let timeout = timeout(ruby, timeout_ms)?;
        if max_items == 0 {
            return Ok(ruby.ary_new());
        }
        let Some(first) = self.next(ruby, timeout, held)? else {
            fairness::after_operation();
            return Ok(ruby.ary_new());
        };
        let mut messages = vec![first];
        if max_items > 1 {
            let more = self.consumer.take(max_items - 1);
            messages.extend(more.result.map_err(|error| to_ruby(ruby, error, closed))?);
            if !more.events.is_empty() {
                messages = self.settle(ruby, messages, more.events)?;
            }
        }
        self.build_batch(ruby, messages)
    }

    /// Converts messages to an Array, with exceptions in place of errors.
    fn build_batch(&self, ruby: &Ruby, messages: Vec<Message>) -> Result<RArray, Error> {
        let batch = match Batch::read(ruby, &messages) {
            Ok(batch) => batch,
            Err(error) => {
                self.consumer.put_back(messages);
                return Err(error);
            }
        };
        // From here on Ruby code may run, beside which no message may be in hand.
        drop(messages);
        let messages = batch.build(|failure| self.failure(ruby, failure))?;
        fairness::after_operation();
        Ok(messages)
    }

    /// The next message. If there is none yet, waits with the GVL if `held`, else without it.
    fn next(&self, ruby: &Ruby, timeout: Timeout, held: bool) -> Result<Option<Message>, Error> {
        let message = self.look(ruby)?;
        if message.is_some() || timeout == Timeout::NONE || self.client().gate().is_closing() {
            return Ok(message);
        }
        let run = if held { blocking::run_held } else { blocking::run };
        run(ruby, NextMessage(self), timeout.duration())
    }

    /// A message that has been fetched. Events before it are handled first.
    fn look(&self, ruby: &Ruby) -> Result<Option<Message>, Error> {
        for _ in 0..EVENT_LIMIT {
            let Served { result, events } = self.consumer.poll(Timeout::NONE);
            let message = match result {
                // The consumer was closed meanwhile, so there will be no message.
                Err(driver::Error::Closed) => None,
                polled => polled.map_err(|error| to_ruby(ruby, error, Closed::Inner))?,
            };
            if events.is_empty() {
                return Ok(message);
            }
            let message = self.settle(ruby, message.into_iter().collect(), events)?.pop();
            if message.is_some() {
                return Ok(message);
            }
        }
        Ok(None)
    }

    /// Runs callbacks and handles interrupts before messages are delivered. The messages are put back meanwhile, since such
    /// code may close the consumer (then none is delivered), and so that none is lost if it raises.
    fn settle(&self, ruby: &Ruby, messages: Vec<Message>, events: Vec<Event>) -> Result<Vec<Message>, Error> {
        let count = messages.len();
        self.consumer.put_back(messages);
        dispatch(ruby, &self.target(ruby), events)?;
        ruby.thread_check_ints()?;
        Ok(self.take_back(count))
    }

    /// Takes as many of the messages that were put back as are still there.
    fn take_back(&self, count: usize) -> Vec<Message> {
        (0..count).map_while(|_| self.consumer.take_back()).collect()
    }

    /// Converts a message to a `Message`, or raises the error in a message's place.
    fn deliver(&self, ruby: &Ruby, message: Message) -> Result<Value, Error> {
        let made = match new_message(ruby, &message) {
            Ok(made) => made,
            Err(error) => {
                self.consumer.put_back(vec![message]);
                return Err(error);
            }
        };
        // From here on Ruby code may run, beside which no message may be in hand.
        drop(message);
        made.or_else(|failure| Err(self.failure(ruby, failure)?.into()))
    }

    /// The exception for an error in a message's place.
    fn failure(&self, ruby: &Ruby, failure: MessageError) -> Result<Exception, Error> {
        match self.consumer.resolve(&failure) {
            Some(fatal) if fatal.fatal => kafka_error(ruby, &fatal),
            _ => message_error(ruby, &failure),
        }
    }
}

/// A wait for a message, which stays in the driver's consumer until it can be taken.
struct NextMessage<'a>(&'a Consumer);

impl<'a> Blocking<'a> for NextMessage<'a> {
    type Output = Message;

    fn advance(&mut self, limit: Option<Duration>, interruption: &Interruption<'_>) -> Served<Option<Message>> {
        self.0.consumer.wait_for_message(limit.into(), interruption).map(|_| None)
    }

    fn take(&mut self, ruby: &Ruby) -> Result<Option<Message>, Error> {
        self.0.look(ruby)
    }

    fn wakes(&self) -> Option<&'a dyn Wake> {
        Some(self.0.client())
    }

    fn dispatch(&mut self, ruby: &Ruby, events: Vec<Event>) -> Result<(), Error> {
        self.0.dispatch(ruby, events)
    }

    fn is_over(&self) -> bool {
        self.0.client().gate().is_closing()
    }

    fn watch(&mut self) -> Option<Arc<Wakeup>> {
        self.0.consumer.wakeup().ok().flatten()
    }

    /// Other fibers may be waiting for the descriptor, and there may be more messages.
    fn unwatch(&mut self, wakeup: &Wakeup) {
        wakeup.notify();
    }
}
