//! Access control lists.

use karafka_driver::{
    KafkaError,
    admin::{AclBinding, AclRule, DeletedAcls},
};
use magnus::{Error, Exception, Module, RArray, RClass, Ruby, method, typed_data::Obj};

use super::{Operation, array, optional_error};
use crate::{
    client::NativeClient,
    producer::Producer,
    ruby_value::{c_string, integer, optional_binary, optional_c_string},
};

/// Where a text is missing, a rule is refused.
fn rule(ruby: &Ruby, rule: RArray) -> Result<AclRule, Error> {
    for (index, what) in [(1, "resource_name"), (3, "principal"), (4, "host")] {
        c_string(ruby, rule.entry(index)?, what)?;
    }
    filter(ruby, rule)
}

/// `[resource type, resource name, pattern type, principal, host, operation, permission type]`
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

fn create_acl(ruby: &Ruby, this: Obj<Producer>, acl: RArray) -> Result<Operation, Error> {
    let submitted = this.client().create_acl(&rule(ruby, acl)?);
    Operation::new(ruby, this, "create_acl", submitted)
}

fn describe_acl(ruby: &Ruby, this: Obj<Producer>, acl: RArray) -> Result<Operation, Error> {
    let submitted = this.client().describe_acls(&filter(ruby, acl)?);
    Operation::new(ruby, this, "describe_acl", submitted)
}

fn delete_acl(ruby: &Ruby, this: Obj<Producer>, acl: RArray) -> Result<Operation, Error> {
    let submitted = this.client().delete_acls(&filter(ruby, acl)?);
    Operation::new(ruby, this, "delete_acl", submitted)
}

/// `[nil or error]`
pub fn created(ruby: &Ruby, refusals: &[Option<KafkaError>]) -> Result<RArray, Error> {
    array(ruby, refusals, optional_error)
}

/// `[[nil or error, what filters have]]`
pub fn described(ruby: &Ruby, bindings: &[AclBinding]) -> Result<RArray, Error> {
    array(ruby, bindings, binding)
}

fn binding(ruby: &Ruby, binding: &AclBinding) -> Result<(Option<Exception>, RArray), Error> {
    let AclBinding { error, rule } = binding;
    let values = ruby.ary_new_capa(7);
    values.push(rule.resource_type)?;
    values.push(optional_binary(ruby, rule.resource_name.as_deref()))?;
    values.push(rule.pattern_type)?;
    values.push(optional_binary(ruby, rule.principal.as_deref()))?;
    values.push(optional_binary(ruby, rule.host.as_deref()))?;
    values.push(rule.operation)?;
    values.push(rule.permission_type)?;
    Ok((optional_error(ruby, error)?, values))
}

/// `[[nil or error, bindings]]`
pub fn deleted(ruby: &Ruby, deleted: &[DeletedAcls]) -> Result<RArray, Error> {
    array(ruby, deleted, |ruby, deleted: &DeletedAcls| {
        Ok((optional_error(ruby, &deleted.error)?, described(ruby, &deleted.bindings)?))
    })
}

/// Defines what this file has for Ruby.
pub fn define(class: RClass) -> Result<(), Error> {
    class.define_method("create_acl", method!(create_acl, 1))?;
    class.define_method("describe_acl", method!(describe_acl, 1))?;
    class.define_method("delete_acl", method!(delete_acl, 1))
}
