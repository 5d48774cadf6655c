//! Admin operations: submitted at once, answered later by the reactor.
//!
//! Each file has the requests of one kind and how their results are read: everything is copied into plain structs
//! before librdkafka's event is freed.

mod acls;
mod cluster;
mod configs;
mod groups;
mod guard;
mod offsets;
mod operations;
mod partitions;
mod records;
mod request;
mod result;
mod topics;

use std::{ffi::CString, sync::Arc};

pub use acls::{AclBinding, AclRule, DeletedAcls};
pub use cluster::{Cluster, Node};
pub use configs::{Alteration, ConfigEntry, ConfigResource, ResourceName};
pub use groups::{GroupDescription, GroupListing, Groups, Member, group_state_name, group_type_name};
pub use offsets::{GroupOffsets, ListedOffset};
pub(crate) use operations::Operations;
pub use partitions::PartitionResult;
pub use topics::{TopicDescription, TopicPartition};

use crate::{Completion, KafkaError};

/// An operation and, once it is complete, its outcome.
pub type Operation = Completion<Outcome>;

/// What became of an operation: nothing yet, an answer, or an error of the operation as a whole.
pub type Outcome = Option<Result<Arc<Answer>, KafkaError>>;

/// What was asked for by name, and why it was refused, if it was.
pub type Named = (CString, Option<KafkaError>);

/// The answers of the operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Of topics created, deleted or enlarged and of groups deleted.
    Named(Vec<Named>),
    /// Of topics described.
    Topics(Vec<TopicDescription>),
    /// Of the cluster described.
    Cluster(Cluster),
    /// Of records deleted: each partition's new low watermark.
    Records(Vec<PartitionResult>),
    /// Of offsets listed.
    Offsets(Vec<ListedOffset>),
    /// Of groups listed.
    Groups(Groups),
    /// Of groups described.
    GroupDescriptions(Vec<GroupDescription>),
    /// Of the offsets of groups altered or deleted.
    GroupOffsets(Vec<GroupOffsets>),
    /// Of ACLs created: none, or why each was refused.
    CreatedAcls(Vec<Option<KafkaError>>),
    /// Of ACLs described.
    Acls(Vec<AclBinding>),
    /// Of ACLs deleted, for each filter.
    DeletedAcls(Vec<DeletedAcls>),
    /// Of configurations described or altered.
    Configs(Vec<ConfigResource>),
}
