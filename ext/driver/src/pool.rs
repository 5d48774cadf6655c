//! A pool of threads for jobs that may take long. Threads are started when they are needed, and end when they are idle.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
    time::Duration,
};

use crate::{Error, PerProcess, reactor, sync::lock};

/// Work for another thread.
pub type Job = Box<dyn FnOnce() + Send>;

/// How long an idle thread waits for its next job.
const IDLE_LIMIT: Duration = Duration::from_secs(1);

static POOL: PerProcess<Pool> = PerProcess::new();

#[derive(Default)]
struct Pool {
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    /// Never more than there are idle threads, so that no job waits for another one to end.
    jobs: VecDeque<Job>,
    idle: usize,
}

/// Runs a job on another thread. If no thread can be started, returns the job with the error.
pub(crate) fn run(job: Job) -> Result<(), (Error, Job)> {
    let pool = POOL.get(Pool::default);
    let mut state = lock(&pool.state);
    if state.idle > state.jobs.len() {
        state.jobs.push_back(job);
        pool.work.notify_one();
        return Ok(());
    }
    drop(state);
    let first = Arc::new(Mutex::new(Some(job)));
    let its_first = Arc::clone(&first);
    let spawned = thread::Builder::new().name("karafka-call".into()).spawn(move || pool.serve(take(&its_first)));
    match spawned {
        Ok(_) => Ok(()),
        Err(error) => Err((reactor::system(error), take(&first).expect("nobody else can have taken it"))),
    }
}

fn take(job: &Mutex<Option<Job>>) -> Option<Job> {
    lock(job).take()
}

impl Pool {
    fn serve(&self, first: Option<Job>) {
        let mut next = first;
        while let Some(job) = next {
            // A panic must not end the thread. Jobs report their panics themselves.
            let _ = catch_unwind(AssertUnwindSafe(job));
            next = self.next();
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = lock(&self.state);
        // One idle thread is enough: Karafka's tools count the threads of the process.
        if state.idle > state.jobs.len() {
            return None;
        }
        state.idle += 1;
        let waited = self.work.wait_timeout_while(state, IDLE_LIMIT, |state| state.jobs.is_empty());
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.idle -= 1;
        state.jobs.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Barrier, mpsc};

    use super::*;

    #[test]
    fn jobs_run_beside_each_other_also_after_one_that_panics() {
        run(Box::new(|| panic!("on purpose"))).map_err(|(error, _)| error).unwrap();
        let barrier = Arc::new(Barrier::new(4));
        let (done, all) = mpsc::channel();
        for _ in 0..4 {
            let (barrier, done) = (Arc::clone(&barrier), done.clone());
            let job = move || {
                barrier.wait();
                done.send(()).unwrap();
            };
            run(Box::new(job)).map_err(|(error, _)| error).unwrap();
        }
        drop(done);
        assert_eq!(all.iter().count(), 4);
    }
}
