//! Acknowledging records, and waiting for the broker's answers.

use std::ffi::CStr;

use super::{Acknowledgement, SLICE, ShareConsumer, state::Commit};
use crate::{Error, Interruption, KafkaError, PartitionList, Served, Timeout, code};

impl ShareConsumer {
    /// Acknowledges a delivered record; only in explicit mode.
    pub fn acknowledge(&self, topic: &CStr, partition: i32, offset: i64, kind: Acknowledgement) -> Result<(), Error> {
        let _pass = self.client.enter()?;
        let mut state = self.state();
        if self.implicit || (partition >= 0 && offset >= 0 && !state.ledger.holds(topic, partition, offset)) {
            return Err(KafkaError::new(code::STATE).into());
        }
        state.handle.acknowledge(topic, partition, offset, kind)?;
        state.ledger.acknowledge(topic, partition, offset);
        Ok(())
    }

    /// Sends all acknowledgements, now or as soon as pending answers have arrived.
    pub fn commit_async(&self) -> Served<()> {
        self.with_state(|state, pass, events| {
            state.serve(&self.client, pass, events);
            if self.implicit {
                state.acknowledge_delivered(Acknowledgement::Accept);
            }
            state.commit(events);
            Ok(())
        })
    }

    /// Like [`commit_async`](Self::commit_async), but the answers can be waited for with
    /// [`wait_committed`](Self::wait_committed). False when there is nothing to send.
    pub fn begin_commit(&self) -> Served<bool> {
        self.with_state(|state, pass, events| {
            state.serve(&self.client, pass, events);
            if self.implicit {
                state.acknowledge_delivered(Acknowledgement::Accept);
            }
            let unsent = state.ledger.acknowledged();
            let any = !unsent.is_empty();
            state.commit = any.then(|| Commit(unsent.into_iter().map(|offsets| (offsets, code::NO_ERROR)).collect()));
            state.commit(events);
            Ok(any)
        })
    }

    /// Waits for the answers, or for an event.
    pub fn wait_committed(&self, timeout: Timeout, interruption: &Interruption<'_>) -> Served<Option<()>> {
        self.wait_until(timeout, interruption, SLICE, || {
            self.with_state(|state, pass, events| {
                state.serve(&self.client, pass, events);
                Ok(state.commit.as_ref().is_none_or(Commit::is_done).then_some(()))
            })
        })
    }

    /// The outcome for each partition of the commit. Acknowledgements that were not answered have timed out.
    pub fn end_commit(&self) -> PartitionList {
        let commit = self.state().commit.take();
        let partitions = commit.map(|commit| commit.0).unwrap_or_default();
        let mut list = PartitionList::with_capacity(partitions.len());
        for ((topic, partition, open), outcome) in partitions {
            let outcome = if open.is_empty() { outcome } else { code::REQUEST_TIMED_OUT };
            list.add_outcome(&topic, partition, outcome);
        }
        list
    }
}
