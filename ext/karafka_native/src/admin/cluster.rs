//! The cluster and its nodes.

use karafka_driver::admin::{Cluster, DescribeCluster, Node};
use magnus::{Error, IntoValue, RArray, RClass, Ruby, Value, method, prelude::*, typed_data::Obj};

use super::{
    Admin,
    answer::{ToRuby, hash},
    operation::Operation,
};
use crate::ruby_value::optional_binary;

fn describe_cluster(
    ruby: &Ruby,
    this: Obj<Admin>,
    authorized_operations: bool,
    options: RArray,
) -> Result<Operation, Error> {
    Operation::submit(ruby, this, &DescribeCluster { authorized_operations }, options)
}

/// `[cluster id, controller, nodes, authorized operations]`
impl ToRuby for Cluster {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        let id = optional_binary(ruby, self.id.as_deref());
        let (controller, nodes) = (self.controller.to_ruby(ruby)?, self.nodes.to_ruby(ruby)?);
        Ok((id, controller, nodes, self.authorized_operations.clone()).into_value_with(ruby))
    }
}

/// One of the Hashes that reports have for brokers.
impl ToRuby for Node {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        Ok(hash!(ruby,
            "id" => self.id,
            "host" => optional_binary(ruby, self.host.as_deref()),
            "port" => self.port,
            "rack" => optional_binary(ruby, self.rack.as_deref()),
        ))
    }
}

/// Defines this file's methods on `Admin`.
pub fn define(class: RClass) -> Result<(), Error> {
    class.define_method("describe_cluster", method!(describe_cluster, 2))
}
