//! Reading the arguments of `produce`.

use std::ffi::CString;

use karafka_driver as driver;
use magnus::{Error, RArray, RString, Ruby, TryConvert, Value, prelude::*, r_hash::ForEach};

use crate::{
    error::{Closed, to_ruby},
    ruby_value::{array, c_string, hash, is_absent, no_method, string, text, time_in_ms},
};

/// Reads a topic's name, which must not contain null bytes.
pub(super) fn topic_name(ruby: &Ruby, topic: Value) -> Result<RString, Error> {
    let string = string(ruby, topic, "topic")?;
    // SAFETY: read before Ruby can run.
    if unsafe { string.as_slice() }.contains(&0) {
        return Err(to_ruby(ruby, driver::Error::NulByte("topic"), Closed::Inner));
    }
    Ok(string)
}

/// Reads a timestamp in milliseconds since the epoch.
pub(super) fn timestamp(ruby: &Ruby, timestamp: Value) -> Result<Option<i64>, Error> {
    if timestamp.is_nil() {
        return Ok(None);
    }
    if timestamp.is_kind_of(ruby.class_integer()) {
        return i64::try_convert(timestamp).map(Some);
    }
    let refused = || Error::new(ruby.exception_type_error(), "Timestamp has to be nil, an Integer or a Time");
    time_in_ms(ruby, timestamp)?.ok_or_else(refused).map(Some)
}

/// Reads names and values from a Hash, or anything else whose `each` yields pairs. (Not a Struct, whose `each` yields single
/// values.) A value that is an Array becomes one header for each element.
pub(super) fn headers(ruby: &Ruby, headers: Value) -> Result<Vec<(CString, Vec<u8>)>, Error> {
    let mut native = Vec::new();
    if is_absent(headers) {
        return Ok(native);
    }
    if let Some(hash) = hash(headers)? {
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
    if headers.is_kind_of(ruby.class_struct()) || !headers.respond_to("each", false)? {
        return Err(no_method(ruby, headers, "headers", "a Hash"));
    }
    let pairs: RArray = headers.funcall::<_, _, Value>("enum_for", (ruby.to_symbol("each"),))?.funcall("to_a", ())?;
    for pair in pairs {
        let (name, value) = <(Value, Value)>::try_convert(pair)?;
        add_header(ruby, &mut native, name, value)?;
    }
    Ok(native)
}

fn add_header(ruby: &Ruby, native: &mut Vec<(CString, Vec<u8>)>, name: Value, value: Value) -> Result<(), Error> {
    let name = c_string(ruby, text(name)?.as_value(), "header name")?;
    let values = if RString::from_value(value).is_some() { None } else { array(value)? };
    match values {
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
    let string = text(value)?;
    // SAFETY: the bytes are copied before Ruby can run.
    Ok(unsafe { string.as_slice() }.to_vec())
}
