//! Topics of a share consumer.

use std::time::Instant;

use karafka_driver::{Timeout, code};
use magnus::{Error, RArray, Ruby, Value};

use super::ShareConsumer;
use crate::{
    client::{NativeClient, open},
    error::code_of,
    partition_list::{self, Shared},
    runtime::{fiber, gvl::blocking},
};

/// How often a fiber looks whether everything has been given back: a fetch that is under way may bring nothing.
const GIVE_BACK_STEP: Timeout = Timeout(100);

impl ShareConsumer {
    pub(super) fn subscribe(ruby: &Ruby, this: &Self, topics: RArray) -> Result<i32, Error> {
        let list = Shared(partition_list::of_topics(ruby, topics)?);
        open(ruby, this, this.closed("subscribe"))?;
        let consumer = &*this.consumer;
        let _turn = match consumer.take_turn(fiber::id(ruby)?) {
            Ok(turn) => turn,
            Err(error) => return Ok(error.code),
        };
        let subscribed = blocking(ruby, || consumer.subscribe(list.get()))?;
        code_of(ruby, subscribed, this.closed("subscribe"))
    }

    pub(super) fn unsubscribe(ruby: &Ruby, this: &Self) -> Result<i32, Error> {
        let closed = this.closed("unsubscribe");
        open(ruby, this, closed)?;
        let consumer = &*this.consumer;
        let _turn = match consumer.take_turn(fiber::id(ruby)?) {
            Ok(turn) => turn,
            Err(error) => return Ok(error.code),
        };
        let begun = blocking(ruby, || consumer.begin_unsubscribe())?;
        match this.settle(ruby, begun)? {
            Ok(true) => {}
            other => return code_of(ruby, other.map(drop), closed),
        }
        let started = Instant::now();
        let given_back = loop {
            let waited =
                this.wait(ruby, false, GIVE_BACK_STEP, |interrupted| consumer.wait_given_back(started, interrupted));
            match waited.and_then(|served| this.settle(ruby, served)) {
                Ok(Ok(false)) if !this.client().gate().is_closing() => {}
                other => break other.map(drop),
            }
        };
        let ended = blocking(ruby, || consumer.end_unsubscribe());
        given_back?;
        code_of(ruby, ended?, closed)
    }

    pub(super) fn subscription(ruby: &Ruby, this: &Self) -> Result<(i32, Option<Value>), Error> {
        let closed = this.closed("subscription");
        open(ruby, this, closed)?;
        let consumer = &*this.consumer;
        let _turn = match consumer.take_turn(fiber::id(ruby)?) {
            Ok(turn) => turn,
            Err(error) => return Ok((error.code, None)),
        };
        match blocking(ruby, || consumer.subscription())? {
            Ok(list) => Ok((code::NO_ERROR, Some(partition_list::to_ruby(ruby, &list)?))),
            Err(error) => Ok((code_of(ruby, Err(error), closed)?, None)),
        }
    }
}
