//! The only place that gives up the GVL and takes it back.
//!
//! Ruby must never unwind through Rust frames, so the form of the call is used that reports a pending interrupt instead
//! of raising it. Whoever calls [`without_gvl`] secures its result first and then asks for interrupts.

use std::{
    any::Any,
    ffi::{c_int, c_void},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use super::fairness;

struct Region<'a, F, R> {
    work: Option<F>,
    result: Option<Result<R, Box<dyn Any + Send>>>,
    wake: Option<&'a (dyn Fn() + Sync)>,
}

/// Runs `work` while other Ruby threads run. `wake` is called from another thread when this one is interrupted; it has
/// to make `work` return soon. None when an interrupt was pending before: then `work` was not run.
///
/// `work` is `Send`, so that no Ruby value can get into it. There has to be another Ruby thread (each client comes with
/// the log thread): for an only thread Ruby starts one to receive signals, and may raise while joining it.
pub fn without_gvl<F, R>(work: F, wake: impl Fn() + Sync) -> Option<R>
where
    F: FnOnce() -> R + Send,
    R: Send,
{
    release(Region { work: Some(work), result: None, wake: Some(&wake) })
}

/// The same for a function that cannot be woken and ends by itself.
pub fn without_gvl_to_the_end<F, R>(work: F) -> Option<R>
where
    F: FnOnce() -> R + Send,
    R: Send,
{
    release(Region { work: Some(work), result: None, wake: None })
}

fn release<F, R>(mut region: Region<'_, F, R>) -> Option<R>
where
    F: FnOnce() -> R + Send,
    R: Send,
{
    let unblock: rb_sys::rb_unblock_function_t = if region.wake.is_some() { Some(unblock::<F, R>) } else { None };
    let data: *mut Region<'_, F, R> = &mut region;
    fairness::before_release();
    // SAFETY: `region` outlives the call, which does not raise (INTR_FAIL); the functions keep to C's types.
    unsafe {
        rb_sys::rb_nogvl(Some(run::<F, R>), data.cast(), unblock, data.cast(), rb_sys::RB_NOGVL_INTR_FAIL as c_int);
    }
    fairness::after_release();
    region.result.map(|result| result.unwrap_or_else(|panic| resume_unwind(panic)))
}

extern "C" fn run<F: FnOnce() -> R, R>(data: *mut c_void) -> *mut c_void {
    // SAFETY: the pointer that `without_gvl` passed; `unblock` only reads `wake`.
    let (work, result) = unsafe {
        let region = data.cast::<Region<'_, F, R>>();
        (&mut (*region).work, &mut (*region).result)
    };
    if let Some(work) = work.take() {
        // A panic must not cross C's frames.
        *result = Some(catch_unwind(AssertUnwindSafe(work)));
    }
    std::ptr::null_mut()
}

extern "C" fn unblock<F, R>(data: *mut c_void) {
    // SAFETY: the region lives until the call has returned; only `wake` is read, which never changes.
    let wake = unsafe { (*data.cast::<Region<'_, F, R>>()).wake };
    if let Some(wake) = wake {
        let _ = catch_unwind(AssertUnwindSafe(wake));
    }
}
