//! One thread at a time, or one fiber.

use std::{
    cell::Cell,
    ffi::CString,
    sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst},
};

use crate::{KafkaError, code};

/// Whose turn it is to use a share consumer. Who has it may take it again.
#[derive(Debug, Default)]
pub(super) struct Turn {
    owner: AtomicUsize,
    depth: AtomicU32,
}

/// While it lives, others are refused.
#[derive(Debug)]
pub struct TurnGuard<'a>(&'a Turn);

impl Turn {
    /// Refused while another has its turn. `fiber` identifies who asks, where fibers take turns on a thread.
    pub fn take(&self, fiber: Option<usize>) -> Result<TurnGuard<'_>, KafkaError> {
        let me = fiber.unwrap_or_else(thread_id);
        match self.owner.compare_exchange(0, me, SeqCst, SeqCst) {
            Err(owner) if owner != me => Err(KafkaError {
                message: CString::new(format!(
                    "Share consumer is not safe for multi-threaded access. currentThread(id: {me}) \
                     otherThread(id: {owner})"
                ))
                .ok(),
                ..KafkaError::new(code::CONFLICT)
            }),
            _ => {
                self.depth.fetch_add(1, SeqCst);
                Ok(TurnGuard(self))
            }
        }
    }
}

impl Drop for TurnGuard<'_> {
    fn drop(&mut self) {
        if self.0.depth.fetch_sub(1, SeqCst) == 1 {
            self.0.owner.store(0, SeqCst);
        }
    }
}

fn thread_id() -> usize {
    // SAFETY: never fails.
    unsafe { libc::pthread_self() as usize }
}

thread_local!(static INSIDE: Cell<usize> = const { Cell::new(0) });

/// While it lives, the calling thread counts as running the acknowledgement callback of one consumer.
#[derive(Debug)]
pub struct CallbackGuard {
    outer: usize,
}

impl CallbackGuard {
    pub(super) fn enter(consumer: usize) -> Self {
        Self { outer: INSIDE.replace(consumer) }
    }

    pub(super) fn is_inside(consumer: usize) -> bool {
        INSIDE.get() == consumer
    }
}

impl Drop for CallbackGuard {
    fn drop(&mut self) {
        INSIDE.set(self.outer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_thread_is_refused_until_the_last_guard_is_gone() {
        let turn = Turn::default();
        let refused = |turn: &Turn| {
            std::thread::scope(|scope| {
                scope.spawn(|| turn.take(None).map(drop).map_err(|error| error.code)).join().unwrap()
            })
        };
        let outer = turn.take(None).unwrap();
        let inner = turn.take(None).unwrap();
        assert_eq!(refused(&turn), Err(code::CONFLICT));
        drop(inner);
        assert_eq!(refused(&turn), Err(code::CONFLICT));
        drop(outer);
        assert_eq!(refused(&turn), Ok(()));
    }

    #[test]
    fn another_fiber_of_the_thread_is_refused() {
        let turn = Turn::default();
        let guard = turn.take(Some(1)).unwrap();
        assert!(turn.take(Some(1)).is_ok());
        assert_eq!(turn.take(Some(2)).map(drop).map_err(|error| error.code), Err(code::CONFLICT));
        drop(guard);
        assert!(turn.take(Some(2)).is_ok());
    }
}
