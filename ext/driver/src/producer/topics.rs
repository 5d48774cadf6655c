//! The topics of a producer.

use std::{
    ffi::{CString, c_char},
    ptr::NonNull,
};

use hashbrown::{HashMap, hash_map::EntryRef}; // faster than std's for the look-up that every message takes

use crate::{
    Error, Pass,
    config::{ERROR_TEXT_SIZE, text_of},
    sys,
};

/// Topic handles by the hash of the topic configuration (0 for none), then by name.
pub(super) type Topics = HashMap<i64, HashMap<Vec<u8>, TopicHandle>>;

#[derive(Debug)]
pub(super) struct TopicHandle(NonNull<sys::rd_kafka_topic_t>);

// SAFETY: librdkafka's topics are reference-counted, have a lock of their own, and are not tied to a thread.
unsafe impl Send for TopicHandle {}

impl Drop for TopicHandle {
    fn drop(&mut self) {
        // SAFETY: we own the reference, and drop it before the client.
        unsafe { sys::rd_kafka_topic_destroy(self.0.as_ptr()) };
    }
}

impl TopicHandle {
    /// The native topic, which is live as long as this handle.
    pub fn as_ptr(&self) -> *mut sys::rd_kafka_topic_t {
        self.0.as_ptr()
    }
}

pub(super) fn find_topic<'a>(
    topics: &'a mut Topics,
    pass: &Pass<'_>,
    topic: &[u8],
    config: i64,
) -> Result<&'a TopicHandle, Error> {
    Ok(match topics.entry(config).or_default().entry_ref(topic) {
        EntryRef::Occupied(known) => known.into_mut(),
        EntryRef::Vacant(free) => free.insert(new_topic(pass, topic, &[])?),
    })
}

pub(super) fn new_topic(pass: &Pass<'_>, topic: &[u8], options: &[(CString, CString)]) -> Result<TopicHandle, Error> {
    let topic = CString::new(topic).map_err(|_| Error::NulByte("topic"))?;
    let mut text = [0 as c_char; ERROR_TEXT_SIZE];
    let mut conf = std::ptr::null_mut();
    // SAFETY: the pass keeps the client alive; C strings are copied; the buffer has the size given; the configuration is
    // freed once, or owned by the new topic.
    unsafe {
        if !options.is_empty() {
            conf = sys::rd_kafka_topic_conf_new();
            for (name, value) in options {
                let (name, value) = (name.as_ptr(), value.as_ptr());
                let result = sys::rd_kafka_topic_conf_set(conf, name, value, text.as_mut_ptr(), text.len());
                if result != sys::RD_KAFKA_CONF_OK {
                    sys::rd_kafka_topic_conf_destroy(conf);
                    return Err(Error::Config(text_of(&text)));
                }
            }
        }
        let handle = sys::rd_kafka_topic_new(pass.rk(), topic.as_ptr(), conf);
        NonNull::new(handle).map(TopicHandle).ok_or_else(|| Error::TopicCreation(topic.to_string_lossy().into_owned()))
    }
}
