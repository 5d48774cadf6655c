//! What threads and event loops wait with.

mod completion;
mod interruption;
mod waiters;
mod wakeup;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use completion::{Awaited, Completion};
pub use interruption::{Interruption, Wake};
pub(crate) use waiters::Waiters;
pub use wakeup::Wakeup;

/// Locks. A thread that panicked while it held the lock has reported that; the data is usable, because no change that is
/// made under a lock can panic halfway.
pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same for an exclusive owner of the lock.
pub fn get_mut<T: ?Sized>(mutex: &mut Mutex<T>) -> &mut T {
    mutex.get_mut().unwrap_or_else(PoisonError::into_inner)
}
