//! Who serves a producer's reports.
//!
//! The polling thread does, and wakes up the threads that wait for them. But a thread that produces one message at a time
//! and waits for it gets the report sooner if it serves the queue by itself, because then no second thread has to be woken
//! up. It cannot do so beside the polling thread: librdkafka wakes up one of the threads that poll a queue, whichever it is.
//! So the polling thread stays away for a moment after a report that was waited for in this way, and longer while more such
//! threads come.

use std::{
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

use crate::{InFlight, lock};

/// How long the polling thread stays away if no thread serves in its place. All other reports and events may be late by so
/// much, once.
const MOMENT: Duration = Duration::from_millis(2);

/// Decides whose turn it is. In a forked process the lock may be held forever.
#[derive(Debug, Default)]
pub(super) struct Turns {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// A thread has waited for the only message in flight since this was last reset.
    wanted: bool,
    /// The polling thread stays away.
    away: bool,
    /// Another thread serves.
    taken: bool,
}

impl Turns {
    /// Called by the polling thread before each poll. Ends early when `is_over`.
    pub fn stay_away(&self, in_flight: &InFlight, is_over: impl Fn() -> bool) {
        let mut state = lock(&self.state);
        // A thread whose message is in flight by now may have found the polling thread here, and waits for it.
        state.away = std::mem::take(&mut state.wanted) && in_flight.is_empty();
        while state.away && !is_over() {
            state = self.changed.wait_timeout(state, MOMENT).unwrap_or_else(PoisonError::into_inner).0;
            state.away &= state.taken || std::mem::take(&mut state.wanted);
        }
        state.away = false;
    }

    /// Lets a thread that waits for a delivery serve, if no other thread does, and no other message is in flight.
    pub fn take<'a>(&'a self, in_flight: &'a InFlight) -> Option<Turn<'a>> {
        let mut state = lock(&self.state);
        if in_flight.len() > 1 {
            if !state.taken {
                self.recall(&mut state);
            }
            return None;
        }
        state.wanted = true;
        if !state.away || state.taken {
            return None;
        }
        state.taken = true;
        Some(Turn { turns: self, in_flight, leaves_events: false })
    }

    fn recall(&self, state: &mut State) {
        (state.away, state.wanted) = (false, false);
        self.changed.notify_one();
    }
}

/// The right to serve. When it ends, the polling thread goes on with what is left.
pub(super) struct Turn<'a> {
    turns: &'a Turns,
    in_flight: &'a InFlight,
    /// Whether there are events for the polling thread.
    pub leaves_events: bool,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.turns.state);
        state.taken = false;
        if self.leaves_events || !self.in_flight.is_empty() {
            self.turns.recall(&mut state);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicBool, Ordering::SeqCst},
        thread,
    };

    use super::*;

    /// Runs `test` beside a polling thread that polls nothing.
    fn beside_polling_thread(test: impl FnOnce(&Turns, &InFlight)) {
        struct End<'a>(&'a AtomicBool);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                self.0.store(true, SeqCst);
            }
        }
        let (turns, in_flight, over) = (Turns::default(), InFlight::default(), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(SeqCst) {
                    turns.stay_away(&in_flight, || over.load(SeqCst));
                    thread::yield_now();
                }
            });
            let _end = End(&over);
            test(&turns, &in_flight);
        });
    }

    /// The turn of a thread that waits until it can have it.
    fn turn<'a>(turns: &'a Turns, in_flight: &'a InFlight) -> Turn<'a> {
        loop {
            if let Some(turn) = turns.take(in_flight) {
                return turn;
            }
            thread::yield_now();
        }
    }

    #[test]
    fn nobody_serves_beside_the_polling_thread() {
        let (turns, in_flight) = (Turns::default(), InFlight::default());
        turns.stay_away(&in_flight, || panic!("nobody wants it to"));
        assert!(turns.take(&in_flight).is_none());
        in_flight.begin();
        turns.stay_away(&in_flight, || panic!("somebody may wait for that message"));
    }

    #[test]
    fn one_thread_serves_while_the_polling_thread_is_away() {
        beside_polling_thread(|turns, in_flight| {
            let own = turn(turns, in_flight);
            assert!(turns.take(in_flight).is_none());
            assert!(lock(&turns.state).away);
            drop(own);
            drop(turn(turns, in_flight));
        });
    }

    #[test]
    fn what_is_left_behind_calls_the_polling_thread_back() {
        beside_polling_thread(|turns, in_flight| {
            let mut with_events = turn(turns, in_flight);
            with_events.leaves_events = true;
            drop(with_events);
            assert!(!lock(&turns.state).away);
            let with_message = turn(turns, in_flight);
            in_flight.begin();
            drop(with_message);
            assert!(!lock(&turns.state).away);
        });
    }

    #[test]
    fn a_second_message_calls_the_polling_thread_back() {
        beside_polling_thread(|turns, in_flight| {
            drop(turn(turns, in_flight));
            (0..2).for_each(|_| in_flight.begin());
            assert!(turns.take(in_flight).is_none());
            assert!(!lock(&turns.state).away);
        });
    }
}
