//! The consumer that asks coordinators of groups for another client.

use std::{
    ffi::CStr,
    sync::{Arc, Mutex, MutexGuard},
};

use super::super::Operations;
use crate::{Client, Config, Error, Kind, sync::lock, sys};

/// That consumer, and what it is created from.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// As the application gave it, with later credentials. Only admin clients have it.
    pub(crate) config: Option<Config>,
    pub(crate) consumer: Option<Arc<Client>>,
}

/// The place of that consumer.
pub(crate) type Slot = Arc<Mutex<Beside>>;

/// The consumer's group if the request has none. It never joins its group.
const ANY_GROUP: &CStr = c"-";

const MOCK_BROKERS: &CStr = c"test.mock.num.brokers";
const UNSECURED_TOKENS: &CStr = c"enable.sasl.oauthbearer.unsecure.jwt";

impl Client {
    /// The consumer that works for this client. It is created on first use and destroyed with this client.
    pub(super) fn beside(&self, group: &CStr) -> Result<Arc<Self>, Error> {
        let _pass = self.enter()?;
        let mut slot = self.operations.beside();
        if let Some(beside) = &slot.consumer {
            return Ok(Arc::clone(beside));
        }
        let kept = slot.config.as_ref().ok_or_else(|| Error::InvalidArgument("not an admin client".into()))?;
        let mut config = kept.copy();
        if config.get(MOCK_BROKERS).is_some_and(|count| count.as_c_str() != c"0") {
            // This client runs a mock cluster and talks to it without encryption, whatever the options are.
            config.set(MOCK_BROKERS, c"0")?;
            config.set(c"security.protocol", c"plaintext")?;
            config.set(c"bootstrap.servers", &self.option(c"bootstrap.servers")?.unwrap_or_default())?;
        }
        // librdkafka would refresh such tokens for the client whose queue is polled, which is this one.
        let own_tokens = config.get(UNSECURED_TOKENS).is_some_and(|value| value.as_c_str() == c"true");
        if own_tokens {
            config.separate_tokens();
        }
        config.set(c"group.id", if group.is_empty() { ANY_GROUP } else { group })?;
        config.set(c"statistics.interval.ms", c"0")?;
        // How long coordinators are kept after their last use. librdkafka looks once a second.
        config.set(c"metadata.max.age.ms", c"1")?;
        config.keep_brokers()?;
        // No warnings that a consumer ignores options of producers.
        config.set(c"log_level", c"3")?;
        let mut made = Self::create(config, Kind::Consumer)?;
        made.operations = Operations::signalling_like(&self.operations);
        made.forward_events(Some(self))?;
        if own_tokens {
            made.refresh_tokens_in_background()?;
        }
        Ok(Arc::clone(slot.consumer.insert(Arc::new(made))))
    }

    /// Forwards the events of this client's main queue (logs, errors, requests for tokens) to another client's, or stops
    /// forwarding.
    pub(super) fn forward_events(&self, other: Option<&Self>) -> Result<(), Error> {
        let pass = self.enter()?;
        let others = other.map(Self::enter).transpose()?;
        // SAFETY: the passes keep both handles alive; each reference to a queue is released once.
        unsafe {
            let to = others.as_ref().map_or(std::ptr::null_mut(), |pass| sys::rd_kafka_queue_get_main(pass.rk()));
            let from = sys::rd_kafka_queue_get_main(pass.rk());
            sys::rd_kafka_queue_forward(from, to);
            sys::rd_kafka_queue_destroy(from);
            if !to.is_null() {
                sys::rd_kafka_queue_destroy(to);
            }
        }
        Ok(())
    }
}

/// Makes the next request create a new consumer. Pending requests of this one go on.
pub(super) fn retire(slot: &Slot, beside: &Arc<Client>) {
    let retired = lock(slot).consumer.take_if(|current| Arc::ptr_eq(current, beside));
    if retired.is_some() {
        // The other client may be destroyed before this one. A closed consumer forwards nothing, hence no error.
        let _ = beside.forward_events(None);
    }
}

impl Operations {
    /// The consumer that asks coordinators, and its configuration.
    pub(crate) fn beside(&self) -> MutexGuard<'_, Beside> {
        lock(&self.beside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Producer;

    const LOGIN: [(&CStr, &CStr); 2] =
        [(c"security.protocol", c"sasl_plaintext"), (c"sasl.mechanisms", c"OAUTHBEARER")];

    fn admin(options: &[(&CStr, &CStr)]) -> Producer {
        let mut config = Config::new(false);
        options.iter().for_each(|(name, value)| config.set(name, value).unwrap());
        Producer::create_admin(config).unwrap()
    }

    #[test]
    fn it_asks_the_mock_cluster_of_its_client() {
        let admin = admin(&[(MOCK_BROKERS, c"2"), LOGIN[0], LOGIN[1]]);
        let beside = admin.client().beside(c"g").unwrap();
        for option in [c"bootstrap.servers", c"security.protocol"] {
            assert_eq!(beside.option(option), admin.client().option(option));
        }
    }

    #[test]
    fn it_makes_unsecured_tokens_of_its_own() {
        let admin =
            admin(&[LOGIN[0], LOGIN[1], (UNSECURED_TOKENS, c"true"), (c"sasl.oauthbearer.config", c"principal=a")]);
        assert!(admin.client().beside(c"g").is_ok());
    }

    #[test]
    fn it_logs_in_with_the_latest_password() {
        let admin = admin(&[(c"sasl.username", c"old"), (c"sasl.password", c"old")]);
        admin.client().set_sasl_credentials(c"a", c"b").unwrap();
        let beside = admin.client().beside(c"g").unwrap();
        assert_eq!(beside.option(c"sasl.username"), Ok(Some(c"a".into())));
        assert_eq!(beside.option(c"sasl.password"), Ok(Some(c"b".into())));
    }

    #[test]
    fn only_admin_clients_have_it() {
        let producer = Producer::create(Config::new(false)).unwrap();
        assert!(matches!(producer.client().beside(c"g"), Err(Error::InvalidArgument(_))));
    }
}
