//! Events that librdkafka calls back with, collected on the calling thread.
//!
//! librdkafka runs callbacks inside the call that serves its queues, on the thread that made that call. The callbacks only
//! append to a thread-local list. The caller of [`collect`] gets the list when the native call has returned, and may then
//! do anything, even close the client.

mod callbacks;
mod document;

use std::{
    cell::{Cell, RefCell},
    ffi::CString,
};

pub(crate) use callbacks::{register, register_delivery, register_rebalance};
pub use document::Document;

use crate::{Delivered, PartitionList, error::owned, sys};

/// Something that librdkafka reports.
#[derive(Debug)]
pub enum Event {
    /// A log line, with its syslog level.
    Log {
        /// 0 (emergency) to 7 (debug).
        level: i32,
        /// librdkafka's short tag and the text.
        line: CString,
    },
    /// A statistics document.
    Statistics(Document),
    /// An error of the client as a whole.
    Error {
        /// The code; [`FATAL`](crate::code::FATAL) stands for the code of the fatal error.
        code: i32,
        /// librdkafka's text.
        reason: Option<CString>,
    },
    /// An OAUTHBEARER token is needed; with the value of `sasl.oauthbearer.config`.
    TokenRefresh(Option<CString>),
    /// Partitions are assigned or revoked; the application has to (un)assign them.
    Rebalance {
        /// `ASSIGN_PARTITIONS`, `REVOKE_PARTITIONS`, or an error.
        code: i32,
        /// The partitions concerned.
        partitions: PartitionList,
    },
    /// A message was delivered or has failed, and there is a callback for that.
    Delivered(Delivered),
    /// The broker answered acknowledgements of a share consumer.
    Acknowledged {
        /// The records that were acknowledged.
        partitions: Vec<Acknowledged>,
        /// 0, or why the acknowledgements failed.
        code: i32,
    },
}

/// Records of one partition whose acknowledgement the broker answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// The records' topic.
    pub topic: CString,
    /// The records' partition.
    pub partition: i32,
    /// The records' offsets.
    pub offsets: Vec<i64>,
}

impl Event {
    /// Converts a native event of a client that is leaving its group, and frees it. None for kinds of events that nobody
    /// handles at that time.
    ///
    /// # Safety
    /// `event` is null or owned by the caller.
    pub(crate) unsafe fn take(event: *mut sys::rd_kafka_event_t) -> Option<Self> {
        if event.is_null() {
            return None;
        }
        // SAFETY: not null, so the event is live and ours; everything is copied before it is destroyed.
        unsafe {
            let taken = match sys::rd_kafka_event_type(event) as u32 {
                sys::RD_KAFKA_EVENT_REBALANCE => Some(Self::Rebalance {
                    code: sys::rd_kafka_event_error(event),
                    partitions: PartitionList::copy_of(sys::rd_kafka_event_topic_partition_list(event)),
                }),
                sys::RD_KAFKA_EVENT_ERROR => Some(Self::Error {
                    code: sys::rd_kafka_event_error(event),
                    reason: owned(sys::rd_kafka_event_error_string(event)),
                }),
                sys::RD_KAFKA_EVENT_LOG => {
                    let (mut facility, mut text, mut level) = (std::ptr::null(), std::ptr::null(), 0);
                    sys::rd_kafka_event_log(event, &mut facility, &mut text, &mut level);
                    owned(text).map(|line| Self::Log { level, line })
                }
                sys::RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH => {
                    Some(Self::TokenRefresh(owned(sys::rd_kafka_event_config_string(event))))
                }
                _ => None,
            };
            sys::rd_kafka_event_destroy(event);
            taken
        }
    }
}

/// Drops each statistics event that a newer one follows.
pub fn without_outdated(mut events: Vec<Event>) -> Vec<Event> {
    let is_statistics = |event: &Event| matches!(event, Event::Statistics(_));
    let newest = events.iter().rposition(is_statistics);
    let mut index = 0..;
    events.retain(|event| index.next() == newest || !is_statistics(event));
    events
}

/// Takes each event at once instead of collecting it.
type Relay = Box<dyn Fn(Event)>;

thread_local! {
    static COLLECTED: RefCell<Vec<Event>> = const { RefCell::new(Vec::new()) };
    static YIELDING: Cell<bool> = const { Cell::new(false) };
    static RELAY: RefCell<Option<Relay>> = const { RefCell::new(None) };
}

/// Runs a call that serves a queue of librdkafka's. Returns the events of the callbacks that ran inside it, too.
pub(crate) fn collect<R>(call: impl FnOnce() -> R) -> (R, Vec<Event>) {
    let result = call();
    (result, COLLECTED.with(|collected| std::mem::take(&mut *collected.borrow_mut())))
}

/// Like [`collect`], for a poll that waits for a message: an event ends the poll, so that it is handled at once.
pub(crate) fn collect_yielding<R>(call: impl FnOnce() -> R) -> (R, Vec<Event>) {
    YIELDING.set(true);
    let collected = collect(call);
    YIELDING.set(false);
    collected
}

/// Runs a call that serves the main queue while it waits for something else. `relay` gets each event at once.
pub(crate) fn relay_to<R>(relay: impl Fn(Event) + 'static, call: impl FnOnce() -> R) -> R {
    RELAY.set(Some(Box::new(relay)));
    let result = call();
    RELAY.set(None);
    result
}

/// Adds an event to those that [`collect`] returns.
pub(crate) fn push(event: Event) {
    RELAY.with_borrow(|relay| match relay {
        Some(relay) => relay(event),
        None => COLLECTED.with(|collected| collected.borrow_mut().push(event)),
    });
}

/// Ends the poll inside which this callback runs, if [`collect_yielding`] called it.
///
/// # Safety
/// `rk` is the client that runs the callback.
unsafe fn yield_now(rk: *mut sys::rd_kafka_t) {
    if YIELDING.get() {
        // SAFETY: a client that runs a callback is live.
        unsafe { sys::rd_kafka_yield(rk) };
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    fn statistics(text: &CStr) -> Event {
        // SAFETY: librdkafka allocates and frees with C's functions, as `strdup` does.
        Event::Statistics(unsafe { Document::from_raw(libc::strdup(text.as_ptr()), text.count_bytes()) })
    }

    #[test]
    fn only_the_newest_statistics_stay_and_nothing_else_moves() {
        let error = |code| Event::Error { code, reason: None };
        let events = vec![statistics(c"1"), error(1), statistics(c"2"), error(2), statistics(c"3"), error(3)];
        let kept = without_outdated(events);
        let kept: Vec<_> = kept
            .iter()
            .map(|event| match event {
                Event::Statistics(document) => String::from_utf8_lossy(document.as_bytes()).into_owned(),
                Event::Error { code, .. } => format!("error {code}"),
                _ => unreachable!("made above"),
            })
            .collect();
        assert_eq!(kept, ["error 1", "error 2", "3", "error 3"]);
    }
}
