//! Calls that may take long, each on a thread of its own, so that the caller can stop waiting before the call ends.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
    thread::Result as Caught,
};

use crate::{
    Completion,
    pool::{self, Job},
    thread,
};

/// A call under way. [`completion`](Self::completion) can be waited for.
#[derive(Debug)]
pub struct BackgroundCall<R>(Completion<Progress<R>>);

/// The state of a call.
#[derive(Debug)]
pub enum Progress<R> {
    /// The call is under way.
    Running,
    /// The call has ended, with its result or a panic.
    Done(Caught<R>),
    /// The caller took the result, or stopped waiting.
    Left,
}

impl<R: Send + 'static> BackgroundCall<R> {
    /// Runs `work` on another thread, which may use a client that the calling thread is closing. If the caller has stopped
    /// waiting by then, `unwanted` gets the result on that thread. If no thread can be started, the caller gets the job to
    /// run.
    pub fn start(
        work: impl FnOnce() -> R + Send + 'static,
        unwanted: impl FnOnce(R) + Send + 'static,
    ) -> (Arc<Self>, Option<Job>) {
        let call = Arc::new(Self(Completion::new(Progress::Running)));
        let own = Arc::clone(&call);
        let caller = thread::id();
        let run = move || {
            let result = catch_unwind(AssertUnwindSafe(|| thread::acting_for(caller, work)));
            if let Some(Ok(result)) = own.finish(result) {
                unwanted(result);
            }
        };
        let refused = pool::run(Box::new(run)).err();
        (call, refused.map(|(_, job)| job))
    }

    /// Returns the result if the caller has stopped waiting.
    fn finish(&self, result: Caught<R>) -> Option<Caught<R>> {
        let left = self.0.change(|progress| match progress {
            Progress::Left => Some(result),
            _ => {
                *progress = Progress::Done(result);
                None
            }
        });
        self.0.finish();
        left
    }

    /// Completes when the call has ended.
    pub fn completion(&self) -> &Completion<Progress<R>> {
        &self.0
    }

    /// Takes the result, or stops waiting if there is none yet. Resumes the call's panic.
    pub fn leave(&self) -> Option<R> {
        match self.0.change(|progress| std::mem::replace(progress, Progress::Left)) {
            Progress::Done(result) => Some(result.unwrap_or_else(|panic| resume_unwind(panic))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::{Awaited, Interruption};

    #[test]
    fn a_result_is_waited_for_and_taken_once() {
        let call = BackgroundCall::start(|| 7, |_| unreachable!("it is wanted")).0;
        assert!(call.completion().wait(None, &Interruption::unnoticed()));
        assert_eq!(call.leave(), Some(7));
        assert_eq!(call.leave(), None);
    }

    #[test]
    fn who_leaves_early_does_not_get_it() {
        let (go, wait) = mpsc::channel();
        let (unwanted, left) = mpsc::channel();
        let call = BackgroundCall::start(move || wait.recv().unwrap(), move |result| unwanted.send(result).unwrap()).0;
        assert_eq!(call.leave(), None::<i32>);
        go.send(7).unwrap();
        assert_eq!(left.recv(), Ok(7));
    }

    #[test]
    fn a_panic_reaches_the_caller() {
        let call = BackgroundCall::start(|| panic!("on purpose"), |()| {}).0;
        assert!(call.completion().wait(None, &Interruption::unnoticed()));
        assert!(catch_unwind(AssertUnwindSafe(|| call.leave())).is_err());
    }
}
