//! Configurations of topics, brokers and other resources.

use std::{ffi::CString, sync::Arc};

use super::{
    Operation,
    request::{Owned, optional},
    result,
};
use crate::{Client, Error, KafkaError, code, error::owned, sys};

/// What a configuration belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceName {
    /// Its type, as librdkafka numbers them.
    pub kind: i32,
    /// Its name.
    pub name: CString,
}

/// A change of one option. librdkafka refuses what is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alteration {
    /// The option.
    pub name: Option<CString>,
    /// What to do, as librdkafka numbers it.
    pub kind: i32,
    /// The value.
    pub value: Option<CString>,
}

/// A resource with its options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigResource {
    /// Which one.
    pub resource: ResourceName,
    /// Why nothing was told or done.
    pub error: Option<KafkaError>,
    /// Its options.
    pub entries: Vec<ConfigEntry>,
}

/// An option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigEntry {
    /// Its name.
    pub name: Option<CString>,
    /// Its value; none for secrets.
    pub value: Option<CString>,
    /// 1 if it cannot be changed.
    pub read_only: i32,
    /// 1 if nobody has set it.
    pub default: i32,
    /// 1 if it is a secret.
    pub sensitive: i32,
    /// 1 if it is a synonym of another.
    pub synonym: i32,
    /// Where else the value may come from.
    pub synonyms: Vec<ConfigEntry>,
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
        // SAFETY: a live resource and C strings or null; a refusal is ours to free.
        unsafe {
            let refused = sys::rd_kafka_ConfigResource_add_incremental_config(
                resource.as_ptr(),
                optional(self.name.as_deref()),
                self.kind as u32,
                optional(self.value.as_deref()),
            );
            Ok(KafkaError::take(refused)?)
        }
    }
}

impl Client {
    /// Describes configurations.
    pub fn describe_configs(&self, resources: &[ResourceName]) -> Result<Arc<Operation>, Error> {
        drop(self.enter()?);
        let resources = resources.iter().map(ResourceName::native).collect::<Result<Vec<_>, _>>()?;
        let mut pointers: Vec<_> = resources.iter().map(Owned::as_ptr).collect();
        self.submit(sys::RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, |rk, options, queue| {
            // SAFETY: everything is live, and the array has the length given.
            unsafe {
                sys::rd_kafka_DescribeConfigs(rk, pointers.as_mut_ptr(), pointers.len(), options.as_ptr(), queue);
            }
        })
    }

    /// Changes single options of resources.
    pub fn alter_configs(&self, resources: &[(ResourceName, Vec<Alteration>)]) -> Result<Arc<Operation>, Error> {
        drop(self.enter()?);
        let mut natives = Vec::with_capacity(resources.len());
        for (resource, alterations) in resources {
            let native = resource.native()?;
            for alteration in alterations {
                alteration.add_to(&native)?;
            }
            natives.push(native);
        }
        let mut pointers: Vec<_> = natives.iter().map(Owned::as_ptr).collect();
        self.submit(sys::RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS, |rk, options, queue| {
            let (pointers, count) = (pointers.as_mut_ptr(), pointers.len());
            // SAFETY: everything is live, and the array has the length given.
            unsafe { sys::rd_kafka_IncrementalAlterConfigs(rk, pointers, count, options.as_ptr(), queue) };
        })
    }
}

/// # Safety
/// `event` is a live result of this kind.
pub(super) unsafe fn described(event: *mut sys::rd_kafka_event_t) -> Vec<ConfigResource> {
    // SAFETY: see above.
    unsafe {
        let described = sys::rd_kafka_event_DescribeConfigs_result(event);
        result::all(described, sys::rd_kafka_DescribeConfigs_result_resources, resource)
    }
}

/// # Safety
/// `event` is a live result of this kind.
pub(super) unsafe fn altered(event: *mut sys::rd_kafka_event_t) -> Vec<ConfigResource> {
    // SAFETY: see above.
    unsafe {
        let altered = sys::rd_kafka_event_IncrementalAlterConfigs_result(event);
        result::all(altered, sys::rd_kafka_IncrementalAlterConfigs_result_resources, resource)
    }
}

/// # Safety
/// `resource` is live.
unsafe fn resource(resource: *const sys::rd_kafka_ConfigResource_t) -> ConfigResource {
    // SAFETY: see above.
    unsafe {
        let code = sys::rd_kafka_ConfigResource_error(resource);
        ConfigResource {
            resource: ResourceName {
                kind: sys::rd_kafka_ConfigResource_type(resource) as i32,
                name: owned(sys::rd_kafka_ConfigResource_name(resource)).unwrap_or_default(),
            },
            error: (code != code::NO_ERROR).then(|| KafkaError {
                message: owned(sys::rd_kafka_ConfigResource_error_string(resource)),
                ..KafkaError::new(code)
            }),
            entries: result::all(resource, sys::rd_kafka_ConfigResource_configs, entry),
        }
    }
}

/// # Safety
/// `raw` is live.
unsafe fn entry(raw: *const sys::rd_kafka_ConfigEntry_t) -> ConfigEntry {
    // SAFETY: see above.
    unsafe {
        ConfigEntry {
            name: owned(sys::rd_kafka_ConfigEntry_name(raw)),
            value: owned(sys::rd_kafka_ConfigEntry_value(raw)),
            read_only: sys::rd_kafka_ConfigEntry_is_read_only(raw),
            default: sys::rd_kafka_ConfigEntry_is_default(raw),
            sensitive: sys::rd_kafka_ConfigEntry_is_sensitive(raw),
            synonym: sys::rd_kafka_ConfigEntry_is_synonym(raw),
            synonyms: result::all(raw, sys::rd_kafka_ConfigEntry_synonyms, entry),
        }
    }
}
