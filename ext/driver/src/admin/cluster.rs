//! The cluster and its nodes.

use std::{ffi::CString, sync::Arc};

use super::{Operation, result};
use crate::{Client, Error, error::owned, sys};

/// What a cluster tells of itself.
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

impl Client {
    /// Describes the cluster.
    pub fn describe_cluster(&self, authorized_operations: bool) -> Result<Arc<Operation>, Error> {
        self.submit(sys::RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER, |rk, options, queue| {
            if authorized_operations {
                options.include_authorized_operations();
            }
            // SAFETY: everything is live.
            unsafe { sys::rd_kafka_DescribeCluster(rk, options.as_ptr(), queue) };
        })
    }
}

/// # Safety
/// `event` is a live result of this kind.
pub(super) unsafe fn described(event: *mut sys::rd_kafka_event_t) -> Cluster {
    // SAFETY: see above.
    unsafe {
        let cluster = sys::rd_kafka_event_DescribeCluster_result(event);
        Cluster {
            id: owned(sys::rd_kafka_DescribeCluster_result_cluster_id(cluster)),
            controller: optional_node(sys::rd_kafka_DescribeCluster_result_controller(cluster)),
            nodes: result::all(cluster, sys::rd_kafka_DescribeCluster_result_nodes, node),
            authorized_operations: result::authorized_operations(
                cluster,
                sys::rd_kafka_DescribeCluster_result_authorized_operations,
            ),
        }
    }
}

/// # Safety
/// `node` is live.
pub(super) unsafe fn node(node: *const sys::rd_kafka_Node_t) -> Node {
    // SAFETY: see above.
    unsafe {
        Node {
            id: sys::rd_kafka_Node_id(node),
            host: owned(sys::rd_kafka_Node_host(node)),
            port: sys::rd_kafka_Node_port(node),
            rack: owned(sys::rd_kafka_Node_rack(node)),
        }
    }
}

/// # Safety
/// `raw` is null or live.
pub(super) unsafe fn optional_node(raw: *const sys::rd_kafka_Node_t) -> Option<Node> {
    // SAFETY: see above.
    (!raw.is_null()).then(|| unsafe { node(raw) })
}
