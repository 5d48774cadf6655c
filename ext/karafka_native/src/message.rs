//! `Rdkafka::Consumer::Message` from a native message.

use std::ffi::CStr;

use karafka_driver as driver;
use magnus::{
    Error, IntoValue, RArray, RClass, RHash, Ruby, Value,
    prelude::*,
    rb_sys::{AsRawId, AsRawValue, FromRawValue, protect},
    value::{Lazy, LazyId},
};

use crate::{
    error::{Closed, to_ruby},
    ruby_value::constant,
};

static CLASS: Lazy<RClass> =
    Lazy::new(|ruby| constant(ruby, "Rdkafka::Consumer::Message").expect("message class is loaded"));
/// What a message without headers returns.
static EMPTY_HEADERS: Lazy<RHash> =
    Lazy::new(|ruby| constant(ruby, "Rdkafka::Consumer::Headers::EMPTY_HEADERS").expect("headers are loaded"));

static AT_TOPIC: LazyId = LazyId::new("@topic");
static AT_PARTITION: LazyId = LazyId::new("@partition");
static AT_PAYLOAD: LazyId = LazyId::new("@payload");
static AT_KEY: LazyId = LazyId::new("@key");
static AT_OFFSET: LazyId = LazyId::new("@offset");
static AT_TIMESTAMP: LazyId = LazyId::new("@timestamp");
static AT_HEADERS: LazyId = LazyId::new("@headers");

/// Copies a message into Ruby objects.
pub fn new_message(ruby: &Ruby, message: &driver::Message) -> Result<Value, Error> {
    let headers = headers(ruby, message)?.as_raw();
    let class = ruby.get_inner(&CLASS).as_raw();
    let ids = [&AT_TOPIC, &AT_PARTITION, &AT_PAYLOAD, &AT_KEY, &AT_OFFSET, &AT_TIMESTAMP, &AT_HEADERS]
        .map(|id| LazyId::get_inner_with(id, ruby).as_raw());
    let nil = rb_sys::Qnil as rb_sys::VALUE;
    let built = protect(|| {
        // SAFETY: a live class and bytes that live as long as the message; nothing here has a destructor that a raise
        // could skip.
        unsafe {
            let object = rb_sys::rb_obj_alloc(class);
            let string = |bytes: Option<&[u8]>| bytes.map_or(nil, |bytes| new_string(bytes));
            let values = [
                string(message.topic().map(CStr::to_bytes)),
                rb_sys::rb_int2inum(message.partition() as isize),
                string(message.payload()),
                string(message.key()),
                rb_sys::rb_ll2inum(message.offset()),
                message.timestamp().map_or(nil, |ms| new_time(ms)),
                headers,
            ];
            for (id, value) in ids.into_iter().zip(values) {
                rb_sys::rb_ivar_set(object, id, value);
            }
            object
        }
    })?;
    // SAFETY: just made.
    Ok(unsafe { Value::from_raw(built) })
}

/// # Safety
/// To be called under `protect`.
unsafe fn new_string(bytes: &[u8]) -> rb_sys::VALUE {
    // SAFETY: Ruby copies the bytes.
    unsafe { rb_sys::rb_str_new(bytes.as_ptr().cast(), bytes.len() as _) }
}

/// # Safety
/// To be called under `protect`.
unsafe fn new_time(ms: i64) -> rb_sys::VALUE {
    // SAFETY: no pointers involved.
    unsafe { rb_sys::rb_time_nano_new(ms.div_euclid(1000) as _, (ms.rem_euclid(1000) * 1_000_000) as _) }
}

/// A frozen Hash; a repeated name becomes an Array of its values.
fn headers(ruby: &Ruby, message: &driver::Message) -> Result<RHash, Error> {
    let mut hash: Option<RHash> = None;
    message
        .each_header(|name, value| {
            let hash = *hash.get_or_insert_with(|| ruby.hash_new());
            add_header(ruby, hash, name, value).map_err(HeaderFailure::Ruby)
        })
        .map_err(|failure| match failure {
            HeaderFailure::Ruby(error) => error,
            HeaderFailure::Driver(error) => to_ruby(ruby, error, Closed::Inner),
        })?;
    Ok(match hash {
        Some(hash) => {
            hash.freeze();
            hash
        }
        None => ruby.get_inner(&EMPTY_HEADERS),
    })
}

fn add_header(ruby: &Ruby, hash: RHash, name: &CStr, value: &[u8]) -> Result<(), Error> {
    // One frozen String for each name that occurs.
    let name = ruby.str_from_slice(name.to_bytes()).to_interned_str();
    let value = ruby.str_from_slice(value).as_value();
    match hash.get(name) {
        None => hash.aset(name, value),
        Some(earlier) => match RArray::from_value(earlier) {
            Some(values) => values.push(value),
            None => hash.aset(name, ruby.ary_new_from_values(&[earlier, value]).into_value_with(ruby)),
        },
    }
}

enum HeaderFailure {
    Ruby(Error),
    Driver(driver::Error),
}

impl From<driver::Error> for HeaderFailure {
    fn from(error: driver::Error) -> Self {
        Self::Driver(error)
    }
}
