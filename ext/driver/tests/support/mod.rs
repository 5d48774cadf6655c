//! What the tests against mock clusters share.

use std::ffi::CString;

use karafka_driver::{Config, Interruption, MockCluster, Timeout};

/// A limit that is never reached unless something hangs.
pub const LONG: Timeout = Timeout(30_000);

pub static NOT_INTERRUPTED: Interruption<'_> = Interruption::unnoticed();

/// A configuration for clients of the cluster.
pub fn config(cluster: &MockCluster, options: &[(&str, &str)]) -> Config {
    let mut config = Config::new(false);
    let servers = cluster.bootstrap_servers();
    for (name, value) in [("bootstrap.servers", servers)].iter().chain(options) {
        config.set(&CString::new(*name).unwrap(), &CString::new(*value).unwrap()).unwrap();
    }
    config
}
