//! The cluster and its nodes.

use std::ffi::CString;

use super::{
    Reply, Request, Submission,
    reply::{all, authorized_operations},
};
use crate::{Error, KafkaError, error::owned, sys};

/// Describes the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribeCluster {
    /// Whether to tell what the client may do.
    pub authorized_operations: bool,
}

impl Request for DescribeCluster {
    type Answer = Cluster;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        submission.include_authorized_operations(self.authorized_operations)?;
        // SAFETY: everything is live.
        unsafe { sys::rd_kafka_DescribeCluster(submission.rk(), submission.options(), submission.results()) };
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Cluster, KafkaError> {
        // SAFETY: librdkafka's accessors, and texts that are copied.
        unsafe {
            let cluster = reply.result(sys::rd_kafka_event_DescribeCluster_result)?;
            Ok(Cluster {
                id: owned(sys::rd_kafka_DescribeCluster_result_cluster_id(cluster)),
                controller: sys::rd_kafka_DescribeCluster_result_controller(cluster).as_ref().map(Node::read),
                nodes: all(cluster, sys::rd_kafka_DescribeCluster_result_nodes, Node::read),
                authorized_operations: authorized_operations(
                    cluster,
                    sys::rd_kafka_DescribeCluster_result_authorized_operations,
                ),
            })
        }
    }
}

/// A description of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Its id.
    pub id: Option<CString>,
    /// The node that controls it.
    pub controller: Option<Node>,
    /// Its brokers.
    pub nodes: Vec<Node>,
    /// What the client may do with it, if that was asked for.
    pub authorized_operations: Option<Vec<i32>>,
}

/// A broker's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its id.
    pub id: i32,
    /// Its host.
    pub host: Option<CString>,
    /// Its port.
    pub port: u16,
    /// Its rack, if it has one.
    pub rack: Option<CString>,
}

impl Node {
    pub(super) fn read(node: &sys::rd_kafka_Node_t) -> Self {
        // SAFETY: a live node, whose texts are copied.
        unsafe {
            Self {
                id: sys::rd_kafka_Node_id(node),
                host: owned(sys::rd_kafka_Node_host(node)),
                port: sys::rd_kafka_Node_port(node),
                rack: owned(sys::rd_kafka_Node_rack(node)),
            }
        }
    }
}
