//! Reading the options that operations have in common.

use std::ops::RangeInclusive;

use karafka_driver::admin::Options;
use magnus::{Error, RArray, Ruby, Value, prelude::*};

use crate::ruby_value::integer;

/// The longest time that librdkafka accepts, in ms.
const LONGEST_MS: i64 = 3_600_000;

/// Reads `[request timeout, operation timeout, broker id, validate only]`, of which the last ones may be missing. Nil
/// stands for librdkafka's default.
pub fn options(ruby: &Ruby, values: RArray) -> Result<Options, Error> {
    let number = |index, what, range| optional_number(ruby, values.entry(index)?, what, range);
    Ok(Options {
        request_timeout: number(0, "request_timeout_ms", 0..=LONGEST_MS)?,
        operation_timeout: number(1, "operation_timeout_ms", -1..=LONGEST_MS)?,
        broker: number(2, "broker_id", 0..=i64::from(i32::MAX))?,
        validate_only: values.entry::<Value>(3)?.to_bool(),
    })
}

fn optional_number(ruby: &Ruby, value: Value, what: &str, range: RangeInclusive<i64>) -> Result<Option<i32>, Error> {
    if value.is_nil() { Ok(None) } else { number_within(ruby, value, what, range).map(Some) }
}

/// Reads an Integer within a range. The error names the argument.
pub fn number_within(ruby: &Ruby, value: Value, what: &str, range: RangeInclusive<i64>) -> Result<i32, Error> {
    let number = integer(ruby, value, what)?.to_i64().ok().filter(|number| range.contains(number));
    number.and_then(|number| i32::try_from(number).ok()).ok_or_else(|| {
        let text = format!("{what} has to be {} to {}, not {value}", range.start(), range.end());
        Error::new(ruby.exception_arg_error(), text)
    })
}
