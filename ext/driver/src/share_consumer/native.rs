//! librdkafka's share consumer.

use std::{
    ffi::{CStr, c_char, c_void},
    mem::ManuallyDrop,
    ptr::NonNull,
};

use super::Acknowledgement;
use crate::{Acknowledged, Config, Error, Event, KafkaError, Message, PartitionList, events::push, queue::Queue, sys};

/// The native handle. It is freed when the client that it wraps is destroyed. Until then, one thread at a time may use it.
#[derive(Debug)]
pub(super) struct Handle(NonNull<sys::rd_kafka_share_t>);

// SAFETY: librdkafka does not tie the handle to a thread; the lock of the consumer's state admits one at a time.
unsafe impl Send for Handle {}

impl Handle {
    /// Creates a share consumer in explicit mode. Returns the client that it wraps, too.
    pub fn create(mut config: Config) -> Result<(Self, *mut sys::rd_kafka_t), Error> {
        config.set(c"share.acknowledgement.mode", c"explicit")?;
        let mut client: *mut sys::rd_kafka_t = std::ptr::null_mut();
        let opaque: *mut *mut sys::rd_kafka_t = &mut client;
        // SAFETY: `create_by` passes a configuration that we own and a buffer of the size given. The interceptor is called
        // before this call returns, so `client` is live.
        let share = config.create_by(|conf, text, size| unsafe {
            sys::rd_kafka_conf_interceptor_add_on_new(conf, c"karafka".as_ptr(), Some(on_new), opaque.cast());
            sys::rd_kafka_share_consumer_new(conf, text, size)
        })?;
        let handle = Self(share);
        // SAFETY: we own the handle and the error; the function has the type that librdkafka calls.
        unsafe {
            KafkaError::take(sys::rd_kafka_share_set_acknowledgement_commit_cb(
                handle.as_ptr(),
                Some(on_acknowledged),
                std::ptr::null_mut(),
            ))?;
        }
        Ok((handle, client))
    }

    /// Takes fetched records, without waiting. Also sends all acknowledgements, and fetches more.
    pub fn poll(&self) -> Result<Option<Batch>, KafkaError> {
        let mut messages = std::ptr::null_mut();
        // SAFETY: the handle is live; we own the error and the messages.
        unsafe {
            KafkaError::take(sys::rd_kafka_share_poll(self.as_ptr(), 0, &mut messages))?;
            Ok(Batch::from_raw(messages))
        }
    }

    /// Acknowledges a record. That is sent later.
    pub fn acknowledge(
        &self,
        topic: &CStr,
        partition: i32,
        offset: i64,
        kind: Acknowledgement,
    ) -> Result<(), KafkaError> {
        // SAFETY: the handle is live; librdkafka copies the C string.
        KafkaError::check(unsafe {
            sys::rd_kafka_share_acknowledge_offset(self.as_ptr(), topic.as_ptr(), partition, offset, kind as _)
        })
    }

    /// Sends all acknowledgements.
    pub fn commit_async(&self) -> Result<(), KafkaError> {
        // SAFETY: the handle is live; we own the error.
        unsafe { KafkaError::take(sys::rd_kafka_share_commit_async(self.as_ptr())) }
    }

    /// Subscribes to the topics of the list.
    pub fn subscribe(&self, topics: &PartitionList) -> Result<(), KafkaError> {
        // SAFETY: the handle is live; librdkafka copies the list.
        KafkaError::check(unsafe { sys::rd_kafka_share_subscribe(self.as_ptr(), topics.as_ptr()) })
    }

    /// Ends the subscription. librdkafka refuses polls then.
    pub fn unsubscribe(&self) -> Result<(), KafkaError> {
        // SAFETY: the handle is live.
        KafkaError::check(unsafe { sys::rd_kafka_share_unsubscribe(self.as_ptr()) })
    }

