//! The consumer that asks coordinators of groups for another client.

use std::{
    ffi::CStr,
    sync::{Arc, Mutex, MutexGuard},
};

use super::super::Operations;
use crate::{Client, Config, Error, Kind, sync::lock, sys};

/// The place of that consumer.
pub(crate) type Slot = Arc<Mutex<Option<Arc<Client>>>>;

/// The consumer's group if the request has none. It never joins its group.
const ANY_GROUP: &CStr = c"-";

impl Client {
    /// The consumer that works for this client. It is created on first use and destroyed with this client.
    pub(super) fn beside(&self, group: &CStr) -> Result<Arc<Self>, Error> {
        let pass = self.enter()?;
        let mut slot = self.operations.beside();
        if let Some(beside) = &*slot {
            return Ok(Arc::clone(beside));
        }
        // SAFETY: the pass keeps the handle alive.
        let mut config = unsafe { Config::copy_of(pass.rk()) };
        config.set(c"group.id", if group.is_empty() { ANY_GROUP } else { group })?;
        config.set(c"statistics.interval.ms", c"0")?;
        // How long coordinators are kept after their last use. librdkafka looks once a second.
        config.set(c"metadata.max.age.ms", c"1")?;
        // No warnings that a consumer ignores options of producers.
        config.set(c"log_level", c"3")?;
        let mut made = Self::create(config, Kind::Consumer)?;
        made.operations = Operations::signalling_like(&self.operations);
        made.forward_events(Some(self))?;
        Ok(Arc::clone(slot.insert(Arc::new(made))))
    }

    /// Forwards the events of this client's main queue (logs, errors, requests for tokens) to another client's, or stops
    /// forwarding.
    pub(super) fn forward_events(&self, other: Option<&Self>) -> Result<(), Error> {
        let pass = self.enter()?;
        let others = other.map(Self::enter).transpose()?;
        // SAFETY: the passes keep both handles alive; each reference to a queue is released once.
        unsafe {
            let to = others.as_ref().map_or(std::ptr::null_mut(), |pass| sys::rd_kafka_queue_get_main(pass.rk()));
            let from = sys::rd_kafka_queue_get_main(pass.rk());
            sys::rd_kafka_queue_forward(from, to);
            sys::rd_kafka_queue_destroy(from);
            if !to.is_null() {
                sys::rd_kafka_queue_destroy(to);
            }
        }
        Ok(())
    }
}

/// Makes the next request create a new consumer. Pending requests of this one go on.
pub(super) fn retire(slot: &Slot, beside: &Arc<Client>) {
    let retired = lock(slot).take_if(|current| Arc::ptr_eq(current, beside));
    if retired.is_some() {
        // The other client may be destroyed before this one. A closed consumer forwards nothing, hence no error.
        let _ = beside.forward_events(None);
    }
}

impl Operations {
    /// The consumer that asks coordinators, if there is one.
    pub(crate) fn beside(&self) -> MutexGuard<'_, Option<Arc<Client>>> {
        lock(&self.beside)
    }
}
