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
    /// Whether to include the operations that the client may do.
    pub authorized_operations: bool,
}

impl Request for DescribeCluster {
    type Answer = Cluster;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        submission.include_authorized_operations(self.authorized_operations)?;
        // SAFETY: the submission keeps the handle, the options and the queue alive.
        unsafe { sys::rd_kafka_DescribeCluster(submission.rk(), submission.options(), submission.results()) };
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Cluster, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result; texts are copied.
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
    /// The cluster's id.
    pub id: Option<CString>,
    /// The controller.
    pub controller: Option<Node>,
    /// The cluster's brokers.
    pub nodes: Vec<Node>,
    /// The operations that the client may do, if they were asked for.
    pub authorized_operations: Option<Vec<i32>>,
}

/// A broker's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The broker's id.
    pub id: i32,
    /// The broker's host.
    pub host: Option<CString>,
    /// The broker's port.
    pub port: u16,
    /// The broker's rack, if it has one.
    pub rack: Option<CString>,
}

impl Node {
    pub(super) fn read(node: &sys::rd_kafka_Node_t) -> Self {
        // SAFETY: the reference proves that the node is live; its texts are copied.
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
