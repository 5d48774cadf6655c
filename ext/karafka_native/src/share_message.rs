//! Converts native messages to `Rdkafka::ShareConsumer::Message`.

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

/// Resolves the constants and names of this file (see `ractor.rs`).
pub fn resolve(ruby: &Ruby) {
    Lazy::force(&CLASS, ruby);
    MOLD.resolve(ruby);
}

/// Records that have been copied to Ruby objects.
pub struct Records {
    messages: RArray,
    /// Errors of records, with the records' indices.
    faults: Vec<(usize, MessageError)>,
    /// Errors in place of records that cannot be read, with the records' indices.
    failures: Vec<(usize, MessageError)>,
}

impl Records {
    /// Creates an empty collection.
    pub fn new(ruby: &Ruby) -> Self {
        Self { messages: ruby.ary_new(), faults: Vec::new(), failures: Vec::new() }
    }

    /// The number of records.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// The indices of records that cannot be read.
    pub fn unusable(&self) -> Vec<usize> {
        self.failures.iter().map(|(index, _)| *index).collect()
    }

    /// Copies a record. Runs no Ruby code.
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
            // SAFETY: the class is live and the values are on the stack. If Ruby raises, no destructor is skipped.
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

    /// An Array of the messages. `error` creates the exception that a message has, or that is in its place.
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
