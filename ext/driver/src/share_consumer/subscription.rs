//! Topics of a share consumer. Who gives them up gives back the records of them.

use std::time::Instant;

use super::{Acknowledgement, FETCH_MARGIN, Served, ShareConsumer, ledger::Ledger};
use crate::{Error, Interruption, PartitionList, sys};

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
        self.with_state(|state, rk| {
            let kind = if self.implicit { Acknowledgement::Accept } else { Acknowledgement::Release };
            let mut events = Vec::new();
            state.acknowledge_delivered(kind);
            state.release_undelivered();
            state.commit(&mut events);
            if !state.subscribed {
                return (Ok(false), events);
            }
            // Leaves the group, so that nothing more is fetched, while librdkafka still lets us poll.
            // SAFETY: the caller has a pass.
            let left = self.client.check(unsafe { sys::rd_kafka_unsubscribe(rk) });
            (left.map(|()| true), events)
        })
    }

    /// Waits until the broker has got everything back, also what a fetch that is under way brings, or for events to be
    /// handled. True when there is nothing more to wait for; `since` is when it began.
    pub fn wait_given_back(&self, since: Instant, interruption: &Interruption<'_>) -> Served<bool> {
        loop {
            let seen = self.signal.count();
            let (settled, events) = self.with_state(|state, rk| {
                let (_, mut events) = state.serve(&self.client, rk);
                if state.fetching && state.ledger.may_send() {
                    // A fetch that failed has brought nothing.
                    let _ = state.fetch(&mut events);
                    state.release_undelivered();
                    state.commit(&mut events);
                }
                let fetching = state.fetching && since.elapsed() < self.fetch_limit;
                (Ok(!fetching && !state.ledger.is_busy()), events)
            });
            let over = settled != Ok(false) || since.elapsed() >= self.request_limit;
            if over || !events.is_empty() || interruption.is_set() || self.client.gate().is_closing() {
                return (Ok(over), events);
            }
            self.signal.wait(seen, FETCH_MARGIN);
        }
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
