//! The methods that all native clients share.

use std::{ffi::c_int, sync::Arc};

use karafka_driver::{self as driver, Closable, Event, Interruption, Served, Timeout};
use magnus::{Error, RArray, RString, Ruby, Symbol, TypedData, Value};

use crate::{
    error::{Closed, closed_error, to_ruby},
    events::{Target, dispatch},
    metadata,
    owner::Owner,
    ruby_value::{binary, c_string, c_string_pairs, is_absent, number, string, timeout},
    runtime::{background, blocking},
    serving::Serving,
};

/// A Ruby object that wraps a client of the driver's.
pub trait NativeClient: TypedData + Sync {
    /// The driver's type.
    type Owner: Owner;
    /// The driver's producer or consumer.
    fn owner(&self) -> &Arc<Self::Owner>;
    /// The driver's client.
    fn client(&self) -> &driver::Client {
        self.owner().client()
    }
    /// The Ruby object and the clients that events are for.
    fn target(&self, ruby: &Ruby) -> Target<'_>;
    /// Handles all events, in order. Returns an exception only at the end.
    fn dispatch(&self, ruby: &Ruby, events: Vec<Event>) -> Result<(), Error> {
        dispatch(ruby, &self.target(ruby), events)
    }
    /// The error that refuses operations when the client is closed.
    fn closed(&self) -> Closed;
    /// Whether operations are refused.
    fn is_closed(&self) -> bool {
        self.client().gate().is_closed()
    }
}

/// The client's name.
pub fn name<T: NativeClient>(ruby: &Ruby, this: &T) -> Result<RString, Error> {
    open(ruby, this, Closed::Inner)?;
    Ok(binary(ruby, this.client().name().to_bytes()))
}

/// Refuses a closed client.
pub fn open<T: NativeClient>(ruby: &Ruby, this: &T, closed: Closed) -> Result<(), Error> {
    if this.client().gate().is_closed() { Err(to_ruby(ruby, driver::Error::Closed, closed)) } else { Ok(()) }
}

/// The address of the native client, by which callbacks name it.
pub fn address<T: NativeClient>(this: &T) -> usize {
    this.client().address()
}

/// Whether the client is closed, or belongs to another process.
pub fn is_closed<T: NativeClient>(this: &T) -> bool {
    this.is_closed()
}

/// Refuses a closed client, on behalf of a public method that does something else before it calls a native one.
pub fn require_open<T: NativeClient>(ruby: &Ruby, this: &T, method: Symbol) -> Result<(), Error> {
    if this.is_closed() { Err(closed_error(ruby, this.closed(), method)) } else { Ok(()) }
}

/// Serves the main queue. Only gives up the GVL to wait if there is nothing to serve.
pub fn events_poll<T: NativeClient>(ruby: &Ruby, this: &T, timeout_ms: Value) -> Result<i32, Error> {
    let limit = timeout(ruby, timeout_ms)?.duration();
    let events = Serving::new(this, Closed::Inner, wait_main::<T>, limit).until_closing();
    Ok(blocking::poll(ruby, events, limit)?.unwrap_or(0))
}

/// Like [`events_poll`], but holds the GVL.
pub fn events_poll_nb<T: NativeClient>(ruby: &Ruby, this: &T, timeout_ms: Value) -> Result<i32, Error> {
    let limit = timeout(ruby, timeout_ms)?.duration();
    let events = Serving::new(this, Closed::Inner, wait_main::<T>, limit).until_closing();
    Ok(blocking::run_held(ruby, events, limit)?.unwrap_or(0))
}

fn wait_main<T: NativeClient>(
    owner: &T::Owner,
    timeout: Timeout,
    interruption: &Interruption<'_>,
) -> Served<Option<i32>> {
    owner.client().wait_main(timeout, interruption)
}

/// Makes librdkafka write `payload` to `fd` when there is something to poll for.
pub fn enable_queue_io_events<T: NativeClient>(ruby: &Ruby, this: &T, fd: Value, payload: Value) -> Result<(), Error> {
    let (fd, payload) = signal(ruby, fd, payload)?;
    this.client().signal_queues(fd, &payload).map_err(|error| to_ruby(ruby, error, Closed::Inner))
}

/// Makes the driver write `payload` to `fd` for each answer to an operation.
pub fn enable_background_queue_io_events<T: NativeClient>(
    ruby: &Ruby,
    this: &T,
    fd: Value,
    payload: Value,
) -> Result<(), Error> {
    let (fd, payload) = signal(ruby, fd, payload)?;
    this.client().signal_results(fd, &payload).map_err(|error| to_ruby(ruby, error, Closed::Inner))
}

/// Reads a descriptor and what is to be written to it.
fn signal(ruby: &Ruby, fd: Value, payload: Value) -> Result<(c_int, Vec<u8>), Error> {
    let (fd, payload) = (number(ruby, fd, "fd")?, string(ruby, payload, "payload")?);
    // SAFETY: the bytes are copied before Ruby can run.
    Ok((fd, unsafe { payload.as_slice() }.to_vec()))
}

