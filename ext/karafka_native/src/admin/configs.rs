//! Configurations of topics, brokers and other resources.

use karafka_driver::admin::{
    AlterConfigs, Alteration, ConfigEntry, ConfigResource, DescribeConfigs, IncrementalAlterConfigs, ResourceName,
    config_source_name,
};
use magnus::{Error, IntoValue, Module, RArray, RClass, Ruby, TryConvert, Value, method, typed_data::Obj};

use super::{
    Admin,
    answer::{ToRuby, optional_error},
    operation::Operation,
};
use crate::ruby_value::{binary, c_string, c_string_pairs, integer, optional_binary, optional_c_string};

/// `resources` are `[[type, name]]`.
fn describe_configs(ruby: &Ruby, this: Obj<Admin>, resources: RArray, options: RArray) -> Result<Operation, Error> {
    let resources = resources.into_iter().map(|resource| {
        let (kind, name) = <(Value, Value)>::try_convert(resource)?;
        resource_name(ruby, kind, name)
    });
    let resources = resources.collect::<Result<Vec<_>, Error>>()?;
    Operation::submit(ruby, this, &DescribeConfigs { resources }, options)
}

/// `resources` are `[[type, name, [[option, operation, value]]]]`.
fn incremental_alter_configs(
    ruby: &Ruby,
    this: Obj<Admin>,
    resources: RArray,
    options: RArray,
) -> Result<Operation, Error> {
    let resources = resources.into_iter().map(|resource| {
        let (kind, name, alterations) = <(Value, Value, RArray)>::try_convert(resource)?;
        Ok((resource_name(ruby, kind, name)?, alterations_of(ruby, alterations)?))
    });
    let resources = resources.collect::<Result<Vec<_>, Error>>()?;
    Operation::submit(ruby, this, &IncrementalAlterConfigs { resources }, options)
}

/// `resources` are `[[type, name, [[option, value]]]]`.
fn alter_configs(ruby: &Ruby, this: Obj<Admin>, resources: RArray, options: RArray) -> Result<Operation, Error> {
    let resources = resources.into_iter().map(|resource| {
        let (kind, name, configs) = <(Value, Value, RArray)>::try_convert(resource)?;
        Ok((resource_name(ruby, kind, name)?, c_string_pairs(ruby, configs, "name or value of a config")?))
    });
    let resources = resources.collect::<Result<Vec<_>, Error>>()?;
    Operation::submit(ruby, this, &AlterConfigs { resources }, options)
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

/// `[name, type, nil or error, entries]`
impl ToRuby for ConfigResource {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        let name = binary(ruby, self.resource.name.to_bytes());
        let (error, entries) = (optional_error(ruby, &self.error)?, self.entries.to_ruby(ruby)?);
        Ok((name, self.resource.kind, error, entries).into_value_with(ruby))
    }
}

/// `[name, value, read only, default, sensitive, synonym, source, source's name, synonyms]`
impl ToRuby for ConfigEntry {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        let name = optional_binary(ruby, self.name.as_deref());
        let value = optional_binary(ruby, self.value.as_deref());
        let (source, synonyms) =
            (binary(ruby, config_source_name(self.source).to_bytes()), self.synonyms.to_ruby(ruby)?);
        let flags = (self.read_only, self.default, self.sensitive, self.synonym);
        let values = (name, value, flags.0, flags.1, flags.2, flags.3, self.source, source, synonyms);
        Ok(values.into_value_with(ruby))
    }
}

/// Defines this file's methods on `Admin`.
pub fn define(class: RClass) -> Result<(), Error> {
    class.define_method("describe_configs", method!(describe_configs, 2))?;
    class.define_method("incremental_alter_configs", method!(incremental_alter_configs, 2))?;
    class.define_method("alter_configs", method!(alter_configs, 2))
}
