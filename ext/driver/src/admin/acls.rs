//! Access control lists.

use std::ffi::CString;

use super::{
    Reply, Request, Submission,
    reply::{all, only},
    request::{Owned, checked, optional},
};
use crate::{Error, KafkaError, error::owned, sys};

/// Creates a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateAcl {
    /// The rule.
    pub rule: AclRule,
}

impl Request for CreateAcl {
    type Answer = CreatedAcl;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_CREATEACLS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        // SAFETY: the function is librdkafka's for this operation.
        unsafe { submission.send_all(sys::rd_kafka_CreateAcls, &[self.rule.binding()?]) };
        Ok(())
    }

    fn read(reply: &Reply) -> Result<CreatedAcl, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result; the error is copied.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_CreateAcls_result)?;
            only(result, sys::rd_kafka_CreateAcls_result_acls, |created| CreatedAcl {
                error: KafkaError::copy_of(sys::rd_kafka_acl_result_error(created)),
            })
        }
    }
}

/// Finds the rules that a filter matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribeAcls {
    /// The filter.
    pub filter: AclRule,
}

impl Request for DescribeAcls {
    type Answer = Vec<AclBinding>;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_DESCRIBEACLS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        let filter = self.filter.filter()?;
        let (options, results) = (submission.options(), submission.results());
        // SAFETY: the submission keeps the handle, the options and the queue alive.
        unsafe { sys::rd_kafka_DescribeAcls(submission.rk(), filter.as_ptr(), options, results) };
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Self::Answer, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_DescribeAcls_result)?;
            Ok(all(result, sys::rd_kafka_DescribeAcls_result_acls, AclBinding::read))
        }
    }
}

/// Deletes the rules that a filter matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteAcls {
    /// The filter.
    pub filter: AclRule,
}

impl Request for DeleteAcls {
    type Answer = DeletedAcls;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_DELETEACLS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        // SAFETY: the function is librdkafka's for this operation.
        unsafe { submission.send_all(sys::rd_kafka_DeleteAcls, &[self.filter.filter()?]) };
        Ok(())
    }

    fn read(reply: &Reply) -> Result<DeletedAcls, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_DeleteAcls_result)?;
            only(result, sys::rd_kafka_DeleteAcls_result_responses, DeletedAcls::read)
        }
    }
}

/// A rule, or a filter for rules. Numbers are librdkafka's. In a filter, a missing text matches any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AclRule {
    /// The type of the resource.
    pub resource_type: i32,
    /// The resource's name.
    pub resource_name: Option<CString>,
    /// How the name is matched: literally, by prefix, …
    pub pattern_type: i32,
    /// The principal that the rule is for.
    pub principal: Option<CString>,
    /// The host that the principal connects from.
    pub host: Option<CString>,
    /// The operation that is allowed or denied.
    pub operation: i32,
    /// Whether the rule allows or denies.
    pub permission_type: i32,
}

/// The result for a rule that was to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedAcl {
    /// Why it was refused, if it was.
    pub error: Option<KafkaError>,
}

/// A rule that a broker listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AclBinding {
    /// What is wrong with the rule.
    pub error: Option<KafkaError>,
    /// The rule.
    pub rule: AclRule,
}

/// The rules that were deleted for a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedAcls {
    /// Why no rule was deleted.
    pub error: Option<KafkaError>,
    /// The rules that matched.
    pub bindings: Vec<AclBinding>,
}

type Native = Owned<sys::rd_kafka_AclBinding_t>;

impl AclRule {
    fn binding(&self) -> Result<Native, Error> {
        // SAFETY: C strings or null, and a buffer of the size given; everything is copied.
        unsafe {
            checked(sys::rd_kafka_AclBinding_destroy, |text, size| {
                sys::rd_kafka_AclBinding_new(
                    self.resource_type as u32,
                    optional(self.resource_name.as_deref()),
                    self.pattern_type as u32,
                    optional(self.principal.as_deref()),
                    optional(self.host.as_deref()),
                    self.operation as u32,
                    self.permission_type as u32,
                    text,
                    size,
                )
            })
        }
    }

    fn filter(&self) -> Result<Native, Error> {
        // SAFETY: C strings or null, and a buffer of the size given; everything is copied.
        unsafe {
            checked(sys::rd_kafka_AclBinding_destroy, |text, size| {
                sys::rd_kafka_AclBindingFilter_new(
                    self.resource_type as u32,
                    optional(self.resource_name.as_deref()),
                    self.pattern_type as u32,
                    optional(self.principal.as_deref()),
                    optional(self.host.as_deref()),
                    self.operation as u32,
                    self.permission_type as u32,
                    text,
                    size,
                )
            })
        }
    }
}

impl AclBinding {
    fn read(binding: &sys::rd_kafka_AclBinding_t) -> Self {
        // SAFETY: the reference proves that the rule is live; its texts are copied.
        unsafe {
            Self {
                error: KafkaError::copy_of(sys::rd_kafka_AclBinding_error(binding)),
                rule: AclRule {
                    resource_type: sys::rd_kafka_AclBinding_restype(binding) as i32,
                    resource_name: owned(sys::rd_kafka_AclBinding_name(binding)),
                    pattern_type: sys::rd_kafka_AclBinding_resource_pattern_type(binding) as i32,
                    principal: owned(sys::rd_kafka_AclBinding_principal(binding)),
                    host: owned(sys::rd_kafka_AclBinding_host(binding)),
                    operation: sys::rd_kafka_AclBinding_operation(binding) as i32,
                    permission_type: sys::rd_kafka_AclBinding_permission_type(binding) as i32,
                },
            }
        }
    }
}

impl DeletedAcls {
    fn read(response: &sys::rd_kafka_DeleteAcls_result_response_t) -> Self {
        // SAFETY: the reference proves that the response is live; the accessors are librdkafka's for it.
        unsafe {
            Self {
                error: KafkaError::copy_of(sys::rd_kafka_DeleteAcls_result_response_error(response)),
                bindings: all(response, sys::rd_kafka_DeleteAcls_result_response_matching_acls, AclBinding::read),
            }
        }
    }
}
