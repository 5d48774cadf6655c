//! Conversions that several classes need. Arguments are converted as Ruby itself does: by `to_str`, `to_int`, `to_hash`,
//! `to_ary` and `to_time`, and never by `to_s`, `to_i` and `to_h`, which all kinds of values have.

use std::{
    ffi::{CStr, CString},
    time::Duration,
};

use karafka_driver::Timeout;
use magnus::{
    Error, ExceptionClass, Integer, RArray, RClass, RHash, RModule, RString, Ruby, Symbol, TryConvert, TypedData,
    Value, prelude::*, rb_sys::AsRawValue, value::Fixnum,
};

/// Copies a String, or what converts to one (`to_str`), for C. The error names the argument.
///
/// Like all conversions here that call such a method, it may run Ruby code, which may do anything.
pub fn c_string(ruby: &Ruby, value: Value, what: &str) -> Result<CString, Error> {
    let string = string(ruby, value, what)?;
    // SAFETY: the bytes are copied before Ruby can run.
    let bytes = unsafe { string.as_slice() }.to_vec();
    CString::new(bytes).map_err(|_| Error::new(ruby.exception_arg_error(), format!("{what} contains a null byte")))
}

/// A String, or what converts to one (`to_str`). The error names the argument.
pub fn string(ruby: &Ruby, value: Value, what: &str) -> Result<RString, Error> {
    if let Some(string) = RString::from_value(value) {
        return Ok(string);
    }
    if value.respond_to("to_str", false)? {
        return RString::try_convert(value);
    }
    Err(wrong_type(ruby, value, what, "a String"))
}

/// Whether an argument is nil, or false, as in `headers: tracing && { "trace" => id }`.
pub fn is_absent(value: Value) -> bool {
    !value.to_bool()
}

/// Like [`string`], but accepts nil, and raises `NoMethodError` for anything else, as the API does.
pub fn byte_string(ruby: &Ruby, value: Value, what: &str) -> Result<Option<RString>, Error> {
    if let Some(string) = RString::from_value(value) {
        return Ok(Some(string));
    }
    if value.is_nil() {
        return Ok(None);
    }
    if value.respond_to("to_str", false)? {
        return RString::try_convert(value).map(Some);
    }
    Err(no_method(ruby, value, what, "a String"))
}

/// The text of any value, as headers may have them: by `to_str`, else the name of a Symbol, else by `to_s`.
pub fn text(value: Value) -> Result<RString, Error> {
    if let Some(string) = RString::from_value(value) {
        return Ok(string);
    }
    if let Some(symbol) = Symbol::from_value(value) {
        return symbol.funcall("name", ());
    }
    if value.respond_to("to_str", false)? {
        return RString::try_convert(value);
    }
    value.funcall("to_s", ())
}

/// An Array, or what converts to one (`to_ary`); none for anything else.
pub fn array(value: Value) -> Result<Option<RArray>, Error> {
    if RArray::from_value(value).is_some() || value.respond_to("to_ary", false)? {
        return RArray::try_convert(value).map(Some);
    }
    Ok(None)
}

/// A Hash, or what converts to one (`to_hash`); none for anything else.
pub fn hash(value: Value) -> Result<Option<RHash>, Error> {
    if RHash::from_value(value).is_some() || value.respond_to("to_hash", false)? {
        return RHash::try_convert(value).map(Some);
    }
    Ok(None)
}

fn wrong_type(ruby: &Ruby, value: Value, what: &str, wanted: &str) -> Error {
    Error::new(ruby.exception_type_error(), refusal(value, what, wanted))
}

/// The error for a value that lacks the methods that an argument needs.
pub fn no_method(ruby: &Ruby, value: Value, what: &str, wanted: &str) -> Error {
    Error::new(ruby.exception_no_method_error(), refusal(value, what, wanted))
}

fn refusal(value: Value, what: &str, wanted: &str) -> String {
    // SAFETY: the name is copied at once.
    let class = unsafe { value.classname() }.into_owned();
    format!("{what} has to be {wanted}, not {class}")
}

/// A Time, or a value that claims to be a Time or converts to one, such as Rails' times. None for anything else, and for
/// Strings, to which Rails adds `to_time`.
fn time(ruby: &Ruby, value: Value) -> Result<Option<Value>, Error> {
    let class = ruby.class_time();
    if value.is_kind_of(class) || class.funcall("===", (value,))? {
        return Ok(Some(value));
    }
    if RString::from_value(value).is_some() || !value.respond_to("to_time", false)? {
        return Ok(None);
    }
    let time: Value = value.funcall("to_time", ())?;
    Ok(Some(time).filter(|time| time.is_kind_of(class)))
}

/// The milliseconds since the epoch of a Time, or of what [`time`] converts to one.
pub fn time_in_ms(ruby: &Ruby, value: Value) -> Result<Option<i64>, Error> {
    let Some(time) = time(ruby, value)? else { return Ok(None) };
    let (seconds, microseconds): (i64, i64) = (time.funcall("to_i", ())?, time.funcall("usec", ())?);
    Ok(Some(seconds.saturating_mul(1000).saturating_add(microseconds / 1000)))
}

/// The longest topic name. librdkafka crashes on longer ones in lists.
const TOPIC_LIMIT: usize = 512;

