//! `KarafkaNative::Native::Config`, from which a client is created.

use std::sync::Mutex;

use karafka_driver as driver;
use magnus::{Error, RArray, RModule, Ruby, Value, function, method, prelude::*};

use crate::{
    error::{Closed, to_ruby},
    ractor,
    ruby_value::{binary, c_string},
};

/// A configuration; none once a client has taken it.
#[magnus::wrap(class = "KarafkaNative::Native::Config", free_immediately)]
pub struct Config(Mutex<Option<driver::Config>>);

impl Config {
    fn new(token_refresh: bool) -> Self {
        Self(Mutex::new(Some(driver::Config::new(token_refresh))))
    }

    fn set(ruby: &Ruby, this: &Self, name: Value, value: Value) -> Result<(), Error> {
        let (name, value) = (c_string(ruby, name, "option name")?, c_string(ruby, value, "option value")?);
        this.with(ruby, |config| config.set(&name, &value))?.map_err(|error| to_ruby(ruby, error, Closed::Inner))
    }

    fn report_rebalances(ruby: &Ruby, this: &Self) -> Result<(), Error> {
        this.with(ruby, |config| config.report_rebalances())
    }

    /// `[[name, value]]` of all options.
    fn dump(ruby: &Ruby, this: &Self) -> Result<RArray, Error> {
        let pairs = this.with(ruby, |config| config.dump())?;
        let array = ruby.ary_new_capa(pairs.len());
        for (name, value) in pairs {
            array.push((binary(ruby, name.to_bytes()), binary(ruby, value.to_bytes())))?;
        }
        Ok(array)
    }

    /// Takes the configuration for a client.
    pub fn take(&self, ruby: &Ruby) -> Result<driver::Config, Error> {
        let taken = self.0.lock().ok().and_then(|mut config| config.take());
        taken.ok_or_else(|| used(ruby))
    }

    fn with<R>(&self, ruby: &Ruby, call: impl FnOnce(&mut driver::Config) -> R) -> Result<R, Error> {
        let mut guard = self.0.lock().map_err(|_| used(ruby))?;
        guard.as_mut().map(call).ok_or_else(|| used(ruby))
    }
}

fn used(ruby: &Ruby) -> Error {
    Error::new(ruby.exception_runtime_error(), "a client was already created from this configuration")
}

/// Defines `KarafkaNative::Native::Config`.
pub fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = ractor::define_class::<Config>(ruby, native, "Config")?;
    class.define_singleton_method("new", function!(Config::new, 1))?;
    class.define_method("set", method!(Config::set, 2))?;
    class.define_method("report_rebalances", method!(Config::report_rebalances, 0))?;
    class.define_method("dump", method!(Config::dump, 0))?;
    Ok(())
}
