//! The only place that gives up the GVL and takes it back.
//!
//! Ruby must never unwind through Rust frames, so the form of the call is used that reports a pending interrupt instead
//! of raising it. Whoever calls [`without_gvl`] secures its result first and then asks for interrupts.

use std::{
    any::Any,
    ffi::{c_int, c_void},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use magnus::{Error, Ruby};

struct Call<'a, F, R> {
    work: Option<F>,
    result: Option<Result<R, Box<dyn Any + Send>>>,
    wake: &'a (dyn Fn() + Sync),
}

/// Runs `work` while other Ruby threads run. `wake` is called from another thread when this one is interrupted; it has
/// to make `work` return soon. None when an interrupt was pending before: then `work` was not run.
///
/// `work` is `Send`, so that no Ruby value can get into it.
pub fn without_gvl<F, R>(work: F, wake: impl Fn() + Sync) -> Option<R>
where
    F: FnOnce() -> R + Send,
    R: Send,
{
    let mut call = Call { work: Some(work), result: None, wake: &wake };
    let data: *mut Call<'_, F, R> = &mut call;
    // SAFETY: `call` outlives the call, which does not raise (INTR_FAIL); the functions keep to C's types.
    unsafe {
        rb_sys::rb_nogvl(
            Some(run::<F, R>),
            data.cast(),
            Some(unblock::<F, R>),
            data.cast(),
            rb_sys::RB_NOGVL_INTR_FAIL as c_int,
        );
    }
    call.result.map(|result| result.unwrap_or_else(|panic| resume_unwind(panic)))
}

/// Runs `work` without the GVL, raising what is pending before; what comes up meanwhile is raised by Ruby afterwards.
/// For calls whose result may be lost.
pub fn blocking<R: Send>(ruby: &Ruby, mut work: impl FnMut() -> R + Send, wake: impl Fn() + Sync) -> Result<R, Error> {
    loop {
        if let Some(result) = without_gvl(&mut work, &wake) {
            return Ok(result);
        }
        ruby.thread_check_ints()?;
    }
}

extern "C" fn run<F: FnOnce() -> R, R>(data: *mut c_void) -> *mut c_void {
    // SAFETY: the pointer that `without_gvl` passed; `unblock` only reads `wake`.
    let (work, result) = unsafe {
        let call = data.cast::<Call<'_, F, R>>();
        (&mut (*call).work, &mut (*call).result)
    };
    if let Some(work) = work.take() {
        // A panic must not cross C's frames.
        *result = Some(catch_unwind(AssertUnwindSafe(work)));
    }
    std::ptr::null_mut()
}

extern "C" fn unblock<F, R>(data: *mut c_void) {
    // SAFETY: as in `run`.
    let wake = unsafe { (*data.cast::<Call<'_, F, R>>()).wake };
    let _ = catch_unwind(AssertUnwindSafe(wake));
}
