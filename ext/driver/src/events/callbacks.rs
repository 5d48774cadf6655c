//! The functions that librdkafka calls back.

use std::{
    cell::RefCell,
    ffi::{CStr, c_char, c_int, c_void},
    sync::Arc,
};

use super::{Document, Event, push, yield_now};
use crate::{Delivered, Delivery, InFlight, PartitionList, error::owned, sys};

thread_local! {
    static LAST_TOPIC: RefCell<Option<Arc<CStr>>> = const { RefCell::new(None) };
}

/// Registers the callbacks that every client has.
///
/// # Safety
/// `conf` is a live configuration.
pub(crate) unsafe fn register(conf: *mut sys::rd_kafka_conf_t, token_refresh: bool) {
    // SAFETY: the caller promises a live configuration; the functions have the types that librdkafka calls.
    unsafe {
        sys::rd_kafka_conf_set_log_cb(conf, Some(on_log));
        sys::rd_kafka_conf_set_stats_cb(conf, Some(on_statistics));
        sys::rd_kafka_conf_set_error_cb(conf, Some(on_error));
        if token_refresh {
            sys::rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf, Some(on_token_refresh));
        }
    }
}

/// Registers the delivery callback. `in_flight` tells whether deliveries become events.
///
/// # Safety
/// `conf` is live; `in_flight` is in an `Arc` and outlives the client that is created from `conf`.
pub(crate) unsafe fn register_delivery(conf: *mut sys::rd_kafka_conf_t, in_flight: *const InFlight) {
    // SAFETY: the callback gets the opaque, which the caller promises to outlive the client.
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
    // SAFETY: the caller promises a live configuration; the function has the type that librdkafka calls.
    unsafe { sys::rd_kafka_conf_set_rebalance_cb(conf, Some(on_rebalance)) };
}

extern "C" fn on_log(_rk: *const sys::rd_kafka_t, level: c_int, _facility: *const c_char, text: *const c_char) {
    // SAFETY: librdkafka passes null or a C string that lives during the call.
    if let Some(line) = unsafe { owned(text) } {
        push(Event::Log { level, line });
    }
}

extern "C" fn on_statistics(rk: *mut sys::rd_kafka_t, json: *mut c_char, len: usize, _opaque: *mut c_void) -> c_int {
    // SAFETY: returning 1 makes the buffer ours, which has the length given.
    push(Event::Statistics(unsafe { Document::from_raw(json, len) }));
    // SAFETY: the client that runs this callback.
    unsafe { yield_now(rk) };
    1
}

extern "C" fn on_error(rk: *mut sys::rd_kafka_t, code: c_int, reason: *const c_char, _opaque: *mut c_void) {
    // SAFETY: librdkafka passes null or a C string that lives during the call.
    push(Event::Error { code, reason: unsafe { owned(reason) } });
    // SAFETY: the client that runs this callback.
    unsafe { yield_now(rk) };
}

extern "C" fn on_token_refresh(rk: *mut sys::rd_kafka_t, config: *const c_char, _opaque: *mut c_void) {
    // SAFETY: librdkafka passes null or a C string that lives during the call.
    push(Event::TokenRefresh(unsafe { owned(config) }));
    // SAFETY: the client that runs this callback.
    unsafe { yield_now(rk) };
}

extern "C" fn on_rebalance(
    rk: *mut sys::rd_kafka_t,
    code: sys::rd_kafka_resp_err_t,
    partitions: *mut sys::rd_kafka_topic_partition_list_t,
    _opaque: *mut c_void,
) {
    // SAFETY: the list is live during the call, and is copied.
    push(Event::Rebalance { code, partitions: unsafe { PartitionList::copy_of(partitions) } });
    // SAFETY: the client that runs this callback.
    unsafe { yield_now(rk) };
}

extern "C" fn on_delivery(_rk: *mut sys::rd_kafka_t, message: *const sys::rd_kafka_message_t, opaque: *mut c_void) {
    // SAFETY: librdkafka keeps the message alive during the call.
    let message = unsafe { &*message };
    // SAFETY: the message's opaque is from `Delivery::into_raw`, in `Producer::produce`, and is reported only once.
    let delivery = unsafe { Delivery::from_raw(message._private) };
    delivery.fill(message);
    // SAFETY: the opaque of `register_delivery`, which outlives the client.
    let in_flight = unsafe { &*opaque.cast::<InFlight>() };
    if in_flight.has_callback() {
        // SAFETY: it is in an `Arc` (see `register_delivery`), to which this adds a reference. The topic lives as long as the
        // message.
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

/// A copy of a topic's name. It is shared with the copy made before when the names are the same, as they mostly are.
///
/// # Safety
/// `text` is null or a live C string.
unsafe fn shared(text: *const c_char) -> Option<Arc<CStr>> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not null, so the caller promises a C string.
    let text = unsafe { CStr::from_ptr(text) };
    LAST_TOPIC.with_borrow_mut(|last| match last {
        Some(last) if **last == *text => Some(Arc::clone(last)),
        _ => {
            *last = Some(text.into());
            last.clone()
        }
    })
}
