//! Topics of a share consumer. Giving them up returns their records.

use std::time::Instant;

use super::{Acknowledgement, FETCH_MARGIN, ShareConsumer, ledger::Ledger};
use crate::{Error, Interruption, PartitionList, Served, Timeout, sys};

impl ShareConsumer {
    /// Subscribes to the topics of the list, instead of those before.
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

    /// Starts to end the subscription. What was delivered is accepted in implicit mode; everything else that was not
    /// acknowledged is released. True when the member was subscribed: then [`wait_given_back`](Self::wait_given_back)
    /// and [`end_unsubscribe`](Self::end_unsubscribe) have to follow.
    pub fn begin_unsubscribe(&self) -> Served<bool> {
        self.with_state(|state, pass, events| {
            let kind = if self.implicit { Acknowledgement::Accept } else { Acknowledgement::Release };
            state.acknowledge_delivered(kind);
            state.release_undelivered();
            state.commit(events);
            if !state.subscribed {
                return Ok(false);
            }
            // Leaves the group, so that nothing more is fetched, while librdkafka still lets us poll.
            // SAFETY: the caller has a pass.
            self.client.check(unsafe { sys::rd_kafka_unsubscribe(pass.rk()) }).map(|()| true)
        })
    }

    /// Waits until the broker has got everything back, also what a fetch that is under way brings, or for events to be
    /// handled; `since` is when it began. A fetch may bring nothing, which nobody tells, so it has to be looked for.
    pub fn wait_given_back(
        &self,
        since: Instant,
        timeout: Timeout,
        interruption: &Interruption<'_>,
    ) -> Served<Option<()>> {
        let given_back = || {
            self.with_state(|state, pass, events| {
                state.serve(&self.client, pass, events);
                if state.fetching && state.ledger.may_send() {
                    // A fetch that failed has brought nothing.
                    let _ = state.fetch(events);
                    state.release_undelivered();
                    state.commit(events);
                }
                let fetching = state.fetching && since.elapsed() < self.fetch_limit;
                let over = since.elapsed() >= self.request_limit;
                Ok((over || !fetching && !state.ledger.is_busy()).then_some(()))
            })
        };
        let waited = self.wait_until(timeout, interruption, FETCH_MARGIN, given_back);
        // A consumer that was closed meanwhile has nothing to give back.
        Served { result: Ok(waited.result.unwrap_or(Some(()))), events: waited.events }
    }

    /// Ends the subscription. What a later answer brings stays locked until the broker's time is over.
    pub fn end_unsubscribe(&self) -> Result<(), Error> {
        let _pass = self.client.enter()?;
        let mut state = self.state();
        state.subscribed = false;
        state.ledger = Ledger::default();
        Ok(state.handle.unsubscribe().map_err(|error| self.client.resolve(error))?)
    }
}
