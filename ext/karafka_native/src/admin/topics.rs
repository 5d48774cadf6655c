//! Topics: created, deleted, enlarged, described.

use karafka_driver::admin::{Named, TopicDescription, TopicPartition};
use magnus::{Error, Module, RArray, RClass, RHash, Ruby, Value, method, typed_data::Obj};

use super::{Operation, array, cluster, hash, optional_error};
use crate::{
    client::NativeClient,
    producer::Producer,
    ruby_value::{binary, c_string, c_string_pairs, c_strings, integer, optional_binary},
};

fn create_topic(
    ruby: &Ruby,
    this: Obj<Producer>,
    name: Value,
    partitions: Value,
    replication_factor: Value,
    options: RArray,
) -> Result<Operation, Error> {
    let name = c_string(ruby, name, "topic name")?;
    let partitions = integer(ruby, partitions, "partition_count")?.to_i32()?;
    let replication_factor = integer(ruby, replication_factor, "replication_factor")?.to_i32()?;
    let options = c_string_pairs(ruby, options, "topic option")?;
    let submitted = this.client().create_topic(&name, partitions, replication_factor, &options);
    Operation::new(ruby, this, "create_topic", submitted)
}

fn delete_topic(ruby: &Ruby, this: Obj<Producer>, name: Value) -> Result<Operation, Error> {
    let name = c_string(ruby, name, "topic name")?;
    let submitted = this.client().delete_topic(&name);
    Operation::new(ruby, this, "delete_topic", submitted)
}

fn create_partitions(ruby: &Ruby, this: Obj<Producer>, name: Value, total: Value) -> Result<Operation, Error> {
    let name = c_string(ruby, name, "topic name")?;
    let total = integer(ruby, total, "partition_count")?.to_i64()?;
    // librdkafka refuses what is out of range, and so what a negative number becomes.
    let submitted = this.client().create_partitions(&name, total as usize);
    Operation::new(ruby, this, "create_partitions", submitted)
}

fn describe_topics(
    ruby: &Ruby,
    this: Obj<Producer>,
    names: RArray,
    authorized_operations: bool,
) -> Result<Operation, Error> {
    let names = c_strings(ruby, names, "topic name")?;
    let submitted = this.client().describe_topics(&names, authorized_operations);
    Operation::new(ruby, this, "describe_topics", submitted)
}

/// `[[name, nil or error]]`
pub fn named(ruby: &Ruby, named: &[Named]) -> Result<RArray, Error> {
    array(ruby, named, |ruby, (name, error)| Ok((binary(ruby, name.to_bytes()), optional_error(ruby, error)?)))
}

/// The Hashes of `DescribeTopicsReport#topics`.
pub fn described(ruby: &Ruby, topics: &[TopicDescription]) -> Result<RArray, Error> {
    array(ruby, topics, topic)
}

fn topic(ruby: &Ruby, topic: &TopicDescription) -> Result<RHash, Error> {
    Ok(hash!(ruby,
        "name" => binary(ruby, topic.name.to_bytes()),
        "topic_id" => optional_binary(ruby, topic.id.as_deref()),
        "is_internal" => topic.internal,
        "partitions" => array(ruby, &topic.partitions, partition)?,
        "authorized_operations" => topic.authorized_operations.clone(),
        "error" => optional_error(ruby, &topic.error)?,
    ))
}

fn partition(ruby: &Ruby, partition: &TopicPartition) -> Result<RHash, Error> {
    Ok(hash!(ruby,
        "partition" => partition.partition,
        "leader" => cluster::optional_node(ruby, &partition.leader)?,
        "replicas" => array(ruby, &partition.replicas, cluster::node)?,
        "isr" => array(ruby, &partition.in_sync, cluster::node)?,
    ))
}

/// Defines what this file has for Ruby.
pub fn define(class: RClass) -> Result<(), Error> {
    class.define_method("create_topic", method!(create_topic, 4))?;
    class.define_method("delete_topic", method!(delete_topic, 1))?;
    class.define_method("create_partitions", method!(create_partitions, 2))?;
    class.define_method("describe_topics", method!(describe_topics, 2))
}
