//! Offers the GVL to other threads while a thread runs one short operation after another.
//!
//! How long a thread may hold the GVL depends on the threads that wait for it. Threads that soon give it back (workers, web
//! requests, other clients) are offered it often. A thread that computes keeps it for Ruby's whole time slice of 100 ms,
//! so beside such threads it is offered less often.

use std::{
    cell::Cell,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::gvl::without_gvl_to_the_end;

/// How long, in ns, a thread may hold the GVL before it offers it. With a fifth of it, a producer with a delivery callback
/// loses a third of its rate, because its two threads alternate too often. With four times as much, a web request waits
/// twice as long beside ten threads that poll.
const USUAL_LIMIT: u64 = 250_000;

/// The cost of an offer, in ns, from which on a thread that computes must have taken it.
const COSTLY: u64 = 50_000_000;

/// After such an offer, the thread may hold the GVL for this fraction of the offer's cost.
const SHARE: u64 = 10;

/// The longest time, in ns, that a thread may hold the GVL.
const LONGEST_LIMIT: u64 = 20_000_000;

/// The largest number of operations between two readings of the clock, which take as long as an operation.
const MOST_OPERATIONS: u64 = 64;

#[derive(Clone, Copy)]
struct Hold {
    /// The operations until the next reading of the clock.
    countdown: u64,
    /// The operations between the last reading and the next one.
    step: u64,
    /// The time of the last reading.
    looked: u64,
    /// When the thread got the GVL.
    since: Moment,
    /// How long the thread may hold it.
    limit: u64,
}

#[derive(Clone, Copy)]
struct Moment {
    /// The thread's CPU time in ns, which stands still while the thread sleeps.
    thread: u64,
    /// The wall-clock time in ns, which goes on while another process has the CPU.
    wall: u64,
}

thread_local! {
    static HOLD: Cell<Hold> =
        Cell::new(Hold { countdown: 0, step: 1, looked: 0, since: Moment::now(), limit: USUAL_LIMIT });
}

/// For how many ns all threads of this extension have held the GVL. The time of an offer that this did not grow by was
/// taken by other threads.
static HELD: AtomicU64 = AtomicU64::new(0);

/// To be called for each operation that a thread may run in a loop.
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
    // Reads the clock twice per limit.
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

/// Lets other threads run. Returns for how many ns threads without operations of ours ran.
fn offer() -> u64 {
    let own = HOLD.get().since.elapsed();
    let before = HELD.load(Ordering::Relaxed);
    let started = wall_time();
    // If an interrupt is pending, the GVL is not released, but Ruby raises as soon as this operation returns.
    let _ = without_gvl_to_the_end(|| ());
    let ours = (HELD.load(Ordering::Relaxed) - before).saturating_sub(own);
    (wall_time() - started).saturating_sub(ours)
}

impl Moment {
    fn now() -> Self {
        Self { thread: thread_time(), wall: wall_time() }
    }

    /// How long the thread has held the GVL since then. It may also have slept without the GVL in Ruby code, or waited for
    /// the CPU while it held the GVL. The latter is assumed to be less than three quarters of the time.
    fn elapsed(self) -> u64 {
        let now = Self::now();
        let (thread, wall) = (now.thread.saturating_sub(self.thread), now.wall - self.wall);
        wall.min(thread.saturating_mul(4))
    }
}

fn thread_time() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to this variable.
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
