//! Admin operations: submitted at once, answered later by the reactor.
//!
//! Each file has the requests about one thing. A [`Request`] knows how to send itself and how to read its answer into
//! plain structs. The pending operation keeps that reader, so there is no place that has to list all requests.

mod acls;
mod cluster;
mod configs;
mod coordinators;
mod elections;
mod groups;
mod offsets;
mod operations;
mod options;
mod records;
mod reply;
mod request;
mod scram;
mod topics;

use std::sync::Arc;

pub use acls::{AclBinding, AclRule, CreateAcl, CreatedAcl, DeleteAcls, DeletedAcls, DescribeAcls};
pub use cluster::{Cluster, DescribeCluster, Node};
pub use configs::{
    AlterConfigs, Alteration, ConfigEntry, ConfigResource, DescribeConfigs, IncrementalAlterConfigs, ResourceName,
    config_source_name,
};
pub use coordinators::{ByBroker, Coordinated, Each};
pub use elections::{ElectLeaders, Elected, Election};
pub use groups::{
    DeleteGroup, DescribeGroups, GroupDescription, GroupListing, Groups, ListGroups, Member, group_state_name,
    group_type_name,
};
pub use offsets::{
    AlterGroupOffsets, CommittedOffset, DeleteGroupOffsets, GroupOffsets, ListGroupOffsets, ListOffsets, ListedOffset,
};
pub(crate) use operations::Operations;
pub use options::Options;
pub use records::{DeleteRecords, DeletedRecords};
pub use reply::{Named, PartitionResult, Reply};
pub use request::{Request, Submission};
pub use scram::{AlterScramUsers, DescribeScramUsers, ScramChange, ScramCredential, ScramMechanism, ScramUser};
pub use topics::{CreatePartitions, CreateTopic, DeleteTopic, DescribeTopics, TopicDescription, TopicPartition};

use crate::{Completion, KafkaError};

/// A pending operation, which completes with its outcome.
pub type Operation<A> = Completion<Outcome<A>>;

/// None while the operation is pending, then its answer, or the error of the operation as a whole.
pub type Outcome<A> = Option<Result<Arc<A>, KafkaError>>;
