//! Waiting while a client's main queue is served, for threads and for fibers.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use karafka_driver::{Awaited, Closable, Event, Interruption, Served, Timeout, Wake, Wakeup};
use magnus::{Error, Ruby};

use crate::{
    client::NativeClient,
    error::Closed,
    owner::Owner,
    runtime::{
        background::{self, Started},
        blocking::Blocking,
    },
};

/// How long a thread goes on serving after its fiber was stopped.
const BACKGROUND_STEP: Duration = Duration::from_millis(100);

/// Serves the main queue until there is a result. For fibers, another thread serves it in steps, because they cannot wait
/// for the queue itself: its only descriptor belongs to the application.
pub struct Serving<'a, T: NativeClient, R> {
    this: &'a T,
    serve: Serve<T, R>,
    closed: Closed,
    ends_with_client: bool,
    deadline: Option<Instant>,
    wakeup: Option<Arc<Wakeup>>,
    step: Option<Started<T::Owner, Served<Option<R>>>>,
}

type Serve<T, R> = fn(&<T as NativeClient>::Owner, Timeout, &Interruption<'_>) -> Served<Option<R>>;

impl<'a, T: NativeClient, R: Send + 'static> Serving<'a, T, R> {
    /// `closed` is the error that reports a closed client.
    pub fn new(this: &'a T, closed: Closed, serve: Serve<T, R>, limit: Option<Duration>) -> Self {
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        Self { this, serve, closed, ends_with_client: false, deadline, wakeup: None, step: None }
    }

    /// Also ends the wait when the client is being closed.
    pub fn until_closing(self) -> Self {
        Self { ends_with_client: true, ..self }
    }

    fn start_step(&self, wakeup: &Wakeup) -> Started<T::Owner, Served<Option<R>>> {
        let serve = self.serve;
        let rest = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let limit = rest.map_or(BACKGROUND_STEP, |rest| rest.min(BACKGROUND_STEP));
        let work = move |owner: &T::Owner| serve(owner, limit.into(), &Interruption::new(owner.client()));
        let (step, unstarted) = background::start(self.this.owner(), work, keep);
        unstarted.into_iter().for_each(|job| job());
        step.completion().watch(wakeup.writer());
        step
    }
}

/// Leaves the events of a step to the next poll, because the caller has stopped waiting.
fn keep<O: Owner, R>(owner: &O, served: Served<R>) {
    owner.client().keep(served.events);
}

impl<'a, T: NativeClient, R: Send + 'static> Blocking<'a> for Serving<'a, T, R> {
    type Output = R;

    fn advance(&mut self, limit: Option<Duration>, interruption: &Interruption<'_>) -> Served<Option<R>> {
        let Some(wakeup) = self.wakeup.clone() else {
            return (self.serve)(self.this.owner(), limit.into(), interruption);
        };
        let step = self.step.take().unwrap_or_else(|| self.start_step(&wakeup));
        if step.completion().is_pending() {
            self.step = Some(step);
            return Served::default();
        }
        step.leave().map(|(_, served)| served).unwrap_or_default()
    }

    fn wakes(&self) -> Option<&'a dyn Wake> {
        Some(self.this.client())
    }

    fn dispatch(&mut self, ruby: &Ruby, events: Vec<Event>) -> Result<(), Error> {
        self.this.dispatch(ruby, events)
    }

    fn closed(&self) -> Closed {
        self.closed
    }

    fn is_over(&self) -> bool {
        self.ends_with_client && self.this.client().gate().is_closing()
    }

    fn watch(&mut self) -> Option<Arc<Wakeup>> {
        self.wakeup = Wakeup::new().ok().map(Arc::new);
        self.wakeup.clone()
    }

    fn unwatch(&mut self, wakeup: &Wakeup) {
        let Some(step) = self.step.take() else { return };
        step.completion().unwatch(wakeup.writer());
        if let Some((owner, served)) = step.leave() {
            keep(&*owner, served);
        }
    }
}
