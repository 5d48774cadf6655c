//! Time limits as librdkafka takes them.

use std::time::{Duration, Instant};

/// How long a native call may wait: milliseconds, or a negative number for no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout(pub i32);

impl From<Duration> for Timeout {
    fn from(time: Duration) -> Self {
        // Rounded up: rounded down, the last millisecond would be spent in a loop of calls that do not wait.
        Self(i32::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX))
    }
}

impl From<Option<Duration>> for Timeout {
    /// None stands for no limit.
    fn from(time: Option<Duration>) -> Self {
        time.map_or(Self(-1), Self::from)
    }
}

impl Timeout {
    /// Does not wait.
    pub const NONE: Self = Self(0);

    /// The time that is left of it.
    pub fn rest(self, started: Instant) -> Self {
        if self.0 <= 0 {
            return self;
        }
        let elapsed = i32::try_from(started.elapsed().as_millis()).unwrap_or(i32::MAX);
        Self(self.0.saturating_sub(elapsed).max(0))
    }

    /// The shorter of both.
    pub fn at_most(self, limit: Self) -> Self {
        if self.0 < 0 { limit } else { Self(self.0.min(limit.0)) }
    }

    /// The duration; none for no limit.
    pub fn duration(self) -> Option<Duration> {
        u64::try_from(self.0).ok().map(Duration::from_millis)
    }
}
