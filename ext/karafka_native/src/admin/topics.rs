//! Creating, deleting, extending and describing topics.

use karafka_driver::admin::{
    CreatePartitions, CreateTopic, DeleteTopic, DescribeTopics, TopicDescription, TopicPartition,
};
use magnus::{Error, Module, RArray, RClass, Ruby, TryConvert, Value, method, prelude::*, typed_data::Obj};

use super::{
    Admin,
    answer::{ToRuby, hash, optional_error},
    operation::Operation,
    options::number_within,
};
use crate::ruby_value::{binary, c_string, c_string_pairs, c_strings, integer, optional_binary};

fn create_topic(
    ruby: &Ruby,
    this: Obj<Admin>,
    name: Value,
    (partitions, replication_factor): (Value, Value),
    configs: RArray,
    replicas: Value,
    options: RArray,
) -> Result<Operation, Error> {
    let name = c_string(ruby, name, "topic name")?;
    let partitions = integer(ruby, partitions, "partition_count")?.to_i32()?;
    let replication_factor = integer(ruby, replication_factor, "replication_factor")?.to_i32()?;
    let configs = c_string_pairs(ruby, configs, "topic option")?;
    let replicas = replicas_of(ruby, replicas)?;
    let request = CreateTopic { name, partitions, replication_factor, replicas, options: configs };
    Operation::submit(ruby, this, &request, options)
}

/// Reads an Array of broker ids for each partition; nil to leave that to the controller.
fn replicas_of(ruby: &Ruby, replicas: Value) -> Result<Vec<Vec<i32>>, Error> {
    let Some(replicas) = Option::<RArray>::try_convert(replicas)? else { return Ok(Vec::new()) };
    let mut assigned = Vec::with_capacity(replicas.len());
    for brokers in replicas {
        let brokers = RArray::try_convert(brokers)?;
        let broker = |id| number_within(ruby, id, "broker id", 0..=i64::from(i32::MAX));
        assigned.push(brokers.into_iter().map(broker).collect::<Result<_, _>>()?);
    }
    Ok(assigned)
}

fn delete_topic(ruby: &Ruby, this: Obj<Admin>, name: Value, options: RArray) -> Result<Operation, Error> {
    let name = c_string(ruby, name, "topic name")?;
    Operation::submit(ruby, this, &DeleteTopic { name }, options)
}

fn create_partitions(
    ruby: &Ruby,
    this: Obj<Admin>,
    name: Value,
    total: Value,
    replicas: Value,
    options: RArray,
) -> Result<Operation, Error> {
    let topic = c_string(ruby, name, "topic name")?;
    let total = integer(ruby, total, "partition_count")?.to_i64()?;
    // librdkafka refuses numbers out of range, so also the one that a negative number turns into.
    let request = CreatePartitions { topic, total: total as usize, replicas: replicas_of(ruby, replicas)? };
    Operation::submit(ruby, this, &request, options)
}

fn describe_topics(
    ruby: &Ruby,
    this: Obj<Admin>,
    names: RArray,
    authorized_operations: bool,
    options: RArray,
) -> Result<Operation, Error> {
    let names = c_strings(ruby, names, "topic name")?;
    Operation::submit(ruby, this, &DescribeTopics { names, authorized_operations }, options)
}

/// One of the Hashes of `DescribeTopicsReport#topics`.
impl ToRuby for TopicDescription {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        Ok(hash!(ruby,
            "name" => binary(ruby, self.name.to_bytes()),
            "topic_id" => optional_binary(ruby, self.id.as_deref()),
            "is_internal" => self.internal,
            "partitions" => self.partitions.to_ruby(ruby)?,
            "authorized_operations" => self.authorized_operations.clone(),
            "error" => optional_error(ruby, &self.error)?,
        ))
    }
}

impl ToRuby for TopicPartition {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        Ok(hash!(ruby,
            "partition" => self.partition,
            "leader" => self.leader.to_ruby(ruby)?,
            "replicas" => self.replicas.to_ruby(ruby)?,
            "isr" => self.in_sync.to_ruby(ruby)?,
        ))
    }
}

/// Defines this file's methods on `Admin`.
pub fn define(class: RClass) -> Result<(), Error> {
    class.define_method("create_topic", method!(create_topic, 5))?;
    class.define_method("delete_topic", method!(delete_topic, 2))?;
    class.define_method("create_partitions", method!(create_partitions, 4))?;
    class.define_method("describe_topics", method!(describe_topics, 3))
}
