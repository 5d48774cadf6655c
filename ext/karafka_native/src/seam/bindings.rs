//! The few `rd_kafka_*` functions that other gems' rebalance and error callbacks call, with addresses as arguments.

use std::sync::Arc;

use karafka_driver::{self as driver, PartitionList, code};
use magnus::{Error, RModule, RString, Ruby, Value, function, prelude::*};

use super::pointer::{self, LiveClient};
use crate::{error::Closed, owner::Held, ruby_value::binary, runtime::blocking::run_to_the_end};

/// The client's name.
fn client_name(ruby: &Ruby, client: Value) -> Result<RString, Error> {
    let client = pointer::client(ruby, client)?;
    Ok(binary(ruby, client.client().name().to_bytes()))
}

/// The code and the text of the client's fatal error, or nil.
fn client_fatal_error(ruby: &Ruby, client: Value) -> Result<Option<(i32, Option<RString>)>, Error> {
    let client = pointer::client(ruby, client)?;
    let found = client.client().fatal_error();
    let found = found.map_err(|error| crate::error::to_ruby(ruby, error, Closed::Inner))?;
    Ok(found.map(|error| (error.code, error.message.map(|text| binary(ruby, text.to_bytes())))))
}

fn rebalance_protocol(ruby: &Ruby, client: Value) -> Result<Option<RString>, Error> {
    let LiveClient::Consumer(consumer) = pointer::client(ruby, client)? else { return Ok(None) };
    let protocol = consumer.rebalance_protocol();
    let protocol = protocol.map_err(|error| crate::error::to_ruby(ruby, error, Closed::Inner))?;
    Ok(protocol.map(|protocol| binary(ruby, protocol.to_bytes())))
}

fn assign(ruby: &Ruby, client: Value, list: Value) -> Result<i32, Error> {
    let list = list_or_null(ruby, list)?;
    on_consumer(ruby, client, move |consumer| consumer.assign(list.as_deref()))
}

fn incremental_assign(ruby: &Ruby, client: Value, list: Value) -> Result<i32, Error> {
    let list = pointer::list(ruby, list)?;
    on_consumer(ruby, client, move |consumer| consumer.incremental_assign(&list))
}

fn incremental_unassign(ruby: &Ruby, client: Value, list: Value) -> Result<i32, Error> {
    let list = pointer::list(ruby, list)?;
    on_consumer(ruby, client, move |consumer| consumer.incremental_unassign(&list))
}

/// Assigns or unassigns the partitions, as a rebalance asks for.
fn answer_rebalance(ruby: &Ruby, client: Value, code: i32, list: Value) -> Result<i32, Error> {
    let list = pointer::list(ruby, list)?;
    on_consumer(ruby, client, move |consumer| consumer.answer_rebalance(code, &list))
}

fn commit(ruby: &Ruby, client: Value, list: Value, asynchronous: Value) -> Result<i32, Error> {
    let list = list_or_null(ruby, list)?;
    // Accepts booleans, and C's integers.
    let asynchronous = asynchronous.to_bool() && !asynchronous.equal(ruby.integer_from_i64(0))?;
    let consumer = consumer_at(ruby, client)?;
    plain_code(ruby, crate::consumer::commit(ruby, &consumer, list.as_deref(), asynchronous)?)
}

fn list_or_null(ruby: &Ruby, list: Value) -> Result<Option<Arc<PartitionList>>, Error> {
    if pointer::address(ruby, list)? == 0 { Ok(None) } else { pointer::list(ruby, list).map(Some) }
}

/// Runs a call without the GVL and returns its error code.
fn on_consumer(
    ruby: &Ruby,
    client: Value,
    mut call: impl FnMut(&driver::Consumer) -> Result<(), driver::Error> + Send,
) -> Result<i32, Error> {
    let consumer = consumer_at(ruby, client)?;
    plain_code(ruby, run_to_the_end(ruby, || call(&consumer))?)
}

fn consumer_at(ruby: &Ruby, client: Value) -> Result<Held<driver::Consumer>, Error> {
    match pointer::client(ruby, client)? {
        LiveClient::Consumer(consumer) => Ok(consumer),
        _ => Err(Error::new(ruby.exception_arg_error(), "the client is not a consumer")),
    }
}

fn plain_code(ruby: &Ruby, result: Result<(), driver::Error>) -> Result<i32, Error> {
    match result {
        Ok(()) => Ok(code::NO_ERROR),
        Err(driver::Error::Kafka(error)) => Ok(error.code),
        Err(error) => Err(crate::error::to_ruby(ruby, error, Closed::Inner)),
    }
}

/// Refuses every address, since no native error object ever reaches Ruby.
fn error_from_address(ruby: &Ruby, address: Value) -> Result<Value, Error> {
    let text = format!("no native error at address {address}");
    Err(Error::new(ruby.exception_arg_error(), text))
}

/// Defines this file's functions on `KarafkaNative::Native`.
pub fn init(_ruby: &Ruby, native: RModule) -> Result<(), Error> {
    native.define_singleton_method("client_name", function!(client_name, 1))?;
    native.define_singleton_method("client_fatal_error", function!(client_fatal_error, 1))?;
    native.define_singleton_method("rebalance_protocol", function!(rebalance_protocol, 1))?;
    native.define_singleton_method("assign", function!(assign, 2))?;
    native.define_singleton_method("incremental_assign", function!(incremental_assign, 2))?;
    native.define_singleton_method("incremental_unassign", function!(incremental_unassign, 2))?;
    native.define_singleton_method("answer_rebalance", function!(answer_rebalance, 3))?;
    native.define_singleton_method("commit", function!(commit, 3))?;
    native.define_singleton_method("error_from_address", function!(error_from_address, 1))?;
    Ok(())
}
