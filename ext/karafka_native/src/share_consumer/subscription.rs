//! The topics of a share consumer.

use std::time::Instant;

use karafka_driver::code;
use magnus::{Error, RArray, Ruby, Value};

use super::ShareConsumer;
use crate::{
    client::{NativeClient, open},
    error::code_of,
    partition_list,
    runtime::{
        blocking::{self, run_to_the_end},
        fiber,
        gvl::without_gvl_to_the_end,
    },
};

impl ShareConsumer {
    pub(super) fn subscribe(ruby: &Ruby, this: &Self, topics: RArray) -> Result<i32, Error> {
        let list = partition_list::of_topics(ruby, topics)?;
        open(ruby, this, this.closed())?;
        let consumer = &*this.consumer;
        let _access = match consumer.acquire(fiber::id(ruby)?) {
            Ok(access) => access,
            Err(error) => return Ok(error.code),
        };
        let subscribed = run_to_the_end(ruby, || consumer.subscribe(&list))?;
        code_of(ruby, subscribed, this.closed())
    }

    pub(super) fn unsubscribe(ruby: &Ruby, this: &Self) -> Result<i32, Error> {
        let closed = this.closed();
        open(ruby, this, closed)?;
        let consumer = &*this.consumer;
        let _access = match consumer.acquire(fiber::id(ruby)?) {
            Ok(access) => access,
            Err(error) => return Ok(error.code),
        };
        let begun = run_to_the_end(ruby, || consumer.begin_unsubscribe())?;
        let has_left = matches!(begun.result, Ok(true));
        let settled = this.settle(ruby, begun);
        if !has_left {
            return code_of(ruby, settled?.map(drop), closed);
        }
        let started = Instant::now();
        let released =
            this.waiting(|consumer, rest, interruption| consumer.wait_released(started, rest, interruption), |_| None);
        let released = settled.and_then(|_| blocking::run(ruby, released, None));
        // Even if one interrupt has ended the wait and another is pending: a consumer that has left its group gets no records.
        let end = || consumer.end_unsubscribe();
        let ended = without_gvl_to_the_end(end).unwrap_or_else(end);
        released?;
        code_of(ruby, ended, closed)
    }

    pub(super) fn subscription(ruby: &Ruby, this: &Self) -> Result<(i32, Option<Value>), Error> {
        let closed = this.closed();
        open(ruby, this, closed)?;
        let consumer = &*this.consumer;
        let _access = match consumer.acquire(fiber::id(ruby)?) {
            Ok(access) => access,
            Err(error) => return Ok((error.code, None)),
        };
        match run_to_the_end(ruby, || consumer.subscription())? {
            Ok(list) => Ok((code::NO_ERROR, Some(partition_list::to_ruby(ruby, &list)?))),
            Err(error) => Ok((code_of(ruby, Err(error), closed)?, None)),
        }
    }
}