    /// The topics subscribed to.
    pub fn subscription(&self) -> Result<PartitionList, KafkaError> {
        let mut list = std::ptr::null_mut();
        // SAFETY: the handle is live; on success there is a list, and we own it.
        unsafe {
            KafkaError::check(sys::rd_kafka_share_subscription(self.as_ptr(), &mut list))?;
            Ok(PartitionList::from_raw(list))
        }
    }

    /// Starts leaving the group. `queue` receives the events that have to be served meanwhile.
    pub fn begin_close(&self, queue: &Queue) -> Result<(), KafkaError> {
        // SAFETY: handle and queue are live; we own the error.
        unsafe { KafkaError::take(sys::rd_kafka_share_consumer_close_queue(self.as_ptr(), queue.as_ptr())) }
    }

    fn as_ptr(&self) -> *mut sys::rd_kafka_share_t {
        self.0.as_ptr()
    }
}

/// The records of one fetch. librdkafka waits for them when the client is destroyed.
#[derive(Debug)]
pub(super) struct Batch {
    native: NonNull<sys::rd_kafka_messages_t>,
    messages: Vec<ManuallyDrop<Message>>,
}

// SAFETY: this value alone owns the records, which are not tied to a thread.
unsafe impl Send for Batch {}

impl Batch {
    /// # Safety
    /// `native` is null or owned by the caller.
    unsafe fn from_raw(native: *mut sys::rd_kafka_messages_t) -> Option<Self> {
        let native = NonNull::new(native)?;
        // SAFETY: not null, so live; indices are below the count.
        let messages = unsafe {
            let count = sys::rd_kafka_messages_count(native.as_ptr());
            (0..count).filter_map(|i| Message::from_raw(sys::rd_kafka_messages_get(native.as_ptr(), i))).collect()
        };
        let messages: Vec<Message> = messages;
        Some(Self { native, messages: messages.into_iter().map(ManuallyDrop::new).collect() })
    }

    /// The records, in order.
    pub fn messages(&self) -> &[ManuallyDrop<Message>] {
        &self.messages
    }

    /// How often a record has been delivered, this time included.
    pub fn delivery_count(message: &Message) -> i16 {
        // SAFETY: the reference proves that the message is live.
        unsafe { sys::rd_kafka_message_delivery_count(message.as_ptr()) }
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // SAFETY: we own the records, and drop them before the client. The messages are parts of them.
        unsafe { sys::rd_kafka_messages_destroy(self.native.as_ptr()) };
    }
}

extern "C" fn on_new(
    rk: *mut sys::rd_kafka_t,
    _conf: *const sys::rd_kafka_conf_t,
    client: *mut c_void,
    _text: *mut c_char,
    _size: usize,
) -> sys::rd_kafka_resp_err_t {
    // SAFETY: the variable in `Handle::create`, which is live until the client has been created.
    unsafe { *client.cast() = rk };
    sys::RD_KAFKA_RESP_ERR_NO_ERROR
}

extern "C" fn on_acknowledged(
    _share: *mut sys::rd_kafka_share_t,
    list: *mut sys::rd_kafka_share_partition_offsets_list_t,
    code: sys::rd_kafka_resp_err_t,
    _opaque: *mut c_void,
) {
    // SAFETY: the list is live during the call; indices are below the counts; everything is copied.
    let partitions = unsafe {
        (0..sys::rd_kafka_share_partition_offsets_list_count(list))
            .map(|index| {
                let entry = sys::rd_kafka_share_partition_offsets_list_get(list, index);
                let partition = &*sys::rd_kafka_share_partition_offsets_partition(entry);
                let count = sys::rd_kafka_share_partition_offsets_offsets_cnt(entry);
                let offsets = sys::rd_kafka_share_partition_offsets_offsets(entry);
                Acknowledged {
                    topic: CStr::from_ptr(partition.topic).to_owned(),
                    partition: partition.partition,
                    offsets: (0..count).map(|i| *offsets.add(i)).collect(),
                }
            })
            .collect()
    };
    push(Event::Acknowledged { partitions, code });
}
