//! Who is calling.

use std::{cell::Cell, num::NonZeroUsize, sync::OnceLock};

/// How the threads of a runtime are told apart.
type Identify = fn() -> Option<NonZeroUsize>;

static IDENTIFY: OnceLock<Identify> = OnceLock::new();

thread_local! {
    /// For whom the thread works, if not for itself.
    static ACTING_FOR: Cell<usize> = const { Cell::new(0) };
}

/// Has threads told apart by `identify`, for a runtime whose threads may go on as another thread of the system. It returns
/// an address that nothing else has, or none for threads that it does not know.
pub fn identify_threads_by(identify: Identify) {
    let _ = IDENTIFY.set(identify);
}

/// Identifies the calling thread; in [`acting_for`], the thread that is acted for.
pub(crate) fn id() -> usize {
    ACTING_FOR.with(|thread| match thread.get() {
        0 => {
            let known = IDENTIFY.get().and_then(|identify| identify());
            known.map_or_else(|| std::ptr::from_ref(thread) as usize, NonZeroUsize::get)
        }
        other => other,
    })
}

/// Lets the calling thread enter where `thread` may: what a closing thread has started elsewhere is its own.
pub(crate) fn acting_for<R>(thread: usize, work: impl FnOnce() -> R) -> R {
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            ACTING_FOR.set(0);
        }
    }
    ACTING_FOR.set(thread);
    let _reset = Reset;
    work()
}
