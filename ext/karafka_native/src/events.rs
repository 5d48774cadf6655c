//! Passes events to the Ruby object that handles them.

use std::sync::Arc;

use karafka_driver::{self as driver, Event, Json, Partitions, readable, without_outdated};
use magnus::{Error, RObject, Ruby, TryConvert, Value, prelude::*};

use crate::{
    delivery::call_back,
    partition_list,
    ruby_value::binary,
    runtime::{
        fairness,
        gvl::without_gvl_to_the_end,
        unwinding::{after_interrupts, handle_all},
    },
    seam, statistics,
};

/// The objects that handle events.
pub struct Target<'a> {
    /// A `KarafkaNative::Internal::Callbacks`.
    pub callbacks: Value,
    /// The client.
    pub client: &'a driver::Client,
    /// Set for consumers.
    pub consumer: Option<&'a Arc<driver::Consumer>>,
    /// Set for producers and admin clients.
    pub producer: Option<&'a driver::Producer>,
}

/// Handles all events in order, except outdated statistics, and offers other threads the GVL in between. Goes on after an
/// error, and returns it at the end.
pub fn dispatch(ruby: &Ruby, target: &Target<'_>, events: Vec<Event>) -> Result<(), Error> {
    let _reporting = target.producer.map(|producer| producer.in_flight().reporting());
    // First of all, because Ruby code may raise, or close the client: a consumer that never answers a rebalance gets no more
    // messages, and cannot be closed.
    let answered = answer_rebalances(ruby, target, &events);
    handle_all(ruby, without_outdated(events), |event| {
        if matches!(event, Event::Delivered(_)) {
            fairness::after_delivery();
        } else {
            fairness::after_operation();
        }
        let often = matches!(event, Event::Delivered { .. } | Event::Log { .. });
        let handled = after_interrupts(ruby, || handle(ruby, target, event, answered));
        if !often {
            fairness::after_callback();
        }
        handled
    })
}

fn handle(ruby: &Ruby, target: &Target<'_>, event: Event, answered: bool) -> Result<(), Error> {
    let callbacks = target.callbacks;
    match event {
        Event::Log { level, line } => {
            callbacks.funcall::<_, _, Value>("log", (level, binary(ruby, line.to_bytes())))?;
        }
        Event::Statistics(document) => report_statistics(ruby, target, document.as_bytes())?,
        Event::Error { code, reason } => {
            let reason = reason.map(|reason| binary(ruby, reason.to_bytes()));
            callbacks.funcall::<_, _, Value>("error", (target.client.address(), code, reason))?;
        }
        // An earlier event's callback, or a trap handler, may have closed the client.
        Event::TokenRefresh(_) | Event::Rebalance { .. } if target.client.address() == 0 => {}
        Event::TokenRefresh(config) => {
            let config = config.map(|config| binary(ruby, config.to_bytes()));
            callbacks.funcall::<_, _, Value>("token_refresh", (target.client.address(), config))?;
        }
        Event::Acknowledged { .. } => {} // only of share consumers, which handle it themselves
        Event::Rebalance { code, partitions } => rebalance(ruby, target, code, partitions, answered)?,
        Event::Delivered(delivered) => call_back(ruby, RObject::try_convert(callbacks)?, &delivered)?,
    }
    Ok(())
}

/// Calls the statistics callback, if there is one.
fn report_statistics(ruby: &Ruby, target: &Target<'_>, document: &[u8]) -> Result<(), Error> {
    let callbacks = target.callbacks;
    // While a producer waits for its last reports, statistics may come faster than Ruby can handle them.
    let draining = target.producer.is_some_and(|producer| !producer.client().gate().is_open());
    if draining || !callbacks.funcall::<_, _, bool>("statistics?", ())? {
        return Ok(());
    }
    let document = readable(document, target.client.name().to_bytes());
    let partitions = Partitions::find(&document);
    let counts = ruby.hash_new();
    for (topic, count) in partitions.iter().flat_map(Partitions::counts) {
        counts.aset(&*topic, count)?;
    }
    let all: bool = callbacks.funcall("unassigned_statistics?", ())?;
    let left = partitions.filter(|_| !all).map(|partitions| partitions.without_unassigned());
    let text = String::from_utf8_lossy(left.as_deref().unwrap_or(&document));
    let called = match Json::parse(text.as_bytes()) {
        Ok(json) => callbacks.funcall::<_, _, Value>("statistics", (statistics::to_ruby(ruby, &json)?, counts)),
        Err(error) => callbacks.funcall("unreadable_statistics", (error.to_string(),)),
    };
    called.map(drop)
}

/// (Un)assigns the partitions of rebalances, unless another gem does so: then false. Runs no Ruby code.
fn answer_rebalances(ruby: &Ruby, target: &Target<'_>, events: &[Event]) -> bool {
    let Some(consumer) = target.consumer else { return false };
    let rebalances = events.iter().filter_map(|event| match event {
        Event::Rebalance { code, partitions } => Some((*code, partitions)),
        _ => None,
    });
    let mut rebalances = rebalances.peekable();
    if rebalances.peek().is_none() || seam::rebalance::is_replaced(ruby) {
        return false;
    }
    for (code, partitions) in rebalances {
        let answer = || consumer.answer_rebalance(code, partitions);
        // Even if an interrupt is pending, which is raised afterwards.
        let _ = without_gvl_to_the_end(answer).unwrap_or_else(answer);
    }
    true
}

/// Calls the listener, or the function with which another gem has replaced the driver's, which also (un)assigns.
fn rebalance(
    ruby: &Ruby,
    target: &Target<'_>,
    code: i32,
    partitions: driver::PartitionList,
    answered: bool,
) -> Result<(), Error> {
    let Some(consumer) = target.consumer else { return Ok(()) };
    if !answered {
        return seam::rebalance::replaced(target, consumer, code, &Arc::new(partitions));
    }
    let list = partition_list::to_ruby(ruby, &partitions)?;
    target.callbacks.funcall::<_, _, Value>("rebalanced", (code, list)).map(drop)
}
