//! What there is once in each Ractor, and what has to be ready before there are several.

use std::{num::NonZeroUsize, sync::OnceLock};

use magnus::{
    Error, RClass, RModule, Ruby, TypedData, Value, function,
    prelude::*,
    rb_sys::{AsRawValue, FromRawValue},
};
use rb_sys::rb_ractor_local_key_t;

use crate::{delivery, message, partition_list, runtime, share_message};

struct Key(rb_ractor_local_key_t);

// SAFETY: a name, which all Ractors may use and which is never freed.
unsafe impl Send for Key {}
// SAFETY: nothing can be changed through it.
unsafe impl Sync for Key {}

static KEY: OnceLock<Key> = OnceLock::new();

fn key() -> rb_ractor_local_key_t {
    // SAFETY: makes a name, without allocating Ruby objects.
    KEY.get_or_init(|| Key(unsafe { rb_sys::rb_ractor_local_storage_value_newkey() })).0
}

/// The state of this Ractor, or nil.
fn state(_ruby: &Ruby) -> Value {
    // SAFETY: a key of ours, and what was kept under it, which the Ractor marks.
    unsafe { Value::from_raw(rb_sys::rb_ractor_local_storage_value(key())) }
}

/// Keeps the state of this Ractor, unless another thread of it was faster; returns what is kept.
fn keep_state(ruby: &Ruby, made: Value) -> Value {
    let known = state(ruby);
    if !known.is_nil() {
        return known;
    }
    // SAFETY: a key of ours and a live object.
    unsafe { rb_sys::rb_ractor_local_storage_value_set(key(), made.as_raw()) };
    made
}

/// Defines a class of wrapped data, whose objects only the extension makes. It is found at once: magnus would do so when
/// the first object is made (see [`resolve`]).
pub fn define_class<T: TypedData>(ruby: &Ruby, native: RModule, name: &str) -> Result<RClass, Error> {
    native.define_class(name, ruby.class_object())?;
    Ok(T::class(ruby))
}

/// Finds all constants and names that are found once, under a lock. A Ractor that waited for another one to find one would
/// keep the garbage collector waiting, and with it the other, for ever.
fn resolve(ruby: &Ruby) {
    delivery::resolve(ruby);
    message::resolve(ruby);
    partition_list::resolve(ruby);
    runtime::fiber::resolve(ruby);
    share_message::resolve(ruby);
}

/// The thread of Ruby's that is calling, if it is one; with or without the GVL. (In Ractors, and with `RUBY_MN_THREADS`,
/// Ruby's threads move from one native thread to another.)
fn thread() -> Option<NonZeroUsize> {
    // SAFETY: may be called by any thread.
    if unsafe { rb_sys::ruby_native_thread_p() } == 0 {
        return None;
    }
    // SAFETY: a thread of Ruby's. Its object is only compared; it stays where it is as long as the thread lives.
    NonZeroUsize::new(unsafe { rb_sys::rb_thread_current() } as usize)
}

/// Declares that all Ractors may call the functions of the extension.
///
/// They may: what Ractors share is behind locks of Rust's, under which no Ruby code runs and no object is made, and objects
/// of the extension's classes cannot be shared between Ractors.
pub fn allow() {
    // SAFETY: called while the extension is loaded.
    unsafe { rb_sys::rb_ext_ractor_safe(true) };
    karafka_driver::identify_threads_by(thread);
}

/// Defines this file's functions on `KarafkaNative::Native`.
pub fn init(_ruby: &Ruby, native: RModule) -> Result<(), Error> {
    native.define_singleton_method("ractor_state", function!(state, 0))?;
    native.define_singleton_method("keep_ractor_state", function!(keep_state, 1))?;
    native.define_singleton_method("resolve_constants", function!(resolve, 0))
}
