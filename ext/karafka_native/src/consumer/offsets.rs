//! Positions, commits, and queries for offsets.

use std::{sync::Arc, time::Duration};

use karafka_driver::{self as driver, Commit, Interruption, PartitionList, Served, Wake, Wakeup};
use magnus::{Error, Ruby, Value};

use super::Consumer;
use crate::{
    client::NativeClient,
    error::code_of,
    partition_list::{self, optional_list},
    ruby_value::{is_absent, number, string, timeout, topic_name},
    runtime::{
        background,
        blocking::{self, Blocking},
    },
};

impl Consumer {
    pub(super) fn position(ruby: &Ruby, this: &Self, list: Value) -> Result<(i32, Value), Error> {
        this.call_with_list(ruby, list, driver::Consumer::position)
    }

    pub(super) fn committed(ruby: &Ruby, this: &Self, list: Value, timeout_ms: Value) -> Result<(i32, Value), Error> {
        let timeout = timeout(ruby, timeout_ms)?;
        this.call_in_background_with_list(ruby, list, move |consumer, list| consumer.committed(list, timeout))
    }

    pub(super) fn offsets_for_times(
        ruby: &Ruby,
        this: &Self,
        list: Value,
        timeout_ms: Value,
    ) -> Result<(i32, Value), Error> {
        let timeout = timeout(ruby, timeout_ms)?;
        this.call_in_background_with_list(ruby, list, move |consumer, list| consumer.offsets_for_times(list, timeout))
    }

    pub(super) fn commit(ruby: &Ruby, this: &Self, list: Value, asynchronous: bool) -> Result<i32, Error> {
        let list = optional_list(ruby, list)?;
        let result = commit(ruby, &this.consumer, list.as_ref(), asynchronous)?;
        code_of(ruby, result, this.closed())
    }

    /// Stores the offset after the given one, with metadata or nil.
    pub(super) fn store_offset(
        ruby: &Ruby,
        this: &Self,
        topic: Value,
        partition: Value,
        offset: Value,
        metadata: Value,
    ) -> Result<i32, Error> {
        let topic = topic_name(ruby, topic)?;
        let partition = number(ruby, partition, "partition")?;
        let offset: i64 = number(ruby, offset, "offset")?;
        let metadata = if is_absent(metadata) { None } else { Some(string(ruby, metadata, "metadata")?) };
        let mut list = PartitionList::with_capacity(1);
        // SAFETY: the bytes are copied before Ruby can run.
        let metadata = metadata.as_ref().map(|metadata| unsafe { metadata.as_slice() });
        list.add(&topic, partition, Some(offset.saturating_add(1)), metadata);
        code_of(ruby, this.consumer.store_offsets(&mut list), this.closed())
    }

    /// The error code, the lowest offset, and the one after the highest.
    pub(super) fn query_watermark_offsets(
        ruby: &Ruby,
        this: &Self,
        topic: Value,
        partition: Value,
        timeout_ms: Value,
    ) -> Result<(i32, i64, i64), Error> {
        let topic = topic_name(ruby, topic)?;
        let partition = number(ruby, partition, "partition")?;
        let timeout = timeout(ruby, timeout_ms)?;
        let found = this
            .call_in_background(ruby, move |consumer| consumer.query_watermark_offsets(&topic, partition, timeout))?;
        let (result, offsets) = match found {
            Ok(offsets) => (Ok(()), offsets),
            Err(error) => (Err(error), (0, 0)),
        };
        Ok((code_of(ruby, result, this.closed())?, offsets.0, offsets.1))
    }

    /// Runs a call that may take long on another thread, so that an interrupt can end the wait for it.
    fn call_in_background<R: Send + 'static>(
        &self,
        ruby: &Ruby,
        call: impl FnOnce(&driver::Consumer) -> R + Send + 'static,
    ) -> Result<R, Error> {
        background::call(ruby, &self.consumer, call)
    }

    /// Runs a call that may take long and changes a list. Returns the error code and the list.
    fn call_in_background_with_list(
        &self,
        ruby: &Ruby,
        list: Value,
        call: impl FnOnce(&driver::Consumer, &mut PartitionList) -> Result<(), driver::Error> + Send + 'static,
    ) -> Result<(i32, Value), Error> {
        let mut list = partition_list::from_ruby(ruby, list)?;
        let (result, list) = self.call_in_background(ruby, move |consumer| (call(consumer, &mut list), list))?;
        let code = code_of(ruby, result, self.closed())?;
        Ok((code, partition_list::to_ruby(ruby, &list)?))
    }
}

/// Commits, and waits for the answer unless `asynchronous`.
pub fn commit(
    ruby: &Ruby,
    consumer: &driver::Consumer,
    offsets: Option<&PartitionList>,
    asynchronous: bool,
) -> Result<Result<(), driver::Error>, Error> {
    if asynchronous {
        return Ok(consumer.commit_async(offsets));
    }
    match consumer.commit(offsets) {
        Ok(commit) => Ok(blocking::run(ruby, Answer(&commit), None)?.expect("waited for without limit")),
        Err(error) => Ok(Err(error)),
    }
}

/// The answer to a commit. An interrupt ends the wait, but not the commit.
struct Answer<'a, 'c>(&'a Commit<'c>);

impl<'a> Blocking<'a> for Answer<'a, '_> {
    type Output = Result<(), driver::Error>;

    fn advance(&mut self, limit: Option<Duration>, interruption: &Interruption<'_>) -> Served<Option<Self::Output>> {
        Served { result: Ok(self.0.wait(limit.into(), interruption)), events: Vec::new() }
    }

    fn wakes(&self) -> Option<&'a dyn Wake> {
        Some(self.0)
    }

    fn handle_interrupts(&mut self, ruby: &Ruby) -> Result<(), Error> {
        self.0.pause();
        let handled = ruby.thread_check_ints();
        self.0.resume();
        handled
    }

    fn watch(&mut self) -> Option<Arc<Wakeup>> {
        let wakeup = Wakeup::new().ok()?;
        self.0.watch(&wakeup);
        Some(Arc::new(wakeup))
    }

    fn unwatch(&mut self, _wakeup: &Wakeup) {
        self.0.unwatch();
    }
}
