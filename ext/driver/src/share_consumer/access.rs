//! Lets one thread or fiber at a time use a share consumer.

use std::{
    ffi::CString,
    sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst},
};

use crate::{KafkaError, code, thread};

/// The thread or fiber that has access, which may acquire it several times.
#[derive(Debug, Default)]
pub(super) struct Access {
    owner: AtomicUsize,
    depth: AtomicU32,
}

/// Access to a share consumer. Other threads and fibers are refused while it exists.
#[derive(Debug)]
pub struct AccessGuard<'a>(&'a Access);

impl Access {
    /// Fails while another thread or fiber has access. `fiber` identifies the caller if fibers take turns on the thread.
    pub fn acquire(&self, fiber: Option<usize>) -> Result<AccessGuard<'_>, KafkaError> {
        let me = fiber.unwrap_or_else(thread::id);
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
                Ok(AccessGuard(self))
            }
        }
    }
}

impl Drop for AccessGuard<'_> {
    fn drop(&mut self) {
        if self.0.depth.fetch_sub(1, SeqCst) == 1 {
            self.0.owner.store(0, SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_thread_is_refused_until_the_last_guard_is_gone() {
        let access = Access::default();
        let refused = |access: &Access| {
            std::thread::scope(|scope| {
                scope.spawn(|| access.acquire(None).map(drop).map_err(|error| error.code)).join().unwrap()
            })
        };
        let outer = access.acquire(None).unwrap();
        let inner = access.acquire(None).unwrap();
        assert_eq!(refused(&access), Err(code::CONFLICT));
        drop(inner);
        assert_eq!(refused(&access), Err(code::CONFLICT));
        drop(outer);
        assert_eq!(refused(&access), Ok(()));
    }

    #[test]
    fn another_fiber_of_the_thread_is_refused() {
        let access = Access::default();
        let guard = access.acquire(Some(1)).unwrap();
        assert!(access.acquire(Some(1)).is_ok());
        assert_eq!(access.acquire(Some(2)).map(drop).map_err(|error| error.code), Err(code::CONFLICT));
        drop(guard);
        assert!(access.acquire(Some(2)).is_ok());
    }
}
