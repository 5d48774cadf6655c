//! Requests that share a deadline of the driver's own.

use std::{
    ffi::{CStr, CString},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::{Instant, sleep, timeout_at},
};

use super::{
    super::{Options, Request},
    ByBroker, Coordinated, Each,
    beside::{Slot, retire},
};
use crate::{Client, Error, KafkaError, code, pool, reaper};

/// The longest timeout that librdkafka accepts, in ms.
const NATIVE_LIMIT: i32 = 3_600_000;

/// The driver stops waiting at least that long before librdkafka does.
const MARGIN: Duration = Duration::from_secs(60);

/// How long to wait before a request is sent again.
const PAUSE: Duration = Duration::from_millis(250);

/// librdkafka's message for a timeout.
const LATE: &CStr = c"Failed while waiting for response from broker: Local: Timed out";

/// The consumer that sends requests for one operation, and the operation's deadline.
pub(super) struct Session {
    /// None only while this is dropped.
    beside: Option<Arc<Client>>,
    slot: Slot,
    options: Options,
    deadline: Instant,
}

/// The answers to one request, of one or more brokers.
pub(super) type Answers<A> = UnboundedReceiver<Result<A, KafkaError>>;

impl Session {
    /// For requests about a group.
    pub(super) fn new(client: &Client, group: &CStr, options: &Options) -> Result<Self, Error> {
        let request_timeout = match options.request_timeout {
            Some(given) => given,
            None => socket_timeout(client)?,
        };
        let limit = Duration::from_millis(NATIVE_LIMIT as u64) - MARGIN;
        Ok(Self {
            beside: Some(client.beside(group)?),
            slot: Arc::clone(&client.operations.beside),
            options: Options { request_timeout: Some(NATIVE_LIMIT), ..*options },
            deadline: Instant::now() + Duration::from_millis(request_timeout.max(0) as u64).min(limit),
        })
    }

    /// Sends a request at once.
    pub(super) fn send<R: Request>(&self, request: &R) -> Result<Answers<R::Answer>, Error> {
        let (sender, answers) = unbounded_channel();
        self.send_by(request, None, sender)?;
        Ok(answers)
    }

    fn send_by<R: Request>(
        &self,
        request: &R,
        broker: Option<i32>,
        sender: UnboundedSender<Result<R::Answer, KafkaError>>,
    ) -> Result<(), Error> {
        let options = Options { broker: broker.or(self.options.broker), ..self.options };
        let beside = self.beside.as_ref().ok_or(Error::Closed)?;
        // The channel is closed when nobody waits any more.
        beside.send(request, &options, move |answer| drop(sender.send(answer)))
    }

    /// The next answer, or a timeout.
    pub(super) async fn answer<A>(&self, mut answers: Answers<A>) -> Result<A, KafkaError> {
        self.next(&mut answers).await?.ok_or_else(|| KafkaError::new(code::DESTROY))?
    }

    /// The answer to a request that was sent.
    pub(super) async fn answer_to<R: Coordinated>(
        &self,
        request: R,
        asked: Answers<R::Answer>,
    ) -> Result<R::Answer, KafkaError> {
        let answer = self.answers_to(vec![request], vec![asked]).await.pop();
        answer.unwrap_or_else(|| Err(KafkaError::new(code::DESTROY)))
    }

    /// The answers to requests that were sent. Requests whose coordinator has moved are sent again, until librdkafka has
    /// forgotten the old one.
    pub(super) async fn answers_to<R: Coordinated>(
        &self,
        requests: Vec<R>,
        asked: Vec<Answers<R::Answer>>,
    ) -> Each<R::Answer> {
        let mut each = Vec::with_capacity(asked.len());
        for answers in asked {
            each.push(self.answer(answers).await);
        }
        let has_moved = |answer: &Result<_, _>| has_error::<R>(answer, code::NOT_COORDINATOR);
        while each.iter().any(has_moved) && Instant::now() + PAUSE < self.deadline {
            sleep(PAUSE).await;
            let moved = (0..each.len()).filter(|index| has_moved(&each[*index]));
            let again: Vec<_> = moved.map(|index| (index, self.send(&requests[index]))).collect();
            for (index, asked) in again {
                each[index] = match asked {
                    Ok(answers) => self.answer(answers).await,
                    Err(error) => Err(unsent(error)),
                };
            }
        }
        each
    }

