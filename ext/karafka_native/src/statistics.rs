//! Turns a statistics document into the Hash that `JSON.parse` would give.

use hashbrown::HashMap;
use karafka_driver::{Json, Members};
use magnus::{
    Error, IntoValue, RArray, RHash, RModule, RString, Ruby, Value, function,
    prelude::*,
    rb_sys::{AsRawValue, FromRawValue, protect},
};
use rb_sys::VALUE;

/// Members of an object that are kept on the stack, where the garbage collector sees them.
const SMALL: usize = 64;

/// Hash with frozen UTF-8 keys, built afresh, so that callers may change it.
pub fn to_ruby(ruby: &Ruby, json: &Json<'_>) -> Result<Value, Error> {
    Builder { ruby, names: HashMap::new(), kept: ruby.ary_new() }.build(json)
}

struct Builder<'a> {
    ruby: &'a Ruby,
    /// The same few dozen names occur in each partition: one frozen String for each.
    names: HashMap<&'a str, VALUE>,
    /// Keeps the names from being collected.
    kept: RArray,
}

impl<'a> Builder<'a> {
    fn build(&mut self, json: &'a Json<'_>) -> Result<Value, Error> {
        let ruby = self.ruby;
        Ok(match json {
            Json::Null => ruby.qnil().as_value(),
            Json::Bool(value) => value.into_value_with(ruby),
            Json::Integer(number) => number.into_value_with(ruby),
            Json::Unsigned(number) => number.into_value_with(ruby),
            Json::Float(number) => number.into_value_with(ruby),
            Json::Text(text) => ruby.str_new(text).as_value(),
            Json::Array(items) => {
                let array = ruby.ary_new_capa(items.len());
                for item in items {
                    array.push(self.build(item)?)?;
                }
                array.as_value()
            }
            Json::Object(members) => self.object(members)?.as_value(),
        })
    }

    fn object(&mut self, members: &'a Members<'_>) -> Result<RHash, Error> {
        let hash = self.ruby.hash_new_capa(members.len());
        for few in members.chunks(SMALL) {
            let mut pairs = [rb_sys::Qnil as VALUE; 2 * SMALL];
            let mut twin: Option<(RHash, &Members<'_>)> = None;
            for (pair, (name, value)) in pairs.chunks_exact_mut(2).zip(few) {
                pair[0] = self.name(name)?;
                pair[1] = match value {
                    Json::Object(own) => {
                        let made = match twin {
                            Some((hash, others)) if alike(own, others) => self.changed_copy(hash, others, own)?,
                            _ => self.object(own)?,
                        };
                        twin = Some((made, own));
                        made.as_raw()
                    }
                    other => self.build(other)?.as_raw(),
                };
            }
            insert(hash, &pairs[..2 * few.len()])?;
        }
        Ok(hash)
    }

    /// Partitions hardly differ: a copy with some values replaced is made faster than a Hash from nothing.
    fn changed_copy(&mut self, hash: RHash, others: &'a Members<'_>, own: &'a Members<'_>) -> Result<RHash, Error> {
        let copy: RHash = hash.funcall("dup", ())?;
        for ((name, value), (_, other)) in own.iter().zip(others) {
            if value != other || !matches!(value, Json::Integer(_) | Json::Bool(_) | Json::Null) {
                let value = self.build(value)?;
                // SAFETY: the name is kept alive by `kept`.
                copy.aset(unsafe { Value::from_raw(self.name(name)?) }, value)?;
            }
        }
        Ok(copy)
    }

    fn name(&mut self, name: &'a str) -> Result<VALUE, Error> {
        if let Some(known) = self.names.get(name) {
            return Ok(*known);
        }
        let made = self.ruby.str_new(name).to_interned_str();
        self.kept.push(made)?;
        self.names.insert(name, made.as_raw());
        Ok(made.as_raw())
    }
}

/// Whether two objects have the same names in the same order.
fn alike(one: &Members<'_>, other: &Members<'_>) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|((name, _), (other, _))| name == other)
}

/// Inserts names and values that follow each other.
fn insert(hash: RHash, pairs: &[VALUE]) -> Result<(), Error> {
    protect(|| {
        // SAFETY: a live Hash and live values on the caller's stack.
        unsafe { rb_sys::rb_hash_bulk_insert(pairs.len() as _, pairs.as_ptr(), hash.as_raw()) };
        rb_sys::Qnil as VALUE
    })
    .map(drop)
}

/// Reads a document from outside, for tests: what librdkafka has written reaches the application only in this form.
fn parse(ruby: &Ruby, document: RString) -> Result<Value, Error> {
    // SAFETY: copied before Ruby can run.
    let document = unsafe { document.as_slice() }.to_vec();
    let json = Json::parse(&document).map_err(|error| Error::new(ruby.exception_arg_error(), error.to_string()))?;
    to_ruby(ruby, &json)
}

/// Defines what this file has for Ruby.
pub fn init(_ruby: &Ruby, native: RModule) -> Result<(), Error> {
    native.define_singleton_method("parse_statistics", function!(parse, 1))
}
