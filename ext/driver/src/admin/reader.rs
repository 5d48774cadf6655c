//! A consumer beside a client, for the one request that librdkafka only survives as a member of a group.

use std::{
    ffi::CStr,
    sync::{Arc, Mutex, MutexGuard, Weak},
};

use super::{CommittedOffset, Each, ListGroupOffsets, Operation, Operations, Options};
use crate::{Client, Config, Error, Kind, code, reaper, sync::lock, sys};

impl Client {
    /// Asks for offsets that groups have committed.
    ///
    /// When a broker does not coordinate a group any more, librdkafka looks for the coordinator of the client's own
    /// group, through a null pointer if it has none. So these requests have a consumer of their own, which is in a group
    /// but never joins it. It is made when it is needed first, and gone when this client is.
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
        // Not that options of a producer mean nothing to it.
        config.set(c"log_level", c"3")?;
        let mut made = Self::create(config, Kind::Consumer)?;
        made.operations = Operations::beside(&self.operations);
        made.forward_events(self)?;
        Ok(Arc::clone(reader.insert(Arc::new(made))))
    }

    /// Has another client's main queue get what comes into this one's: logs, errors, requests for tokens.
    fn forward_events(&self, other: &Self) -> Result<(), Error> {
        let (pass, others) = (self.enter()?, other.enter()?);
        // SAFETY: live handles, and queues that are released at once.
        unsafe {
            let (from, to) = (sys::rd_kafka_queue_get_main(pass.rk()), sys::rd_kafka_queue_get_main(others.rk()));
            sys::rd_kafka_queue_forward(from, to);
            sys::rd_kafka_queue_destroy(from);
            sys::rd_kafka_queue_destroy(to);
        }
        Ok(())
    }
}

/// Frees a consumer one of whose requests ran out of time: librdkafka would go on looking for the coordinator, and when
/// it is there follow a pointer to what it has freed. Its other requests end, too; the next ones make a new consumer.
fn give_up(readers: &Mutex<Option<Arc<Client>>>, reader: &Weak<Client>) {
    let given_up = lock(readers).take_if(|current| std::ptr::eq(Arc::as_ptr(current), reader.as_ptr()));
    if let Some(given_up) = given_up {
        given_up.operations.abandon(code::TIMED_OUT);
        reaper::dispose(move || drop(given_up));
    }
}

impl Operations {
    /// The consumer beside the client, if there is one.
    pub(crate) fn group_reader(&self) -> MutexGuard<'_, Option<Arc<Client>>> {
        lock(&self.group_reader)
    }
}