    /// Like `answer`, but none after the last answer.
    async fn next<A>(&self, answers: &mut Answers<A>) -> Result<Option<Result<A, KafkaError>>, KafkaError> {
        timeout_at(self.deadline, answers.recv()).await.map_err(|_| {
            self.retire();
            KafkaError { message: Some(LATE.into()), ..KafkaError::new(code::TIMED_OUT) }
        })
    }

    fn retire(&self) {
        if let Some(beside) = &self.beside {
            retire(&self.slot, beside);
        }
    }

    /// Sends a request to a broker.
    pub(super) async fn ask_broker<R: ByBroker>(&self, request: R, broker: i32) -> Result<R::Answer, KafkaError> {
        let (sender, answers) = unbounded_channel();
        self.send_by(&request, Some(broker), sender).map_err(unsent)?;
        self.answer(answers).await
    }

    /// Sends a request to all brokers, when the coordinator is unknown: only the coordinator does not refuse.
    pub(super) async fn ask_brokers<R: ByBroker>(&self, request: R) -> Result<R::Answer, KafkaError> {
        let (sender, mut answers) = unbounded_channel();
        for broker in self.brokers().await? {
            self.send_by(&request, Some(broker), sender.clone()).map_err(unsent)?;
        }
        drop(sender);
        let mut last = Err(KafkaError::new(code::COORDINATOR_NOT_AVAILABLE));
        while let Some(answer) = self.next(&mut answers).await? {
            let refusal = answer.as_ref().map_or_else(Some, R::refusal);
            if !refusal.is_some_and(|error| is_of_others(error.code)) {
                return answer;
            }
            last = answer;
        }
        last
    }

    /// The ids of all brokers. DescribeCluster would time out without a controller, as mock brokers have none.
    async fn brokers(&self) -> Result<Vec<i32>, KafkaError> {
        let (sender, answers) = unbounded_channel();
        let (beside, rest) = (self.beside.clone(), self.deadline.saturating_duration_since(Instant::now()));
        let ask = move || beside.ok_or(Error::Closed)?.broker_ids(rest.into());
        pool::run(Box::new(move || drop(sender.send(ask().map_err(unsent))))).map_err(|(error, _)| unsent(error))?;
        self.answer(answers).await
    }
}

/// librdkafka's default timeout of a request, in ms.
fn socket_timeout(client: &Client) -> Result<i32, Error> {
    let value = client.option(c"socket.timeout.ms")?.unwrap_or_default();
    Ok(value.to_string_lossy().parse().unwrap_or(NATIVE_LIMIT))
}

/// Whether an answer, or a group or partition in it, has this error.
fn has_error<R: Coordinated>(answer: &Result<R::Answer, KafkaError>, code: i32) -> bool {
    answer.as_ref().map_or_else(|error| error.code == code, |answer| R::reports(answer, code))
}

/// Whether an error may come from a broker that does not coordinate the group, or from librdkafka itself.
fn is_of_others(error: i32) -> bool {
    error < code::NO_ERROR || [code::COORDINATOR_NOT_AVAILABLE, code::NOT_COORDINATOR].contains(&error)
}

/// Why a request could not be sent: the client is destroyed, or there are no threads left.
fn unsent(error: Error) -> KafkaError {
    match error {
        Error::Kafka(error) => error,
        Error::System(text) => {
            KafkaError { message: CString::new(text).ok(), ..KafkaError::new(code::CRIT_SYS_RESOURCE) }
        }
        _ => KafkaError::new(code::DESTROY),
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(last) = self.beside.take().and_then(Arc::into_inner) {
            // Destroying waits for librdkafka's threads, which must not block the reactor.
            reaper::dispose(move || drop(last));
        }
    }
}
