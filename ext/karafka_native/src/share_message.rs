//! `Rdkafka::ShareConsumer::Message` from a native message.

use karafka_driver::{Message, MessageError};
use magnus::{
    Error, Exception, RArray, RClass, RObject, Ruby, TryConvert, Value,
    prelude::*,
    rb_sys::{AsRawValue, protect},
    value::{Lazy, LazyId},
};
use rb_sys::VALUE;

use crate::{
    message::{EMPTY_HEADERS, FIELD_COUNT, headers, read, topic},
    mold::Mold,
    ruby_value::constant,
};

static CLASS: Lazy<RClass> =
    Lazy::new(|ruby| constant(ruby, "Rdkafka::ShareConsumer::Message").expect("message class is loaded"));

static MOLD: Mold<{ FIELD_COUNT + 2 }> = Mold::new([
    LazyId::new("@topic"),
    LazyId::new("@partition"),
    LazyId::new("@payload"),
    LazyId::new("@key"),
    LazyId::new("@offset"),
    LazyId::new("@timestamp"),
    LazyId::new("@headers"),
    LazyId::new("@delivery_count"),
    LazyId::new("@error"),
]);

/// Finds the constants and names of this file (see `ractor.rs`).
pub fn resolve(ruby: &Ruby) {
    Lazy::force(&CLASS, ruby);
    MOLD.resolve(ruby);
}

/// Records, copied to Ruby objects.
pub struct Records {
    messages: RArray,
    /// Errors of records, with their index.
    faults: Vec<(usize, MessageError)>,
    /// Errors in the place of records, with their index.
    failures: Vec<(usize, MessageError)>,
}

impl Records {
    /// None yet.
    pub fn new(ruby: &Ruby) -> Self {
        Self { messages: ruby.ary_new(), faults: Vec::new(), failures: Vec::new() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Indices of those that cannot be read.
    pub fn unusable(&self) -> Vec<usize> {
        self.failures.iter().map(|(index, _)| *index).collect()
    }

    /// Copies one. Runs no Ruby code.
    pub fn add(&mut self, ruby: &Ruby, message: &Message, delivery_count: i16) -> Result<(), Error> {
        let index = self.len();
        let headers = match headers(ruby, message)? {
            Ok(headers) => headers,
            Err(error) => {
                let found = if message.is_error() { &mut self.faults } else { &mut self.failures };
                found.push((index, error));
                ruby.get_inner(&EMPTY_HEADERS)
            }
        };
        let class = ruby.get_inner(&CLASS).as_raw();
        let messages = self.messages.as_raw();
        protect(|| {
            // SAFETY: a live class, and values on this stack; nothing here has a destructor that a raise could skip.
            unsafe {
                let [topic, partition, payload, key, offset, timestamp, headers] =
                    read(message, topic(ruby, message), headers.as_raw());
                let count = rb_sys::rb_int2inum(delivery_count as isize);
                let none = rb_sys::Qnil as VALUE;
                let values = [topic, partition, payload, key, offset, timestamp, headers, count, none];
                rb_sys::rb_ary_push(messages, MOLD.make(ruby, class, &values));
            }
            rb_sys::Qnil as VALUE
        })?;
        Ok(())
    }

    /// An Array of messages; `error` makes what belongs to one or stands in its place.
    pub fn build(self, mut error: impl FnMut(&MessageError) -> Result<Exception, Error>) -> Result<RArray, Error> {
        for (index, fault) in &self.faults {
            let message: Value = self.messages.entry(*index as isize)?;
            let message = RObject::try_convert(message)?;
            message.ivar_set("@error", error(fault)?)?;
        }
        for (index, failure) in &self.failures {
            let exception: Value = error(failure)?.as_value();
            self.messages.store(*index as isize, exception)?;
        }
        Ok(self.messages)
    }
}
