//! `KarafkaNative::Native::Operation`: what an admin handle waits for.

use std::sync::Arc;

use karafka_driver::admin::{self, Answer, ListedOffset};
use magnus::{Error, RModule, Ruby, Value, method, prelude::*};

use crate::{
    error::kafka_error,
    ruby_value::{binary, optional_duration},
    wait::wait,
};

/// Shared with the reactor, which completes it.
#[magnus::wrap(class = "KarafkaNative::Native::Operation", free_immediately)]
pub struct Operation(pub Arc<admin::Operation>);

impl Operation {
    fn is_pending(&self) -> bool {
        self.0.is_pending()
    }

    fn wait(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<bool, Error> {
        wait(ruby, &this.0, optional_duration(timeout_ms)?)
    }

    fn unlock(&self) {
        self.0.finish();
    }

    /// Nil while pending, an `RdkafkaError` if the operation failed as a whole, else an Array with the answer.
    fn outcome(ruby: &Ruby, this: &Self) -> Result<Value, Error> {
        match this.0.value() {
            None => Ok(ruby.qnil().as_value()),
            Some(Err(error)) => Ok(kafka_error(ruby, &error)?.as_value()),
            Some(Ok(answer)) => to_ruby(ruby, &answer),
        }
    }
}

fn to_ruby(ruby: &Ruby, answer: &Answer) -> Result<Value, Error> {
    let array = ruby.ary_new();
    match answer {
        // [name, nil or error]
        Answer::Topics(topics) => {
            for (name, error) in topics {
                let error = error.as_ref().map(|error| kafka_error(ruby, error)).transpose()?;
                array.push((binary(ruby, name.to_bytes()), error))?;
            }
        }
        // [topic, partition, offset, error code, timestamp, leader epoch]
        Answer::Offsets(offsets) => {
            for ListedOffset { topic, partition, offset, error, timestamp, leader_epoch } in offsets {
                let topic = binary(ruby, topic.to_bytes());
                array.push((topic, *partition, *offset, *error, *timestamp, *leader_epoch))?;
            }
        }
    }
    Ok(array.as_value())
}

pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = native.define_class("Operation", ruby.class_object())?;
    class.undef_default_alloc_func();
    class.define_method("pending?", method!(Operation::is_pending, 0))?;
    class.define_method("wait", method!(Operation::wait, 1))?;
    class.define_method("unlock", method!(Operation::unlock, 0))?;
    class.define_method("outcome", method!(Operation::outcome, 0))?;
    Ok(())
}
