//! The only place that releases the GVL and takes it back.
//!
//! Ruby must never unwind through Rust frames, so the call that is used here reports a pending interrupt instead of raising
//! it. Callers of [`without_gvl`] secure the result first, then check for interrupts.

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

/// Runs `work` while other Ruby threads run. When this thread is interrupted, another thread calls `wake`, which has to make
/// `work` return soon. None if an interrupt was pending before: then `work` was not run.
///
/// `work` is `Send`, so it cannot capture Ruby values. There has to be another Ruby thread (clients start the log thread):
/// without one, Ruby would start a thread to receive signals, and might raise while joining it.
pub fn without_gvl<F, R>(work: F, wake: impl Fn() + Sync) -> Option<R>
where
    F: FnOnce() -> R + Send,
    R: Send,
{
    release(Region { work: Some(work), result: None, wake: Some(&wake) })
}

/// Like [`without_gvl`], for work that cannot be woken and ends by itself.
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
    // SAFETY: `region` outlives the call, which does not raise (INTR_FAIL) and passes it to both functions.
    unsafe {
        rb_sys::rb_nogvl(Some(run::<F, R>), data.cast(), unblock, data.cast(), rb_sys::RB_NOGVL_INTR_FAIL as c_int);
    }
    fairness::after_release();
    region.result.map(|result| result.unwrap_or_else(|panic| resume_unwind(panic)))
}

extern "C" fn run<F: FnOnce() -> R, R>(data: *mut c_void) -> *mut c_void {
    // SAFETY: `release` passes a region, of which `unblock`, on another thread, only reads `wake`.
    let (work, result) = unsafe {
        let region = data.cast::<Region<'_, F, R>>();
        (&mut (*region).work, &mut (*region).result)
    };
    if let Some(work) = work.take() {
        // A panic must not unwind through C frames.
        *result = Some(catch_unwind(AssertUnwindSafe(work)));
    }
    std::ptr::null_mut()
}

extern "C" fn unblock<F, R>(data: *mut c_void) {
    // SAFETY: `release` passes a region that outlives the call; only `wake` is read, which never changes.
    let wake = unsafe { (*data.cast::<Region<'_, F, R>>()).wake };
    if let Some(wake) = wake {
        let _ = catch_unwind(AssertUnwindSafe(wake));
    }
}
