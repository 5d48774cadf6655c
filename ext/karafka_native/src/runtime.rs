//! How a thread of Ruby's waits, and lets others run meanwhile.

pub mod background;
pub mod blocking;
pub mod fairness;
pub mod fiber;
pub mod gvl;
