//! Access control lists.

use std::{ffi::CString, sync::Arc};

use super::{
    Operation,
    request::{Owned, checked, optional},
    result,
};
use crate::{Client, Error, KafkaError, error::owned, sys};

/// A rule, or a filter for rules. Numbers are librdkafka's; in a filter a missing text stands for any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AclRule {
    /// The type of the resource.
    pub resource_type: i32,
    /// The resource's name.
    pub resource_name: Option<CString>,
    /// How the name is matched.
    pub pattern_type: i32,
    /// Who it is for.
    pub principal: Option<CString>,
    /// From where.
    pub host: Option<CString>,
    /// What it is about.
    pub operation: i32,
    /// Whether it allows or denies.
    pub permission_type: i32,
}

/// A rule that a broker told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AclBinding {
    /// What is wrong with it.
    pub error: Option<KafkaError>,
    /// The rule.
    pub rule: AclRule,
}

/// The rules that were deleted for a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedAcls {
    /// Why none was deleted.
    pub error: Option<KafkaError>,
    /// Those that matched.
    pub bindings: Vec<AclBinding>,
}

type Native = Owned<sys::rd_kafka_AclBinding_t>;

impl AclRule {
    fn binding(&self) -> Result<Native, Error> {
        // SAFETY: C strings and a buffer of the size given; everything is copied.
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
        // SAFETY: as above.
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

impl Client {
    /// Creates a rule.
    pub fn create_acl(&self, rule: &AclRule) -> Result<Arc<Operation>, Error> {
        drop(self.enter()?);
        let binding = rule.binding()?;
        self.submit(sys::RD_KAFKA_ADMIN_OP_CREATEACLS, |rk, options, queue| {
            // SAFETY: everything is live, and the array has one element.
            unsafe { sys::rd_kafka_CreateAcls(rk, &mut binding.as_ptr(), 1, options.as_ptr(), queue) };
        })
    }

    /// Finds the rules that a filter matches.
    pub fn describe_acls(&self, filter: &AclRule) -> Result<Arc<Operation>, Error> {
        drop(self.enter()?);
        let filter = filter.filter()?;
        self.submit(sys::RD_KAFKA_ADMIN_OP_DESCRIBEACLS, |rk, options, queue| {
            // SAFETY: everything is live.
            unsafe { sys::rd_kafka_DescribeAcls(rk, filter.as_ptr(), options.as_ptr(), queue) };
        })
    }

    /// Deletes the rules that a filter matches.
    pub fn delete_acls(&self, filter: &AclRule) -> Result<Arc<Operation>, Error> {
        drop(self.enter()?);
        let filter = filter.filter()?;
        self.submit(sys::RD_KAFKA_ADMIN_OP_DELETEACLS, |rk, options, queue| {
            // SAFETY: everything is live, and the array has one element.
            unsafe { sys::rd_kafka_DeleteAcls(rk, &mut filter.as_ptr(), 1, options.as_ptr(), queue) };
        })
    }
}

/// # Safety
/// `event` is a live result of this kind.
pub(super) unsafe fn created(event: *mut sys::rd_kafka_event_t) -> Vec<Option<KafkaError>> {
    // SAFETY: see above.
    unsafe {
        let created = sys::rd_kafka_event_CreateAcls_result(event);
        result::all(created, sys::rd_kafka_CreateAcls_result_acls, refusal)
    }
}

/// # Safety
/// `created` is live.
unsafe fn refusal(created: *const sys::rd_kafka_acl_result_t) -> Option<KafkaError> {
    // SAFETY: see above.
    unsafe { KafkaError::copy_of(sys::rd_kafka_acl_result_error(created)) }
}

/// # Safety
/// `event` is a live result of this kind.
pub(super) unsafe fn described(event: *mut sys::rd_kafka_event_t) -> Vec<AclBinding> {
    // SAFETY: see above.
    unsafe {
        let described = sys::rd_kafka_event_DescribeAcls_result(event);
        result::all(described, sys::rd_kafka_DescribeAcls_result_acls, binding)
    }
}

/// # Safety
/// `event` is a live result of this kind.
pub(super) unsafe fn deleted(event: *mut sys::rd_kafka_event_t) -> Vec<DeletedAcls> {
    // SAFETY: see above.
    unsafe {
        let deleted = sys::rd_kafka_event_DeleteAcls_result(event);
        result::all(deleted, sys::rd_kafka_DeleteAcls_result_responses, matches)
    }
}

/// # Safety
/// `deleted` is live.
unsafe fn matches(deleted: *const sys::rd_kafka_DeleteAcls_result_response_t) -> DeletedAcls {
    // SAFETY: see above.
    unsafe {
        DeletedAcls {
            error: KafkaError::copy_of(sys::rd_kafka_DeleteAcls_result_response_error(deleted)),
            bindings: result::all(deleted, sys::rd_kafka_DeleteAcls_result_response_matching_acls, binding),
        }
    }
}

/// # Safety
/// `raw` is live.
unsafe fn binding(raw: *const sys::rd_kafka_AclBinding_t) -> AclBinding {
    // SAFETY: see above.
    unsafe {
        AclBinding {
            error: KafkaError::copy_of(sys::rd_kafka_AclBinding_error(raw)),
            rule: AclRule {
                resource_type: sys::rd_kafka_AclBinding_restype(raw) as i32,
                resource_name: owned(sys::rd_kafka_AclBinding_name(raw)),
                pattern_type: sys::rd_kafka_AclBinding_resource_pattern_type(raw) as i32,
                principal: owned(sys::rd_kafka_AclBinding_principal(raw)),
                host: owned(sys::rd_kafka_AclBinding_host(raw)),
                operation: sys::rd_kafka_AclBinding_operation(raw) as i32,
                permission_type: sys::rd_kafka_AclBinding_permission_type(raw) as i32,
            },
        }
    }
}
