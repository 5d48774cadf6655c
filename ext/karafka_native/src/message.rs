//! Converts native messages to `Rdkafka::Consumer::Message`.

use std::ffi::CStr;

use karafka_driver::{Message, MessageError};
use magnus::{
    Error, Exception, RArray, RClass, RHash, RString, Ruby, TryConvert, Value,
    prelude::*,
    rb_sys::{AsRawValue, FromRawValue, protect},
    value::{Lazy, LazyId},
};
use rb_sys::VALUE;

use crate::{mold::Mold, ruby_value::constant};

static CLASS: Lazy<RClass> =
    Lazy::new(|ruby| constant(ruby, "Rdkafka::Consumer::Message").expect("message class is loaded"));
/// The headers of a message that has none.
pub(crate) static EMPTY_HEADERS: Lazy<RHash> =
    Lazy::new(|ruby| constant(ruby, "Rdkafka::Consumer::Headers::EMPTY_HEADERS").expect("headers are loaded"));

/// The topic of the last message. Most messages have the same topic as the one before, and a comparison is faster than
/// looking up the interned String.
static LAST_TOPIC: Lazy<RArray> = Lazy::new(|ruby| ruby.ary_new_capa(1));

static MOLD: Mold<FIELD_COUNT> = Mold::new([
    LazyId::new("@topic"),
    LazyId::new("@partition"),
    LazyId::new("@payload"),
    LazyId::new("@key"),
    LazyId::new("@offset"),
    LazyId::new("@timestamp"),
    LazyId::new("@headers"),
]);

/// Resolves the constants and names of this file (see `ractor.rs`).
pub fn resolve(ruby: &Ruby) {
    Lazy::force(&CLASS, ruby);
    Lazy::force(&EMPTY_HEADERS, ruby);
    // Ractors then only replace the entry, and never see the length change.
    let _ = ruby.get_inner(&LAST_TOPIC).push(ruby.qnil());
    MOLD.resolve(ruby);
}

/// The instance variables of every message.
pub(crate) type Fields = [VALUE; FIELD_COUNT];
pub(crate) const FIELD_COUNT: usize = 7;

/// Copies a message to Ruby objects. The inner error is an error in the message's place, or that headers cannot be read.
pub fn new_message(ruby: &Ruby, message: &Message) -> Result<Result<Value, MessageError>, Error> {
    let headers = if message.is_plain() {
        ruby.get_inner(&EMPTY_HEADERS)
    } else {
        match headers(ruby, message)? {
            Ok(headers) => headers,
            Err(failure) => return Ok(Err(failure)),
        }
    };
    let class = ruby.get_inner(&CLASS).as_raw();
    // SAFETY: the class is live and the values are on the stack. If Ruby raises, no destructor is skipped.
    let made = protect(|| unsafe { MOLD.make(ruby, class, &read(message, topic(ruby, message), headers.as_raw())) })?;
    // SAFETY: just made.
    Ok(Ok(unsafe { Value::from_raw(made) }))
}

/// Messages that have been copied to Ruby objects.
pub struct Batch {
    messages: RArray,
    /// Errors in place of messages, with their indices.
    failures: Vec<(usize, MessageError)>,
}

impl Batch {
    /// Copies messages. Runs no Ruby code.
    pub fn read<'m>(ruby: &Ruby, messages: &'m [Message]) -> Result<Self, Error> {
        let array = ruby.ary_new_capa(messages.len());
        let mut failures = Vec::new();
        let (class, no_headers) = (ruby.get_inner(&CLASS).as_raw(), ruby.get_inner(&EMPTY_HEADERS).as_raw());
        let (mut last, mut last_topic) = (None, rb_sys::Qnil as VALUE);
        let mut push = |message: &'m Message, headers| {
            // SAFETY: called under `protect`, and nothing here has a destructor that a raise could skip. The values are on
            // the stack.
            unsafe {
                if !last.is_some_and(|last| message.is_of_topic_of(last)) {
                    (last, last_topic) = (Some(message), topic(ruby, message));
                }
                let fields = read(message, last_topic, headers);
                rb_sys::rb_ary_push(array.as_raw(), MOLD.make(ruby, class, &fields));
            }
        };
        let mut done = 0;
        while done < messages.len() {
            let plain = messages[done..].iter().take_while(|message| message.is_plain()).count();
            protect(|| {
                messages[done..done + plain].iter().for_each(|message| push(message, no_headers));
                rb_sys::Qnil as VALUE
            })?;
            done += plain;
            if let Some(special) = messages.get(done) {
                match headers(ruby, special)? {
                    Ok(headers) => {
                        protect(|| {
                            push(special, headers.as_raw());
                            rb_sys::Qnil as VALUE
                        })?;
                    }
                    Err(failure) => failures.push((done, failure)),
                }
                done += 1;
            }
        }
        Ok(Self { messages: array, failures })
    }

    /// An Array of the messages. `error` creates the exception in place of one.
    pub fn build(self, mut error: impl FnMut(MessageError) -> Result<Exception, Error>) -> Result<RArray, Error> {
        for (index, failure) in self.failures {
            let exception = error(failure)?;
            self.messages.funcall::<_, _, Value>("insert", (index, exception))?;
        }
        Ok(self.messages)
    }
}

