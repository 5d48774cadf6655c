//! The cluster and its nodes.

use karafka_driver::admin::{Cluster, Node};
use magnus::{Error, Module, RArray, RClass, RHash, Ruby, method, typed_data::Obj};

use super::{Operation, array, hash};
use crate::{client::NativeClient, producer::Producer, ruby_value::optional_binary};

fn describe_cluster(ruby: &Ruby, this: Obj<Producer>, authorized_operations: bool) -> Result<Operation, Error> {
    let submitted = this.client().describe_cluster(authorized_operations);
    Operation::new(ruby, this, "describe_cluster", submitted)
}

/// `[cluster id, controller, nodes, authorized operations]`
pub fn described(ruby: &Ruby, cluster: &Cluster) -> Result<RArray, Error> {
    let answer = ruby.ary_new_capa(4);
    answer.push(optional_binary(ruby, cluster.id.as_deref()))?;
    answer.push(optional_node(ruby, &cluster.controller)?)?;
    answer.push(array(ruby, &cluster.nodes, node)?)?;
    answer.push(cluster.authorized_operations.clone())?;
    Ok(answer)
}

/// A broker as a Hash.
pub fn node(ruby: &Ruby, node: &Node) -> Result<RHash, Error> {
    Ok(hash!(ruby,
        "id" => node.id,
        "host" => optional_binary(ruby, node.host.as_deref()),
        "port" => node.port,
        "rack" => optional_binary(ruby, node.rack.as_deref()),
    ))
}

/// The same, or none.
pub fn optional_node(ruby: &Ruby, found: &Option<Node>) -> Result<Option<RHash>, Error> {
    found.as_ref().map(|found| node(ruby, found)).transpose()
}

/// Defines what this file has for Ruby.
pub fn define(class: RClass) -> Result<(), Error> {
    class.define_method("describe_cluster", method!(describe_cluster, 1))
}
