//! Offsets: of partitions by time, and those that groups have committed.

use karafka_driver::{
    KafkaError,
    admin::{
        AlterGroupOffsets, CommittedOffset, DeleteGroupOffsets, GroupOffsets, ListGroupOffsets, ListOffsets,
        ListedOffset, PartitionResult,
    },
    code,
};
use magnus::{Error, IntoValue, RArray, RClass, Ruby, TryConvert, Value, method, prelude::*, typed_data::Obj};

use super::{
    Admin,
    answer::{ToRuby, hash, optional_error},
    operation::Operation,
    options::options,
};
use crate::{
    client::NativeClient,
    partition_list::{self, optional_list},
    ruby_value::{binary, c_string, integer},
};

/// `wanted` are `[[topic, partition, specification or timestamp]]`.
pub fn list_offsets<T: NativeClient>(
    ruby: &Ruby,
    this: Obj<T>,
    wanted: RArray,
    isolation_level: Option<Value>,
    options: RArray,
) -> Result<Operation, Error> {
    let wanted = partition_list::from_triples(ruby, wanted)?;
    let isolation_level = isolation_level.map(|level| checked_level(ruby, level)).transpose()?;
    Operation::submit(ruby, this, &ListOffsets { wanted, isolation_level }, options)
}

/// Reads an isolation level: 0 to include uncommitted messages, 1 to exclude them.
fn checked_level(ruby: &Ruby, level: Value) -> Result<i32, Error> {
    match integer(ruby, level, "isolation_level")?.to_i32() {
        Ok(known @ 0..=1) => Ok(known),
        _ => {
            let text = format!("isolation_level has to be 0 or 1, not {level}");
            Err(Error::new(ruby.exception_arg_error(), text))
        }
    }
}

/// `wanted` are `[[group, list or nil]]`.
fn list_consumer_group_offsets(
    ruby: &Ruby,
    this: Obj<Admin>,
    wanted: RArray,
    require_stable: bool,
    values: RArray,
) -> Result<Operation, Error> {
    let mut requests = Vec::with_capacity(wanted.len());
    for pair in wanted {
        let (group, partitions) = <(Value, Value)>::try_convert(pair)?;
        let group = c_string(ruby, group, "group id")?;
        let partitions = optional_list(ruby, partitions)?;
        requests.push(ListGroupOffsets { group, partitions, require_stable });
    }
    let submitted = this.client().list_group_offsets(requests, &options(ruby, values)?);
    Operation::of(ruby, this, submitted)
}

fn alter_consumer_group_offsets(
    ruby: &Ruby,
    this: Obj<Admin>,
    group: Value,
    offsets: Value,
    values: RArray,
) -> Result<Operation, Error> {
    let group = c_string(ruby, group, "group id")?;
    let offsets = partition_list::from_ruby(ruby, offsets)?;
    let submitted = this.client().alter_group_offsets(AlterGroupOffsets { group, offsets }, &options(ruby, values)?);
    Operation::of(ruby, this, submitted)
}

fn delete_consumer_group_offsets(
    ruby: &Ruby,
    this: Obj<Admin>,
    group: Value,
    partitions: Value,
    values: RArray,
) -> Result<Operation, Error> {
    let group = c_string(ruby, group, "group id")?;
    let partitions = partition_list::from_ruby(ruby, partitions)?;
    let request = DeleteGroupOffsets { group, partitions };
    let submitted = this.client().submit_by_broker(request, &options(ruby, values)?);
    Operation::of(ruby, this, submitted)
}

/// `[topic, partition, offset, error code, timestamp, leader epoch]`
impl ToRuby for ListedOffset {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        let topic = binary(ruby, self.topic.to_bytes());
        let values = (topic, self.partition, self.offset, self.error, self.timestamp, self.leader_epoch);
        Ok(values.into_value_with(ruby))
    }
}

/// `[group, nil or error, partitions]`
impl ToRuby for GroupOffsets {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        let group = binary(ruby, self.group.to_bytes());
        Ok((group, optional_error(ruby, &self.error)?, self.partitions.to_ruby(ruby)?).into_value_with(ruby))
    }
}

/// One of the Hashes of `ListConsumerGroupOffsetsReport#groups`' partitions.
impl ToRuby for CommittedOffset {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        Ok(hash!(ruby,
            "topic" => binary(ruby, self.topic.to_bytes()),
            "partition" => self.partition,
            "offset" => self.offset,
            "leader_epoch" => self.leader_epoch,
            "metadata" => self.metadata.as_deref().map(|metadata| binary(ruby, metadata)),
            "error" => optional_error(ruby, &error_of(self.error))?,
        ))
    }
}

fn error_of(code: i32) -> Option<KafkaError> {
    (code != code::NO_ERROR).then(|| KafkaError::new(code))
}

/// One of the Hashes of reports on a group's offsets.
impl ToRuby for PartitionResult {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        Ok(hash!(ruby,
            "topic" => binary(ruby, self.topic.to_bytes()),
            "partition" => self.partition,
            "offset" => self.offset,
            "error" => optional_error(ruby, &error_of(self.error))?,
        ))
    }
}

/// Defines this file's methods on `Admin`.
pub fn define(class: RClass) -> Result<(), Error> {
    class.define_method("list_consumer_group_offsets", method!(list_consumer_group_offsets, 3))?;
    class.define_method("alter_consumer_group_offsets", method!(alter_consumer_group_offsets, 3))?;
    class.define_method("delete_consumer_group_offsets", method!(delete_consumer_group_offsets, 3))
}
