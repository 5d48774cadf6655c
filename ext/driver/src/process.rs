//! Telling this process from the one that forked it, and forking at harmless moments.

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

/// The forks of this process.
static FORKS: Forks = Forks(AtomicUsize::new(0));

/// How long a fork waits at most: what takes longer waits itself, without the locks that matter.
const FORK_PATIENCE: Duration = Duration::from_millis(100);
const FORK_STEP: Duration = Duration::from_micros(100);

/// Counts the forks between the first call in an ancestor and this process. What carries another number was made by
/// an ancestor, whose threads do not exist here. (Asking for the pid would be a system call for each operation.)
pub fn generation() -> u64 {
    HOOK.call_once(|| {
        // SAFETY: the handlers only sleep and change atomics, which is async-signal-safe.
        unsafe { libc::pthread_atfork(Some(before_fork), Some(after_fork), Some(count_fork)) };
    });
    GENERATION.load(Ordering::Relaxed)
}

/// Runs what takes locks of the C library or of librdkafka that a forked process would inherit locked, by a thread that
/// does not exist there. Forks wait for its end, and it waits for forks.
pub(crate) fn undivided<R>(call: impl FnOnce() -> R) -> R {
    FORKS.undivided(call)
}

/// Runs `call` with all signals blocked, as the threads that it starts have them then. librdkafka sees to that itself, but
/// for the thread of mock brokers, whose `poll` a signal interrupts: the thread takes that for a failure and ends.
pub(crate) fn with_signals_blocked<R>(call: impl FnOnce() -> R) -> R {
    let former = set_signal_mask(None);
    let result = call();
    set_signal_mask(Some(former));
    result
}

/// Sets the signals that this thread blocks (`None` are all of them) and returns those that it blocked before.
fn set_signal_mask(mask: Option<libc::sigset_t>) -> libc::sigset_t {
    // SAFETY: a set of signals is plain integers, for which zeros are a value; all pointers are to these variables.
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

/// How many threads are [`undivided`], and whether a fork waits for them.
struct Forks(AtomicUsize);

const FORKING: usize = 1 << (usize::BITS - 1);

impl Forks {
    fn undivided<R>(&self, call: impl FnOnce() -> R) -> R {
        let mut state = self.0.load(Ordering::SeqCst);
        loop {
            if state == FORKING {
                thread::sleep(FORK_STEP);
                state = self.0.load(Ordering::SeqCst);
                continue;
            }
            // Beside others also while a fork waits for these, because they may wait for us.
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
        while self.0.load(Ordering::SeqCst) != FORKING && started.elapsed() < FORK_PATIENCE {
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

/// A process-wide thing that is made anew on first use after a fork. The inherited one is leaked on purpose: its
/// threads are gone and its locks may be held for ever.
pub struct PerProcess<T: 'static>(AtomicPtr<(u64, T)>);

impl<T: Sync> PerProcess<T> {
    /// Nothing yet.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(AtomicPtr::new(std::ptr::null_mut()))
    }

    /// This process's instance, made by `make` if there is none. Of two that are made at once one is dropped, so making
    /// one must have no effects.
    pub fn get(&'static self, make: impl FnOnce() -> T) -> &'static T {
        let generation = generation();
        let current = self.0.load(Ordering::Acquire);
        // SAFETY: a pointer in the cell is either null or came from Box::into_raw below and is never freed.
        let known = unsafe { current.as_ref() };
        if let Some((_, value)) = known.filter(|(made_in, _)| *made_in == generation) {
            return value;
        }
        let made = Box::into_raw(Box::new((generation, make())));
        let winner = match self.0.compare_exchange(current, made, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => made,
            Err(other) => {
                // SAFETY: from Box::into_raw above, and nobody else has seen it.
                drop(unsafe { Box::from_raw(made) });
                other
            }
        };
        // SAFETY: the winner is in the cell, and what is in the cell is never freed.
        unsafe { &(*winner).1 }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_fork_waits_for_what_is_undivided_and_that_waits_for_the_fork() {
        // Not those of the process, which other tests use at the same time.
        static FORKS: Forks = Forks(AtomicUsize::new(0));
        let (started, wait_for_start) = mpsc::channel();
        let (finish, wait_for_finish) = mpsc::channel::<()>();
        let busy = thread::spawn(move || {
            FORKS.undivided(|| {
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

        let late = thread::spawn(|| FORKS.undivided(|| FORKS.0.load(Ordering::SeqCst)));
        thread::sleep(Duration::from_millis(5));
        assert!(!late.is_finished());
        FORKS.end();
        assert_eq!(late.join().unwrap(), 1);

        // But not for ever.
        let before = Instant::now();
        FORKS.undivided(|| FORKS.begin());
        FORKS.end();
        assert!(before.elapsed() >= FORK_PATIENCE);
    }
}
