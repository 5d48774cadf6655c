//! What a consumer reads: subscription, assignment, pauses and seeks.

use std::{
    ffi::{CStr, CString},
    sync::atomic::Ordering,
};

use super::Consumer;
use crate::{Error, KafkaError, Message, PARTITION_UA, PartitionList, code, sys};

impl Consumer {
    /// Subscribes to the topics of the list.
    pub fn subscribe(&self, topics: &PartitionList) -> Result<(), Error> {
        self.require_group()?;
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_subscribe(rk, topics.as_ptr()) })
    }

    /// Ends the subscription.
    pub fn unsubscribe(&self) -> Result<(), Error> {
        self.require_group()?;
        let _pass = self.client.enter()?;
        self.undelivered.forget(|_| true);
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_unsubscribe(rk) })
    }

    /// The topics subscribed to.
    pub fn subscription(&self) -> Result<PartitionList, Error> {
        if self.has_given_up() {
            return Ok(PartitionList::with_capacity(0));
        }
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.fetch_list(|rk, list| unsafe { sys::rd_kafka_subscription(rk, list) })
    }

    /// Replaces the assignment. None removes it.
    pub fn assign(&self, partitions: Option<&PartitionList>) -> Result<(), Error> {
        self.answered.store(true, Ordering::SeqCst);
        let _pass = self.client.enter()?;
        self.undelivered.forget(|_| true);
        if partitions.is_none() && self.is_leaving() {
            return self.put_off(None);
        }
        self.assign_now(partitions)
    }

    pub(super) fn assign_now(&self, partitions: Option<&PartitionList>) -> Result<(), Error> {
        let list = partitions.map_or(std::ptr::null(), PartitionList::as_ptr);
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_assign(rk, list) })
    }

    /// Adds partitions to the assignment.
    pub fn incremental_assign(&self, partitions: &PartitionList) -> Result<(), Error> {
        self.answered.store(true, Ordering::SeqCst);
        let pass = self.client.enter()?;
        // SAFETY: the pass keeps the handle alive; we own the error.
        Ok(unsafe { KafkaError::take(sys::rd_kafka_incremental_assign(pass.rk(), partitions.as_ptr())) }?)
    }

    /// Removes partitions from the assignment.
    pub fn incremental_unassign(&self, partitions: &PartitionList) -> Result<(), Error> {
        self.answered.store(true, Ordering::SeqCst);
        let _pass = self.client.enter()?;
        self.undelivered.forget(|message| names(partitions, message));
        if self.is_leaving() {
            return self.put_off(Some(partitions.clone()));
        }
        self.unassign_now(partitions)
    }

    pub(super) fn unassign_now(&self, partitions: &PartitionList) -> Result<(), Error> {
        let pass = self.client.enter()?;
        // SAFETY: the pass keeps the handle alive; we own the error.
        Ok(unsafe { KafkaError::take(sys::rd_kafka_incremental_unassign(pass.rk(), partitions.as_ptr())) }?)
    }

    /// The current assignment.
    pub fn assignment(&self) -> Result<PartitionList, Error> {
        if self.has_given_up() || self.is_giving_up() {
            return Ok(PartitionList::with_capacity(0));
        }
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.fetch_list(|rk, list| unsafe { sys::rd_kafka_assignment(rk, list) })
    }

    /// Whether the assignment was lost without a chance to commit.
    pub fn assignment_lost(&self) -> Result<bool, Error> {
        let pass = self.client.enter()?;
        // SAFETY: the pass keeps the handle alive.
        Ok(unsafe { sys::rd_kafka_assignment_lost(pass.rk()) } != 0)
    }

    /// `EAGER`, `COOPERATIVE` or `NONE`; none for clients without a group.
    pub fn rebalance_protocol(&self) -> Result<Option<&'static CStr>, Error> {
        let pass = self.client.enter()?;
        // SAFETY: the pass keeps the handle alive; the text is static.
        Ok(unsafe {
            let protocol = sys::rd_kafka_rebalance_protocol(pass.rk());
            (!protocol.is_null()).then(|| CStr::from_ptr(protocol))
        })
    }

    /// Whether anything was assigned or unassigned since the flag was last taken.
    pub fn take_answered(&self) -> bool {
        self.answered.swap(false, Ordering::SeqCst)
    }

    /// Assigns or unassigns the partitions, as a rebalance event asks for.
    pub fn answer_rebalance(&self, code: i32, partitions: &PartitionList) -> Result<(), Error> {
        let cooperative = self.rebalance_protocol()? == Some(c"COOPERATIVE");
        match (code, cooperative) {
            (code::ASSIGN_PARTITIONS, true) => self.incremental_assign(partitions),
            (code::ASSIGN_PARTITIONS, false) => self.assign(Some(partitions)),
            (code::REVOKE_PARTITIONS, true) => self.incremental_unassign(partitions),
            _ => self.assign(None),
        }
    }

    /// Stops fetching. Each element of the list gets its own error. Messages that were put back will be fetched again.
    pub fn pause(&self, partitions: &mut PartitionList) -> Result<(), Error> {
        let _pass = self.client.enter()?;
        let mut rewound: Vec<(CString, i32)> = Vec::new();
        for message in self.undelivered.forget(|message| names(partitions, message)) {
            let Some(topic) = message.topic() else { continue };
            let place = (topic.to_owned(), message.partition());
            if !rewound.contains(&place) {
                self.seek(topic, message.partition(), message.offset())?;
                rewound.push(place);
            }
        }
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_pause_partitions(rk, partitions.as_mut_ptr()) })
    }

    /// Resumes fetching. Each element of the list gets its own error.
    pub fn resume(&self, partitions: &mut PartitionList) -> Result<(), Error> {
        // SAFETY: the handle is live while `call` holds its pass, and so are the arguments.
        self.call(|rk| unsafe { sys::rd_kafka_resume_partitions(rk, partitions.as_mut_ptr()) })
    }

    /// Makes an offset the next one to fetch, without waiting for that.
    pub fn seek(&self, topic: &CStr, partition: i32, offset: i64) -> Result<(), Error> {
        let pass = self.client.enter()?;
        self.undelivered.forget(|message| message.partition() == partition && message.topic() == Some(topic));
        // SAFETY: the pass keeps the handle alive; the topic's reference is released once.
        let code = unsafe {
            let handle = sys::rd_kafka_topic_new(pass.rk(), topic.as_ptr(), std::ptr::null_mut());
            if handle.is_null() {
                sys::rd_kafka_last_error()
            } else {
                let code = sys::rd_kafka_seek(handle, partition, offset, 0);
                sys::rd_kafka_topic_destroy(handle);
                code
            }
        };
        self.client.check(code)
    }

    fn fetch_list(
        &self,
        fetch: impl FnOnce(*mut sys::rd_kafka_t, *mut *mut sys::rd_kafka_topic_partition_list_t) -> sys::rd_kafka_resp_err_t,
    ) -> Result<PartitionList, Error> {
        let mut list = std::ptr::null_mut();
        self.call(|rk| fetch(rk, &mut list))?;
        // SAFETY: on success there is a list, and we own it.
        Ok(unsafe { PartitionList::from_raw(list) })
    }
}

fn names(partitions: &PartitionList, message: &Message) -> bool {
    partitions.iter().any(|entry| {
        (entry.partition == message.partition() || entry.partition == PARTITION_UA)
            && message.topic() == Some(entry.topic)
    })
}
