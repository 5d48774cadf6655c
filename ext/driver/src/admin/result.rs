//! How results are read.

use super::{Answer, Named, acls, cluster, configs, groups, offsets, records, topics};
use crate::{KafkaError, code, error::owned, error_description, sys};

/// Copies a result.
///
/// # Safety
/// `event` is a live admin result.
pub(super) unsafe fn read(event: *mut sys::rd_kafka_event_t) -> Result<Answer, KafkaError> {
    // SAFETY: the accessors fit the event's type and stay valid until it is destroyed.
    unsafe {
        let code = sys::rd_kafka_event_error(event);
        if code != code::NO_ERROR {
            let message = owned(sys::rd_kafka_event_error_string(event));
            return Err(KafkaError { message, ..KafkaError::new(code) });
        }
        Ok(match sys::rd_kafka_event_type(event) as u32 {
            sys::RD_KAFKA_EVENT_CREATETOPICS_RESULT => Answer::Named(topics::created(event)),
            sys::RD_KAFKA_EVENT_DELETETOPICS_RESULT => Answer::Named(topics::deleted(event)),
            sys::RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT => Answer::Named(topics::enlarged(event)),
            sys::RD_KAFKA_EVENT_DESCRIBETOPICS_RESULT => Answer::Topics(topics::described(event)),
            sys::RD_KAFKA_EVENT_DESCRIBECLUSTER_RESULT => Answer::Cluster(cluster::described(event)),
            sys::RD_KAFKA_EVENT_DELETERECORDS_RESULT => Answer::Records(records::deleted(event)),
            sys::RD_KAFKA_EVENT_LISTOFFSETS_RESULT => Answer::Offsets(offsets::listed(event)),
            sys::RD_KAFKA_EVENT_LISTCONSUMERGROUPS_RESULT => Answer::Groups(groups::listed(event)),
            sys::RD_KAFKA_EVENT_DESCRIBECONSUMERGROUPS_RESULT => Answer::GroupDescriptions(groups::described(event)),
            sys::RD_KAFKA_EVENT_DELETEGROUPS_RESULT => Answer::Named(groups::deleted(event)),
            sys::RD_KAFKA_EVENT_ALTERCONSUMERGROUPOFFSETS_RESULT => Answer::GroupOffsets(offsets::altered(event)),
            sys::RD_KAFKA_EVENT_DELETECONSUMERGROUPOFFSETS_RESULT => Answer::GroupOffsets(offsets::deleted(event)),
            sys::RD_KAFKA_EVENT_CREATEACLS_RESULT => Answer::CreatedAcls(acls::created(event)),
            sys::RD_KAFKA_EVENT_DESCRIBEACLS_RESULT => Answer::Acls(acls::described(event)),
            sys::RD_KAFKA_EVENT_DELETEACLS_RESULT => Answer::DeletedAcls(acls::deleted(event)),
            sys::RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT => Answer::Configs(configs::described(event)),
            sys::RD_KAFKA_EVENT_INCREMENTALALTERCONFIGS_RESULT => Answer::Configs(configs::altered(event)),
            _ => return Err(KafkaError::new(code::DESTROY)),
        })
    }
}

/// Accessor of an array: stores the length and returns where the array is.
type Accessor<O, T> = unsafe extern "C" fn(*const O, *mut usize) -> *mut *const T;

/// Reads the elements of an array of pointers.
///
/// # Safety
/// `owner` is live, and `read` reads a live element.
pub(super) unsafe fn all<O, T, R>(owner: *const O, array: Accessor<O, T>, read: unsafe fn(*const T) -> R) -> Vec<R> {
    let mut count = 0;
    // SAFETY: see above; the array has as many elements as the accessor says.
    unsafe {
        let elements = array(owner, &mut count);
        if elements.is_null() {
            return Vec::new();
        }
        std::slice::from_raw_parts(elements, count).iter().map(|element| read(*element)).collect()
    }
}

/// What the client may do, if it asked and the broker told.
///
/// # Safety
/// `owner` is live.
pub(super) unsafe fn authorized_operations<O>(
    owner: *const O,
    operations: unsafe extern "C" fn(*const O, *mut usize) -> *const sys::rd_kafka_AclOperation_t,
) -> Option<Vec<i32>> {
    let mut count = 0;
    // SAFETY: see above; the array has as many elements as the accessor says.
    unsafe {
        let found = operations(owner, &mut count);
        (!found.is_null()).then(|| std::slice::from_raw_parts(found, count).iter().map(|code| *code as i32).collect())
    }
}

/// # Safety
/// `topic` is live.
pub(super) unsafe fn topic(topic: *const sys::rd_kafka_topic_result_t) -> Named {
    // SAFETY: see above.
    unsafe {
        let code = sys::rd_kafka_topic_result_error(topic);
        let error = (code != code::NO_ERROR).then(|| KafkaError {
            message: owned(sys::rd_kafka_topic_result_error_string(topic)),
            ..KafkaError::new(code)
        });
        (owned(sys::rd_kafka_topic_result_name(topic)).unwrap_or_default(), error)
    }
}

/// Errors of groups come without texts of their own: librdkafka then gives the code's description.
///
/// # Safety
/// `group` is live.
pub(super) unsafe fn group(group: *const sys::rd_kafka_group_result_t) -> Named {
    // SAFETY: see above.
    let (name, error) = unsafe {
        let name = owned(sys::rd_kafka_group_result_name(group)).unwrap_or_default();
        (name, KafkaError::copy_of(sys::rd_kafka_group_result_error(group)))
    };
    let error = error.map(|error| KafkaError {
        message: error.message.filter(|text| text.as_c_str() != error_description(error.code)),
        ..error
    });
    (name, error)
}
