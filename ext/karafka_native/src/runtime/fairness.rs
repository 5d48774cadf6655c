//! Offers the GVL to other threads while a thread of ours finds one thing after another to do.
//!
//! How long a thread may hold it depends on who waits. Threads that give it back soon (workers, web requests, clients of
//! ours) get it often. One that computes keeps it for Ruby's whole time slice of 100 ms whenever it gets it, so beside such
//! threads it is offered less often.

use std::{
    cell::Cell,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::gvl::without_gvl_to_the_end;

/// How long, in ns, a thread may hold the GVL before it is offered. A fifth of it costs a producer with a delivery callback
/// a third of its rate, since its two threads alternate that often; four times as much doubles what a web request waits
/// beside ten threads that poll.
const USUAL_LIMIT: u64 = 250_000;

/// An offer that cost so many ns has met threads that compute.
const COSTLY: u64 = 50_000_000;

/// Which part of the cost of such an offer the thread may then hold the GVL for.
const SHARE: u64 = 10;

/// But not for longer.
const LONGEST_LIMIT: u64 = 20_000_000;

/// How many operations at most there are between two looks at the clock, which takes as long as an operation.
const MOST_OPERATIONS: u64 = 64;

#[derive(Clone, Copy)]
struct Hold {
    /// Operations until the next look at the clock.
    countdown: u64,
    /// Operations between the last look and that.
    step: u64,
    /// When the last look was.
    looked: u64,
    /// When the thread got the GVL.
    since: Moment,
    /// How long it may hold it.
    limit: u64,
}

#[derive(Clone, Copy)]
struct Moment {
    /// CPU time of the thread in ns, which stands still while it sleeps.
    thread: u64,
    /// Time that goes on also when another process has the CPU.
    wall: u64,
}

thread_local! {
    static HOLD: Cell<Hold> =
        Cell::new(Hold { countdown: 0, step: 1, looked: 0, since: Moment::now(), limit: USUAL_LIMIT });
}

/// For how many ns all threads of ours have held the GVL. An offer that took longer than this grew meanwhile has waited
/// for other threads.
static HELD: AtomicU64 = AtomicU64::new(0);

/// To be called for each operation that may be all a thread does.
pub fn after_operation() {
    let mut hold = HOLD.get();
    hold.countdown = hold.countdown.saturating_sub(1);
    let due = hold.countdown == 0;
    HOLD.set(hold);
    if due {
        look(hold.limit);
    }
}

/// To be called after a callback that may take long.
pub fn after_callback() {
    look(USUAL_LIMIT);
}

/// To be called when the thread is about to give up the GVL.
pub fn before_release() {
    HELD.fetch_add(HOLD.get().since.elapsed(), Ordering::Relaxed);
}

/// To be called when the thread has got the GVL back.
pub fn after_release() {
    HOLD.set(Hold { since: Moment::now(), ..HOLD.get() });
}

fn look(limit: u64) {
    let now = thread_time();
    let mut hold = HOLD.get();
    let took = now.saturating_sub(hold.looked).max(1);
    // Twice as often as needed.
    hold.step = (hold.step.saturating_mul(hold.limit / 2) / took).clamp(1, MOST_OPERATIONS);
    hold.countdown = hold.step;
    hold.looked = now;
    HOLD.set(hold);
    if now.saturating_sub(hold.since.thread) >= limit {
        let cost = offer();
        let limit = if cost < COSTLY { USUAL_LIMIT } else { LONGEST_LIMIT.min(cost / SHARE) };
        HOLD.set(Hold { limit, ..HOLD.get() });
    }
}

/// Lets others run. Returns for how many ns threads that are not ours did.
fn offer() -> u64 {
    let own = HOLD.get().since.elapsed();
    let before = HELD.load(Ordering::Relaxed);
    let started = wall_time();
    // With an interrupt pending the GVL is not given up, but Ruby raises as soon as we return.
    let _ = without_gvl_to_the_end(|| ());
    let ours = (HELD.load(Ordering::Relaxed) - before).saturating_sub(own);
    (wall_time() - started).saturating_sub(ours)
}

impl Moment {
    fn now() -> Self {
        Self { thread: thread_time(), wall: wall_time() }
    }

    /// For how long the thread has held the GVL since. It may have slept without it, as Ruby lets it, or may have had to
    /// wait for the CPU while it held it; the latter is taken to be less than three quarters.
    fn elapsed(self) -> u64 {
        let now = Self::now();
        let (thread, wall) = (now.thread.saturating_sub(self.thread), now.wall - self.wall);
        wall.min(thread.saturating_mul(4))
    }
}

fn thread_time() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes one live structure.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    nanoseconds(Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32))
}

fn wall_time() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    nanoseconds(START.elapsed())
}

fn nanoseconds(time: Duration) -> u64 {
    time.as_nanos().try_into().unwrap_or(u64::MAX)
}
