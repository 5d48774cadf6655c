//! Requests that librdkafka cannot survive.

use std::ffi::CStr;

use crate::{Client, Error, KafkaError, code, mock_cluster::is_mocked};

/// Why such a request is not sent.
const REASON: &CStr = c"the brokers of this client are too old for it, or mock brokers";

impl Client {
    /// Refuses a request that the coordinator of a group is known not to support.
    ///
    /// librdkafka looks at that just before sending. For the deletion of groups and of their offsets it then releases its
    /// main queue once too often (the request and `rd_kafka_coord_req_fsm` both do), which aborts the process.
    pub(super) fn refuse_unsendable(&self) -> Result<(), Error> {
        let option = |name| self.option(name).map(|value| value.unwrap_or_default().to_string_lossy().into_owned());
        // librdkafka sets the first itself unless the fallback is a version before 0.10.
        let too_old = option(c"api.version.request")? == "false";
        if too_old || option(c"test.mock.num.brokers")? != "0" || is_mocked(&option(c"bootstrap.servers")?) {
            return Err(
                KafkaError { message: Some(REASON.into()), ..KafkaError::new(code::UNSUPPORTED_FEATURE) }.into()
            );
        }
        Ok(())
    }
}
