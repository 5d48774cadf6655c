//! Requests to the coordinators of groups, sent in ways that librdkafka survives, whatever brokers answer.
//!
//! librdkafka's search for a coordinator can end the process in three ways:
//!
//! - A request that times out during the search is used after it was freed, as soon as the coordinator is found. So the
//!   driver stops waiting before librdkafka does, and frees the client that sent the request.
//! - When the coordinator cannot delete groups or their offsets, librdkafka releases a queue once too often. So these
//!   requests go to a broker by its id, without a search.
//! - When a broker no longer coordinates a group, a request for offsets looks for the coordinator of the client's own
//!   group, through a null pointer if there is none. So a consumer with a group asks.
//!
//! librdkafka goes on asking a broker that no longer coordinates the group. So that consumer forgets coordinators soon, and
//! the driver asks again.

mod beside;
mod session;

use std::{
    ffi::{CStr, CString},
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
};

use tokio::sync::oneshot;

pub(super) use self::beside::Slot;
use self::session::Session;
use super::{
    AlterGroupOffsets, CommittedOffset, DescribeGroups, GroupDescription, GroupOffsets, ListGroupOffsets, Operation,
    Options, Request,
};
use crate::{Client, Error, KafkaError, code, error_description, reactor};

/// The answers to several requests, in the requests' order. Each may be an error.
pub type Each<A> = Vec<Result<A, KafkaError>>;

/// A request that librdkafka sends to the coordinator of a group.
pub trait Coordinated: Request + Send + 'static {
    /// Whether a group or partition in the answer has this error.
    fn reports(answer: &Self::Answer, code: i32) -> bool;
}

/// A request that has to be sent to a coordinator by its broker id.
pub trait ByBroker: Request + Send + 'static {
    /// The group.
    fn group(&self) -> &CStr;

    /// The error of the group, if the answer has one.
    fn refusal(answer: &Self::Answer) -> Option<&KafkaError>;

    /// The answer when no broker could be asked, as librdkafka gives it.
    fn failed(_group: CString, error: KafkaError) -> Result<Self::Answer, KafkaError> {
        Err(error)
    }
}

impl Client {
    /// Asks for offsets that groups have committed.
    pub fn list_group_offsets(
        &self,
        requests: Vec<ListGroupOffsets>,
        options: &Options,
    ) -> Result<Arc<Operation<Each<Vec<CommittedOffset>>>>, Error> {
        let Some(first) = requests.first() else { return self.conclude(async { Ok(Vec::new()) }) };
        let session = Session::new(self, &first.group, options)?;
        let asked = requests.iter().map(|request| session.send(request)).collect::<Result<Vec<_>, _>>()?;
        self.conclude(async move { Ok(session.answers_to(requests, asked).await) })
    }

    /// Sets offsets of a group.
    pub fn alter_group_offsets(
        &self,
        request: AlterGroupOffsets,
        options: &Options,
    ) -> Result<Arc<Operation<GroupOffsets>>, Error> {
        let session = Session::new(self, &request.group, options)?;
        let asked = session.send(&request)?;
        self.conclude(async move { session.answer_to(request, asked).await })
    }

    /// Describes groups. After a timeout, each group has an error.
    pub fn describe_groups(
        &self,
        request: DescribeGroups,
        options: &Options,
    ) -> Result<Arc<Operation<Vec<GroupDescription>>>, Error> {
        let Some(first) = request.ids.first() else { return self.submit(&request, options) };
        let session = Session::new(self, first, options)?;
        let asked = session.send(&request)?;
        self.conclude(async move {
            let ids = request.ids.clone();
            match session.answer_to(request, asked).await {
                Err(error) if error.code == code::TIMED_OUT => {
                    let error = KafkaError { message: Some(error_description(error.code)), ..error };
                    Ok(ids.into_iter().map(|id| GroupDescription::failed(id, error.clone())).collect())
                }
                answer => answer,
            }
        })
    }

    /// Finds the coordinator of a group and sends it a request.
    pub fn submit_by_broker<R: ByBroker>(
        &self,
        request: R,
        options: &Options,
    ) -> Result<Arc<Operation<R::Answer>>, Error> {
        let session = Session::new(self, request.group(), options)?;
        let group = CString::from(request.group());
        let description = DescribeGroups { ids: vec![group.clone()], authorized_operations: false };
        let asked = session.send(&description)?;
        self.conclude(async move {
            let answer = async {
                let described = session.answer_to(description, asked).await?.into_iter().next();
                match described.and_then(|group| group.coordinator) {
                    Some(broker) => session.ask_broker(request, broker.id).await,
                    None => session.ask_brokers(request).await,
                }
            };
            answer.await.or_else(|error| R::failed(group, error))
        })
    }

    /// An operation that completes with the answer, or when this client is destroyed.
    fn conclude<A: Send + Sync + 'static>(
        &self,
        answer: impl Future<Output = Result<A, KafkaError>> + Send + 'static,
    ) -> Result<Arc<Operation<A>>, Error> {
        let _pass = self.enter()?;
        let operation = Arc::new(Operation::new(None));
        let (ended, mut end) = oneshot::channel::<()>();
        let waiting = self.operations.waiting();
        let (key, concluded) = (waiting.new_key(), Arc::clone(&operation));
        waiting.insert(key, move |reply| {
            concluded.set(|outcome| *outcome = outcome.take().or(reply.err().map(Err)));
            concluded.finish();
            drop(ended);
        });
        let (awaited, completing) = (Arc::clone(&operation), Arc::clone(&waiting));
        let task = async move {
            let mut answer = pin!(answer);
            let answer = poll_fn(|context| match pin!(&mut end).poll(context) {
                Poll::Ready(_) => Poll::Ready(None),
                Poll::Pending => answer.as_mut().poll(context).map(Some),
            });
            if let Some(answer) = answer.await {
                awaited.set(|outcome| *outcome = outcome.take().or(Some(answer.map(Arc::new))));
                completing.complete(key, Err(KafkaError::new(code::NO_ERROR)));
            }
        };
        reactor::handle().inspect_err(|_| waiting.forget(key))?.spawn(task);
        Ok(operation)
    }
}
