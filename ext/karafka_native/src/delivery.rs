//! `KarafkaNative::Native::Delivery`: what a `DeliveryHandle` waits for.

use std::sync::Arc;

use karafka_driver as driver;
use magnus::{Error, RModule, Ruby, Symbol, TryConvert, Value, function, method, prelude::*};

use crate::{ruby_value::optional_duration, wait::wait};

/// Shared with librdkafka, which reports on it.
#[magnus::wrap(class = "KarafkaNative::Native::Delivery", free_immediately)]
pub struct Delivery(pub Arc<driver::Delivery>);

impl Delivery {
    fn new() -> Self {
        Self(Arc::new(driver::Delivery::new(driver::Report::default())))
    }

    fn is_pending(&self) -> bool {
        self.0.is_pending()
    }

    fn wait(ruby: &Ruby, this: &Self, timeout_ms: Value) -> Result<bool, Error> {
        wait(ruby, &this.0, optional_duration(timeout_ms)?)
    }

    /// By which a handle is found when its delivery is reported.
    fn key(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    fn unlock(&self) {
        self.0.finish();
    }

    /// Response, partition, offset, status, latency and broker id, the last three nil when unknown.
    #[allow(clippy::type_complexity)]
    fn report(&self) -> (i32, i32, i64, Option<i32>, Option<i64>, Option<i32>) {
        let report = self.0.value();
        (report.response, report.partition, report.offset, report.status, report.latency, report.broker_id)
    }

    fn response(&self) -> i32 {
        self.0.value().response
    }

    /// Sets a field of the report, for handles that are made by hand.
    fn set(ruby: &Ruby, this: &Self, field: Symbol, value: Value) -> Result<(), Error> {
        let number = || Option::<i64>::try_convert(value);
        let small = || Option::<i32>::try_convert(value);
        match &*field.name()? {
            "pending" if value.to_bool() => this.0.reset(),
            "pending" => this.0.finish(),
            "response" => {
                let value = small()?.unwrap_or(-1);
                this.0.set(|report| report.response = value);
            }
            "partition" => {
                let value = small()?.unwrap_or(-1);
                this.0.set(|report| report.partition = value);
            }
            "offset" => {
                let value = number()?.unwrap_or(-1);
                this.0.set(|report| report.offset = value);
            }
            "status" => {
                let value = small()?;
                this.0.set(|report| report.status = value);
            }
            "latency" => {
                let value = number()?;
                this.0.set(|report| report.latency = value);
            }
            "broker_id" => {
                let value = small()?;
                this.0.set(|report| report.broker_id = value);
            }
            other => {
                return Err(Error::new(ruby.exception_arg_error(), format!("No such field '{other}'")));
            }
        }
        Ok(())
    }
}

pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = native.define_class("Delivery", ruby.class_object())?;
    class.define_singleton_method("new", function!(Delivery::new, 0))?;
    class.define_method("pending?", method!(Delivery::is_pending, 0))?;
    class.define_method("wait", method!(Delivery::wait, 1))?;
    class.define_method("key", method!(Delivery::key, 0))?;
    class.define_method("unlock", method!(Delivery::unlock, 0))?;
    class.define_method("report", method!(Delivery::report, 0))?;
    class.define_method("response", method!(Delivery::response, 0))?;
    class.define_method("set", method!(Delivery::set, 2))?;
    Ok(())
}
