//! The fate of one produced message.

use std::ffi::CString;

use crate::{Completion, error::owned, sys};

/// What is known of a message's delivery. Pending until librdkafka reports it.
pub type Delivery = Completion<Report>;

/// librdkafka's report on one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// 0, or why it was not delivered.
    pub response: i32,
    /// Where it went, or -1.
    pub partition: i32,
    /// Its offset, or a negative placeholder.
    pub offset: i64,
    /// How sure it is that it was persisted: 0 not, 1 possibly, 2 yes.
    pub status: Option<i32>,
    /// Microseconds from produce to report.
    pub latency: Option<i64>,
    /// The broker it was sent to.
    pub broker_id: Option<i32>,
    /// The topic as librdkafka knows it, kept only for deliveries that become events.
    pub topic: Option<CString>,
}

impl Default for Report {
    fn default() -> Self {
        Self { response: -1, partition: -1, offset: -1, status: None, latency: None, broker_id: None, topic: None }
    }
}

impl Delivery {
    /// Takes over what librdkafka says, without completing.
    pub(crate) fn fill(&self, message: &sys::rd_kafka_message_t) {
        // SAFETY: a message inside its delivery callback; the topic name is copied.
        let (status, latency, broker_id) = unsafe {
            (
                sys::rd_kafka_message_status(message),
                sys::rd_kafka_message_latency(message),
                sys::rd_kafka_message_broker_id(message),
            )
        };
        self.set(|report| {
            report.response = message.err;
            report.partition = message.partition;
            report.offset = message.offset;
            report.status = Some(status as i32);
            report.latency = (latency >= 0).then_some(latency);
            report.broker_id = (broker_id >= 0).then_some(broker_id);
        });
    }

    /// Notes the topic's name for an event.
    pub(crate) fn name_topic(&self, message: &sys::rd_kafka_message_t) {
        // SAFETY: as above.
        let topic = unsafe { owned(sys::rd_kafka_topic_name(message.rkt)) };
        self.set(|report| report.topic = topic);
    }
}
