//! Clients, lists and group metadata that Ruby refers to by address. Addresses are looked up, and never dereferenced.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, Weak},
};

use karafka_driver::{self as driver, GroupMetadata, PartitionList, PerProcess};
use magnus::{Error, Integer, Ruby, TryConvert, Value, prelude::*};

use crate::owner::Held;

/// A client that has not been freed.
#[derive(Debug)]
pub enum LiveClient {
    Producer(Held<driver::Producer>),
    Consumer(Held<driver::Consumer>),
    ShareConsumer(Held<driver::ShareConsumer>),
}

impl LiveClient {
    /// The driver's client.
    pub fn client(&self) -> &driver::Client {
        match self {
            Self::Producer(producer) => producer.client(),
            Self::Consumer(consumer) => consumer.client(),
            Self::ShareConsumer(consumer) => consumer.client(),
        }
    }
}

enum WeakClient {
    Producer(Weak<driver::Producer>),
    Consumer(Weak<driver::Consumer>),
    ShareConsumer(Weak<driver::ShareConsumer>),
}

#[derive(Default)]
struct Known {
    clients: HashMap<usize, WeakClient>,
    lists: HashMap<usize, Arc<PartitionList>>,
    group_metadata: HashMap<usize, Weak<GroupMetadata>>,
}

/// The objects by address. A forked process gets a new table: it does not own the parent's objects, and the lock may have
/// been held by another Ractor during the fork.
static KNOWN: PerProcess<Mutex<Known>> = PerProcess::new();

/// Locks the table. Not to be held while Ruby code runs.
fn known() -> MutexGuard<'static, Known> {
    driver::lock(KNOWN.get(Mutex::default))
}

/// Makes a producer available by its address until it is freed.
pub fn remember_producer(producer: &Arc<driver::Producer>) {
    remember(producer.client().address(), WeakClient::Producer(Arc::downgrade(producer)));
}

/// Makes a consumer available by its address until it is freed.
pub fn remember_consumer(consumer: &Arc<driver::Consumer>) {
    remember(consumer.client().address(), WeakClient::Consumer(Arc::downgrade(consumer)));
}

/// Makes a share consumer available by its address until it is freed.
pub fn remember_share_consumer(consumer: &Arc<driver::ShareConsumer>) {
    remember(consumer.client().address(), WeakClient::ShareConsumer(Arc::downgrade(consumer)));
}

fn remember(address: usize, client: WeakClient) {
    let mut known = known();
    let clients = &mut known.clients;
    clients.retain(|_, client| match client {
        WeakClient::Producer(producer) => producer.strong_count() > 0,
        WeakClient::Consumer(consumer) => consumer.strong_count() > 0,
        WeakClient::ShareConsumer(consumer) => consumer.strong_count() > 0,
    });
    clients.insert(address, client);
}

/// Makes a list available by its address until [`forget_list`].
pub fn remember_list(list: Arc<PartitionList>) -> usize {
    let address = list.address();
    known().lists.insert(address, list);
    address
}

/// Undoes [`remember_list`].
pub fn forget_list(address: usize) {
    let list = known().lists.remove(&address);
    drop(list);
}

/// Makes group metadata available by its address until [`take_group_metadata`], or until it is freed.
pub fn remember_group_metadata(metadata: &Arc<GroupMetadata>) {
    let mut known = known();
    let group_metadata = &mut known.group_metadata;
    group_metadata.retain(|_, metadata| metadata.strong_count() > 0);
    group_metadata.insert(metadata.address(), Arc::downgrade(metadata));
}

/// Takes the metadata that a pointer refers to. The pointer is invalid afterwards.
pub fn take_group_metadata(ruby: &Ruby, pointer: Value) -> Result<Arc<GroupMetadata>, Error> {
    let address = address(ruby, pointer)?;
    let found = known().group_metadata.remove(&address).and_then(|metadata| metadata.upgrade());
    found.ok_or_else(|| unknown(ruby, "group metadata", address))
}

/// The client that a pointer refers to.
pub fn client(ruby: &Ruby, pointer: Value) -> Result<LiveClient, Error> {
    let address = address(ruby, pointer)?;
    let found = known().clients.get(&address).and_then(|client| match client {
        WeakClient::Producer(producer) => producer.upgrade().map(|held| LiveClient::Producer(held.into())),
        WeakClient::Consumer(consumer) => consumer.upgrade().map(|held| LiveClient::Consumer(held.into())),
        WeakClient::ShareConsumer(consumer) => consumer.upgrade().map(|held| LiveClient::ShareConsumer(held.into())),
    });
    found.filter(|client| client.client().address() == address).ok_or_else(|| unknown(ruby, "client", address))
}

/// The list that a pointer refers to.
pub fn list(ruby: &Ruby, pointer: Value) -> Result<Arc<PartitionList>, Error> {
    let address = address(ruby, pointer)?;
    let found = known().lists.get(&address).cloned();
    found.ok_or_else(|| unknown(ruby, "list", address))
}

fn unknown(ruby: &Ruby, what: &str, address: usize) -> Error {
    Error::new(ruby.exception_arg_error(), format!("no live {what} at address {address:#x}"))
}

/// The address that an Integer or a pointer object (ours, or one of the ffi gem's) stands for; 0 for nil.
pub fn address(ruby: &Ruby, pointer: Value) -> Result<usize, Error> {
    if pointer.is_nil() {
        return Ok(0);
    }
    // Not by `to_i`, which Strings have as well.
    if let Some(address) = Integer::from_value(pointer) {
        return address.to_usize();
    }
    if pointer.respond_to("address", false)? {
        let address: Value = pointer.funcall("address", ())?;
        return Integer::try_convert(address)?.to_usize();
    }
    if pointer.respond_to("to_ptr", false)? {
        return address(ruby, pointer.funcall("to_ptr", ())?);
    }
    // SAFETY: the name is copied before Ruby can run.
    let class = unsafe { pointer.classname() }.into_owned();
    Err(Error::new(ruby.exception_type_error(), format!("pointer expected, not {class}")))
}
