//! What a client logs in with: OAUTHBEARER tokens, or names and passwords.
//!
//! The consumer that asks coordinators for an admin client logs in with the same credentials, so it is told, too.

use std::ffi::{CStr, CString, c_char};

use super::Client;
use crate::{
    Error, KafkaError, code,
    config::{ERROR_TEXT_SIZE, text_of},
    sys,
};

impl Client {
    /// Gives librdkafka a new OAUTHBEARER token. `extensions` alternate names and values.
    pub fn set_token(
        &self,
        token: &CStr,
        lifetime_ms: i64,
        principal: &CStr,
        extensions: &[CString],
    ) -> Result<Result<(), KafkaError>, Error> {
        let pass = self.enter()?;
        if let Some(beside) = &self.operations.beside().consumer {
            beside.set_token(token, lifetime_ms, principal, extensions)?.ok();
        }
        let mut text = [0 as c_char; ERROR_TEXT_SIZE];
        let mut extensions: Vec<*const c_char> = extensions.iter().map(|text| text.as_ptr()).collect();
        // SAFETY: the pass keeps the handle alive; array and buffer have the sizes given; all texts are copied.
        let code = unsafe {
            sys::rd_kafka_oauthbearer_set_token(
                pass.rk(),
                token.as_ptr(),
                lifetime_ms,
                principal.as_ptr(),
                extensions.as_mut_ptr(),
                extensions.len(),
                text.as_mut_ptr(),
                text.len(),
            )
        };
        Ok(KafkaError::check(code).map_err(|error| KafkaError { message: CString::new(text_of(&text)).ok(), ..error }))
    }

    /// Tells librdkafka that no token could be obtained.
    pub fn set_token_failure(&self, reason: &CStr) -> Result<i32, Error> {
        let pass = self.enter()?;
        if let Some(beside) = &self.operations.beside().consumer {
            beside.set_token_failure(reason)?;
        }
        // SAFETY: the pass keeps the handle alive; the text is copied.
        Ok(unsafe { sys::rd_kafka_oauthbearer_set_token_failure(pass.rk(), reason.as_ptr()) })
    }

    /// Makes later connections log in with another name and password. Open connections stay.
    pub fn set_sasl_credentials(&self, user: &CStr, password: &CStr) -> Result<(), Error> {
        let pass = self.enter()?;
        // Locked until the end, so that a new consumer is not created with the old ones.
        let mut beside = self.operations.beside();
        // SAFETY: the pass keeps the handle alive; the texts are copied; we own the error.
        unsafe { KafkaError::take(sys::rd_kafka_sasl_set_credentials(pass.rk(), user.as_ptr(), password.as_ptr()))? };
        if let Some(config) = &mut beside.config {
            config.set(c"sasl.username", user)?;
            config.set(c"sasl.password", password)?;
        }
        beside.consumer.as_ref().map_or(Ok(()), |client| client.set_sasl_credentials(user, password))
    }

    /// Has librdkafka's background thread refresh OAUTHBEARER tokens, if the client logs in with tokens.
    pub(crate) fn refresh_tokens_in_background(&self) -> Result<(), Error> {
        let pass = self.enter()?;
        // SAFETY: the pass keeps the handle alive; we own the error.
        match unsafe { KafkaError::take(sys::rd_kafka_sasl_background_callbacks_enable(pass.rk())) } {
            Err(error) if error.code == code::NOT_CONFIGURED => Ok(()),
            enabled => Ok(enabled?),
        }
    }
}
