//! The topics of a share consumer. Unsubscribing releases their records.

use std::time::Instant;

use super::{Acknowledgement, FETCH_MARGIN, ShareConsumer, ledger::Ledger};
use crate::{Error, Interruption, PartitionList, Served, Timeout, sys};

impl ShareConsumer {
    /// Subscribes to the topics of the list, which replace the former ones.
    pub fn subscribe(&self, topics: &PartitionList) -> Result<(), Error> {
        let _pass = self.client.enter()?;
        let mut state = self.state();
        state.handle.subscribe(topics).map_err(|error| self.client.resolve(error))?;
        state.subscribed = true;
        Ok(())
    }

    /// The topics subscribed to.
    pub fn subscription(&self) -> Result<PartitionList, Error> {
        let _pass = self.client.enter()?;
        Ok(self.state().handle.subscription().map_err(|error| self.client.resolve(error))?)
    }

    /// Begins to unsubscribe. In implicit mode, delivered records are accepted; all other records that were not
    /// acknowledged are released. True when there was a subscription: then [`wait_released`](Self::wait_released) and
    /// [`end_unsubscribe`](Self::end_unsubscribe) have to follow.
    pub fn begin_unsubscribe(&self) -> Served<bool> {
        self.with_state(|state, pass, events| {
            let kind = if self.implicit { Acknowledgement::Accept } else { Acknowledgement::Release };
            state.acknowledge_delivered(kind);
            state.release_undelivered();
            state.commit(events);
            if !state.subscribed {
                return Ok(false);
            }
            // Leaves the group, so that nothing more is fetched, but unlike `Handle::unsubscribe` still lets us poll.
            // SAFETY: the pass keeps the handle alive.
            self.client.check(unsafe { sys::rd_kafka_unsubscribe(pass.rk()) }).map(|()| true)
        })
    }

    /// Waits until all records have been released, including those of a fetch under way, or for an event. `since` is when
    /// the wait began. A fetch that brings no records is not reported, so it is polled for.
    pub fn wait_released(
        &self,
        since: Instant,
        timeout: Timeout,
        interruption: &Interruption<'_>,
    ) -> Served<Option<()>> {
        let released = || {
            self.with_state(|state, pass, events| {
                state.serve(&self.client, pass, events);
                if state.fetching && state.ledger.may_send() {
                    // A failed fetch has brought no records to release.
                    let _ = state.fetch(events);
                    state.release_undelivered();
                    state.commit(events);
                }
                let fetching = state.fetching && since.elapsed() < self.fetch_limit;
                let over = since.elapsed() >= self.request_limit;
                Ok((over || !fetching && !state.ledger.is_busy()).then_some(()))
            })
        };
        let waited = self.wait_until(timeout, interruption, FETCH_MARGIN, released);
        // Closing a consumer releases its records.
        Served { result: Ok(waited.result.unwrap_or(Some(()))), events: waited.events }
    }

    /// Ends the subscription. Records that a late answer brings stay locked until the broker's lock duration is over.
    pub fn end_unsubscribe(&self) -> Result<(), Error> {
        let _pass = self.client.enter()?;
        let mut state = self.state();
        state.subscribed = false;
        state.ledger = Ledger::default();
        Ok(state.handle.unsubscribe().map_err(|error| self.client.resolve(error))?)
    }
}
