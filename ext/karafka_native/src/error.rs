//! Converts the driver's errors to Ruby exceptions.

use karafka_driver::{self as driver, KafkaError, MessageError, code};
use magnus::{
    Error, Exception, ExceptionClass, RArray, RModule, RString, Ruby, Symbol, TryConvert, Value, function, kwargs,
    prelude::*, rb_sys::FromRawValue,
};

use crate::ruby_value::{binary, exception_class};

/// The function of librdkafka's that refuses to alter an option, which the error's text begins with.
const ADDING: &str = "rd_kafka_ConfigResource_add_incremental_config";

/// The error that refuses an operation when the client is closed.
#[derive(Clone, Copy, Debug)]
pub enum Closed {
    /// That of the client's class, such as `ClosedConsumerError`, which names the method.
    Class(&'static str),
    /// `ClosedInnerError`.
    Inner,
}

/// The Ruby exception for an error of the driver.
pub fn to_ruby(ruby: &Ruby, error: driver::Error, closed: Closed) -> Error {
    build(ruby, error, closed).unwrap_or_else(|failure| failure)
}

fn build(ruby: &Ruby, error: driver::Error, closed: Closed) -> Result<Error, Error> {
    let text = error.to_string();
    let (class, text) = match error {
        driver::Error::Closed => return Ok(closed_error(ruby, closed, running_method()?)),
        driver::Error::Kafka(error) => return Ok(kafka_error(ruby, &error)?.into()),
        driver::Error::Alteration(error) => return Ok(prefixed_error(ruby, &error, Some(ADDING))?.into()),
        // librdkafka's texts are binary Strings, the driver's are UTF-8.
        driver::Error::Config(text) => ("Rdkafka::Config::ConfigError", binary(ruby, text.as_bytes())),
        driver::Error::ClientCreation(text) => ("Rdkafka::Config::ClientCreationError", binary(ruby, text.as_bytes())),
        driver::Error::Resource(..) | driver::Error::UnknownPartitioner(_) => {
            ("Rdkafka::Config::ConfigError", ruby.str_new(&text))
        }
        driver::Error::TopicCreation(_) => ("Rdkafka::Producer::TopicHandleCreationError", ruby.str_new(&text)),
        driver::Error::NulByte(_) | driver::Error::InvalidArgument(_) => ("ArgumentError", ruby.str_new(&text)),
        driver::Error::System(_) => ("RuntimeError", ruby.str_new(&text)),
    };
    Ok(exception_class(ruby, class)?.new_instance((text,))?.into())
}

/// The exception that refuses a method of a closed client.
pub fn closed_error(ruby: &Ruby, closed: Closed, method: Symbol) -> Error {
    let made = match closed {
        Closed::Class(class) => exception_class(ruby, class).and_then(|class| class.new_instance((method,))),
        Closed::Inner => exception_class(ruby, "Rdkafka::ClosedInnerError").and_then(|class| class.new_instance(())),
    };
    made.map_or_else(|failure| failure, Error::from)
}

/// The name of the native method that is running. It is the name of the public method, too, which errors have to give.
fn running_method() -> Result<Symbol, Error> {
    // SAFETY: reads the calling thread's frame, which is that of a native method until the method returns.
    let name = unsafe { rb_sys::rb_id2sym(rb_sys::rb_frame_this_func()) };
    // SAFETY: `rb_id2sym` returns a Symbol.
    Symbol::try_convert(unsafe { Value::from_raw(name) })
}

/// An `RdkafkaError`.
pub fn kafka_error(ruby: &Ruby, error: &KafkaError) -> Result<Exception, Error> {
    prefixed_error(ruby, error, None)
}

/// An `RdkafkaError` whose message begins with a prefix.
fn prefixed_error(ruby: &Ruby, error: &KafkaError, prefix: Option<&str>) -> Result<Exception, Error> {
    let message = error.message.as_ref().map(|text| binary(ruby, text.as_bytes()));
    error_class(ruby)?.new_instance((
        error.code,
        prefix,
        kwargs!(
            ruby,
            "broker_message" => message,
            "fatal" => error.fatal,
            "retryable" => error.retriable,
            "abortable" => error.txn_requires_abort
        ),
    ))
}

/// The `RdkafkaError` that stands in a message's place.
pub fn message_error(ruby: &Ruby, error: &MessageError) -> Result<Exception, Error> {
    let prefix = error.text.as_ref().map(|text| binary(ruby, text));
    let Some((topic, partition, offset)) = &error.place else {
        return error_class(ruby)?.new_instance((error.code, prefix));
    };
    let details = ruby.hash_new();
    details.aset(ruby.to_symbol("partition"), *partition)?;
    details.aset(ruby.to_symbol("offset"), *offset)?;
    details.aset(ruby.to_symbol("topic"), binary(ruby, topic.as_bytes()))?;
    details.freeze();
    error_class(ruby)?.new_instance((error.code, prefix, kwargs!(ruby, "details" => details)))
}

fn error_class(ruby: &Ruby) -> Result<ExceptionClass, Error> {
    exception_class(ruby, "Rdkafka::RdkafkaError")
}

/// The error code of a result, for Ruby methods that build their own errors. Errors with more than a code raise here:
/// fatal errors, those with a text, and that the client is closed.
pub fn code_of(ruby: &Ruby, result: Result<(), driver::Error>, closed: Closed) -> Result<i32, Error> {
    match result {
        Ok(()) => Ok(code::NO_ERROR),
        Err(driver::Error::Kafka(error)) if !error.fatal && error.message.is_none() => Ok(error.code),
        Err(error) => Err(to_ruby(ruby, error, closed)),
    }
}

fn error_name(ruby: &Ruby, code: i32) -> RString {
    binary(ruby, driver::error_name(code).to_bytes())
}

fn error_description(ruby: &Ruby, code: i32) -> RString {
    binary(ruby, driver::error_description(code).to_bytes())
}

/// `[[code, name, description]]` for all codes that librdkafka knows.
fn error_descriptions(ruby: &Ruby) -> Result<RArray, Error> {
    let lines = ruby.ary_new();
    for line in driver::error_descriptions() {
        let description = line.description.unwrap_or_default();
        lines.push((line.code, binary(ruby, line.name.to_bytes()), binary(ruby, description.to_bytes())))?;
    }
    Ok(lines)
}

/// Defines this file's functions on `KarafkaNative::Native`.
pub fn init(_ruby: &Ruby, native: RModule) -> Result<(), Error> {
    native.define_singleton_method("error_name", function!(error_name, 1))?;
    native.define_singleton_method("error_description", function!(error_description, 1))?;
    native.define_singleton_method("error_descriptions", function!(error_descriptions, 0))?;
    Ok(())
}
