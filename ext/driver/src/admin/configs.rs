//! Configurations of topics, brokers and other resources.

use std::ffi::CString;

use super::{
    Reply, Request, Submission,
    reply::{all, error},
    request::{Owned, optional},
};
use crate::{Error, KafkaError, error::owned, sys};

/// Describes configurations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribeConfigs {
    /// The resources whose configurations are described.
    pub resources: Vec<ResourceName>,
}

impl Request for DescribeConfigs {
    type Answer = Vec<ConfigResource>;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        let resources = self.resources.iter().map(ResourceName::native).collect::<Result<Vec<_>, _>>()?;
        // SAFETY: the function is librdkafka's for this operation.
        unsafe { submission.send_all(sys::rd_kafka_DescribeConfigs, &resources) };
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Self::Answer, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_DescribeConfigs_result)?;
            Ok(all(result, sys::rd_kafka_DescribeConfigs_result_resources, ConfigResource::read))
        }
    }
}

/// Sets options of resources, and resets all their other options to the defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterConfigs {
    /// The resources, each with names and values.
    pub resources: Vec<(ResourceName, Vec<(CString, CString)>)>,
}

impl Request for AlterConfigs {
    type Answer = Vec<ConfigResource>;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_ALTERCONFIGS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        let mut resources = Vec::with_capacity(self.resources.len());
        for (name, options) in &self.resources {
            let resource = name.native()?;
            for (name, value) in options {
                // SAFETY: a live resource and C strings, which are copied.
                KafkaError::check(unsafe {
                    sys::rd_kafka_ConfigResource_set_config(resource.as_ptr(), name.as_ptr(), value.as_ptr())
                })?;
            }
            resources.push(resource);
        }
        // SAFETY: the function is librdkafka's for this operation.
        unsafe { submission.send_all(sys::rd_kafka_AlterConfigs, &resources) };
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Self::Answer, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_AlterConfigs_result)?;
            Ok(all(result, sys::rd_kafka_AlterConfigs_result_resources, ConfigResource::read))
        }
    }
}

/// Changes single options of resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncrementalAlterConfigs {
    /// The resources, each with its changes.
    pub resources: Vec<(ResourceName, Vec<Alteration>)>,
}

impl Request for IncrementalAlterConfigs {
    type Answer = Vec<ConfigResource>;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        let mut resources = Vec::with_capacity(self.resources.len());
        for (name, alterations) in &self.resources {
            let resource = name.native()?;
            for alteration in alterations {
                alteration.add_to(&resource)?;
            }
            resources.push(resource);
        }
        // SAFETY: the function is librdkafka's for this operation.
        unsafe { submission.send_all(sys::rd_kafka_IncrementalAlterConfigs, &resources) };
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Self::Answer, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_IncrementalAlterConfigs_result)?;
            Ok(all(result, sys::rd_kafka_IncrementalAlterConfigs_result_resources, ConfigResource::read))
        }
    }
}

/// The resource that a configuration belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceName {
    /// The resource's type, by librdkafka's number.
    pub kind: i32,
    /// The resource's name.
    pub name: CString,
}

/// A change of one option. librdkafka refuses one that lacks a name or a value it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alteration {
    /// The option.
    pub name: Option<CString>,
    /// Whether to set, delete, append or subtract, by librdkafka's number.
    pub kind: i32,
    /// The value.
    pub value: Option<CString>,
}

/// A resource with its options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigResource {
    /// The resource.
    pub resource: ResourceName,
    /// Why the resource could not be described or altered.
    pub error: Option<KafkaError>,
    /// The resource's options.
    pub entries: Vec<ConfigEntry>,
}

/// An option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigEntry {
    /// The option's name.
    pub name: Option<CString>,
    /// The option's value; none for secrets.
    pub value: Option<CString>,
    /// 1 if it cannot be changed.
    pub read_only: i32,
    /// 1 if it has its default value.
    pub default: i32,
    /// 1 if it is a secret.
    pub sensitive: i32,
    /// 1 if it is a synonym of another.
    pub synonym: i32,
    /// Where the value comes from, by librdkafka's number.
    pub source: u32,
    /// Other options that the value may come from.
    pub synonyms: Vec<ConfigEntry>,
}

/// librdkafka's name for the source of a value.
pub fn config_source_name(source: u32) -> CString {
    // SAFETY: librdkafka checks the number, and its text is static.
    unsafe { owned(sys::rd_kafka_ConfigSource_name(source)) }.unwrap_or_default()
}

type Native = Owned<sys::rd_kafka_ConfigResource_t>;

impl ResourceName {
    fn native(&self) -> Result<Native, Error> {
        // SAFETY: a C string, which is copied; null for an empty one and for a type below 0.
        let native = unsafe {
            let native = sys::rd_kafka_ConfigResource_new(self.kind as u32, self.name.as_ptr());
            Owned::of(native, sys::rd_kafka_ConfigResource_destroy)
        };
        native.ok_or_else(|| Error::Resource(self.name.to_string_lossy().into_owned(), self.kind))
    }
}

impl Alteration {
    fn add_to(&self, resource: &Native) -> Result<(), Error> {
        // SAFETY: a live resource, and C strings or null, which are copied; we own the error.
        unsafe {
            let refused = sys::rd_kafka_ConfigResource_add_incremental_config(
                resource.as_ptr(),
                optional(self.name.as_deref()),
                self.kind as u32,
                optional(self.value.as_deref()),
            );
            KafkaError::take(refused).map_err(Error::Alteration)
        }
    }
}

impl ConfigResource {
    fn read(resource: &sys::rd_kafka_ConfigResource_t) -> Self {
        // SAFETY: the reference proves that the resource is live; texts are copied; the accessor is librdkafka's for it.
        unsafe {
            Self {
                resource: ResourceName {
                    kind: sys::rd_kafka_ConfigResource_type(resource) as i32,
                    name: owned(sys::rd_kafka_ConfigResource_name(resource)).unwrap_or_default(),
                },
                error: error(
                    sys::rd_kafka_ConfigResource_error(resource),
                    sys::rd_kafka_ConfigResource_error_string(resource),
                ),
                entries: all(resource, sys::rd_kafka_ConfigResource_configs, ConfigEntry::read),
            }
        }
    }
}

impl ConfigEntry {
    fn read(entry: &sys::rd_kafka_ConfigEntry_t) -> Self {
        // SAFETY: the reference proves that the option is live; texts are copied; the accessor is librdkafka's for it.
        unsafe {
            Self {
                name: owned(sys::rd_kafka_ConfigEntry_name(entry)),
                value: owned(sys::rd_kafka_ConfigEntry_value(entry)),
                read_only: sys::rd_kafka_ConfigEntry_is_read_only(entry),
                default: sys::rd_kafka_ConfigEntry_is_default(entry),
                sensitive: sys::rd_kafka_ConfigEntry_is_sensitive(entry),
                synonym: sys::rd_kafka_ConfigEntry_is_synonym(entry),
                source: sys::rd_kafka_ConfigEntry_source(entry),
                synonyms: all(entry, sys::rd_kafka_ConfigEntry_synonyms, Self::read),
            }
        }
    }
}
