//! What threads and event loops wait with.

mod completion;
mod interruption;
mod turnstile;
mod waiters;
mod wakeup;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use completion::{Awaited, Completion};
pub use interruption::{Interruption, Wake};
pub use turnstile::{Inside, Turnstile};
pub(crate) use waiters::Waiters;
pub use wakeup::Wakeup;

/// Locks a mutex, even after a panic: the data is consistent, because no change under a lock can panic halfway.
pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Like [`lock`], for the exclusive owner of a mutex.
pub fn get_mut<T: ?Sized>(mutex: &mut Mutex<T>) -> &mut T {
    mutex.get_mut().unwrap_or_else(PoisonError::into_inner)
}
