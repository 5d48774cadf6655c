//! Deleting records up to an offset.

use karafka_driver::{
    Entry,
    admin::{DeleteRecords, DeletedRecords},
};
use magnus::{Error, Module, RArray, RClass, Ruby, Value, method, typed_data::Obj};

use super::{Admin, answer::ToRuby, operation::Operation};
use crate::partition_list;

/// `before` are `[[topic, partition, offset or -1 for the end]]`.
fn delete_records(ruby: &Ruby, this: Obj<Admin>, before: RArray, options: RArray) -> Result<Operation, Error> {
    let before = partition_list::from_triples(ruby, before)?;
    Operation::submit(ruby, this, &DeleteRecords { before }, options)
}

/// A `TopicPartitionList`.
impl ToRuby for DeletedRecords {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        let entries = self.partitions.iter().map(|result| Entry {
            topic: &result.topic,
            partition: result.partition,
            offset: result.offset,
            error: result.error,
            metadata: None,
        });
        partition_list::entries_to_ruby(ruby, entries)
    }
}

/// Defines this file's methods on `Admin`.
pub fn define(class: RClass) -> Result<(), Error> {
    class.define_method("delete_records", method!(delete_records, 2))
}
