//! The transaction methods of `KarafkaNative::Native::Producer`.

use std::time::Instant;

use karafka_driver::{Interruption, Timeout, TransactionRequest as Request};
use magnus::{Error, RClass, Ruby, Value, method, prelude::*};

use crate::{
    client::NativeClient, error::to_ruby, events::dispatch, partition_list, pointer, producer::Producer,
    ruby_value::timeout, runtime::gvl::without_gvl,
};

fn init_transactions(ruby: &Ruby, this: &Producer) -> Result<(), Error> {
    transact(ruby, this, Request::Init)
}

fn begin_transaction(ruby: &Ruby, this: &Producer) -> Result<(), Error> {
    transact(ruby, this, Request::Begin)
}

fn commit_transaction(ruby: &Ruby, this: &Producer, timeout_ms: Value) -> Result<(), Error> {
    transact(ruby, this, Request::Commit(timeout(ruby, timeout_ms)?))
}

fn abort_transaction(ruby: &Ruby, this: &Producer, timeout_ms: Value) -> Result<(), Error> {
    transact(ruby, this, Request::Abort(timeout(ruby, timeout_ms)?))
}

/// The pointer (nil or null for a consumer without a group) names nothing afterwards, whatever comes of it.
fn send_offsets_to_transaction(
    ruby: &Ruby,
    this: &Producer,
    group_metadata: Value,
    list: Value,
    timeout_ms: Value,
) -> Result<(), Error> {
    let group = match pointer::address(ruby, group_metadata)? {
        0 => None,
        _ => Some(pointer::take_group_metadata(ruby, group_metadata)?),
    };
    let list = partition_list::from_ruby(ruby, list)?;
    transact(ruby, this, Request::SendOffsets(list, group, timeout(ruby, timeout_ms)?))
}

/// Makes a request, once what was left under way has ended.
fn transact(ruby: &Ruby, this: &Producer, mut request: Request) -> Result<(), Error> {
    let closed = this.closed(request.name());
    let (timeout, started) = (request.timeout(), Instant::now());
    loop {
        let turn = this.producer.transact(request).map_err(|error| to_ruby(ruby, error, closed))?;
        let call = turn.call();
        let outcome = loop {
            call.listen();
            dispatch(ruby, &this.target(ruby), this.client().take_relayed())?;
            if let Some(outcome) = turn.outcome() {
                break outcome;
            }
            let rest = if turn.is_own() { Timeout(-1) } else { timeout.rest(started) };
            if rest == Timeout::NONE {
                break Err(turn.timed_out().into());
            }
            let interruption = Interruption::new(call);
            without_gvl(|| call.wait(rest.duration(), &interruption), || interruption.set());
            ruby.thread_check_ints()?;
        };
        match turn.settle(outcome).map_err(|error| to_ruby(ruby, error, closed))? {
            Some(next) => request = next,
            None => return Ok(()),
        }
    }
}

/// Defines what this file has for Ruby.
pub fn define(class: RClass) -> Result<(), Error> {
    class.define_method("init_transactions", method!(init_transactions, 0))?;
    class.define_method("begin_transaction", method!(begin_transaction, 0))?;
    class.define_method("commit_transaction", method!(commit_transaction, 1))?;
    class.define_method("abort_transaction", method!(abort_transaction, 1))?;
    class.define_method("send_offsets_to_transaction", method!(send_offsets_to_transaction, 3))?;
    Ok(())
}
