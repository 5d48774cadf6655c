//! One operation for several requests, where librdkafka takes only one thing at a time.

use std::sync::{Arc, Mutex};

use super::{Operation, Options, Request};
use crate::{Client, Error, KafkaError, sync::lock};

/// The answers to several requests, in the requests' order. Each may be an error.
pub type Each<A> = Vec<Result<A, KafkaError>>;

/// The answers that have come so far.
#[derive(Debug)]
struct Gathering<A> {
    answers: Vec<Option<Result<A, KafkaError>>>,
    missing: usize,
}

impl<A> Gathering<A> {
    fn of(count: usize) -> Self {
        Self { answers: (0..count).map(|_| None).collect(), missing: count }
    }

    fn take(&mut self, index: usize, answer: Result<A, KafkaError>) {
        self.answers[index] = Some(answer);
        self.missing -= 1;
    }

    fn complete(&mut self, operation: &Operation<Each<A>>) {
        if self.missing == 0 {
            let all = std::mem::take(&mut self.answers).into_iter().flatten().collect();
            operation.set(|outcome| *outcome = Some(Ok(Arc::new(all))));
            operation.finish();
        }
    }
}

impl Client {
    /// Submits requests whose answers complete one operation. `failed` is called with each error.
    pub fn submit_each<R: Request>(
        &self,
        requests: &[R],
        options: &Options,
        failed: impl Fn(&KafkaError) + Clone + Send + 'static,
    ) -> Result<Arc<Operation<Each<R::Answer>>>, Error> {
        let _pass = self.enter()?;
        let operation = Arc::new(Operation::new(None));
        let mut gathering = Gathering::of(requests.len());
        gathering.complete(&operation);
        let gathering = Arc::new(Mutex::new(gathering));
        for (index, request) in requests.iter().enumerate() {
            let (gathering, operation, failed) = (Arc::clone(&gathering), Arc::clone(&operation), failed.clone());
            self.send(request, options, move |answer| {
                answer.as_ref().err().into_iter().for_each(failed);
                let mut gathering = lock(&gathering);
                gathering.take(index, answer);
                gathering.complete(&operation);
            })?;
        }
        Ok(operation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_requests_when_all_are_there() {
        let operation = Operation::new(None);
        let mut gathering = Gathering::of(2);
        gathering.take(1, Ok(7));
        gathering.complete(&operation);
        assert_eq!(operation.value(), None);
        gathering.take(0, Err(KafkaError::new(16)));
        gathering.complete(&operation);
        assert_eq!(operation.value(), Some(Ok(Arc::new(vec![Err(KafkaError::new(16)), Ok(7)]))));
    }

    #[test]
    fn no_requests_are_answered_at_once() {
        let operation = Operation::<Each<i32>>::new(None);
        Gathering::of(0).complete(&operation);
        assert_eq!(operation.value(), Some(Ok(Arc::new(Vec::new()))));
    }
}
