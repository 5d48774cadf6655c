//! Converts native lists from and to `Rdkafka::Consumer::TopicPartitionList`.

use karafka_driver::{Entry, OFFSET_INVALID, PARTITION_UA, PartitionList};
use magnus::{
    Error, IntoValue, RArray, RClass, RHash, RModule, Ruby, TryConvert, Value, function,
    prelude::*,
    rb_sys::{AsRawValue, FromRawValue, protect},
    value::{Lazy, LazyId},
};

use crate::ruby_value::{array, byte_string, constant, integer, number as number_of, time_in_ms, topic_name};

static LIST: Lazy<RClass> =
    Lazy::new(|ruby| constant(ruby, "Rdkafka::Consumer::TopicPartitionList").expect("list class is loaded"));
static PARTITION: Lazy<RClass> =
    Lazy::new(|ruby| constant(ruby, "Rdkafka::Consumer::Partition").expect("partition class is loaded"));

static AT_PARTITION: LazyId = LazyId::new("@partition");
static AT_OFFSET: LazyId = LazyId::new("@offset");
static AT_ERR: LazyId = LazyId::new("@err");
static AT_METADATA: LazyId = LazyId::new("@metadata");

/// Resolves the constants and names of this file (see `ractor.rs`).
pub fn resolve(ruby: &Ruby) {
    for class in [&LIST, &PARTITION] {
        Lazy::force(class, ruby);
    }
    for name in [&AT_PARTITION, &AT_OFFSET, &AT_ERR, &AT_METADATA] {
        LazyId::force(name, ruby);
    }
}

/// A list of whole topics.
pub fn of_topics(ruby: &Ruby, topics: RArray) -> Result<PartitionList, Error> {
    let mut list = PartitionList::with_capacity(topics.len());
    for topic in topics {
        list.add(&topic_name(ruby, topic)?, PARTITION_UA, None, None);
    }
    Ok(list)
}

/// Reads a list, or anything whose `to_h` returns topics with partitions or nil.
pub fn from_ruby(ruby: &Ruby, list: Value) -> Result<PartitionList, Error> {
    let hash = RHash::try_convert(list.funcall("to_h", ())?)?;
    let mut native = PartitionList::with_capacity(hash.len());
    let partition_class = ruby.get_inner(&PARTITION);
    let mut failure = None;
    hash.foreach(|topic: Value, partitions: Value| {
        match add_topic(ruby, partition_class, &mut native, topic, partitions) {
            Ok(()) => Ok(magnus::r_hash::ForEach::Continue),
            Err(error) => {
                failure = Some(error);
                Ok(magnus::r_hash::ForEach::Stop)
            }
        }
    })?;
    failure.map_or(Ok(native), Err)
}

/// Like [`from_ruby`], but accepts nil.
pub fn optional_list(ruby: &Ruby, list: Value) -> Result<Option<PartitionList>, Error> {
    if list.is_nil() { Ok(None) } else { from_ruby(ruby, list).map(Some) }
}

fn add_topic(
    ruby: &Ruby,
    partition_class: RClass,
    native: &mut PartitionList,
    topic: Value,
    partitions: Value,
) -> Result<(), Error> {
    let topic = topic_name(ruby, topic)?;
    if partitions.is_nil() {
        native.add(&topic, PARTITION_UA, None, None);
        return Ok(());
    }
    let Some(partitions) = array(partitions)? else {
        return Err(Error::new(ruby.exception_type_error(), "the partitions of a topic have to be an Array or nil"));
    };
    for partition in partitions {
        let (number, offset, metadata) = read_partition(ruby, partition_class, partition)?;
        let number = number_of(ruby, number, "partition")?;
        let offset = read_offset(ruby, offset)?;
        let metadata = byte_string(ruby, metadata, "metadata")?;
        // SAFETY: the bytes are copied before Ruby can run.
        native.add(&topic, number, offset, metadata.as_ref().map(|metadata| unsafe { metadata.as_slice() }));
    }
    Ok(())
}

/// Reads number, offset and metadata. No methods are called on instances of our own class.
fn read_partition(ruby: &Ruby, partition_class: RClass, partition: Value) -> Result<(Value, Value, Value), Error> {
    if partition.class().as_raw() == partition_class.as_raw() {
        let partition = magnus::RObject::try_convert(partition)?;
        return Ok((
            partition.ivar_get(LazyId::get_inner_with(&AT_PARTITION, ruby))?,
            partition.ivar_get(LazyId::get_inner_with(&AT_OFFSET, ruby))?,
            partition.ivar_get(LazyId::get_inner_with(&AT_METADATA, ruby))?,
        ));
    }
    let metadata = if partition.respond_to("metadata", false)? {
        partition.funcall("metadata", ())?
    } else {
        ruby.qnil().as_value()
    };
    // `offset` first, since Strings have a method `partition`, too.
    let offset = partition.funcall("offset", ())?;
    Ok((partition.funcall("partition", ())?, offset, metadata))
}

