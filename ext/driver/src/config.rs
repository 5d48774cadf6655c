//! The configuration from which a client is created.

use std::{
    ffi::{CStr, CString, c_char},
    ptr::NonNull,
};

use crate::{Error, InFlight, error::owned, events, process::with_signals_blocked, resolver, sys};

pub(crate) const ERROR_TEXT_SIZE: usize = 512;

/// What a client does when it has lost all brokers: an option of librdkafka 2.11 and later.
const RECOVERY: &CStr = c"metadata.recovery.strategy";

/// Owns a native configuration until a client takes it over.
#[derive(Debug)]
pub struct Config {
    conf: *mut sys::rd_kafka_conf_t,
    /// Whether the application has set [`RECOVERY`].
    pub(crate) chooses_recovery: bool,
}

// SAFETY: this value alone owns the configuration, and librdkafka does not tie it to a thread.
unsafe impl Send for Config {}

impl Config {
    /// librdkafka's defaults, with the callbacks that every client has. `token_refresh` tells whether the application
    /// refreshes OAUTHBEARER tokens; if not, librdkafka does so itself.
    pub fn new(token_refresh: bool) -> Self {
        // SAFETY: creating a configuration never fails; we own it.
        unsafe {
            let conf = sys::rd_kafka_conf_new();
            events::register(conf, token_refresh);
            Self { conf, chooses_recovery: false }
        }
    }

    /// A copy. (A running client's configuration is not copied, because librdkafka changes it for its own use: it erases
    /// private keys and registers its own callbacks.)
    pub(crate) fn copy(&self) -> Self {
        // SAFETY: we own the configuration, and own the copy.
        unsafe { Self { conf: sys::rd_kafka_conf_dup(self.conf), ..*self } }
    }

    /// Gives the client a queue of its own for OAUTHBEARER tokens.
    pub(crate) fn separate_tokens(&mut self) {
        // SAFETY: we own the configuration.
        unsafe { sys::rd_kafka_conf_enable_sasl_queue(self.conf, 1) };
    }

    /// Has the client keep the brokers that it knows. librdkafka would start over when it has lost all of them, and a
    /// request to the coordinator of a group would wait for one that it has given up, for ever.
    pub(crate) fn keep_brokers(&mut self) -> Result<(), Error> {
        if self.get(RECOVERY).is_some() { self.set(RECOVERY, c"none") } else { Ok(()) }
    }

    /// Sets an option.
    pub fn set(&mut self, name: &CStr, value: &CStr) -> Result<(), Error> {
        self.chooses_recovery |= name == RECOVERY;
        let mut text = [0 as c_char; ERROR_TEXT_SIZE];
        // SAFETY: we own the configuration; the C strings are copied; the buffer has the size given.
        let result =
            unsafe { sys::rd_kafka_conf_set(self.conf, name.as_ptr(), value.as_ptr(), text.as_mut_ptr(), text.len()) };
        if result == sys::RD_KAFKA_CONF_OK { Ok(()) } else { Err(Error::Config(text_of(&text))) }
    }

    /// All options with their values, in librdkafka's order.
    pub fn dump(&self) -> Vec<(CString, CString)> {
        let mut count = 0;
        // SAFETY: the dump is an array of `count` C strings, alternating names and values. They are copied, then freed once.
        unsafe {
            let dump = sys::rd_kafka_conf_dump(self.conf, &mut count);
            let texts: Vec<_> = (0..count).map(|i| owned(*dump.add(i)).unwrap_or_default()).collect();
            sys::rd_kafka_conf_dump_free(dump, count);
            texts.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
        }
    }

    /// An option's value.
    pub(crate) fn get(&self, name: &CStr) -> Option<CString> {
        self.dump().into_iter().find(|(known, _)| known.as_c_str() == name).map(|(_, value)| value)
    }

