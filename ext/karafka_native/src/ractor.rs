//! The state of each Ractor, and what has to be ready before there are several Ractors.

use std::{num::NonZeroUsize, sync::OnceLock};

use magnus::{
    Error, RClass, RModule, Ruby, TypedData, Value, function,
    prelude::*,
    rb_sys::{AsRawValue, FromRawValue},
};
use rb_sys::rb_ractor_local_key_t;

use crate::{delivery, message, partition_list, runtime, share_message};

struct Key(rb_ractor_local_key_t);

// SAFETY: the key is a number that all Ractors may use, and is never freed.
unsafe impl Send for Key {}
// SAFETY: nothing changes the key.
unsafe impl Sync for Key {}

static KEY: OnceLock<Key> = OnceLock::new();

fn key() -> rb_ractor_local_key_t {
    // SAFETY: creates a key, without allocating Ruby objects.
    KEY.get_or_init(|| Key(unsafe { rb_sys::rb_ractor_local_storage_value_newkey() })).0
}

/// The state of this Ractor, or nil.
fn state(_ruby: &Ruby) -> Value {
    // SAFETY: the key is valid; the Ractor marks the value that it keeps.
    unsafe { Value::from_raw(rb_sys::rb_ractor_local_storage_value(key())) }
}

/// Keeps a state for this Ractor, unless another thread of it was faster. Returns the state that is kept.
fn keep_state(ruby: &Ruby, made: Value) -> Value {
    let known = state(ruby);
    if !known.is_nil() {
        return known;
    }
    // SAFETY: the key is valid, and the object is live.
    unsafe { rb_sys::rb_ractor_local_storage_value_set(key(), made.as_raw()) };
    made
}

/// Defines a class of wrapped data, whose objects only the extension creates. Resolves the class at once, which magnus would
/// do when the first object is created (see [`resolve`]).
pub fn define_class<T: TypedData>(ruby: &Ruby, native: RModule, name: &str) -> Result<RClass, Error> {
    native.define_class(name, ruby.class_object())?;
    Ok(T::class(ruby))
}

/// Resolves all constants and names that are resolved once, under a lock. If a Ractor waited for another one to do so, it
/// would keep the garbage collector waiting, and so the other one, forever.
fn resolve(ruby: &Ruby) {
    delivery::resolve(ruby);
    message::resolve(ruby);
    partition_list::resolve(ruby);
    runtime::fiber::resolve(ruby);
    share_message::resolve(ruby);
}

/// The calling Ruby thread, with or without the GVL; none if it is not a Ruby thread. (In Ractors, and with
/// `RUBY_MN_THREADS`, Ruby threads move from one native thread to another.)
fn thread() -> Option<NonZeroUsize> {
    // SAFETY: any thread may call it.
    if unsafe { rb_sys::ruby_native_thread_p() } == 0 {
        return None;
    }
    // SAFETY: the caller is a Ruby thread. Its object is only compared, and is not moved while the thread lives.
    NonZeroUsize::new(unsafe { rb_sys::rb_thread_current() } as usize)
}

/// Declares that all Ractors may call the functions of the extension.
///
/// That is true: what Ractors share is behind Rust's locks, under which no Ruby code runs and no object is allocated, and
/// objects of the extension's classes cannot be shared between Ractors.
pub fn allow() {
    // SAFETY: called while the extension is being loaded, as Ruby requires.
    unsafe { rb_sys::rb_ext_ractor_safe(true) };
    karafka_driver::identify_threads_by(thread);
}

/// Defines this file's functions on `KarafkaNative::Native`.
pub fn init(_ruby: &Ruby, native: RModule) -> Result<(), Error> {
    native.define_singleton_method("ractor_state", function!(state, 0))?;
    native.define_singleton_method("keep_ractor_state", function!(keep_state, 1))?;
    native.define_singleton_method("resolve_constants", function!(resolve, 0))
}
