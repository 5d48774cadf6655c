//! Access control lists.

use karafka_driver::admin::{AclBinding, AclRule, CreateAcl, CreatedAcl, DeleteAcls, DeletedAcls, DescribeAcls};
use magnus::{Error, IntoValue, Module, RArray, RClass, Ruby, Value, method, typed_data::Obj};

use super::{
    Admin,
    answer::{ToRuby, optional_error},
    operation::Operation,
};
use crate::ruby_value::{c_string, integer, optional_binary, optional_c_string};

/// Reads a rule, in which no text may be nil.
fn rule(ruby: &Ruby, rule: RArray) -> Result<AclRule, Error> {
    for (index, what) in [(1, "resource_name"), (3, "principal"), (4, "host")] {
        c_string(ruby, rule.entry(index)?, what)?;
    }
    filter(ruby, rule)
}

/// Reads `[resource type, resource name, pattern type, principal, host, operation, permission type]`.
fn filter(ruby: &Ruby, filter: RArray) -> Result<AclRule, Error> {
    let text = |index, what| optional_c_string(ruby, filter.entry(index)?, what);
    let number = |index, what| integer(ruby, filter.entry(index)?, what)?.to_i32();
    Ok(AclRule {
        resource_type: number(0, "resource_type")?,
        resource_name: text(1, "resource_name")?,
        pattern_type: number(2, "resource_pattern_type")?,
        principal: text(3, "principal")?,
        host: text(4, "host")?,
        operation: number(5, "operation")?,
        permission_type: number(6, "permission_type")?,
    })
}

fn create_acl(ruby: &Ruby, this: Obj<Admin>, acl: RArray, options: RArray) -> Result<Operation, Error> {
    Operation::submit(ruby, this, &CreateAcl { rule: rule(ruby, acl)? }, options)
}

fn describe_acl(ruby: &Ruby, this: Obj<Admin>, acl: RArray, options: RArray) -> Result<Operation, Error> {
    Operation::submit(ruby, this, &DescribeAcls { filter: filter(ruby, acl)? }, options)
}

fn delete_acl(ruby: &Ruby, this: Obj<Admin>, acl: RArray, options: RArray) -> Result<Operation, Error> {
    Operation::submit(ruby, this, &DeleteAcls { filter: filter(ruby, acl)? }, options)
}

/// `[nil or error]`
impl ToRuby for CreatedAcl {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        Ok((optional_error(ruby, &self.error)?,).into_value_with(ruby))
    }
}

/// `[nil or error, [resource type, resource name, pattern type, principal, host, operation, permission type]]`
impl ToRuby for AclBinding {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        let rule = &self.rule;
        let values = (
            rule.resource_type,
            optional_binary(ruby, rule.resource_name.as_deref()),
            rule.pattern_type,
            optional_binary(ruby, rule.principal.as_deref()),
            optional_binary(ruby, rule.host.as_deref()),
            rule.operation,
            rule.permission_type,
        );
        Ok((optional_error(ruby, &self.error)?, values).into_value_with(ruby))
    }
}

/// `[nil or error, bindings]`
impl ToRuby for DeletedAcls {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        Ok((optional_error(ruby, &self.error)?, self.bindings.to_ruby(ruby)?).into_value_with(ruby))
    }
}

/// Defines this file's methods on `Admin`.
pub fn define(class: RClass) -> Result<(), Error> {
    class.define_method("create_acl", method!(create_acl, 2))?;
    class.define_method("describe_acl", method!(describe_acl, 2))?;
    class.define_method("delete_acl", method!(delete_acl, 2))
}
