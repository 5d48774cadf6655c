//! The transaction methods of `KarafkaNative::Native::Producer`.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use karafka_driver::{
    self as driver, Event, Interruption, Served, TransactionCall, TransactionRequest as Request, TransactionWait, Wake,
    Wakeup,
};
use magnus::{Error, RClass, Ruby, Value, method, prelude::*};

use crate::{
    client::NativeClient,
    error::to_ruby,
    partition_list,
    producer::Producer,
    ruby_value::timeout,
    runtime::blocking::{self, Blocking},
    seam::pointer,
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

/// The pointer (nil or null for a consumer without a group) is invalid afterwards, even if the call fails.
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

/// Makes a request, after waiting for an abandoned call.
fn transact(ruby: &Ruby, this: &Producer, mut request: Request) -> Result<(), Error> {
    let closed = this.closed();
    let (timeout, started) = (request.timeout(), Instant::now());
    loop {
        let patience = request.patience();
        let mut wait = this.producer.transact(request).map_err(|error| to_ruby(ruby, error, closed))?;
        let limit = if wait.is_own() { patience } else { timeout.rest(started).duration() };
        let call = Arc::clone(wait.call());
        let outcome = blocking::run(ruby, Outcome { producer: this, call: &call, wait: &mut wait }, limit)?;
        let outcome = outcome.unwrap_or_else(|| Err(wait.timed_out().into()));
        match wait.settle(outcome).map_err(|error| to_ruby(ruby, error, closed))? {
            Some(next) => request = next,
            None => return Ok(()),
        }
    }
}

/// A wait for a call. If the wait ends early, the next call waits for the same call first.
struct Outcome<'a, 't> {
    producer: &'a Producer,
    call: &'a TransactionCall,
    wait: &'a mut TransactionWait<'t>,
}

impl<'a> Blocking<'a> for Outcome<'a, '_> {
    type Output = Result<(), driver::Error>;

    fn advance(&mut self, limit: Option<Duration>, interruption: &Interruption<'_>) -> Served<Option<Self::Output>> {
        self.call.wait_for_change(limit, interruption);
        Served { result: Ok(None), events: self.producer.client().take_relayed() }
    }

    fn take(&mut self, _ruby: &Ruby) -> Result<Option<Self::Output>, Error> {
        Ok(self.wait.outcome())
    }

    fn wakes(&self) -> Option<&'a dyn Wake> {
        Some(self.call)
    }

    fn dispatch(&mut self, ruby: &Ruby, events: Vec<Event>) -> Result<(), Error> {
        self.producer.dispatch(ruby, events)
    }

    fn watch(&mut self) -> Option<Arc<Wakeup>> {
        let wakeup = Wakeup::new().ok()?;
        self.call.watch(&wakeup);
        Some(Arc::new(wakeup))
    }

    fn unwatch(&mut self, wakeup: &Wakeup) {
        self.call.unwatch(wakeup);
    }
}

/// Defines the transaction methods on a producer's class.
pub fn define(class: RClass) -> Result<(), Error> {
    class.define_method("init_transactions", method!(init_transactions, 0))?;
    class.define_method("begin_transaction", method!(begin_transaction, 0))?;
    class.define_method("commit_transaction", method!(commit_transaction, 1))?;
    class.define_method("abort_transaction", method!(abort_transaction, 1))?;
    class.define_method("send_offsets_to_transaction", method!(send_offsets_to_transaction, 3))?;
    Ok(())
}
