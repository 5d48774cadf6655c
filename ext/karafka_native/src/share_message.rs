//! `Rdkafka::ShareConsumer::Message` from a native message.

use karafka_driver::{Message, MessageError};
use magnus::{
    Error, Exception, RArray, RClass, Ruby, Value,
    prelude::*,
    rb_sys::{AsRawValue, protect},
    value::Lazy,
};
use rb_sys::VALUE;

use crate::{
    message::{EMPTY_HEADERS, FIELD_COUNT, headers, read},
    ruby_value::constant,
};

static CLASS: Lazy<RClass> =
    Lazy::new(|ruby| constant(ruby, "Rdkafka::ShareConsumer::Message").expect("message class is loaded"));

/// What `Message.new` takes: the fields of every message, the delivery count and an error.
const ARGUMENT_COUNT: usize = FIELD_COUNT + 2;

/// The contents of records, copied to Ruby objects.
pub struct Records {
    /// The arguments of all messages in a row.
    arguments: RArray,
    /// Errors of records, with their index.
    faults: Vec<(usize, MessageError)>,
    /// Errors in the place of records, with their index.
    failures: Vec<(usize, MessageError)>,
}

impl Records {
    /// None yet.
    pub fn new(ruby: &Ruby) -> Self {
        Self { arguments: ruby.ary_new(), faults: Vec::new(), failures: Vec::new() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.arguments.len() / ARGUMENT_COUNT
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
        let arguments = self.arguments.as_raw();
        protect(|| {
            // SAFETY: values on this stack; nothing here has a destructor that a raise could skip.
            unsafe {
                let fields = read(message, headers.as_raw());
                rb_sys::rb_ary_cat(arguments, fields.as_ptr(), fields.len() as _);
                let more = [rb_sys::rb_int2inum(delivery_count as isize), rb_sys::Qnil as VALUE];
                rb_sys::rb_ary_cat(arguments, more.as_ptr(), more.len() as _);
            }
            rb_sys::Qnil as VALUE
        })?;
        Ok(())
    }

    /// An Array of messages; `error` makes what belongs to one or stands in its place.
    pub fn build(
        self,
        ruby: &Ruby,
        mut error: impl FnMut(&MessageError) -> Result<Exception, Error>,
    ) -> Result<RArray, Error> {
        for (index, fault) in &self.faults {
            let place = index * ARGUMENT_COUNT + ARGUMENT_COUNT - 1;
            self.arguments.store(place as isize, error(fault)?)?;
        }
        let class = ruby.get_inner(&CLASS).as_raw();
        let records = ruby.ary_new_capa(self.len());
        protect(|| {
            // SAFETY: live Arrays, which nobody else knows, and a live class; the arguments are copied to the stack.
            unsafe {
                for arguments in self.arguments.as_slice().chunks_exact(ARGUMENT_COUNT) {
                    let arguments: [VALUE; ARGUMENT_COUNT] = std::array::from_fn(|index| arguments[index].as_raw());
                    let record = rb_sys::rb_class_new_instance(arguments.len() as _, arguments.as_ptr(), class);
                    rb_sys::rb_ary_push(records.as_raw(), record);
                }
            }
            rb_sys::Qnil as VALUE
        })?;
        for (index, failure) in &self.failures {
            let exception: Value = error(failure)?.as_value();
            records.store(*index as isize, exception)?;
        }
        Ok(records)
    }
}
