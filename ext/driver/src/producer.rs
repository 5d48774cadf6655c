//! Producing messages, and serving their delivery reports.

mod record;
mod topics;
mod turns;
mod waiting;

use std::{
    ffi::CString,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

pub use self::{record::Record, waiting::ProducersDelivery};
use self::{
    record::{enqueue, enqueue_with_headers},
    topics::{Topics, find_topic, new_topic},
    turns::Turns,
};
use crate::{
    Client, Closable, Config, Delivery, Error, Event, InFlight, Interruption, KafkaError, Kind, Leaving, Served,
    Timeout,
    closing::{self, TEARDOWN_LIMIT},
    code,
    events::collect,
    sync::{get_mut, lock},
    sys,
    transactions::Transactions,
};

/// How long `close` waits for the reports of purged messages, for which no broker is waited for.
const PURGE_LIMIT: Duration = Duration::from_secs(5);

/// How long `close` waits for a transaction call that is under way.
const TRANSACTION_LIMIT: Duration = Duration::from_secs(5);

/// A client that produces. Field order matters: topic handles are dropped before the client, and the data that its
/// callbacks use after it.
#[derive(Debug)]
pub struct Producer {
    topics: Mutex<Topics>,
    client: Client,
    in_flight: Arc<InFlight>,
    turns: Turns,
    pub(crate) transactions: Transactions,
}

impl Producer {
    /// Creates an admin client, which is a producer that produces nothing. It keeps a copy of the configuration for the
    /// consumer that asks coordinators.
    pub fn create_admin(config: Config) -> Result<Self, Error> {
        let copy = config.copy();
        let made = Self::create(config)?;
        made.client.operations.beside().config = Some(copy);
        Ok(made)
    }

    /// Creates a producer.
    pub fn create(mut config: Config) -> Result<Self, Error> {
        if !config.chooses_recovery && config.get(c"transactional.id").is_some_and(|id| !id.is_empty()) {
            config.keep_brokers()?;
        }
        let in_flight = Arc::<InFlight>::default();
        // SAFETY: the reference is dropped after the client (field order).
        unsafe { config.report_deliveries(Arc::as_ptr(&in_flight)) };
        let client = Client::create(config, Kind::Producer)?;
        let transactions = Transactions::default();
        Ok(Self { topics: Mutex::default(), client, in_flight, turns: Turns::default(), transactions })
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The messages whose delivery has not been reported.
    pub fn in_flight(&self) -> &Arc<InFlight> {
        &self.in_flight
    }

    /// Creates a topic handle with its own options, once for each name and `hash`.
    pub fn configure_topic(&self, topic: &[u8], hash: i64, options: &[(CString, CString)]) -> Result<(), Error> {
        let pass = self.client.enter()?;
        let mut topics = self.topics();
        if !topics.get(&hash).is_some_and(|named| named.contains_key(topic)) {
            let handle = new_topic(&pass, topic, options)?;
            topics.entry(hash).or_default().insert(topic.to_vec(), handle);
        }
        Ok(())
    }

    /// Queues a message. librdkafka keeps `delivery` until it has reported on it.
    pub fn produce(&self, record: &Record<'_>, delivery: Delivery) -> Result<(), Error> {
        let pass = self.client.enter()?;
        let mut topics = self.topics();
        let topic = find_topic(&mut topics, &pass, record.topic, record.topic_config)?;
        let opaque = delivery.into_raw();
        self.in_flight.begin();
        // SAFETY: the opaque is from `into_raw`.
        let queued = unsafe {
            if record.timestamp.is_none() && record.headers.is_empty() {
                enqueue(topic, record, opaque)
            } else {
                enqueue_with_headers(&pass, topic, record, opaque)
            }
        };
        drop(topics);
        queued.map_err(|error| {
            // SAFETY: from `into_raw` above. librdkafka refused the message, so it will not report on it.
            drop(unsafe { Delivery::from_raw(opaque) });
            self.in_flight.end();
            self.client.resolve(error).into()
        })
    }

    /// Sends queued messages and serves delivery reports for at most `slice`. True when nothing is left.
    pub fn flush(&self, slice: Timeout) -> Served<bool> {
        Served::by(|events| {
            let pass = self.client.enter()?;
            // SAFETY: the pass keeps the handle alive.
            let (code, flushed) = collect(|| unsafe { sys::rd_kafka_flush(pass.rk(), slice.0) });
            *events = self.client.take_relayed();
            events.extend(flushed);
            match code {
                code::NO_ERROR => Ok(true),
                code::TIMED_OUT => Ok(false),
                other => Err(KafkaError::new(other).into()),
            }
        })
    }

    /// Purges all messages, queued and in flight. Their reports say so.
    pub fn purge(&self) -> Result<(), Error> {
        self.purge_with(0)
    }

    fn purge_with(&self, more: u32) -> Result<(), Error> {
        let pass = self.client.enter()?;
        let flags = sys::RD_KAFKA_PURGE_F_QUEUE | sys::RD_KAFKA_PURGE_F_INFLIGHT | more;
        // SAFETY: the pass keeps the handle alive.
        self.client.check(unsafe { sys::rd_kafka_purge(pass.rk(), flags as i32) })
    }

    /// Serves the main queue until there are events, the wait is interrupted, or the producer has drained (true, possibly
    /// with its last events). For the polling thread.
    pub fn serve(&self, slice: Timeout, interruption: &Interruption<'_>) -> Served<bool> {
        let has_drained = || {
            let client = &self.client;
            Ok(client.gate().is_draining() && client.out_queue_len()? == 0 && !client.has_relayed())
        };
        loop {
            self.turns.stay_away(&self.in_flight, || interruption.is_set() || !self.client.gate().is_open());
            let Served { result, events } = self.client.poll_main(slice);
            let drained = result.and_then(|_| has_drained());
            if !matches!(drained, Ok(false)) || !events.is_empty() || interruption.is_set() {
                return Served { result: drained, events };
            }
        }
    }

    /// Releases a reference. With the last one, the producer is closed on another thread, without calling callbacks.
    pub fn release(self: Arc<Self>) {
        if let Some(producer) = Arc::into_inner(self) {
            closing::collect(Arc::new(producer));
        }
    }

    fn topics(&self) -> MutexGuard<'_, Topics> {
        lock(&self.topics)
    }
}

impl Closable for Producer {
    const LEAVES_WITHIN: Duration = TEARDOWN_LIMIT;

    fn client(&self) -> &Client {
        &self.client
    }

    fn flush_at_exit(&self, slice: Timeout) -> Served<bool> {
        self.flush(slice)
    }

    fn undelivered(&self) -> i32 {
        // librdkafka's queue also has events, such as errors; reports that wait for their callback are in flight.
        let in_flight = i32::try_from(self.in_flight.len()).unwrap_or(i32::MAX);
        self.client.out_queue_len().map_or(0, |queued| queued.min(in_flight))
    }

    /// Waits for a transaction call, then purges undelivered messages, so that every delivery completes.
    fn leave(&self, leaving: &mut Leaving, slice: Timeout) -> Served<bool> {
        Served::by(|events| {
            let mut serve = |slice| {
                let served = self.client.poll_main(slice);
                *events = served.events;
                served.result
            };
            if leaving.lost.is_none() {
                let limit = leaving.since + TRANSACTION_LIMIT;
                let limit = leaving.deadline.map_or(limit, |deadline| deadline.min(limit));
                if Instant::now() < limit && !self.wait_for_transaction(slice) {
                    return Ok(false);
                }
                serve(Timeout::NONE)?;
                leaving.lost = Some(self.undelivered());
                leaving.since = Instant::now();
                self.purge_with(sys::RD_KAFKA_PURGE_F_NON_BLOCKING)?;
                return Ok(false);
            }
            if self.client.out_queue_len()? == 0 || leaving.since.elapsed() >= PURGE_LIMIT {
                return Ok(true);
            }
            serve(slice)?;
            Ok(false)
        })
    }

    /// If a transaction call is under way, leaves it to the call to free the native client.
    unsafe fn destroy(&self) -> Vec<Event> {
        if self.transactions.leave_producer() {
            return self.client.take_relayed();
        }
        self.topics().clear();
        // SAFETY: the caller promises that nobody uses the client, and no transaction call is under way.
        unsafe { self.client.destroy(false) }
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        let topics = std::mem::take(get_mut(&mut self.topics));
        if self.client.gate().is_foreign() {
            std::mem::forget(topics);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_are_refused_leave_nothing_behind() {
        let producer = Producer::create(Config::new(false)).unwrap();
        let options = [(c"no.such.option".to_owned(), c"1".to_owned())];
        assert!(producer.configure_topic(b"topic", 7, &options).is_err());
        assert!(producer.topics().is_empty());
    }
}
