//! Converts metadata to the Arrays of Hashes of `Rdkafka::Metadata`.

use karafka_driver::{Metadata, PartitionMetadata, TopicMetadata};
use magnus::{Error, RArray, RHash, Ruby};

use crate::ruby_value::binary;

/// Brokers and topics.
pub fn to_ruby(ruby: &Ruby, metadata: &Metadata) -> Result<(RArray, RArray), Error> {
    let brokers = ruby.ary_new_capa(metadata.brokers.len());
    for broker in &metadata.brokers {
        let hash = ruby.hash_new();
        hash.aset(ruby.to_symbol("broker_id"), broker.id)?;
        hash.aset(ruby.to_symbol("broker_name"), binary(ruby, broker.host.to_bytes()))?;
        hash.aset(ruby.to_symbol("broker_port"), broker.port)?;
        brokers.push(hash)?;
    }
    let topics = ruby.ary_new_capa(metadata.topics.len());
    for topic in &metadata.topics {
        topics.push(topic_to_ruby(ruby, topic)?)?;
    }
    Ok((brokers, topics))
}

/// The first error of a topic, else the first error of a partition, or 0.
pub fn first_error(metadata: &Metadata) -> i32 {
    let topic_errors = metadata.topics.iter().map(|topic| topic.error);
    let partition_errors =
        metadata.topics.iter().flat_map(|topic| topic.partitions.iter().map(|partition| partition.error));
    topic_errors.chain(partition_errors).find(|error| *error != 0).unwrap_or(0)
}

fn topic_to_ruby(ruby: &Ruby, topic: &TopicMetadata) -> Result<RHash, Error> {
    let partitions = ruby.ary_new_capa(topic.partitions.len());
    for partition in &topic.partitions {
        partitions.push(partition_to_ruby(ruby, partition)?)?;
    }
    let hash = ruby.hash_new();
    hash.aset(ruby.to_symbol("topic_name"), binary(ruby, topic.name.to_bytes()))?;
    hash.aset(ruby.to_symbol("partition_count"), topic.partitions.len())?;
    hash.aset(ruby.to_symbol("partitions"), partitions)?;
    Ok(hash)
}

fn partition_to_ruby(ruby: &Ruby, partition: &PartitionMetadata) -> Result<RHash, Error> {
    let hash = ruby.hash_new();
    hash.aset(ruby.to_symbol("partition_id"), partition.id)?;
    hash.aset(ruby.to_symbol("leader"), partition.leader)?;
    hash.aset(ruby.to_symbol("replica_count"), partition.replicas.len())?;
    hash.aset(ruby.to_symbol("in_sync_replica_brokers"), partition.in_sync.len())?;
    hash.aset(ruby.to_symbol("replicas"), ruby.ary_from_iter(partition.replicas.iter().copied()))?;
    hash.aset(ruby.to_symbol("isrs"), ruby.ary_from_iter(partition.in_sync.iter().copied()))?;
    Ok(hash)
}