/// Brokers, topics, and the first error code of a topic or partition. If the request fails: nil, nil and its error code.
pub fn metadata<T: NativeClient>(
    ruby: &Ruby,
    this: &T,
    topic: Value,
    timeout_ms: Value,
) -> Result<(Option<RArray>, Option<RArray>, i32), Error> {
    let topic = if is_absent(topic) { None } else { Some(c_string(ruby, topic, "topic")?) };
    let timeout = timeout(ruby, timeout_ms)?;
    match background::call(ruby, this.owner(), move |owner| owner.client().metadata(topic.as_deref(), timeout))? {
        Ok(found) => {
            let (brokers, topics) = metadata::to_ruby(ruby, &found)?;
            Ok((Some(brokers), Some(topics), metadata::first_error(&found)))
        }
        Err(driver::Error::Kafka(error)) if !error.fatal => Ok((None, None, error.code)),
        Err(error) => Err(to_ruby(ruby, error, this.closed())),
    }
}

/// The cluster's id; nil when the time is over. Waits without the GVL.
pub fn cluster_id<T: NativeClient>(ruby: &Ruby, this: &T, timeout_ms: Value) -> Result<Option<RString>, Error> {
    let timeout = timeout(ruby, timeout_ms)?;
    let known = this.client().cluster_id(Timeout::NONE);
    let id = match known {
        Ok(None) if timeout != Timeout::NONE => {
            background::call(ruby, this.owner(), move |owner| owner.client().cluster_id(timeout))?
        }
        known => known,
    };
    let id = id.map_err(|error| to_ruby(ruby, error, this.closed()))?;
    Ok(id.map(|id| binary(ruby, id.to_bytes())))
}

/// The code and the text of librdkafka's refusal, or 0 and nil.
pub fn set_token<T: NativeClient>(
    ruby: &Ruby,
    this: &T,
    token: Value,
    lifetime_ms: Value,
    principal: Value,
    extensions: RArray,
) -> Result<(i32, Option<RString>), Error> {
    open(ruby, this, Closed::Inner)?;
    let lifetime_ms = number(ruby, lifetime_ms, "lifetime_ms")?;
    let (token, principal) = (c_string(ruby, token, "token")?, c_string(ruby, principal, "principal_name")?);
    let extensions: Vec<_> =
        c_string_pairs(ruby, extensions, "extension")?.into_iter().flat_map(|(name, value)| [name, value]).collect();
    let set = this.client().set_token(&token, lifetime_ms, &principal, &extensions);
    Ok(match set.map_err(|error| to_ruby(ruby, error, Closed::Inner))? {
        Ok(()) => (0, None),
        Err(error) => (error.code, error.message.map(|text| binary(ruby, text.to_bytes()))),
    })
}

/// Tells librdkafka that no token could be obtained.
pub fn set_token_failure<T: NativeClient>(ruby: &Ruby, this: &T, reason: Value) -> Result<i32, Error> {
    open(ruby, this, Closed::Inner)?;
    let reason = c_string(ruby, reason, "reason")?;
    this.client().set_token_failure(&reason).map_err(|error| to_ruby(ruby, error, Closed::Inner))
}

/// Sets the name and the password that later connections log in with.
pub fn set_sasl_credentials<T: NativeClient>(
    ruby: &Ruby,
    this: &T,
    username: Value,
    password: Value,
) -> Result<(), Error> {
    let (username, password) = (c_string(ruby, username, "username")?, c_string(ruby, password, "password")?);
    let set = this.client().set_sasl_credentials(&username, &password);
    set.map_err(|error| to_ruby(ruby, error, this.closed()))
}

/// The code and the text of the client's fatal error, or nil.
pub fn fatal_error<T: NativeClient>(ruby: &Ruby, this: &T) -> Result<Option<(i32, Option<RString>)>, Error> {
    let found = this.client().fatal_error().map_err(|error| to_ruby(ruby, error, Closed::Inner))?;
    Ok(found.map(|error| (error.code, error.message.map(|text| binary(ruby, text.to_bytes())))))
}

/// Causes a fatal error, for tests.
pub fn test_fatal_error<T: NativeClient>(ruby: &Ruby, this: &T, code: Value, reason: Value) -> Result<i32, Error> {
    open(ruby, this, Closed::Inner)?;
    let code = number(ruby, code, "error_code")?;
    let reason = c_string(ruby, reason, "reason")?;
    this.client().test_fatal_error(code, &reason).map_err(|error| to_ruby(ruby, error, Closed::Inner))
}

/// Defines the shared methods on the class of `$client`.
macro_rules! define {
    ($class:expr, $client:ty) => {{
        use crate::client::*;
        let class = $class;
        class.define_method("name", method!(name::<$client>, 0))?;
        class.define_method("address", method!(address::<$client>, 0))?;
        class.define_method("closed?", method!(is_closed::<$client>, 0))?;
        class.define_method("require_open", method!(require_open::<$client>, 1))?;
        class.define_method("events_poll", method!(events_poll::<$client>, 1))?;
        class.define_method("events_poll_nb", method!(events_poll_nb::<$client>, 1))?;
        class.define_method("enable_queue_io_events", method!(enable_queue_io_events::<$client>, 2))?;
        class.define_method(
            "enable_background_queue_io_events",
            method!(enable_background_queue_io_events::<$client>, 2),
        )?;
        class.define_method("metadata", method!(metadata::<$client>, 2))?;
        class.define_method("cluster_id", method!(cluster_id::<$client>, 1))?;
        class.define_method("oauthbearer_set_token", method!(set_token::<$client>, 4))?;
        class.define_method("oauthbearer_set_token_failure", method!(set_token_failure::<$client>, 1))?;
        class.define_method("set_sasl_credentials", method!(set_sasl_credentials::<$client>, 2))?;
        class.define_method("fatal_error", method!(fatal_error::<$client>, 0))?;
        class.define_method("test_fatal_error", method!(test_fatal_error::<$client>, 2))?;
    }};
}
pub(crate) use define;
