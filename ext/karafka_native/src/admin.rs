//! Admin operations of `Native::Producer`: each file has the requests of one kind and what Ruby gets of their answers.

mod acls;
mod answer;
mod cluster;
mod configs;
mod groups;
pub mod offsets;
mod operation;
mod records;
mod topics;

pub use operation::init;

use magnus::{Error, RClass};

/// Defines the operations on `Native::Producer`.
pub fn define(class: RClass) -> Result<(), Error> {
    topics::define(class)?;
    cluster::define(class)?;
    records::define(class)?;
    offsets::define(class)?;
    groups::define(class)?;
    acls::define(class)?;
    configs::define(class)
}
