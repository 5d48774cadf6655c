//! What serving a queue of librdkafka gives.

use crate::{Error, Event};

/// What a call has given, and what librdkafka has called back meanwhile, which is to be handled also after an error.
#[derive(Debug)]
pub struct Served<T> {
    /// Of the call.
    pub result: Result<T, Error>,
    /// In order.
    pub events: Vec<Event>,
}

impl<T> Served<T> {
    /// Makes a call that adds to the events.
    pub(crate) fn by(call: impl FnOnce(&mut Vec<Event>) -> Result<T, Error>) -> Self {
        let mut events = Vec::new();
        let result = call(&mut events);
        Self { result, events }
    }

    /// Changes what an undisturbed call has given.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Served<U> {
        Served { result: self.result.map(change), events: self.events }
    }
}

impl<T> Served<Option<T>> {
    /// Whether there is nothing to do but to go on.
    pub fn is_empty(&self) -> bool {
        matches!(self.result, Ok(None)) && self.events.is_empty()
    }

    /// Nothing more comes when the client was closed while it was waited for.
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
