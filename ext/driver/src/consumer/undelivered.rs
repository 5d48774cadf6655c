//! Messages that were fetched but could not be delivered to the application yet.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    Message,
    sync::{get_mut, lock},
};

/// Undelivered messages, oldest first. Commits do not include them.
#[derive(Debug)]
pub(super) struct Undelivered {
    messages: Mutex<VecDeque<Message>>,
    /// Lets a poll see without the lock that there is no message.
    any: AtomicBool,
    stores_offsets: bool,
}

impl Undelivered {
    /// `stores_offsets` tells whether taking a message stores its offset for the next commit.
    pub(super) fn new(stores_offsets: bool) -> Self {
        Self { messages: Mutex::default(), any: AtomicBool::new(false), stores_offsets }
    }

    /// Adds messages before the others.
    pub(super) fn put_back(&self, earlier: Vec<Message>) {
        let mut messages = self.messages();
        for message in earlier.into_iter().rev() {
            if self.stores_offsets {
                message.store_before();
            }
            messages.push_front(message);
        }
        self.note(&messages);
    }

    /// Takes the oldest message.
    pub(super) fn take(&self) -> Option<Message> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let mut messages = self.messages();
        let message = messages.pop_front()?;
        self.note(&messages);
        if self.stores_offsets {
            message.store_after();
        }
        Some(message)
    }

    /// Removes messages that no longer belong to the assignment. The caller has a pass until they are dropped, since their
    /// client has to be live then.
    pub(super) fn forget(&self, mut stale: impl FnMut(&Message) -> bool) -> Vec<Message> {
        let mut messages = self.messages();
        if messages.is_empty() {
            return Vec::new();
        }
        let (dropped, kept): (Vec<_>, Vec<_>) = messages.drain(..).partition(|message| stale(message));
        messages.extend(kept);
        self.note(&messages);
        dropped
    }

    /// Leaks the messages, in a forked process, which does not own them.
    pub(super) fn abandon(&mut self) {
        let messages = get_mut(&mut self.messages);
        std::mem::forget(std::mem::take(messages));
    }

    fn note(&self, messages: &VecDeque<Message>) {
        self.any.store(!messages.is_empty(), Ordering::Release);
    }

    fn messages(&self) -> MutexGuard<'_, VecDeque<Message>> {
        lock(&self.messages)
    }
}
