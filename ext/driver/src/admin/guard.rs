//! Requests that would make librdkafka abort the process.

use std::ffi::CStr;

use crate::{Client, Error, KafkaError, code, mock_cluster::is_mocked};

/// The error's text when such a request is refused.
const REASON: &CStr = c"the brokers of this client are too old for it, or mock brokers";

impl Client {
    /// Refuses a request that the group's coordinator is known not to support.
    ///
    /// librdkafka itself only notices when it is about to send the request. If that deletes groups or their offsets, both
    /// the request and `rd_kafka_coord_req_fsm` then release the main queue, and librdkafka aborts the process.
    pub(super) fn refuse_unsendable(&self) -> Result<(), Error> {
        let option = |name| self.option(name).map(|value| value.unwrap_or_default().to_string_lossy().into_owned());
        // librdkafka sets it to false itself when `broker.version.fallback` is older than 0.10.
        let too_old = option(c"api.version.request")? == "false";
        if too_old || option(c"test.mock.num.brokers")? != "0" || is_mocked(&option(c"bootstrap.servers")?) {
            return Err(
                KafkaError { message: Some(REASON.into()), ..KafkaError::new(code::UNSUPPORTED_FEATURE) }.into()
            );
        }
        Ok(())
    }
}