/// The topic of a message.
///
/// # Safety
/// Only under `protect`.
pub(crate) unsafe fn topic(ruby: &Ruby, message: &Message) -> VALUE {
    // SAFETY: called under `protect`.
    message.topic().map_or(rb_sys::Qnil as VALUE, |name| unsafe { shared_topic(ruby, name) })
}

/// The interned String with a topic's name.
///
/// # Safety
/// Only under `protect`.
pub unsafe fn shared_topic(ruby: &Ruby, name: &CStr) -> VALUE {
    let last = ruby.get_inner(&LAST_TOPIC);
    // SAFETY: the Array is live and has one entry; Ruby copies the name.
    unsafe {
        let known = rb_sys::rb_ary_entry(last.as_raw(), 0);
        if RString::from_value(Value::from_raw(known)).is_some_and(|known| known.as_slice() == name.to_bytes()) {
            return known;
        }
        let encoding = rb_sys::rb_ascii8bit_encoding();
        let topic = rb_sys::rb_enc_interned_str(name.as_ptr(), name.count_bytes() as _, encoding);
        rb_sys::rb_ary_store(last.as_raw(), 0, topic);
        topic
    }
}

/// The instance variables of a message with this topic and these headers.
///
/// # Safety
/// Only under `protect`.
pub(crate) unsafe fn read(message: &Message, topic: VALUE, headers: VALUE) -> Fields {
    // SAFETY: the caller is under `protect`; the bytes are parts of the message.
    unsafe {
        [
            topic,
            rb_sys::rb_int2inum(message.partition() as isize),
            string(message.payload()),
            string(message.key()),
            rb_sys::rb_ll2inum(message.offset()),
            message.timestamp().map_or(rb_sys::Qnil as VALUE, |ms| rb_sys::rb_ll2inum(ms)),
            headers,
        ]
    }
}

/// # Safety
/// Only under `protect`.
unsafe fn string(bytes: Option<&[u8]>) -> VALUE {
    // SAFETY: Ruby copies the bytes.
    bytes.map_or(rb_sys::Qnil as VALUE, |bytes| unsafe { rb_sys::rb_str_new(bytes.as_ptr().cast(), bytes.len() as _) })
}

/// A frozen Hash, in which a repeated name has an Array of its values; or the error in the message's place.
pub(crate) fn headers(ruby: &Ruby, message: &Message) -> Result<Result<RHash, MessageError>, Error> {
    if let Some(error) = message.error() {
        return Ok(Err(error));
    }
    let mut hash = None;
    let mut read = Ok(());
    protect(|| {
        read = message.each_header(|name, value| {
            // SAFETY: called under `protect`; a raise skips no destructor here or in `each_header`.
            unsafe { add_header(*hash.get_or_insert_with(|| rb_sys::rb_hash_new()), name, value) };
        });
        rb_sys::Qnil as VALUE
    })?;
    if let Err(failure) = read {
        return Ok(Err(failure));
    }
    let Some(hash) = hash else { return Ok(Ok(ruby.get_inner(&EMPTY_HEADERS))) };
    // SAFETY: just made.
    let hash = RHash::try_convert(unsafe { Value::from_raw(hash) })?;
    hash.freeze();
    Ok(Ok(hash))
}

/// # Safety
/// Only under `protect`, with a live Hash.
unsafe fn add_header(hash: VALUE, name: &CStr, value: &[u8]) {
    // SAFETY: Ruby copies name and value; the values are on the stack.
    unsafe {
        // Names are interned, since messages mostly have the same ones.
        let (name, encoding) = (name.to_bytes(), rb_sys::rb_ascii8bit_encoding());
        let name = rb_sys::rb_enc_interned_str(name.as_ptr().cast(), name.len() as _, encoding);
        let value = string(Some(value));
        let none = rb_sys::Qundef as VALUE;
        let earlier = rb_sys::rb_hash_lookup2(hash, name, none);
        if earlier == none {
            rb_sys::rb_hash_aset(hash, name, value);
        } else if rb_sys::RB_TYPE_P(earlier, rb_sys::RUBY_T_ARRAY) {
            rb_sys::rb_ary_push(earlier, value);
        } else {
            rb_sys::rb_hash_aset(hash, name, rb_sys::rb_ary_new_from_values(2, [earlier, value].as_ptr()));
        }
    }
}
