//! Turns a statistics document into the Hash that `JSON.parse` would give.

use std::rc::Rc;

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
pub fn to_ruby<'a>(ruby: &'a Ruby, json: &'a Json<'a>) -> Result<Value, Error> {
    Builder { ruby, names: HashMap::new(), kept: ruby.ary_new(), models: HashMap::new() }.build(json)
}

struct Builder<'a> {
    ruby: &'a Ruby,
    /// The same few dozen names occur in each partition: where the one frozen String for each is kept.
    names: HashMap<&'a str, usize>,
    /// Keeps names and models from being collected. They are taken from here, since the garbage collector may move them.
    kept: RArray,
    /// Where objects that have twins are kept.
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
                    // Named by what it is about, which hardly occurs twice.
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

    /// A copy with some values replaced is made faster than a Hash from nothing.
    fn twin(&mut self, members: &'a Rc<Members<'a>>, changes: &'a [(usize, Json<'a>)]) -> Result<RHash, Error> {
        let model = match self.models.get(&Rc::as_ptr(members)) {
            Some(place) => RHash::try_convert(self.kept(*place))?,
            None => self.object(members)?,
        };
        let copy = copy(model)?;
        // Strings can be changed: each Hash has its own.
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
        // SAFETY: a live Array, which is read before anything can change it.
        unsafe { self.kept.as_slice()[place] }
    }
}

/// The one frozen String of that text.
fn interned(text: &str) -> Result<RString, Error> {
    // SAFETY: Ruby copies the text, unless it knows it.
    let string = protect(|| unsafe {
        rb_sys::rb_enc_interned_str(text.as_ptr().cast(), text.len() as _, rb_sys::rb_utf8_encoding())
    })?;
    // SAFETY: a String.
    RString::try_convert(unsafe { Value::from_raw(string) })
}

/// A Hash with the same members.
fn copy(hash: RHash) -> Result<RHash, Error> {
    // SAFETY: a live Hash.
    let copy = protect(|| unsafe { rb_sys::rb_hash_dup(hash.as_raw()) })?;
    // SAFETY: just made.
    RHash::try_convert(unsafe { Value::from_raw(copy) })
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

/// Defines this file's functions on `KarafkaNative::Native`.
pub fn init(_ruby: &Ruby, native: RModule) -> Result<(), Error> {
    native.define_singleton_method("parse_statistics", function!(parse, 1))
}
