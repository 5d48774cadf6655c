//! What librdkafka calls back, collected on the calling thread.
//!
//! librdkafka runs callbacks inside the call that serves its queues, on the thread that made that call. Here they only
//! append to a thread-local list; the caller of [`collect`] gets it when the native call has returned and may then do
//! whatever it likes, closing the client included.

use std::{
    cell::{Cell, RefCell},
    ffi::{CStr, CString, c_char, c_int, c_void},
    sync::Arc,
};

use crate::{Delivered, Delivery, InFlight, PartitionList, error::owned, sys};

/// Something that librdkafka wants known.
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
        /// Its code; [`FATAL`](crate::code::FATAL) stands for the real one.
        code: i32,
        /// librdkafka's text.
        reason: Option<CString>,
    },
    /// An OAUTHBEARER token is wanted, with the value of `sasl.oauthbearer.config`.
    TokenRefresh(Option<CString>),
    /// Partitions come or go; the application has to (un)assign them.
    Rebalance {
        /// Assign, revoke, or what went wrong.
        code: i32,
        /// The partitions concerned.
        partitions: PartitionList,
    },
    /// A message was delivered, or not, and somebody wants to be called about it.
    Delivered(Delivered),
    /// Acknowledgements of a share consumer were answered.
    Acknowledged {
        /// What they were of.
        partitions: Vec<Acknowledged>,
        /// 0, or why they failed.
        code: i32,
    },
}

/// Records of one partition whose acknowledgement was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// Their topic.
    pub topic: CString,
    /// Their partition.
    pub partition: i32,
    /// Their offsets.
    pub offsets: Vec<i64>,
}

