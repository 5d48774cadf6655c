//! Waiting with Ruby's fiber scheduler, which lets other fibers run meanwhile.

use std::{os::fd::RawFd, time::Duration};

use magnus::{
    Error, RClass, Ruby, Value, kwargs,
    prelude::*,
    rb_sys::{FromRawValue, protect},
    value::Lazy,
};
use rb_sys::VALUE;

use crate::ruby_value::constant;

static IO: Lazy<RClass> = Lazy::new(|ruby| constant(ruby, "IO").expect("IO is there"));

/// Resolves the constants of this file (see `ractor.rs`).
pub fn resolve(ruby: &Ruby) {
    Lazy::force(&IO, ruby);
}

/// Whether the current fiber can let other fibers run.
pub fn scheduled() -> bool {
    // SAFETY: the calling thread holds the GVL.
    is_there(|| unsafe { rb_sys::rb_fiber_scheduler_current() })
}

/// Whether the thread has other fibers, which cannot run while the current one waits: it runs a signal handler, or was
/// created to block.
pub fn blocks_others() -> bool {
    // SAFETY: the calling thread holds the GVL.
    !scheduled() && is_there(|| unsafe { rb_sys::rb_fiber_scheduler_get() })
}

fn is_there(scheduler: impl FnOnce() -> VALUE) -> bool {
    // SAFETY: Ruby returned the value.
    protect(scheduler).is_ok_and(|scheduler| !unsafe { Value::from_raw(scheduler) }.is_nil())
}

/// Identifies the current fiber; none without a scheduler.
pub fn id(ruby: &Ruby) -> Result<Option<usize>, Error> {
    if !scheduled() {
        return Ok(None);
    }
    ruby.fiber_current().funcall("object_id", ()).map(Some)
}

/// Lets other fibers run until `fd` is readable or the time is over.
pub fn wait_readable(ruby: &Ruby, fd: RawFd, timeout: Duration) -> Result<(), Error> {
    let io: Value = ruby.get_inner(&IO).funcall("for_fd", (fd, kwargs!(ruby, "autoclose" => false)))?;
    io.funcall::<_, _, Value>("wait_readable", (timeout.as_secs_f64(),)).map(drop)
}

/// Lets other fibers run for a while.
pub fn sleep(ruby: &Ruby, time: Duration) -> Result<(), Error> {
    ruby.module_kernel().funcall::<_, _, Value>("sleep", (time.as_secs_f64(),)).map(drop)
}
