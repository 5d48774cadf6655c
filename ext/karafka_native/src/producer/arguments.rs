//! What `produce` takes.

use std::ffi::CString;

use karafka_driver as driver;
use magnus::{Error, RArray, RHash, RString, Ruby, Symbol, TryConvert, Value, prelude::*, r_hash::ForEach};

use crate::{
    error::{Closed, to_ruby},
    ruby_value::{c_string, string, time},
};

/// Nil or a String; others raise what `bytesize` raises on them.
pub(super) fn byte_string(ruby: &Ruby, value: Value) -> Result<Option<RString>, Error> {
    if value.is_nil() {
        return Ok(None);
    }
    if let Some(string) = RString::from_value(value) {
        return Ok(Some(string));
    }
    if value.respond_to("to_str", false)? {
        return RString::try_convert(value).map(Some);
    }
    let _: Value = value.funcall("bytesize", ())?;
    Err(Error::new(ruby.exception_type_error(), "payload and key have to be Strings"))
}

/// A String without null bytes, or what can be one.
pub(super) fn topic_name(ruby: &Ruby, topic: Value) -> Result<RString, Error> {
    let string = string(ruby, topic, "topic")?;
    // SAFETY: only looked at.
    if unsafe { string.as_slice() }.contains(&0) {
        return Err(to_ruby(ruby, driver::Error::NulByte("topic"), Closed::Inner));
    }
    Ok(string)
}

/// Milliseconds since the epoch.
pub(super) fn timestamp(ruby: &Ruby, timestamp: Value) -> Result<Option<i64>, Error> {
    if timestamp.is_nil() {
        return Ok(None);
    }
    if timestamp.is_kind_of(ruby.class_integer()) {
        return i64::try_convert(timestamp).map(Some);
    }
    if let Some(timestamp) = time(ruby, timestamp)? {
        let (seconds, microseconds): (i64, i64) = (timestamp.funcall("to_i", ())?, timestamp.funcall("usec", ())?);
        return Ok(Some(seconds.saturating_mul(1000).saturating_add(microseconds / 1000)));
    }
    Err(Error::new(ruby.exception_type_error(), "Timestamp has to be nil, an Integer or a Time"))
}

/// Names and values of a Hash, or of anything else whose `each` yields pairs. An Array as value gives one header for each element.
pub(super) fn headers(ruby: &Ruby, headers: Value) -> Result<Vec<(CString, Vec<u8>)>, Error> {
    let mut native = Vec::new();
    if headers.is_nil() {
        return Ok(native);
    }
    if let Some(hash) = RHash::from_value(headers) {
        let mut failure = None;
        hash.foreach(|name: Value, value: Value| {
            Ok(match add_header(ruby, &mut native, name, value) {
                Ok(()) => ForEach::Continue,
                Err(error) => {
                    failure = Some(error);
                    ForEach::Stop
                }
            })
        })?;
        return failure.map_or(Ok(native), Err);
    }
    let pairs: RArray = headers.funcall::<_, _, Value>("enum_for", (ruby.to_symbol("each"),))?.funcall("to_a", ())?;
    for pair in pairs {
        let (name, value) = <(Value, Value)>::try_convert(pair)?;
        add_header(ruby, &mut native, name, value)?;
    }
    Ok(native)
}

fn add_header(ruby: &Ruby, native: &mut Vec<(CString, Vec<u8>)>, name: Value, value: Value) -> Result<(), Error> {
    let name = c_string(ruby, as_string(name)?.as_value(), "header name")?;
    match RArray::from_value(value) {
        Some(values) => {
            for value in values {
                native.push((name.clone(), bytes(value)?));
            }
        }
        None => native.push((name, bytes(value)?)),
    }
    Ok(())
}

fn bytes(value: Value) -> Result<Vec<u8>, Error> {
    let string = as_string(value)?;
    // SAFETY: copied before Ruby can run.
    Ok(unsafe { string.as_slice() }.to_vec())
}

fn as_string(value: Value) -> Result<RString, Error> {
    if let Some(string) = RString::from_value(value) {
        return Ok(string);
    }
    if let Some(symbol) = Symbol::from_value(value) {
        return symbol.funcall("name", ());
    }
    value.funcall("to_s", ())
}