/// Reads an offset: a number, or a Time, which stands for its milliseconds.
fn read_offset(ruby: &Ruby, offset: Value) -> Result<Option<i64>, Error> {
    if offset.is_nil() {
        return Ok(None);
    }
    if offset.is_kind_of(ruby.class_numeric()) {
        return number_of(ruby, offset, "offset").map(Some);
    }
    match time_in_ms(ruby, offset)? {
        None => number_of(ruby, offset, "offset").map(Some),
        found => Ok(found),
    }
}

/// Converts a list to a `TopicPartitionList`.
pub fn to_ruby(ruby: &Ruby, list: &PartitionList) -> Result<Value, Error> {
    entries_to_ruby(ruby, list.iter())
}

/// Converts entries to a `TopicPartitionList`.
pub fn entries_to_ruby<'a>(ruby: &Ruby, entries: impl Iterator<Item = Entry<'a>>) -> Result<Value, Error> {
    let hash = ruby.hash_new();
    let mut current: Option<(&std::ffi::CStr, Option<RArray>)> = None;
    for entry in entries {
        if entry.partition == PARTITION_UA {
            hash.aset(ruby.str_from_slice(entry.topic.to_bytes()), ruby.qnil())?;
            current = None;
            continue;
        }
        // Entries of one topic are mostly adjacent.
        let partitions = match &current {
            Some((topic, Some(partitions))) if *topic == entry.topic => *partitions,
            _ => {
                let key = ruby.str_from_slice(entry.topic.to_bytes());
                match hash.lookup::<_, Option<RArray>>(key)? {
                    Some(partitions) => partitions,
                    None => {
                        let partitions = ruby.ary_new();
                        hash.aset(key, partitions)?;
                        partitions
                    }
                }
            }
        };
        current = Some((entry.topic, Some(partitions)));
        let metadata = entry.metadata.map(|metadata| ruby.str_from_slice(metadata));
        let offset = (entry.offset != OFFSET_INVALID).then_some(entry.offset);
        partitions.push(new_partition(ruby, entry.partition, offset, entry.error, metadata)?)?;
    }
    ruby.get_inner(&LIST).new_instance((hash,))
}

/// Creates a `Partition` without calling its `initialize`. The instance variables are set in the same order.
fn new_partition(
    ruby: &Ruby,
    number: i32,
    offset: Option<i64>,
    error: i32,
    metadata: Option<magnus::RString>,
) -> Result<Value, Error> {
    let class = ruby.get_inner(&PARTITION).as_raw();
    let values = [
        (LazyId::get_inner_with(&AT_PARTITION, ruby), number.into_value_with(ruby)),
        (LazyId::get_inner_with(&AT_OFFSET, ruby), offset.into_value_with(ruby)),
        (LazyId::get_inner_with(&AT_ERR, ruby), error.into_value_with(ruby)),
        (LazyId::get_inner_with(&AT_METADATA, ruby), metadata.into_value_with(ruby)),
    ];
    let partition = protect(|| {
        // SAFETY: the class is live and the values are on the stack. If Ruby raises, no destructor is skipped.
        unsafe {
            let partition = rb_sys::rb_obj_alloc(class);
            for (name, value) in values {
                rb_sys::rb_ivar_set(partition, magnus::rb_sys::AsRawId::as_raw(name), value.as_raw());
            }
            partition
        }
    })?;
    // SAFETY: the block returns the new object.
    Ok(unsafe { Value::from_raw(partition) })
}

/// Reads `[[topic, partition, offset]]`, as Ruby methods build them for requests.
pub fn from_triples(ruby: &Ruby, triples: RArray) -> Result<PartitionList, Error> {
    let mut native = PartitionList::with_capacity(triples.len());
    for triple in triples {
        let (topic, number, offset) = <(Value, Value, Value)>::try_convert(triple)?;
        let topic = topic_name(ruby, topic)?;
        let (number, offset) = (integer(ruby, number, "partition")?, integer(ruby, offset, "offset")?);
        native.add(&topic, number.to_i32()?, Some(offset.to_i64()?), None);
    }
    Ok(native)
}

/// Converts a list to a native one and back, for tests and benchmarks.
fn round_trip(ruby: &Ruby, list: Value) -> Result<Value, Error> {
    to_ruby(ruby, &from_ruby(ruby, list)?)
}

/// Defines this file's functions on `KarafkaNative::Native`.
pub fn init(_ruby: &Ruby, native: RModule) -> Result<(), Error> {
    native.define_singleton_method("time_in_ms", function!(time_in_ms, 1))?;
    native.define_singleton_method("list_round_trip", function!(round_trip, 1))?;
    Ok(())
}
