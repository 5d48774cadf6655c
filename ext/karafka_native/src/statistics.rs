//! Turns a statistics document into the Hash that `JSON.parse` would give.

use magnus::{Error, IntoValue, RHash, RString, Ruby, Value, prelude::*};
use serde_json::Value as Json;

/// Hash with frozen UTF-8 keys, built afresh, so that callers may change it.
pub fn to_ruby(ruby: &Ruby, json: &Json) -> Result<Value, Error> {
    Ok(match json {
        Json::Null => ruby.qnil().as_value(),
        Json::Bool(value) => value.into_value_with(ruby),
        Json::String(text) => ruby.str_new(text).as_value(),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => number.into_value_with(ruby),
            (None, Some(number)) => number.into_value_with(ruby),
            (None, None) => number.as_f64().into_value_with(ruby),
        },
        Json::Array(items) => {
            let array = ruby.ary_new_capa(items.len());
            for item in items {
                array.push(to_ruby(ruby, item)?)?;
            }
            array.as_value()
        }
        Json::Object(members) => {
            let hash: RHash = ruby.hash_new_capa(members.len());
            for (name, value) in members {
                hash.aset(key(ruby, name), to_ruby(ruby, value)?)?;
            }
            hash.as_value()
        }
    })
}

/// The same few dozen names occur in each partition: one frozen String for each.
fn key(ruby: &Ruby, name: &str) -> RString {
    ruby.str_new(name).to_interned_str()
}
