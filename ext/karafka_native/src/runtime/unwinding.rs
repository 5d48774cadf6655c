//! Going on although Ruby code has ended by an exception, `throw`, `break` or `Thread#kill`.

use std::{
    iter::successors,
    panic::{AssertUnwindSafe, catch_unwind},
    vec::IntoIter,
};

use magnus::{
    Error, Exception, Ruby, Value,
    error::ErrorType,
    kwargs,
    prelude::*,
    rb_sys::{AsRawValue, protect, resume_error},
};
use rb_sys::VALUE;

/// How many causes of an exception are looked at: a class may define `cause` itself, and go round in a circle.
const LONGEST_CHAIN: usize = 100;

/// Handles all items in order, even after an error. Returns the first jump (`throw`, `break` or `Thread#kill`), or else the
/// last exception, as if later items were handled in an `ensure` clause: the one before it is its cause.
pub fn handle_all<T>(ruby: &Ruby, items: Vec<T>, mut handle: impl FnMut(T) -> Result<(), Error>) -> Result<(), Error> {
    handle_rest(ruby, &mut items.into_iter(), &mut handle)
}

fn handle_rest<T, F>(ruby: &Ruby, items: &mut IntoIter<T>, handle: &mut F) -> Result<(), Error>
where
    F: FnMut(T) -> Result<(), Error>,
{
    let mut result = Ok(());
    while let Some(item) = items.next() {
        match handle(item) {
            Err(jump) if jump.value().is_none() => {
                return Err(jump_after(jump, || drop(handle_rest(ruby, items, handle))));
            }
            handled => result = in_turn(ruby, result, handled),
        }
    }
    result
}

/// Raises what interrupts the thread, or runs trap handlers, but only after `handle` has run, whose Ruby code would otherwise
/// be ended by an interrupt that is not meant for it. Nothing may be held here that a trap handler could wait for.
pub fn after_interrupts(ruby: &Ruby, handle: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
    if !is_interrupted() {
        return handle();
    }
    match ruby.thread_check_ints() {
        Err(jump) if jump.value().is_none() => Err(jump_after(jump, || drop(handle()))),
        checked => in_turn(ruby, checked, handle()),
    }
}

/// Two results as one. An exception that follows another one gets it as its cause.
fn in_turn(ruby: &Ruby, earlier: Result<(), Error>, later: Result<(), Error>) -> Result<(), Error> {
    match (earlier, later) {
        (Err(earlier), Err(later)) => Err(caused_by(ruby, later, &earlier)),
        (earlier, later) => earlier.and(later),
    }
}

fn caused_by(ruby: &Ruby, later: Error, earlier: &Error) -> Error {
    let (Some(exception), Some(cause)) = (exception_of(&later), exception_of(earlier)) else { return later };
    let causes = successors(Some(exception), |one| one.funcall::<_, _, Option<Exception>>("cause", ()).ok().flatten());
    let mut first = exception;
    for one in causes.take(LONGEST_CHAIN) {
        if one.as_raw() == cause.as_raw() {
            return exception.into();
        }
        first = one;
    }
    // Ruby's only way to set a cause. It raises the exception, or refuses (a frozen exception, or a circle).
    let _ = ruby.module_kernel().funcall::<_, _, Value>("raise", (first, kwargs!(ruby, "cause" => cause)));
    exception.into()
}

/// The exception of an error; none of a jump.
fn exception_of(error: &Error) -> Option<Exception> {
    match error.error_type() {
        ErrorType::Jump(_) => None,
        ErrorType::Error(class, message) => class.new_instance((&**message,)).ok(),
        ErrorType::Exception(exception) => Some(*exception),
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
