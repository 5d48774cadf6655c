//! References to clients of the driver's, any of which may be the last one.

use std::{ops::Deref, sync::Arc};

use karafka_driver::{self as driver, Closable};

/// A client of the driver's, which Ruby objects, calls on other threads and the seam share.
pub trait Owner: Closable {
    /// Releases a reference, which may be the last one, without blocking.
    fn release(self: Arc<Self>)
    where
        Self: Sized,
    {
        if let Some(owner) = Arc::into_inner(self) {
            driver::reaper::dispose(move || drop(owner));
        }
    }
}

/// A reference for the time of a call, during which the garbage collector may free the Ruby object. Dropping it never
/// blocks.
#[derive(Debug)]
pub struct Held<O: Owner> {
    /// None only while this is dropped.
    owner: Option<Arc<O>>,
}

impl<O: Owner> From<Arc<O>> for Held<O> {
    fn from(owner: Arc<O>) -> Self {
        Self { owner: Some(owner) }
    }
}

impl<O: Owner> Deref for Held<O> {
    type Target = O;

    fn deref(&self) -> &O {
        self.owner.as_deref().expect("it is not being dropped")
    }
}

impl<O: Owner> Drop for Held<O> {
    fn drop(&mut self) {
        self.owner.take().into_iter().for_each(O::release);
    }
}
