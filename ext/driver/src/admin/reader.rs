//! A consumer of its own for reading offsets of groups: in a client without a group, librdkafka crashes on that request.

use std::{
    ffi::CStr,
    sync::{Arc, Mutex, MutexGuard, Weak},
};

use super::{CommittedOffset, Each, ListGroupOffsets, Operation, Operations, Options};
use crate::{Client, Config, Error, Kind, code, reaper, sync::lock, sys};

impl Client {
    /// Asks for offsets that groups have committed.
    ///
    /// When a broker no longer coordinates the group, librdkafka looks for the coordinator of the client's own group,
    /// through a null pointer if the client has none. So a consumer with a `group.id`, which never joins, sends these
    /// requests. The first one creates it; it is destroyed with this client.
    pub fn list_group_offsets(
        &self,
        requests: &[ListGroupOffsets],
        options: &Options,
    ) -> Result<Arc<Operation<Each<Vec<CommittedOffset>>>>, Error> {
        let _pass = self.enter()?;
        let Some(first) = requests.first() else { return self.submit_each(requests, options, |_| ()) };
        let reader = self.group_reader(&first.group)?;
        let (readers, this) = (Arc::clone(&self.operations.group_reader), Arc::downgrade(&reader));
        reader.submit_each(requests, options, move |error| {
            if error.code == code::TIMED_OUT {
                give_up(&readers, &this);
            }
        })
    }

    fn group_reader(&self, group: &CStr) -> Result<Arc<Self>, Error> {
        let mut reader = self.operations.group_reader();
        if let Some(reader) = &*reader {
            return Ok(Arc::clone(reader));
        }
        let pass = self.enter()?;
        // SAFETY: the pass keeps the handle alive.
        let mut config = unsafe { Config::copy_of(pass.rk()) };
        config.set(c"group.id", group)?;
        config.set(c"statistics.interval.ms", c"0")?;
        // No warnings about a producer's options, which mean nothing to a consumer.
        config.set(c"log_level", c"3")?;
        let mut made = Self::create(config, Kind::Consumer)?;
        made.operations = Operations::beside(&self.operations);
        made.forward_events(self)?;
        Ok(Arc::clone(reader.insert(Arc::new(made))))
    }

    /// Forwards this client's main queue (logs, errors, requests for tokens) to another client's.
    fn forward_events(&self, other: &Self) -> Result<(), Error> {
        let (pass, others) = (self.enter()?, other.enter()?);
        // SAFETY: the passes keep both handles alive; each reference to a queue is released once.
        unsafe {
            let (from, to) = (sys::rd_kafka_queue_get_main(pass.rk()), sys::rd_kafka_queue_get_main(others.rk()));
            sys::rd_kafka_queue_forward(from, to);
            sys::rd_kafka_queue_destroy(from);
            sys::rd_kafka_queue_destroy(to);
        }
        Ok(())
    }
}

/// Frees a reader one of whose requests timed out. librdkafka goes on looking for that request's coordinator, and when it
/// finds one, follows a pointer to freed memory. The reader's other requests end, too; the next one creates a new reader.
fn give_up(readers: &Mutex<Option<Arc<Client>>>, reader: &Weak<Client>) {
    let given_up = lock(readers).take_if(|current| std::ptr::eq(Arc::as_ptr(current), reader.as_ptr()));
    if let Some(given_up) = given_up {
        given_up.operations.abandon(code::TIMED_OUT);
        reaper::dispose(move || drop(given_up));
    }
}

impl Operations {
    /// The consumer that reads offsets of groups, if there is one.
    pub(crate) fn group_reader(&self) -> MutexGuard<'_, Option<Arc<Client>>> {
        lock(&self.group_reader)
    }
}
