//! Going on although Ruby code has ended by an exception, `throw`, `break` or `Thread#kill`.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    vec::IntoIter,
};

use magnus::{
    Error, Ruby,
    rb_sys::{protect, resume_error},
};
use rb_sys::VALUE;

/// Handles all items in order, even after an error. Returns the first exception, or the first jump (`throw`, `break` or
/// `Thread#kill`), which is not made up for by an exception.
pub fn handle_all<T>(items: Vec<T>, mut handle: impl FnMut(T) -> Result<(), Error>) -> Result<(), Error> {
    handle_rest(&mut items.into_iter(), &mut handle)
}

fn handle_rest<T, F>(items: &mut IntoIter<T>, handle: &mut F) -> Result<(), Error>
where
    F: FnMut(T) -> Result<(), Error>,
{
    let mut first = Ok(());
    while let Some(item) = items.next() {
        match handle(item) {
            Err(jump) if jump.value().is_none() => return Err(jump_after(jump, || drop(handle_rest(items, handle)))),
            handled => first = first.and(handled),
        }
    }
    first
}

/// Raises what interrupts the thread, or runs trap handlers, but only after `handle` has run, whose Ruby code would otherwise
/// be ended by an interrupt that is not meant for it. Nothing may be held here that a trap handler could wait for.
pub fn after_interrupts(ruby: &Ruby, handle: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
    if !is_interrupted() {
        return handle();
    }
    match ruby.thread_check_ints() {
        Err(jump) if jump.value().is_none() => Err(jump_after(jump, || drop(handle()))),
        checked => checked.and(handle()),
    }
}

/// Whether there is something to raise, or a trap handler to run. (Even if there is nothing, `thread_check_ints` would take
/// some percent of the time of a delivery callback.)
fn is_interrupted() -> bool {
    // SAFETY: the calling thread is a live Ruby thread, which holds the GVL.
    unsafe { rb_sys::rb_thread_interrupted(rb_sys::rb_thread_current()) != 0 }
}

/// Runs Ruby code before a jump goes on. Ruby keeps the destination in a variable that other Ruby code overwrites, so that
/// the jump would crash; `rb_ensure` restores it.
fn jump_after<F: FnOnce()>(jump: Error, rest: F) -> Error {
    let (mut jump, mut rest) = (Some(jump), Some(rest));
    let jumped = protect(|| {
        // SAFETY: both functions get the type that they expect, which outlives the call. Neither owns anything that a jump
        // would skip.
        unsafe {
            let (jump, rest) = ((&raw mut jump) as VALUE, (&raw mut rest) as VALUE);
            rb_sys::rb_ensure(Some(resume), jump, Some(run::<F>), rest)
        }
    });
    jumped.expect_err("a jump goes on")
}

unsafe extern "C" fn resume(jump: VALUE) -> VALUE {
    // SAFETY: `jump_after` passes it, no Ruby code has run since the jump began, and there is nothing here to be dropped.
    unsafe {
        match (*(jump as *mut Option<Error>)).take() {
            Some(jump) => resume_error(jump),
            None => rb_sys::Qnil as VALUE,
        }
    }
}

unsafe extern "C" fn run<F: FnOnce()>(rest: VALUE) -> VALUE {
    // SAFETY: `jump_after` passes it.
    if let Some(rest) = unsafe { (*(rest as *mut Option<F>)).take() } {
        // A panic must not unwind through C frames.
        let _ = catch_unwind(AssertUnwindSafe(rest));
    }
    rb_sys::Qnil as VALUE
}