    /// Registers the delivery callback, which counts deliveries, and makes events of them if `in_flight` says so.
    ///
    /// # Safety
    /// `in_flight` is in an `Arc` and outlives the client.
    pub(crate) unsafe fn report_deliveries(&mut self, in_flight: *const InFlight) {
        // SAFETY: we own the configuration; the caller promises the rest.
        unsafe { events::register_delivery(self.conf, in_flight) };
    }

    /// Registers the rebalance callback: rebalances become events, and the application (un)assigns.
    pub fn report_rebalances(&mut self) {
        // SAFETY: we own the configuration.
        unsafe { events::register_rebalance(self.conf) };
    }

    /// Creates a client, which owns the configuration then.
    pub(crate) fn create(self, kind: sys::rd_kafka_type_t) -> Result<*mut sys::rd_kafka_t, Error> {
        // SAFETY: `create_by` passes a configuration that we own and a buffer of the size given.
        let rk = self.create_by(|conf, text, size| unsafe { sys::rd_kafka_new(kind, conf, text, size) });
        rk.map(NonNull::as_ptr)
    }

    /// Creates a client with `make`, which gets the configuration and a buffer for an error's text. The client owns the
    /// configuration unless `make` returns null.
    pub(crate) fn create_by<T>(
        mut self,
        make: impl FnOnce(*mut sys::rd_kafka_conf_t, *mut c_char, usize) -> *mut T,
    ) -> Result<NonNull<T>, Error> {
        self.prepare_security()?;
        let mut text = [0 as c_char; ERROR_TEXT_SIZE];
        // SAFETY: we own the configuration.
        unsafe { resolver::register(self.conf) };
        let made = with_signals_blocked(|| make(self.conf, text.as_mut_ptr(), text.len()));
        let made = NonNull::new(made).ok_or_else(|| Error::ClientCreation(text_of(&text)))?;
        std::mem::forget(self);
        Ok(made)
    }

    /// Loads Cyrus SASL for GSSAPI. A static OpenSSL knows no certificates: unless options name them, sets those that the
    /// environment names, or has librdkafka look for the system's.
    fn prepare_security(&mut self) -> Result<(), Error> {
        let options = self.dump();
        let value_of = |name: &CStr| {
            let found = options.iter().find(|(known, _)| known.as_c_str() == name);
            found.map(|(_, value)| value.as_bytes()).unwrap_or_default()
        };
        if value_of(c"security.protocol").starts_with(b"sasl") && value_of(c"sasl.mechanisms") == b"GSSAPI" {
            librdkafka::open_sasl().map_err(Error::ClientCreation)?;
        }
        if !librdkafka::VENDORED {
            return Ok(());
        }
        let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().find_map(std::env::var_os);
        let certificates = named.unwrap_or_else(|| "probe".into()).into_encoded_bytes();
        let certificates = CString::new(certificates).expect("no NUL in the environment");
        for (location, pem) in [(c"ssl.ca.location", c"ssl.ca.pem"), (c"https.ca.location", c"https.ca.pem")] {
            if matches!(value_of(location), b"" | b"probe") && value_of(pem).is_empty() {
                self.set(location, &certificates)?;
            }
        }
        Ok(())
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        // SAFETY: we own the configuration; `create_by` forgets it when a client has taken ownership.
        unsafe { sys::rd_kafka_conf_destroy(self.conf) };
    }
}

/// The text that librdkafka wrote to a buffer.
pub(crate) fn text_of(buffer: &[c_char]) -> String {
    let bytes: Vec<u8> = buffer.iter().map(|byte| *byte as u8).take_while(|byte| *byte != 0).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_option_names_itself() {
        let error = Config::new(false).set(c"invalid.key", c"1").unwrap_err();
        assert_eq!(error, Error::Config("No such configuration property: \"invalid.key\"".into()));
    }

    #[test]
    fn the_dump_has_what_was_set() {
        let mut config = Config::new(false);
        config.set(c"client.id", c"here").unwrap();
        assert!(config.dump().contains(&(c"client.id".into(), c"here".into())));
    }
}
