//! Configurations of topics, brokers and other resources.

use karafka_driver::{
    self as driver,
    admin::{Alteration, ConfigEntry, ConfigResource, ResourceName},
};
use magnus::{Error, Module, RArray, RClass, Ruby, TryConvert, Value, method, typed_data::Obj};

use super::{Operation, array, optional_error};
use crate::{
    client::NativeClient,
    error::prefixed_error,
    producer::Producer,
    ruby_value::{binary, c_string, integer, optional_binary, optional_c_string},
};

/// What librdkafka calls the function that refuses an alteration.
const ADDING: &str = "rd_kafka_ConfigResource_add_incremental_config";

/// Resources: `[[type, name]]`.
fn describe_configs(ruby: &Ruby, this: Obj<Producer>, resources: RArray) -> Result<Operation, Error> {
    let resources = resources.into_iter().map(|resource| {
        let (kind, name) = <(Value, Value)>::try_convert(resource)?;
        resource_name(ruby, kind, name)
    });
    let resources = resources.collect::<Result<Vec<_>, Error>>()?;
    let submitted = this.client().describe_configs(&resources);
    Operation::new(ruby, this, "describe_configs", submitted)
}

/// Resources: `[[type, name, [[option, operation, value]]]]`.
fn alter_configs(ruby: &Ruby, this: Obj<Producer>, resources: RArray) -> Result<Operation, Error> {
    let resources = resources.into_iter().map(|resource| {
        let (kind, name, alterations) = <(Value, Value, RArray)>::try_convert(resource)?;
        Ok((resource_name(ruby, kind, name)?, alterations_of(ruby, alterations)?))
    });
    let resources = resources.collect::<Result<Vec<_>, Error>>()?;
    let submitted = this.client().alter_configs(&resources);
    if let Err(driver::Error::Kafka(error)) = &submitted {
        return Err(prefixed_error(ruby, error, Some(ADDING))?.into());
    }
    Operation::new(ruby, this, "incremental_alter_configs", submitted)
}

fn resource_name(ruby: &Ruby, kind: Value, name: Value) -> Result<ResourceName, Error> {
    Ok(ResourceName {
        kind: integer(ruby, kind, "resource_type")?.to_i32()?,
        name: c_string(ruby, name, "resource_name")?,
    })
}

fn alterations_of(ruby: &Ruby, alterations: RArray) -> Result<Vec<Alteration>, Error> {
    let alterations = alterations.into_iter().map(|alteration| {
        let (name, kind, value) = <(Value, Value, Value)>::try_convert(alteration)?;
        Ok(Alteration {
            name: optional_c_string(ruby, name, "name of a config")?,
            kind: integer(ruby, kind, "op_type of a config")?.to_i32()?,
            value: optional_c_string(ruby, value, "value of a config")?,
        })
    });
    alterations.collect()
}

/// `[[name, type, nil or error, entries]]`
pub fn described(ruby: &Ruby, resources: &[ConfigResource]) -> Result<RArray, Error> {
    array(ruby, resources, |ruby, found| {
        let name = binary(ruby, found.resource.name.to_bytes());
        let entries = array(ruby, &found.entries, entry)?;
        Ok((name, found.resource.kind, optional_error(ruby, &found.error)?, entries))
    })
}

/// `[name, value, read only, default, sensitive, synonym, synonyms]`
fn entry(ruby: &Ruby, found: &ConfigEntry) -> Result<RArray, Error> {
    let values = ruby.ary_new_capa(7);
    values.push(optional_binary(ruby, found.name.as_deref()))?;
    values.push(optional_binary(ruby, found.value.as_deref()))?;
    values.push(found.read_only)?;
    values.push(found.default)?;
    values.push(found.sensitive)?;
    values.push(found.synonym)?;
    values.push(array(ruby, &found.synonyms, entry)?)?;
    Ok(values)
}

/// Defines what this file has for Ruby.
pub fn define(class: RClass) -> Result<(), Error> {
    class.define_method("describe_configs", method!(describe_configs, 1))?;
    class.define_method("alter_configs", method!(alter_configs, 1))
}
