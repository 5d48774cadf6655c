//! Deleting records up to an offset.

use super::{PartitionResult, Reply, Request, Submission, request::Owned};
use crate::{Error, KafkaError, PartitionList, sys};

/// Deletes the records of partitions before an offset.
#[derive(Debug)]
pub struct DeleteRecords {
    /// The partitions with the offsets before which records are deleted; -1 stands for a partition's end.
    pub before: PartitionList,
}

/// Partitions whose records were to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedRecords {
    /// The partitions, each with its new low watermark.
    pub partitions: Vec<PartitionResult>,
}

impl Request for DeleteRecords {
    type Answer = DeletedRecords;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_DELETERECORDS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        // SAFETY: a live list, which is copied, gives an object, never null; the function is librdkafka's.
        unsafe {
            let records = sys::rd_kafka_DeleteRecords_new(self.before.as_ptr());
            let records = Owned::new(records, sys::rd_kafka_DeleteRecords_destroy);
            submission.send_all(sys::rd_kafka_DeleteRecords, &[records]);
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<DeletedRecords, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_DeleteRecords_result)?;
            Ok(DeletedRecords { partitions: PartitionResult::all(sys::rd_kafka_DeleteRecords_result_offsets(result)) })
        }
    }
}
