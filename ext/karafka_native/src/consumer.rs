//! `KarafkaNative::Native::Consumer`, on which `Rdkafka::Consumer` is built.

mod assignment;
mod offsets;
mod polling;

use std::sync::Arc;

use karafka_driver::{self as driver, PartitionList};
use magnus::{
    DataTypeFunctions, Error, RModule, RString, Ruby, TypedData, Value, function, gc::Marker, method, prelude::*,
    value::Opaque,
};
pub use offsets::commit;

use crate::{
    admin::offsets::list_offsets,
    client::{self, NativeClient},
    closing,
    config::Config,
    error::{Closed, code_of, to_ruby},
    events::Target,
    owner::Owner,
    partition_list, ractor,
    ruby_value::{binary, c_string},
    runtime::blocking::run_to_the_end,
    seam::{group_metadata::GroupMetadata, pointer},
};

/// The driver's consumer and the Ruby object that handles its events.
#[derive(TypedData)]
#[magnus(class = "KarafkaNative::Native::Consumer", free_immediately, mark)]
pub struct Consumer {
    consumer: Arc<driver::Consumer>,
    callbacks: Opaque<Value>,
}

impl DataTypeFunctions for Consumer {
    fn mark(&self, marker: &Marker) {
        marker.mark(self.callbacks);
    }

    fn free(self: Box<Self>) {
        driver::collect(self.consumer);
    }
}

impl Owner for driver::Consumer {}

impl NativeClient for Consumer {
    type Owner = driver::Consumer;

    fn owner(&self) -> &Arc<driver::Consumer> {
        &self.consumer
    }

    fn target(&self, ruby: &Ruby) -> Target<'_> {
        Target {
            callbacks: ruby.get_inner(self.callbacks),
            client: self.client(),
            consumer: Some(&self.consumer),
            producer: None,
        }
    }

    fn closed(&self) -> Closed {
        Closed::Class("Rdkafka::ClosedConsumerError")
    }
}

impl Consumer {
    fn new(ruby: &Ruby, config: &Config, callbacks: Value, one_queue: bool) -> Result<Self, Error> {
        driver::reaper::resume();
        let consumer = driver::Consumer::create(config.take(ruby)?, one_queue);
        let consumer = Arc::new(consumer.map_err(|error| to_ruby(ruby, error, Closed::Inner))?);
        pointer::remember_consumer(&consumer);
        Ok(Self { consumer, callbacks: callbacks.into() })
    }

    /// Runs a call without the GVL. Returns its error code, for Ruby methods that build their own errors.
    fn call(
        &self,
        ruby: &Ruby,
        mut call: impl FnMut(&driver::Consumer) -> Result<(), driver::Error> + Send,
    ) -> Result<i32, Error> {
        let consumer = &*self.consumer;
        let result = run_to_the_end(ruby, || call(consumer))?;
        code_of(ruby, result, self.closed())
    }

    /// Runs a call that changes a list. Returns the error code and the list.
    fn call_with_list(
        &self,
        ruby: &Ruby,
        list: Value,
        call: impl Fn(&driver::Consumer, &mut PartitionList) -> Result<(), driver::Error> + Send,
    ) -> Result<(i32, Value), Error> {
        let mut list = partition_list::from_ruby(ruby, list)?;
        let changed = &mut list;
        let code = self.call(ruby, move |consumer| call(consumer, changed))?;
        Ok((code, partition_list::to_ruby(ruby, &list)?))
    }

    fn member_id(ruby: &Ruby, this: &Self) -> Result<Option<RString>, Error> {
        let id = this.consumer.member_id().map_err(|error| to_ruby(ruby, error, this.closed()))?;
        Ok(id.map(|id| binary(ruby, id.to_bytes())))
    }

    /// The consumer's identity in its group, or nil without a group.
    fn group_metadata(ruby: &Ruby, this: &Self) -> Result<Option<GroupMetadata>, Error> {
        let consumer = &*this.consumer;
        let metadata = run_to_the_end(ruby, || consumer.group_metadata())?;
        let metadata = metadata.map_err(|error| to_ruby(ruby, error, this.closed()))?;
        Ok(metadata.map(GroupMetadata::new))
    }

    /// An option's value in the running client.
    fn option(ruby: &Ruby, this: &Self, name: Value) -> Result<Option<RString>, Error> {
        let name = c_string(ruby, name, "option name")?;
        let value = this.consumer.option(&name).map_err(|error| to_ruby(ruby, error, Closed::Inner))?;
        Ok(value.map(|value| binary(ruby, value.to_bytes())))
    }
}

/// Defines `KarafkaNative::Native::Consumer`.
pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = ractor::define_class::<Consumer>(ruby, native, "Consumer")?;
    client::define!(class, Consumer);
    class.define_singleton_method("new", function!(Consumer::new, 3))?;
    class.define_method("poll", method!(Consumer::poll, 1))?;
    class.define_method("poll_nb", method!(Consumer::poll_nb, 1))?;
    class.define_method("poll_batch", method!(Consumer::poll_batch, 2))?;
    class.define_method("poll_batch_nb", method!(Consumer::poll_batch_nb, 2))?;
    class.define_method("subscribe", method!(Consumer::subscribe, 1))?;
    class.define_method("unsubscribe", method!(Consumer::unsubscribe, 0))?;
    class.define_method("subscription", method!(Consumer::subscription, 0))?;
    class.define_method("assign", method!(Consumer::assign, 1))?;
    class.define_method("incremental_assign", method!(Consumer::incremental_assign, 1))?;
    class.define_method("incremental_unassign", method!(Consumer::incremental_unassign, 1))?;
    class.define_method("assignment", method!(Consumer::assignment, 0))?;
    class.define_method("assignment_lost?", method!(Consumer::is_assignment_lost, 0))?;
    class.define_method("pause", method!(Consumer::pause, 1))?;
    class.define_method("resume", method!(Consumer::resume, 1))?;
    class.define_method("position", method!(Consumer::position, 1))?;
    class.define_method("committed", method!(Consumer::committed, 2))?;
    class.define_method("offsets_for_times", method!(Consumer::offsets_for_times, 2))?;
    class.define_method("commit", method!(Consumer::commit, 2))?;
    class.define_method("store_offset", method!(Consumer::store_offset, 4))?;
    class.define_method("seek_by", method!(Consumer::seek_by, 3))?;
    class.define_method("query_watermark_offsets", method!(Consumer::query_watermark_offsets, 3))?;
    class.define_method("member_id", method!(Consumer::member_id, 0))?;
    class.define_method("consumer_group_metadata_pointer", method!(Consumer::group_metadata, 0))?;
    class.define_method("rebalance_protocol", method!(Consumer::rebalance_protocol, 0))?;
    class.define_method("option", method!(Consumer::option, 1))?;
    class.define_method("list_offsets", method!(list_offsets::<Consumer>, 3))?;
    class.define_method("close", method!(closing::close::<Consumer>, 0))?;
    class.define_method("close_at_exit", method!(closing::close_at_exit::<Consumer>, 1))?;
    Ok(())
}
