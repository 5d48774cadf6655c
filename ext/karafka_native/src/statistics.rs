//! Converts a statistics document to the Hash that `JSON.parse` would return.

use std::rc::Rc;

use hashbrown::HashMap;
use karafka_driver::{Json, Members};
use magnus::{
    Error, IntoValue, RArray, RHash, RModule, RString, Ruby, Value, function,
    prelude::*,
    rb_sys::{AsRawValue, FromRawValue, protect},
};
use rb_sys::VALUE;

/// How many members are kept on the stack, where the garbage collector sees them, before they are inserted.
const SMALL: usize = 64;

/// A new Hash with frozen UTF-8 keys, which the caller may change.
pub fn to_ruby<'a>(ruby: &'a Ruby, json: &'a Json<'a>) -> Result<Value, Error> {
    Builder { ruby, names: HashMap::new(), kept: ruby.ary_new(), models: HashMap::new() }.build(json)
}

struct Builder<'a> {
    ruby: &'a Ruby,
    /// The index in `kept` of the frozen String for each name. The same few dozen names occur in each partition.
    names: HashMap<&'a str, usize>,
    /// Keeps names and models from being collected. They are read from here, since the garbage collector may move them.
    kept: RArray,
    /// The index in `kept` of each Hash whose object has twins.
    models: HashMap<*const Members<'a>, usize>,
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
            Json::Twin(members, changes) => self.twin(members, changes)?.as_value(),
        })
    }

    fn object(&mut self, members: &'a Rc<Members<'a>>) -> Result<RHash, Error> {
        let hash = self.ruby.hash_new_capa(members.len());
        for few in members.chunks(SMALL) {
            let mut pairs = [rb_sys::Qnil as VALUE; 2 * SMALL];
            for (pair, (name, value)) in pairs.chunks_exact_mut(2).zip(few) {
                pair[0] = match value {
                    // The name of a topic, a partition or a broker, which hardly occurs twice.
                    Json::Object(_) | Json::Twin(..) => interned(name)?.as_raw(),
                    _ => self.name(name)?,
                };
                pair[1] = self.build(value)?.as_raw();
            }
            insert(hash, &pairs[..2 * few.len()])?;
        }
        if Rc::strong_count(members) > 1 {
            let place = self.keep(hash)?;
            self.models.insert(Rc::as_ptr(members), place);
        }
        Ok(hash)
    }

    /// Copies the model's Hash and replaces some values, which is faster than building a Hash.
    fn twin(&mut self, members: &'a Rc<Members<'a>>, changes: &'a [(usize, Json<'a>)]) -> Result<RHash, Error> {
        let model = match self.models.get(&Rc::as_ptr(members)) {
            Some(place) => RHash::try_convert(self.kept(*place))?,
            None => self.object(members)?,
        };
        let copy = copy(model)?;
        // The caller may change Strings, so each Hash gets its own.
        let texts = members.iter().enumerate().filter(|(place, (_, value))| {
            matches!(value, Json::Text(_)) && changes.iter().all(|(changed, _)| changed != place)
        });
        let changes = changes.iter().map(|(place, value)| (*place, value));
        let mut replaced = changes.chain(texts.map(|(place, (_, value))| (place, value)));
        loop {
            let mut pairs = [rb_sys::Qnil as VALUE; 2 * SMALL];
            let mut count = 0;
            for (pair, (place, value)) in pairs.chunks_exact_mut(2).zip(&mut replaced) {
                pair[0] = self.name(&members[place].0)?;
                pair[1] = self.build(value)?.as_raw();
                count += 1;
            }
            insert(copy, &pairs[..2 * count])?;
            if count < SMALL {
                return Ok(copy);
            }
        }
    }

    fn name(&mut self, name: &'a str) -> Result<VALUE, Error> {
        if let Some(place) = self.names.get(name) {
            return Ok(self.kept(*place).as_raw());
        }
        let made = interned(name)?;
        let place = self.keep(made)?;
        self.names.insert(name, place);
        Ok(made.as_raw())
    }

    fn keep(&self, value: impl IntoValue) -> Result<usize, Error> {
        self.kept.push(value)?;
        Ok(self.kept.len() - 1)
    }

    fn kept(&self, place: usize) -> Value {
        // SAFETY: the Array is live, and is read before anything can change it.
        unsafe { self.kept.as_slice()[place] }
    }
}

/// The interned String with that text.
fn interned(text: &str) -> Result<RString, Error> {
    // SAFETY: the text has the length given, and Ruby copies it.
    let string = protect(|| unsafe {
        rb_sys::rb_enc_interned_str(text.as_ptr().cast(), text.len() as _, rb_sys::rb_utf8_encoding())
    })?;
    // SAFETY: the block returns a String.
    RString::try_convert(unsafe { Value::from_raw(string) })
}

/// A Hash with the same members.
fn copy(hash: RHash) -> Result<RHash, Error> {
    // SAFETY: the Hash is live.
    let copy = protect(|| unsafe { rb_sys::rb_hash_dup(hash.as_raw()) })?;
    // SAFETY: the block returns the new Hash.
    RHash::try_convert(unsafe { Value::from_raw(copy) })
}

/// Inserts alternating names and values.
fn insert(hash: RHash, pairs: &[VALUE]) -> Result<(), Error> {
    protect(|| {
        // SAFETY: the Hash is live, and the values are on the caller's stack.
        unsafe { rb_sys::rb_hash_bulk_insert(pairs.len() as _, pairs.as_ptr(), hash.as_raw()) };
        rb_sys::Qnil as VALUE
    })
    .map(drop)
}

/// Converts a document, for tests, which cannot choose what librdkafka writes.
fn parse(ruby: &Ruby, document: RString) -> Result<Value, Error> {
    // SAFETY: the bytes are copied before Ruby can run.
    let document = unsafe { document.as_slice() }.to_vec();
    let json = Json::parse(&document).map_err(|error| Error::new(ruby.exception_arg_error(), error.to_string()))?;
    to_ruby(ruby, &json)
}

/// Defines this file's functions on `KarafkaNative::Native`.
pub fn init(_ruby: &Ruby, native: RModule) -> Result<(), Error> {
    native.define_singleton_method("parse_statistics", function!(parse, 1))
}
