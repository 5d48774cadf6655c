//! Telling this process from the one that forked it.

use std::sync::{
    Once,
    atomic::{AtomicPtr, AtomicU64, Ordering},
};

static GENERATION: AtomicU64 = AtomicU64::new(0);
static HOOK: Once = Once::new();

/// Counts the forks between the first call in an ancestor and this process. What carries another number was made by
/// an ancestor, whose threads do not exist here. (Asking for the pid would be a system call for each operation.)
pub fn generation() -> u64 {
    HOOK.call_once(|| {
        // SAFETY: the handler only increments an atomic, which is async-signal-safe.
        unsafe { libc::pthread_atfork(None, None, Some(count_fork)) };
    });
    GENERATION.load(Ordering::Relaxed)
}

extern "C" fn count_fork() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

/// A process-wide thing that is made anew on first use after a fork. The inherited one is leaked on purpose: its
/// threads are gone and its locks may be held for ever.
pub struct PerProcess<T: 'static>(AtomicPtr<(u64, T)>);

impl<T: Sync> PerProcess<T> {
    /// Nothing yet.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(AtomicPtr::new(std::ptr::null_mut()))
    }

    /// This process's instance, made by `make` if there is none. Of two that are made at once one is leaked.
    pub fn get(&'static self, make: impl FnOnce() -> T) -> &'static T {
        let generation = generation();
        let current = self.0.load(Ordering::Acquire);
        // SAFETY: a pointer in the cell is either null or came from Box::leak below and is never freed.
        if let Some((made_in, value)) = unsafe { current.as_ref() }
            && *made_in == generation
        {
            return value;
        }
        let made = Box::into_raw(Box::new((generation, make())));
        let winner = match self.0.compare_exchange(current, made, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => made,
            Err(other) => other,
        };
        // SAFETY: as above; both candidates were leaked.
        unsafe { &(*winner).1 }
    }
}
