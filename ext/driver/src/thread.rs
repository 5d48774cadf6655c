//! Which thread is calling.

use std::{
    cell::Cell,
    num::NonZeroUsize,
    sync::{Mutex, OnceLock},
    thread::LocalKey,
};

use crate::sync::lock;

/// Identifies the threads of a language runtime.
type Identify = fn() -> Option<NonZeroUsize>;

static IDENTIFY: OnceLock<Identify> = OnceLock::new();

thread_local! {
    /// The thread on whose behalf this one works; 0 for none.
    static ACTING_FOR: Cell<usize> = const { Cell::new(0) };

    /// The gate through which an operation of this thread has been let; 0 for none.
    static LET_THROUGH: Cell<usize> = const { Cell::new(0) };
}

/// Sets how to identify threads of a language runtime, which may move from one native thread to another. `identify` returns
/// an address that nothing else has, or none for threads that do not belong to the runtime.
pub fn identify_threads_by(identify: Identify) {
    let _ = IDENTIFY.set(identify);
}

/// The calling thread's id. Inside [`acting_for`], the id of the other thread.
pub(crate) fn id() -> usize {
    ACTING_FOR.with(|thread| match thread.get() {
        0 => {
            let known = IDENTIFY.get().and_then(|identify| identify());
            known.map_or_else(|| std::ptr::from_ref(thread) as usize, NonZeroUsize::get)
        }
        other => other,
    })
}

/// Runs `work` with the id of another thread, so that work which a closing thread started may still use the client.
pub(crate) fn acting_for<R>(thread: usize, work: impl FnOnce() -> R) -> R {
    with(&ACTING_FOR, thread, work)
}

/// Runs `work`, which may enter the gate at that address although it is shut by now.
pub(crate) fn let_through<R>(gate: usize, work: impl FnOnce() -> R) -> R {
    with(&LET_THROUGH, gate, work)
}

/// Whether the calling thread runs inside [`let_through`] for that gate.
pub(crate) fn is_let_through(gate: usize) -> bool {
    LET_THROUGH.get() == gate
}

/// Runs `work` with a value of a variable that is restored afterwards.
fn with<R>(variable: &'static LocalKey<Cell<usize>>, value: usize, work: impl FnOnce() -> R) -> R {
    struct Reset(&'static LocalKey<Cell<usize>>, usize);
    impl Drop for Reset {
        fn drop(&mut self) {
            self.0.set(self.1);
        }
    }
    let _reset = Reset(variable, variable.replace(value));
    work()
}

/// The threads that are running a callback of the application. A thread is listed more than once when the callback serves
/// events, for which the callback is called again.
#[derive(Debug, Default)]
pub(crate) struct CallbackThreads(Mutex<Vec<usize>>);

impl CallbackThreads {
    /// Lists the calling thread until the guard is dropped.
    pub(crate) fn enter(&self) -> CallbackGuard<'_> {
        let thread = id();
        lock(&self.0).push(thread);
        CallbackGuard { threads: self, thread }
    }

    /// Whether the calling thread is running the callback.
    pub(crate) fn is_inside(&self) -> bool {
        lock(&self.0).contains(&id())
    }
}

/// Marks the thread that created it as running a callback.
#[derive(Debug)]
pub struct CallbackGuard<'a> {
    threads: &'a CallbackThreads,
    thread: usize,
}

impl Drop for CallbackGuard<'_> {
    fn drop(&mut self) {
        let mut threads = lock(&self.threads.0);
        if let Some(index) = threads.iter().position(|thread| *thread == self.thread) {
            threads.swap_remove(index);
        }
    }
}
