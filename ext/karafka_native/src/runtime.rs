//! How a Ruby thread waits, and lets other threads and fibers run meanwhile.

pub mod background;
pub mod blocking;
pub mod fairness;
pub mod fiber;
pub mod gvl;
pub mod unwinding;
