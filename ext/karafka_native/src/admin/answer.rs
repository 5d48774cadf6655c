//! Converting answers to Ruby values.

use karafka_driver::{KafkaError, admin::Named};
use magnus::{Error, Exception, IntoValue, RArray, Ruby, Value};

use crate::{error::kafka_error, ruby_value::binary};

/// An answer, or a part of one.
pub trait ToRuby {
    /// Converts to plain Ruby values, from which a handle builds its report.
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error>;
}

impl<T: ToRuby> ToRuby for Vec<T> {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        Ok(array(ruby, self, |ruby, item| item.to_ruby(ruby))?.into_value_with(ruby))
    }
}

impl<T: ToRuby> ToRuby for Option<T> {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        self.as_ref().map_or_else(|| Ok(ruby.qnil().into_value_with(ruby)), |found| found.to_ruby(ruby))
    }
}

/// `[nil or error, answer or nil]`
impl<T: ToRuby> ToRuby for Result<T, KafkaError> {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        let (answer, error) = (self.as_ref().ok(), self.as_ref().err());
        let answer = answer.map(|answer| answer.to_ruby(ruby)).transpose()?;
        let error = error.map(|error| kafka_error(ruby, error)).transpose()?;
        Ok((error, answer).into_value_with(ruby))
    }
}

/// `[name, nil or error]`
impl ToRuby for Named {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        let name = binary(ruby, self.name.to_bytes());
        Ok((name, optional_error(ruby, &self.error)?).into_value_with(ruby))
    }
}

/// Converts items to an Array.
pub fn array<T, R: IntoValue>(
    ruby: &Ruby,
    items: &[T],
    convert: impl Fn(&Ruby, &T) -> Result<R, Error>,
) -> Result<RArray, Error> {
    let array = ruby.ary_new_capa(items.len());
    for item in items {
        array.push(convert(ruby, item)?)?;
    }
    Ok(array)
}

/// An `RdkafkaError` or nil.
pub fn optional_error(ruby: &Ruby, error: &Option<KafkaError>) -> Result<Option<Exception>, Error> {
    error.as_ref().map(|error| kafka_error(ruby, error)).transpose()
}

/// A Hash with Symbols as keys.
macro_rules! hash {
    ($ruby:expr, $($key:literal => $value:expr),+ $(,)?) => {{
        let hash = $ruby.hash_new();
        $(hash.aset($ruby.to_symbol($key), $value)?;)+
        hash.as_value()
    }};
}
pub(super) use hash;