/// A topic's name.
pub fn topic_name(ruby: &Ruby, value: Value) -> Result<CString, Error> {
    let name = c_string(ruby, value, "topic")?;
    if name.as_bytes().len() > TOPIC_LIMIT {
        let text = format!("topic is longer than {TOPIC_LIMIT} bytes");
        return Err(Error::new(ruby.exception_arg_error(), text));
    }
    Ok(name)
}

/// Like [`c_string`], but accepts nil.
pub fn optional_c_string(ruby: &Ruby, value: Value, what: &str) -> Result<Option<CString>, Error> {
    if value.is_nil() { Ok(None) } else { c_string(ruby, value, what).map(Some) }
}

/// Copies Strings for C. Errors call each of them `what`.
pub fn c_strings(ruby: &Ruby, values: RArray, what: &str) -> Result<Vec<CString>, Error> {
    values.into_iter().map(|value| c_string(ruby, value, what)).collect()
}

/// An Integer, or what converts to one (`to_int`) and is not another kind of number. The error names the argument.
pub fn integer(ruby: &Ruby, value: Value, what: &str) -> Result<Integer, Error> {
    if let Some(integer) = Integer::from_value(value) {
        return Ok(integer);
    }
    if !value.is_kind_of(ruby.class_numeric()) && value.respond_to("to_int", false)? {
        return Integer::try_convert(value);
    }
    Err(wrong_type(ruby, value, what, "an Integer"))
}

/// A number for C: an Integer, a Float, which is truncated, or what converts to an Integer (`to_int`). The error names the
/// argument.
pub fn number<T: TryConvert>(ruby: &Ruby, value: Value, what: &str) -> Result<T, Error> {
    let known = Integer::from_value(value).is_some() || value.is_kind_of(ruby.class_numeric());
    if known || value.respond_to("to_int", false)? {
        return T::try_convert(value);
    }
    Err(wrong_type(ruby, value, what, "a number"))
}

/// Copies pairs of Strings for C, such as options or OAUTHBEARER extensions.
pub fn c_string_pairs(ruby: &Ruby, pairs: RArray, what: &str) -> Result<Vec<(CString, CString)>, Error> {
    pairs
        .into_iter()
        .map(|pair| {
            let (name, value) = <(Value, Value)>::try_convert(pair)?;
            Ok((c_string(ruby, name, what)?, c_string(ruby, value, what)?))
        })
        .collect()
}

/// A binary String, as all Strings from librdkafka are.
pub fn binary(ruby: &Ruby, bytes: &[u8]) -> RString {
    ruby.str_from_slice(bytes)
}

/// Like [`binary`], for a text that may be missing.
pub fn optional_binary(ruby: &Ruby, text: Option<&CStr>) -> Option<RString> {
    text.map(|text| binary(ruby, text.to_bytes()))
}

/// A time in milliseconds. A TypeError is raised for what is not a [`number`], a RangeError for too large a number.
pub fn timeout(ruby: &Ruby, value: Value) -> Result<Timeout, Error> {
    if let Some(ms) = Fixnum::from_value(value) {
        return ms.to_i32().map(Timeout);
    }
    number(ruby, value, "timeout_ms").map(Timeout)
}

/// A time in milliseconds, or nil for no limit.
pub fn optional_duration(ruby: &Ruby, value: Value) -> Result<Option<Duration>, Error> {
    if is_absent(value) {
        return Ok(None);
    }
    let ms: f64 = if value.is_kind_of(ruby.class_numeric()) {
        f64::try_convert(value)?
    } else {
        f64::try_convert(number::<Integer>(ruby, value, "timeout_ms")?.as_value())?
    };
    let unlike = if ms > 0.0 { Duration::MAX } else { Duration::ZERO };
    Ok(Some(Duration::try_from_secs_f64(ms / 1000.0).unwrap_or(unlike)))
}

/// What an object of ours wraps, or none if it is another object. For what is called for every message: as magnus finds it,
/// a guard against exceptions, of which there are none, takes ten times as long.
pub fn wrapped<T: TypedData>(value: &Value) -> Option<&T> {
    let (object, kind) = (value.as_raw(), std::ptr::from_ref(T::data_type()).cast());
    // SAFETY: a live object. One of that type wraps a `T`, or nothing if it was allocated by itself.
    unsafe {
        let ours = rb_sys::RB_TYPE_P(object, rb_sys::RUBY_T_DATA)
            && rb_sys::RTYPEDDATA_P(object)
            && std::ptr::eq(rb_sys::RTYPEDDATA_TYPE(object), kind);
        if ours { rb_sys::RTYPEDDATA_GET_DATA(object).cast::<T>().as_ref() } else { None }
    }
}

/// The same for the receiver of a method.
pub fn receiver<'a, T: TypedData>(ruby: &Ruby, this: &'a Value) -> Result<&'a T, Error> {
    wrapped(this).ok_or_else(|| wrong_type(ruby, *this, "the receiver", "an object of ours"))
}

/// Finds a constant by its full name.
pub fn constant<T: TryConvert>(ruby: &Ruby, name: &str) -> Result<T, Error> {
    let mut scope: Value = ruby.class_object().as_value();
    for part in name.split("::") {
        scope = match RModule::from_value(scope) {
            Some(module) => module.const_get(part)?,
            None => RClass::try_convert(scope)?.const_get(part)?,
        };
    }
    T::try_convert(scope)
}

/// Finds an exception class by its full name.
pub fn exception_class(ruby: &Ruby, name: &str) -> Result<ExceptionClass, Error> {
    constant(ruby, name)
}
