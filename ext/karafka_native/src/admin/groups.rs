//! Consumer groups: listed, described, deleted.

use karafka_driver::admin::{
    GroupDescription, GroupListing, Groups, Member, PartitionResult, group_state_name, group_type_name,
};
use magnus::{Error, Module, RArray, RClass, RHash, Ruby, Value, method, typed_data::Obj};

use super::{Operation, array, cluster, hash, optional_error};
use crate::{
    client::NativeClient,
    error::kafka_error,
    producer::Producer,
    ruby_value::{binary, c_string, c_strings, optional_binary},
};

fn list_groups(ruby: &Ruby, this: Obj<Producer>) -> Result<Operation, Error> {
    let submitted = this.client().list_groups();
    Operation::new(ruby, this, "list_consumer_groups", submitted)
}

fn describe_groups(
    ruby: &Ruby,
    this: Obj<Producer>,
    ids: RArray,
    authorized_operations: bool,
) -> Result<Operation, Error> {
    let ids = c_strings(ruby, ids, "group id")?;
    let submitted = this.client().describe_groups(&ids, authorized_operations);
    Operation::new(ruby, this, "describe_consumer_groups", submitted)
}

fn delete_group(ruby: &Ruby, this: Obj<Producer>, id: Value) -> Result<Operation, Error> {
    let id = c_string(ruby, id, "group id")?;
    let submitted = this.client().delete_group(&id);
    Operation::new(ruby, this, "delete_group", submitted)
}

/// `[groups, errors]`, the groups as the Hashes of `ListConsumerGroupsReport#groups`.
pub fn listed(ruby: &Ruby, groups: &Groups) -> Result<(RArray, RArray), Error> {
    Ok((array(ruby, &groups.groups, listing)?, array(ruby, &groups.errors, kafka_error)?))
}

fn listing(ruby: &Ruby, group: &GroupListing) -> Result<RHash, Error> {
    Ok(hash!(ruby,
        "group_id" => binary(ruby, group.id.to_bytes()),
        "is_simple_consumer_group" => group.simple,
        "state" => group.state,
        "state_name" => binary(ruby, group_state_name(group.state).to_bytes()),
    ))
}

/// The Hashes of `DescribeConsumerGroupsReport#groups`.
pub fn described(ruby: &Ruby, groups: &[GroupDescription]) -> Result<RArray, Error> {
    array(ruby, groups, description)
}

fn description(ruby: &Ruby, group: &GroupDescription) -> Result<RHash, Error> {
    Ok(hash!(ruby,
        "group_id" => binary(ruby, group.id.to_bytes()),
        "error" => optional_error(ruby, &group.error)?,
        "is_simple_consumer_group" => group.simple,
        "state" => group.state,
        "state_name" => binary(ruby, group_state_name(group.state).to_bytes()),
        "type" => group.kind,
        "type_name" => binary(ruby, group_type_name(group.kind).to_bytes()),
        "partition_assignor" => optional_binary(ruby, group.assignor.as_deref()),
        "coordinator" => cluster::optional_node(ruby, &group.coordinator)?,
        "authorized_operations" => group.authorized_operations.clone(),
        "members" => array(ruby, &group.members, member)?,
    ))
}

fn member(ruby: &Ruby, member: &Member) -> Result<RHash, Error> {
    let target = member.target_assignment.as_ref().map(|target| assignment(ruby, target)).transpose()?;
    Ok(hash!(ruby,
        "member_id" => optional_binary(ruby, member.id.as_deref()),
        "client_id" => optional_binary(ruby, member.client_id.as_deref()),
        "group_instance_id" => optional_binary(ruby, member.instance_id.as_deref()),
        "host" => optional_binary(ruby, member.host.as_deref()),
        "assignment" => assignment(ruby, &member.assignment)?,
        "target_assignment" => target,
    ))
}

/// `{ topic => [partition] }`
fn assignment(ruby: &Ruby, partitions: &[PartitionResult]) -> Result<RHash, Error> {
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
    Ok(topics)
}

/// Defines what this file has for Ruby.
pub fn define(class: RClass) -> Result<(), Error> {
    class.define_method("list_groups", method!(list_groups, 0))?;
    class.define_method("describe_groups", method!(describe_groups, 2))?;
    class.define_method("delete_group", method!(delete_group, 1))
}