impl Event {
    /// Turns a native event of a client that leaves its group into ours. None if it is of another kind than these:
    /// nobody wants it then.
    ///
    /// # Safety
    /// `event` is null or owned by the caller.
    pub(crate) unsafe fn take(event: *mut sys::rd_kafka_event_t) -> Option<Self> {
        if event.is_null() {
            return None;
        }
        // SAFETY: a live event; everything is copied before it is destroyed.
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

/// The events without statistics that are followed by newer ones.
pub fn without_outdated(mut events: Vec<Event>) -> Vec<Event> {
    let is_statistics = |event: &Event| matches!(event, Event::Statistics(_));
    let newest = events.iter().rposition(is_statistics);
    let mut index = 0..;
    events.retain(|event| index.next() == newest || !is_statistics(event));
    events
}

/// A statistics document in memory of librdkafka.
#[derive(Debug)]
pub struct Document {
    text: *mut c_char,
    len: usize,
}

// SAFETY: the buffer is owned by this value alone.
unsafe impl Send for Document {}

impl Document {
    /// The document.
    pub fn as_bytes(&self) -> &[u8] {
        // SAFETY: given by librdkafka with its length, and ours until dropped.
        unsafe { std::slice::from_raw_parts(self.text.cast(), self.len) }
    }

    /// # Safety
    /// `text` was allocated by librdkafka with `len` bytes and belongs to the caller.
    unsafe fn from_raw(text: *mut c_char, len: usize) -> Self {
        Self { text, len }
    }
}

impl Drop for Document {
    fn drop(&mut self) {
        // SAFETY: allocated by librdkafka, handed over by the statistics callback.
        unsafe { sys::rd_kafka_mem_free(std::ptr::null_mut(), self.text.cast()) };
    }
}

/// Where events go that are not collected.
type Relay = Box<dyn Fn(Event)>;

thread_local! {
    static COLLECTED: RefCell<Vec<Event>> = const { RefCell::new(Vec::new()) };
    static YIELDING: Cell<bool> = const { Cell::new(false) };
    static LAST_TOPIC: RefCell<Option<Arc<CStr>>> = const { RefCell::new(None) };
    static RELAY: RefCell<Option<Relay>> = const { RefCell::new(None) };
}

/// Runs a call that serves a queue of librdkafka and returns what was called back meanwhile.
pub(crate) fn collect<R>(call: impl FnOnce() -> R) -> (R, Vec<Event>) {
    let result = call();
    (result, COLLECTED.with(|collected| std::mem::take(&mut *collected.borrow_mut())))
}

/// The same for a poll that would go on waiting for a message: an event ends it, to be handled at once.
pub(crate) fn collect_yielding<R>(call: impl FnOnce() -> R) -> (R, Vec<Event>) {
    YIELDING.set(true);
    let collected = collect(call);
    YIELDING.set(false);
    collected
}

/// Runs a call that serves the main queue while it waits for something else: events are handed on at once.
pub(crate) fn relay_to<R>(relay: impl Fn(Event) + 'static, call: impl FnOnce() -> R) -> R {
    RELAY.set(Some(Box::new(relay)));
    let result = call();
    RELAY.set(None);
    result
}

/// Notes an event for the current [`collect`].
pub(crate) fn push(event: Event) {
    RELAY.with_borrow(|relay| match relay {
        Some(relay) => relay(event),
        None => COLLECTED.with(|collected| collected.borrow_mut().push(event)),
    });
}

/// Registers the callbacks that every client has.
///
/// # Safety
/// `conf` is a live configuration.
pub(crate) unsafe fn register(conf: *mut sys::rd_kafka_conf_t, token_refresh: bool) {
    // SAFETY: the functions live for ever and keep to C's types.
    unsafe {
        sys::rd_kafka_conf_set_log_cb(conf, Some(on_log));
        sys::rd_kafka_conf_set_stats_cb(conf, Some(on_statistics));
        sys::rd_kafka_conf_set_error_cb(conf, Some(on_error));
        if token_refresh {
            sys::rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf, Some(on_token_refresh));
        }
    }
}

/// Registers the delivery callback; `in_flight` says whether deliveries become events.
///
/// # Safety
/// `conf` is live; `in_flight` is in an `Arc`, and outlives the client made from it.
pub(crate) unsafe fn register_delivery(conf: *mut sys::rd_kafka_conf_t, in_flight: *const InFlight) {
    // SAFETY: the function lives for ever and gets what is set as opaque, which the caller keeps.
    unsafe {
        sys::rd_kafka_conf_set_opaque(conf, in_flight.cast_mut().cast());
        sys::rd_kafka_conf_set_dr_msg_cb(conf, Some(on_delivery));
    }
}

/// Registers the rebalance callback.
///
/// # Safety
/// `conf` is live.
pub(crate) unsafe fn register_rebalance(conf: *mut sys::rd_kafka_conf_t) {
    // SAFETY: the function lives for ever and keeps to C's types.
    unsafe { sys::rd_kafka_conf_set_rebalance_cb(conf, Some(on_rebalance)) };
}

extern "C" fn on_log(_rk: *const sys::rd_kafka_t, level: c_int, _facility: *const c_char, text: *const c_char) {
    // SAFETY: a live C string or null.
    if let Some(line) = unsafe { owned(text) } {
        push(Event::Log { level, line });
    }
}

extern "C" fn on_statistics(rk: *mut sys::rd_kafka_t, json: *mut c_char, len: usize, _opaque: *mut c_void) -> c_int {
    // SAFETY: returning 1 makes the buffer ours.
    push(Event::Statistics(unsafe { Document::from_raw(json, len) }));
    yield_now(rk);
    1
}

extern "C" fn on_error(rk: *mut sys::rd_kafka_t, code: c_int, reason: *const c_char, _opaque: *mut c_void) {
    // SAFETY: a live C string or null.
    push(Event::Error { code, reason: unsafe { owned(reason) } });
    yield_now(rk);
}

extern "C" fn on_token_refresh(rk: *mut sys::rd_kafka_t, config: *const c_char, _opaque: *mut c_void) {
    // SAFETY: a live C string or null.
    push(Event::TokenRefresh(unsafe { owned(config) }));
    yield_now(rk);
}

extern "C" fn on_rebalance(
    rk: *mut sys::rd_kafka_t,
    code: sys::rd_kafka_resp_err_t,
    partitions: *mut sys::rd_kafka_topic_partition_list_t,
    _opaque: *mut c_void,
) {
    // SAFETY: the list is live during the call and copied.
    push(Event::Rebalance { code, partitions: unsafe { PartitionList::copy_of(partitions) } });
    yield_now(rk);
}

extern "C" fn on_delivery(_rk: *mut sys::rd_kafka_t, message: *const sys::rd_kafka_message_t, opaque: *mut c_void) {
    // SAFETY: live during the callback.
    let message = unsafe { &*message };
    // SAFETY: the opaque of a message is the delivery that `Producer::produce` gave away, returned exactly once here.
    let delivery = unsafe { Delivery::from_raw(message._private) };
    delivery.fill(message);
    // SAFETY: what was registered, which outlives the client.
    let in_flight = unsafe { &*opaque.cast::<InFlight>() };
    if in_flight.has_callback() {
        // SAFETY: it is in an `Arc` (see `register_delivery`), of which this is one more reference. The topic lives as long
        // as the message.
        let (in_flight, topic) = unsafe {
            Arc::increment_strong_count(opaque.cast::<InFlight>());
            (Arc::from_raw(opaque.cast::<InFlight>()), shared(sys::rd_kafka_topic_name(message.rkt)))
        };
        push(Event::Delivered(Delivered { delivery, topic, in_flight }));
    } else {
        delivery.finish();
        in_flight.end();
    }
}

/// A copy of a text, which is the one made before if that was the same: most deliveries are of the same topic as the one before.
///
/// # Safety
/// `text` is null or a live C string.
unsafe fn shared(text: *const c_char) -> Option<Arc<CStr>> {
    if text.is_null() {
        return None;
    }
    // SAFETY: see above.
    let text = unsafe { CStr::from_ptr(text) };
    LAST_TOPIC.with_borrow_mut(|last| match last {
        Some(last) if **last == *text => Some(Arc::clone(last)),
        _ => {
            *last = Some(text.into());
            last.clone()
        }
    })
}

/// Ends the poll that is serving us, if it was called by [`collect_yielding`].
fn yield_now(rk: *mut sys::rd_kafka_t) {
    if YIELDING.get() {
        // SAFETY: the client that calls back is alive.
        unsafe { sys::rd_kafka_yield(rk) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistics(text: &CStr) -> Event {
        // SAFETY: librdkafka frees with C's `free`, too.
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
