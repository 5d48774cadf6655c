//! Polling for messages.

use std::time::Instant;

use karafka_driver::{self as driver, Event, Interruption, Message, MessageError, Timeout};
use magnus::{Error, Exception, RArray, Ruby, Value};

use super::Consumer;
use crate::{
    client::{NativeClient, open},
    error::{Closed, kafka_error, message_error, to_ruby},
    events::dispatch,
    message::{Batch, new_message},
    ruby_value::timeout,
    runtime::{
        fairness,
        fiber::{self, FIBER_STEP},
        gvl::{HELD_STEP, share_if_long, without_gvl},
    },
};

/// How many events one poll handles before it looks at its time again.
const EVENT_LIMIT: usize = 1_000;

impl Consumer {
    /// The next message, or nil. Messages that wait are taken with the GVL held; only an empty queue gives it up.
    pub(super) fn poll(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<Option<Value>, Error> {
        let closed = this.closed("poll");
        open(ruby, this, closed)?;
        let message = this.next(ruby, timeout(ruby, timeout_ms)?, closed)?;
        message.map(|message| this.deliver(ruby, message)).transpose()
    }

    /// The same with the GVL held, until there is a message.
    pub(super) fn poll_nb(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<Option<Value>, Error> {
        let closed = this.closed("poll_nb");
        open(ruby, this, closed)?;
        let Some(message) = this.next_held(ruby, timeout(ruby, timeout_ms)?, closed)? else { return Ok(None) };
        let message = this.deliver(ruby, message)?;
        fairness::after_operation();
        Ok(Some(message))
    }

    /// Waits for one message and then takes what is there. Errors take their place among the messages.
    pub(super) fn poll_batch(ruby: &Ruby, this: &Self, timeout_ms: Value, max_items: usize) -> Result<RArray, Error> {
        this.batch(ruby, timeout_ms, max_items, false, this.closed("poll_batch"))
    }

    pub(super) fn poll_batch_nb(
        ruby: &Ruby,
        this: &Self,
        timeout_ms: Value,
        max_items: usize,
    ) -> Result<RArray, Error> {
        this.batch(ruby, timeout_ms, max_items, true, this.closed("poll_batch_nb"))
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
        let first = if held { self.next_held(ruby, timeout, closed)? } else { self.next(ruby, timeout, closed)? };
        let Some(first) = first else { return Ok(ruby.ary_new()) };
        let mut messages = vec![first];
        if max_items > 1 {
            let (more, events) = self.consumer.take(max_items - 1).map_err(|error| to_ruby(ruby, error, closed))?;
            messages.extend(more);
            if !events.is_empty() {
                messages = self.settle(ruby, messages, events)?;
            }
        }
        self.build_batch(ruby, messages)
    }

    /// An Array of messages, and of errors in their place.
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
        let messages = batch.build(ruby, |failure| self.failure(ruby, failure))?;
        fairness::after_operation();
        Ok(messages)
    }

    fn next_held(&self, ruby: &Ruby, timeout: Timeout, closed: Closed) -> Result<Option<Message>, Error> {
        // Looking at the clock costs as much as a third of librdkafka's work.
        let started = (timeout != Timeout::NONE).then(Instant::now);
        let mut rounds = 0;
        loop {
            let rest = started.map_or(Timeout::NONE, |started| timeout.rest(started));
            let polled = self.consumer.poll(rest.at_most(HELD_STEP));
            let (mut message, events) = polled.map_err(|error| to_ruby(ruby, error, closed))?;
            if events.is_empty() {
                match started {
                    Some(started) if message.is_none() && rest != Timeout::NONE => share_if_long(ruby, started)?,
                    _ => return Ok(message),
                }
            } else {
                rounds += 1;
                message = self.settle(ruby, message.into_iter().collect(), events)?.pop();
            }
            if message.is_some() || rounds == EVENT_LIMIT || self.client().gate().is_closing() {
                return Ok(message);
            }
        }
    }

    fn next(&self, ruby: &Ruby, timeout: Timeout, closed: Closed) -> Result<Option<Message>, Error> {
        fairness::after_operation();
        let message = self.next_held(ruby, Timeout::NONE, closed)?;
        if message.is_some() || timeout == Timeout::NONE {
            return Ok(message);
        }
        if fiber::scheduled() {
            return self.next_in_fiber(ruby, timeout, closed);
        }
        let started = Instant::now();
        let client = self.client();
        loop {
            let rest = timeout.rest(started);
            if rest == Timeout::NONE || client.gate().is_closing() {
                return Ok(None);
            }
            let interruption = Interruption::new(client);
            let polled = without_gvl(|| self.consumer.wait(rest, &interruption), || interruption.set());
            drop(interruption);
            let (message, events) = match polled {
                Some(Ok(polled)) => polled.unwrap_or_default(),
                // Closed meanwhile: there is nothing more to come.
                Some(Err(driver::Error::Closed)) => return Ok(None),
                Some(Err(error)) => return Err(to_ruby(ruby, error, closed)),
                None => (None, Vec::new()),
            };
            let message = self.settle(ruby, message.into_iter().collect(), events)?.pop();
            if message.is_some() {
                return Ok(message);
            }
        }
    }

    /// The same, letting other fibers run while the queue is empty. Nothing is taken from it in vain.
    fn next_in_fiber(&self, ruby: &Ruby, timeout: Timeout, closed: Closed) -> Result<Option<Message>, Error> {
        let wakeup = self.consumer.wakeup().map_err(|error| to_ruby(ruby, error, closed))?;
        let started = Instant::now();
        loop {
            wakeup.clear();
            let message = self.next_held(ruby, Timeout::NONE, closed);
            if !matches!(message, Ok(None)) {
                // Others may listen too, and there may be more.
                wakeup.notify();
                return message;
            }
            let rest = timeout.rest(started);
            if rest == Timeout::NONE || self.client().gate().is_closing() {
                return Ok(None);
            }
            let step = rest.duration().map_or(FIBER_STEP, |rest| rest.min(FIBER_STEP));
            fiber::wait_readable(ruby, wakeup.reader(), Some(step))?;
            if self.client().gate().is_closing() {
                wakeup.notify();
                return Ok(None);
            }
        }
    }

    /// Runs what Ruby has to run before messages can be handed out: callbacks, and whatever interrupts the thread. No
    /// message is in hand meanwhile, as that code may close the consumer (then none is handed out); and none is lost if it
    /// raises.
    fn settle(&self, ruby: &Ruby, messages: Vec<Message>, events: Vec<Event>) -> Result<Vec<Message>, Error> {
        let count = messages.len();
        self.consumer.put_back(messages);
        dispatch(ruby, &self.target(ruby), events)?;
        ruby.thread_check_ints()?;
        Ok(self.take_back(count))
    }

    /// As many of the messages that were put back as are still there.
    fn take_back(&self, count: usize) -> Vec<Message> {
        (0..count).map_while(|_| self.consumer.take_back()).collect()
    }

    /// A `Message`; an error in its place is raised.
    fn deliver(&self, ruby: &Ruby, message: Message) -> Result<Value, Error> {
        new_message(ruby, message)?.or_else(|failure| Err(self.failure(ruby, failure)?.into()))
    }

    /// The exception for what came in a message's place.
    fn failure(&self, ruby: &Ruby, failure: MessageError) -> Result<Exception, Error> {
        match self.consumer.resolve(&failure) {
            Some(fatal) if fatal.fatal => kafka_error(ruby, &fatal),
            _ => message_error(ruby, &failure),
        }
    }
}
