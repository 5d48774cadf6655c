//! The outcome of a call that serves a queue of librdkafka's.

use crate::{Error, Event};

/// The result of a call, and the events that came meanwhile. The events have to be handled even after an error.
#[derive(Debug)]
pub struct Served<T> {
    /// The call's result.
    pub result: Result<T, Error>,
    /// The events, in order.
    pub events: Vec<Event>,
}

impl<T> Served<T> {
    /// Runs a call, which adds events to the list.
    pub(crate) fn by(call: impl FnOnce(&mut Vec<Event>) -> Result<T, Error>) -> Self {
        let mut events = Vec::new();
        let result = call(&mut events);
        Self { result, events }
    }

    /// Converts the result, unless it is an error.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Served<U> {
        Served { result: self.result.map(change), events: self.events }
    }
}

impl<T> Served<Option<T>> {
    /// Whether there is neither a result nor an event.
    pub fn is_empty(&self) -> bool {
        matches!(self.result, Ok(None)) && self.events.is_empty()
    }

    /// Makes no result of the error that the client was closed during the wait.
    pub(crate) fn nothing_if_closed(self) -> Self {
        let result = match self.result {
            Err(Error::Closed) => Ok(None),
            other => other,
        };
        Self { result, events: self.events }
    }
}

impl<T: Default> Default for Served<T> {
    fn default() -> Self {
        Self { result: Ok(T::default()), events: Vec::new() }
    }
}
