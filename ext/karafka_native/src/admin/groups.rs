//! Consumer groups: listed, described, deleted.

use karafka_driver::admin::{
    DeleteGroup, DescribeGroups, GroupDescription, GroupListing, Groups, ListGroups, Member, PartitionResult,
    group_state_name, group_type_name,
};
use magnus::{Error, IntoValue, RArray, RClass, Ruby, Value, method, prelude::*, typed_data::Obj};

use super::{
    Admin,
    answer::{ToRuby, array, hash, optional_error},
    operation::Operation,
    options::options,
};
use crate::{
    client::NativeClient,
    error::kafka_error,
    ruby_value::{binary, c_string, c_strings, optional_binary},
};

fn list_consumer_groups(
    ruby: &Ruby,
    this: Obj<Admin>,
    states: Vec<u32>,
    kinds: Vec<u32>,
    options: RArray,
) -> Result<Operation, Error> {
    Operation::submit(ruby, this, &ListGroups { states, kinds }, options)
}

fn describe_consumer_groups(
    ruby: &Ruby,
    this: Obj<Admin>,
    ids: RArray,
    authorized_operations: bool,
    values: RArray,
) -> Result<Operation, Error> {
    let ids = c_strings(ruby, ids, "group id")?;
    let request = DescribeGroups { ids, authorized_operations };
    let submitted = this.client().describe_groups(request, &options(ruby, values)?);
    Operation::of(ruby, this, submitted)
}

fn delete_group(ruby: &Ruby, this: Obj<Admin>, id: Value, values: RArray) -> Result<Operation, Error> {
    let id = c_string(ruby, id, "group id")?;
    let submitted = this.client().submit_by_broker(DeleteGroup { id }, &options(ruby, values)?);
    Operation::of(ruby, this, submitted)
}

/// `[groups, errors]`
impl ToRuby for Groups {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        Ok((self.groups.to_ruby(ruby)?, array(ruby, &self.errors, kafka_error)?).into_value_with(ruby))
    }
}

/// One of the Hashes of `ListConsumerGroupsReport#groups`. The handle drops the type unless it was asked for.
impl ToRuby for GroupListing {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        Ok(hash!(ruby,
            "group_id" => binary(ruby, self.id.to_bytes()),
            "is_simple_consumer_group" => self.simple,
            "state" => self.state,
            "state_name" => binary(ruby, group_state_name(self.state).to_bytes()),
            "type" => self.kind,
            "type_name" => binary(ruby, group_type_name(self.kind).to_bytes()),
        ))
    }
}

/// One of the Hashes of `DescribeConsumerGroupsReport#groups`.
impl ToRuby for GroupDescription {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        Ok(hash!(ruby,
            "group_id" => binary(ruby, self.id.to_bytes()),
            "error" => optional_error(ruby, &self.error)?,
            "is_simple_consumer_group" => self.simple,
            "state" => self.state,
            "state_name" => binary(ruby, group_state_name(self.state).to_bytes()),
            "type" => self.kind,
            "type_name" => binary(ruby, group_type_name(self.kind).to_bytes()),
            "partition_assignor" => optional_binary(ruby, self.assignor.as_deref()),
            "coordinator" => self.coordinator.to_ruby(ruby)?,
            "authorized_operations" => self.authorized_operations.clone(),
            "members" => self.members.to_ruby(ruby)?,
        ))
    }
}

impl ToRuby for Member {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        let target = self.target_assignment.as_ref().map(|target| assignment(ruby, target)).transpose()?;
        Ok(hash!(ruby,
            "member_id" => optional_binary(ruby, self.id.as_deref()),
            "client_id" => optional_binary(ruby, self.client_id.as_deref()),
            "group_instance_id" => optional_binary(ruby, self.instance_id.as_deref()),
            "host" => optional_binary(ruby, self.host.as_deref()),
            "assignment" => assignment(ruby, &self.assignment)?,
            "target_assignment" => target,
        ))
    }
}

/// `{ topic => [partition] }`
fn assignment(ruby: &Ruby, partitions: &[PartitionResult]) -> Result<Value, Error> {
    let topics = ruby.hash_new();
    for result in partitions {
        let topic = binary(ruby, result.topic.to_bytes());
        let numbers = match topics.lookup::<_, Option<RArray>>(topic)? {
            Some(numbers) => numbers,
            None => {
                let numbers = ruby.ary_new();
                topics.aset(topic, numbers)?;
                numbers
            }
        };
        numbers.push(result.partition)?;
    }
    Ok(topics.as_value())
}

/// Defines this file's methods on `Admin`.
pub fn define(class: RClass) -> Result<(), Error> {
    class.define_method("list_consumer_groups", method!(list_consumer_groups, 3))?;
    class.define_method("describe_consumer_groups", method!(describe_consumer_groups, 3))?;
    class.define_method("delete_group", method!(delete_group, 2))
}
