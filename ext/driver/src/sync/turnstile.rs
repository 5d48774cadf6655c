//! A fair lock with a time limit. (parking_lot has one, but queues threads in a table of the process, which a forked child
//! would inherit together with threads that do not exist there.)

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

use super::lock;

/// Lets one thread in at a time, in the order in which they came.
#[derive(Debug, Default)]
pub struct Turnstile(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    occupied: bool,
    queue: VecDeque<Arc<Waiter>>,
}

#[derive(Debug)]
struct Waiter {
    thread: Thread,
    admitted: AtomicBool,
}

/// Being inside, until this is dropped.
#[derive(Debug)]
pub struct Inside<'a>(&'a Turnstile);

impl Turnstile {
    /// Waits for at most that long; none when the time is over.
    pub fn enter(&self, limit: Duration) -> Option<Inside<'_>> {
        let own = {
            let mut state = lock(&self.0);
            if !state.occupied {
                state.occupied = true;
                return Some(Inside(self));
            }
            let own = Arc::new(Waiter { thread: thread::current(), admitted: AtomicBool::new(false) });
            state.queue.push_back(Arc::clone(&own));
            own
        };
        let started = Instant::now();
        while !own.admitted.load(Ordering::Acquire) {
            let rest = limit.saturating_sub(started.elapsed());
            if rest.is_zero() {
                return self.give_up(&own);
            }
            thread::park_timeout(rest);
        }
        Some(Inside(self))
    }

    /// Leaves the queue, unless it has been admitted in the meantime.
    fn give_up(&self, own: &Arc<Waiter>) -> Option<Inside<'_>> {
        let mut state = lock(&self.0);
        if own.admitted.load(Ordering::Acquire) {
            return Some(Inside(self));
        }
        state.queue.retain(|waiter| !Arc::ptr_eq(waiter, own));
        None
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.0);
        match state.queue.pop_front() {
            Some(next) => {
                next.admitted.store(true, Ordering::Release);
                next.thread.unpark();
            }
            None => state.occupied = false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn wait_for_queue(turnstile: &Turnstile, length: usize) {
        while lock(&turnstile.0).queue.len() != length {
            thread::yield_now();
        }
    }

    #[test]
    fn threads_enter_in_the_order_in_which_they_came() {
        let (turnstile, entered) = (Turnstile::default(), Mutex::new(Vec::new()));
        let inside = turnstile.enter(Duration::ZERO);
        thread::scope(|scope| {
            for number in 0..3 {
                let (turnstile, entered) = (&turnstile, &entered);
                scope.spawn(move || {
                    let _inside = turnstile.enter(LONG).unwrap();
                    lock(entered).push(number);
                });
                wait_for_queue(turnstile, number + 1);
            }
            drop(inside);
        });
        assert_eq!(*lock(&entered), [0, 1, 2]);
        assert!(turnstile.enter(Duration::ZERO).is_some());
    }

    #[test]
    fn a_thread_whose_time_is_over_is_not_waited_for() {
        let turnstile = Turnstile::default();
        let inside = turnstile.enter(Duration::ZERO);
        assert!(turnstile.enter(Duration::from_millis(1)).is_none());
        wait_for_queue(&turnstile, 0);
        drop(inside);
        assert!(turnstile.enter(Duration::ZERO).is_some());
    }
}
