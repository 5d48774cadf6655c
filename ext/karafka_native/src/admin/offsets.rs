//! Offsets: of partitions by time, and those that groups have committed.

use karafka_driver::admin::{GroupOffsets, ListedOffset, PartitionResult};
use magnus::{Error, Module, RArray, RClass, RString, Ruby, Value, method, typed_data::Obj};

use super::{Operation, array, optional_error};
use crate::{
    client::NativeClient,
    partition_list,
    producer::Producer,
    ruby_value::{binary, c_string, integer},
};

/// Wanted: `[[topic, partition, specification or timestamp]]`.
pub fn list_offsets<T: NativeClient>(
    ruby: &Ruby,
    this: Obj<T>,
    wanted: RArray,
    isolation_level: Option<Value>,
) -> Result<Operation, Error> {
    let wanted = partition_list::from_triples(ruby, wanted)?;
    let isolation_level = isolation_level.map(|level| checked_level(ruby, level)).transpose()?;
    let submitted = this.client().list_offsets(&wanted, isolation_level);
    Operation::new(ruby, this, "list_offsets", submitted)
}

/// 0 to read uncommitted messages, 1 not to.
fn checked_level(ruby: &Ruby, level: Value) -> Result<i32, Error> {
    match integer(ruby, level, "isolation_level")?.to_i32() {
        Ok(known @ 0..=1) => Ok(known),
        _ => {
            let refused = format!("isolation_level has to be 0 or 1, not {level}");
            Err(Error::new(ruby.exception_arg_error(), refused))
        }
    }
}

fn alter_group_offsets(ruby: &Ruby, this: Obj<Producer>, group: Value, offsets: Value) -> Result<Operation, Error> {
    let group = c_string(ruby, group, "group id")?;
    let offsets = partition_list::from_ruby(ruby, offsets)?;
    let submitted = this.client().alter_group_offsets(&group, &offsets);
    Operation::new(ruby, this, "alter_consumer_group_offsets", submitted)
}

fn delete_group_offsets(ruby: &Ruby, this: Obj<Producer>, group: Value, partitions: Value) -> Result<Operation, Error> {
    let group = c_string(ruby, group, "group id")?;
    let partitions = partition_list::from_ruby(ruby, partitions)?;
    let submitted = this.client().delete_group_offsets(&group, &partitions);
    Operation::new(ruby, this, "delete_consumer_group_offsets", submitted)
}

/// `[[topic, partition, offset, error code, timestamp, leader epoch]]`
pub fn listed(ruby: &Ruby, offsets: &[ListedOffset]) -> Result<RArray, Error> {
    array(ruby, offsets, |ruby, found| {
        let topic = binary(ruby, found.topic.to_bytes());
        Ok((topic, found.partition, found.offset, found.error, found.timestamp, found.leader_epoch))
    })
}

/// `[[group, nil or error, [[topic, partition, offset, error code]]]]`
pub fn changed(ruby: &Ruby, groups: &[GroupOffsets]) -> Result<RArray, Error> {
    array(ruby, groups, |ruby, changed| {
        let group = binary(ruby, changed.group.to_bytes());
        Ok((group, optional_error(ruby, &changed.error)?, array(ruby, &changed.partitions, partition)?))
    })
}

fn partition(ruby: &Ruby, result: &PartitionResult) -> Result<(RString, i32, i64, i32), Error> {
    Ok((binary(ruby, result.topic.to_bytes()), result.partition, result.offset, result.error))
}

/// Defines what this file has for Ruby.
pub fn define(class: RClass) -> Result<(), Error> {
    class.define_method("alter_group_offsets", method!(alter_group_offsets, 2))?;
    class.define_method("delete_group_offsets", method!(delete_group_offsets, 2))
}
