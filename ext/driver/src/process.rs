//! Forks: which process owns a resource, and what must not happen during a fork.

use std::{
    sync::{
        Once,
        atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

static GENERATION: AtomicU64 = AtomicU64::new(0);
static HOOK: Once = Once::new();

static FORKS: Forks = Forks(AtomicUsize::new(0));

/// How long a fork waits. A call that takes longer is itself waiting, and does not hold the locks in question.
const FORK_LIMIT: Duration = Duration::from_millis(100);
const FORK_STEP: Duration = Duration::from_micros(100);

/// The number of forks between this process and the ancestor that first called this. A resource with another number
/// belongs to an ancestor, whose threads do not exist here. (`getpid` would be a system call for each operation.)
pub fn generation() -> u64 {
    HOOK.call_once(|| {
        // SAFETY: the handlers only sleep and change atomics, which is allowed in a forked child.
        unsafe { libc::pthread_atfork(Some(before_fork), Some(after_fork), Some(count_fork)) };
    });
    GENERATION.load(Ordering::Relaxed)
}

/// Runs a call that takes locks of the C library or of librdkafka, but not during a fork: the child would inherit a lock
/// held by a thread that it does not have. Forks wait for the end of such calls, and the calls for the end of a fork.
pub(crate) fn excluding_forks<R>(call: impl FnOnce() -> R) -> R {
    FORKS.excluding_forks(call)
}

/// Runs `call` with all signals blocked; threads that it starts inherit that. librdkafka blocks signals itself, except in
/// the mock brokers' thread, whose `poll` a signal interrupts, which ends the thread.
pub(crate) fn with_signals_blocked<R>(call: impl FnOnce() -> R) -> R {
    let former = set_signal_mask(None);
    let result = call();
    set_signal_mask(Some(former));
    result
}

/// Sets the signals that this thread blocks (all of them for none), and returns the former set.
fn set_signal_mask(mask: Option<libc::sigset_t>) -> libc::sigset_t {
    // SAFETY: a set of signals consists of integers, so zeros are valid; the pointers are to these variables.
    unsafe {
        let (mut new, mut former): (libc::sigset_t, libc::sigset_t) = std::mem::zeroed();
        match mask {
            Some(mask) => new = mask,
            None => _ = libc::sigfillset(&mut new),
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, &new, &mut former);
        former
    }
}

/// How many calls exclude forks, and whether a fork waits for them.
struct Forks(AtomicUsize);

const FORKING: usize = 1 << (usize::BITS - 1);

impl Forks {
    fn excluding_forks<R>(&self, call: impl FnOnce() -> R) -> R {
        let mut state = self.0.load(Ordering::SeqCst);
        loop {
            if state == FORKING {
                thread::sleep(FORK_STEP);
                state = self.0.load(Ordering::SeqCst);
                continue;
            }
            // A call may begin while a fork waits for others, because these may in turn wait for this one.
            match self.0.compare_exchange(state, state + 1, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => break,
                Err(other) => state = other,
            }
        }
        let result = call();
        self.0.fetch_sub(1, Ordering::SeqCst);
        result
    }

    fn begin(&self) {
        self.0.fetch_or(FORKING, Ordering::SeqCst);
        let started = Instant::now();
        while self.0.load(Ordering::SeqCst) != FORKING && started.elapsed() < FORK_LIMIT {
            thread::sleep(FORK_STEP);
        }
    }

    fn end(&self) {
        self.0.fetch_and(!FORKING, Ordering::SeqCst);
    }
}

extern "C" fn before_fork() {
    FORKS.begin();
}

extern "C" fn after_fork() {
    FORKS.end();
}

extern "C" fn count_fork() {
    FORKS.0.store(0, Ordering::SeqCst);
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

/// A value that each process creates on first use. A forked child leaks the inherited one, whose threads do not exist in
/// the child, and whose locks may be held forever.
pub struct PerProcess<T: 'static>(AtomicPtr<(u64, T)>);

impl<T: Sync> PerProcess<T> {
    /// Creates the value on first use.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(AtomicPtr::new(std::ptr::null_mut()))
    }

    /// This process's value, created by `make` if there is none. If two threads create it at once, one value is dropped, so
    /// `make` must not have side effects.
    pub fn get(&'static self, make: impl FnOnce() -> T) -> &'static T {
        let generation = generation();
        let current = self.0.load(Ordering::Acquire);
        // SAFETY: the pointer in the cell is null, or from `Box::into_raw` below and never freed.
        let known = unsafe { current.as_ref() };
        if let Some((_, value)) = known.filter(|(made_in, _)| *made_in == generation) {
            return value;
        }
        let made = Box::into_raw(Box::new((generation, make())));
        let winner = match self.0.compare_exchange(current, made, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => made,
            Err(other) => {
                // SAFETY: from `Box::into_raw` above, and no other thread has seen it.
                drop(unsafe { Box::from_raw(made) });
                other
            }
        };
        // SAFETY: the winner is in the cell, whose values are never freed.
        unsafe { &(*winner).1 }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn forks_and_calls_that_exclude_them_wait_for_each_other() {
        // Not those of the process, which other tests use at the same time.
        static FORKS: Forks = Forks(AtomicUsize::new(0));
        let (started, wait_for_start) = mpsc::channel();
        let (finish, wait_for_finish) = mpsc::channel::<()>();
        let busy = thread::spawn(move || {
            FORKS.excluding_forks(|| {
                started.send(()).unwrap();
                wait_for_finish.recv().unwrap();
            });
        });
        wait_for_start.recv().unwrap();
        let forking = thread::spawn(|| FORKS.begin());
        while FORKS.0.load(Ordering::SeqCst) != FORKING + 1 {
            thread::yield_now();
        }
        finish.send(()).unwrap();
        busy.join().unwrap();
        forking.join().unwrap();

        let late = thread::spawn(|| FORKS.excluding_forks(|| FORKS.0.load(Ordering::SeqCst)));
        thread::sleep(Duration::from_millis(5));
        assert!(!late.is_finished());
        FORKS.end();
        assert_eq!(late.join().unwrap(), 1);

        // But not for ever.
        let before = Instant::now();
        FORKS.excluding_forks(|| FORKS.begin());
        FORKS.end();
        assert!(before.elapsed() >= FORK_LIMIT);
    }
}
