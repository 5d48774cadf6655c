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

use karafka_driver::{PerProcess, Turnstile};

use super::gvl::without_gvl_to_the_end;

/// How long, in ns, a thread may hold the GVL before it offers it. With ten times as much, a web request waits twice as long
/// beside ten threads that poll.
const USUAL_LIMIT: u64 = 100_000;

/// How many times as long it may hold the GVL between deliveries. A thread that produces and the polling thread, which calls
/// the delivery callback, always have work for each other. If they passed the GVL on more often, a quarter of their time
/// would go into waking each other up.
const DELIVERY_FACTOR: u64 = 10;

/// If none of our threads gets a turn for so many ns while one offers the GVL, it has met threads that compute.
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
    /// When the thread got the GVL, by its CPU time in ns, which stands still while it sleeps.
    since: u64,
    /// How long it may hold it.
    limit: u64,
}

thread_local! {
    static HOLD: Cell<Hold> =
        Cell::new(Hold { countdown: 0, step: 1, looked: 0, since: thread_time(), limit: USUAL_LIMIT });
}

/// When one of our threads last got or released the GVL, in ns.
static LAST_OURS: AtomicU64 = AtomicU64::new(0);

/// For how many ns other threads have computed between two turns of ours.
static COMPUTED: AtomicU64 = AtomicU64::new(0);

/// Inside is the thread that waits for the GVL after it has offered it. The others wait for this instead of the GVL, so a
/// web request finds one of them before it in Ruby's queue, even if many clients are busy.
static NEXT: PerProcess<Turnstile> = PerProcess::new();

/// To be called for each operation that a thread may run in a loop.
pub fn after_operation() {
    count_operation(1);
}

/// The same for messages that are produced and reports that are handed to the delivery callback.
pub fn after_delivery() {
    count_operation(DELIVERY_FACTOR);
}

fn count_operation(factor: u64) {
    let mut hold = HOLD.get();
    hold.countdown = hold.countdown.saturating_sub(1);
    let due = hold.countdown == 0;
    HOLD.set(hold);
    if due {
        look(hold.limit * factor);
    }
}

/// To be called after a callback that may take long: the next operation looks at the clock. Until then the thread may have
/// released the GVL anyway. If it also offered it here, it would wait for all other threads twice in each round, and
/// clients that are polled alike would do everything at the same time, and nothing at other times.
pub fn after_callback() {
    HOLD.set(Hold { countdown: 0, limit: USUAL_LIMIT, ..HOLD.get() });
}

/// To be called when the thread is about to give up the GVL.
pub fn before_release() {
    LAST_OURS.store(wall_time(), Ordering::Relaxed);
}

/// To be called when the thread has got the GVL back.
pub fn after_release() {
    let now = wall_time();
    let others = now.saturating_sub(LAST_OURS.swap(now, Ordering::Relaxed));
    // What is shorter may as well be our threads waiting for the CPU.
    if others >= COSTLY {
        COMPUTED.fetch_add(others, Ordering::Relaxed);
    }
    HOLD.set(Hold { since: thread_time(), ..HOLD.get() });
}

fn look(limit: u64) {
    let now = thread_time();
    let mut hold = HOLD.get();
    let took = now.saturating_sub(hold.looked).max(1);
    // Reads the clock twice per limit.
    hold.step = (hold.step.saturating_mul(limit / 2) / took).clamp(1, MOST_OPERATIONS);
    hold.countdown = hold.step;
    hold.looked = now;
    HOLD.set(hold);
    if now.saturating_sub(hold.since) >= limit {
        let cost = offer();
        let limit = if cost == 0 { USUAL_LIMIT } else { LONGEST_LIMIT.min(cost / SHARE) };
        HOLD.set(Hold { limit, ..HOLD.get() });
    }
}

/// Lets others run. Returns for how many ns others have computed.
fn offer() -> u64 {
    let before = COMPUTED.load(Ordering::Relaxed);
    // The wait is limited, since beside threads that compute the thread in front may wait for several of Ruby's time slices.
    // With an interrupt pending the GVL is not given up, but Ruby raises as soon as we return.
    let next = without_gvl_to_the_end(|| NEXT.get(Turnstile::default).enter(Duration::from_nanos(COSTLY)));
    drop(next);
    COMPUTED.load(Ordering::Relaxed) - before
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
