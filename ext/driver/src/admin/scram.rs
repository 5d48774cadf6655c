//! Credentials of users who log in with SASL/SCRAM.

use std::ffi::CString;

use super::{
    Named, Reply, Request, Submission,
    reply::all,
    request::{Owned, pointers},
};
use crate::{Error, KafkaError, error::owned, sys};

/// How a password is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScramMechanism {
    /// SCRAM-SHA-256
    Sha256,
    /// SCRAM-SHA-512
    Sha512,
}

impl ScramMechanism {
    /// The mechanism's name in `sasl.mechanisms`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SCRAM-SHA-256",
            Self::Sha512 => "SCRAM-SHA-512",
        }
    }

    /// The mechanism with that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Sha256, Self::Sha512].into_iter().find(|mechanism| mechanism.name() == name)
    }

    fn native(self) -> sys::rd_kafka_ScramMechanism_t {
        match self {
            Self::Sha256 => sys::RD_KAFKA_SCRAM_MECHANISM_SHA_256,
            Self::Sha512 => sys::RD_KAFKA_SCRAM_MECHANISM_SHA_512,
        }
    }

    fn of(native: sys::rd_kafka_ScramMechanism_t) -> Option<Self> {
        [Self::Sha256, Self::Sha512].into_iter().find(|mechanism| mechanism.native() == native)
    }
}

/// Asks which credentials users have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribeScramUsers {
    /// The users' names; none for all users.
    pub users: Vec<CString>,
}

impl Request for DescribeScramUsers {
    type Answer = Vec<ScramUser>;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_DESCRIBEUSERSCRAMCREDENTIALS;
    /// librdkafka stores the broker's text in memory that is not on the heap, and would free it with the event.
    const UNFREEABLE_WHEN_REFUSED: bool = true;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        let mut users = pointers(&self.users);
        let (options, results) = (submission.options(), submission.results());
        // SAFETY: the submission keeps the handle, the options and the queue alive; the array has the length given.
        unsafe {
            sys::rd_kafka_DescribeUserScramCredentials(
                submission.rk(),
                users.as_mut_ptr(),
                users.len(),
                options,
                results,
            );
        }
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Self::Answer, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_DescribeUserScramCredentials_result)?;
            Ok(all(result, sys::rd_kafka_DescribeUserScramCredentials_result_descriptions, ScramUser::read))
        }
    }
}

/// Sets and deletes credentials. The answer has the users' names.
#[derive(Debug)]
pub struct AlterScramUsers {
    /// The changes.
    pub changes: Vec<ScramChange>,
}

impl Request for AlterScramUsers {
    type Answer = Vec<Named>;
    const OPERATION: sys::rd_kafka_admin_op_t = sys::RD_KAFKA_ADMIN_OP_ALTERUSERSCRAMCREDENTIALS;

    fn send(&self, submission: &Submission<'_>) -> Result<(), Error> {
        let changes: Vec<_> = self.changes.iter().map(ScramChange::native).collect();
        // SAFETY: the function is librdkafka's for this operation.
        unsafe { submission.send_all(sys::rd_kafka_AlterUserScramCredentials, &changes) };
        Ok(())
    }

    fn read(reply: &Reply) -> Result<Self::Answer, KafkaError> {
        // SAFETY: these accessors are librdkafka's for this reply and its result; texts are copied.
        unsafe {
            let result = reply.result(sys::rd_kafka_event_AlterUserScramCredentials_result)?;
            Ok(all(result, sys::rd_kafka_AlterUserScramCredentials_result_responses, |user| Named {
                name: owned(sys::rd_kafka_AlterUserScramCredentials_result_response_user(user)).unwrap_or_default(),
                error: KafkaError::copy_of(sys::rd_kafka_AlterUserScramCredentials_result_response_error(user)),
            }))
        }
    }
}

/// A change of a user's credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct ScramChange {
    /// The user's name.
    pub user: CString,
    /// The mechanism.
    pub mechanism: ScramMechanism,
    /// None to delete the credential.
    pub credential: Option<ScramCredential>,
}

/// A new credential. librdkafka refuses an empty password.
#[derive(Clone, PartialEq, Eq)]
pub struct ScramCredential {
    /// How many times the password is hashed.
    pub iterations: i32,
    /// The password.
    pub password: Vec<u8>,
    /// The salt; empty for a random one.
    pub salt: Vec<u8>,
}

impl std::fmt::Debug for ScramChange {
    /// Leaves the password out.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ScramChange").field("user", &self.user).finish_non_exhaustive()
    }
}

impl ScramChange {
    fn native(&self) -> Owned<sys::rd_kafka_UserScramCredentialAlteration_t> {
        let (user, mechanism) = (self.user.as_ptr(), self.mechanism.native());
        // SAFETY: a C string and arrays of the lengths given, all copied, give an object, never null.
        unsafe {
            let native = match &self.credential {
                None => sys::rd_kafka_UserScramCredentialDeletion_new(user, mechanism),
                Some(ScramCredential { iterations, password, salt }) => sys::rd_kafka_UserScramCredentialUpsertion_new(
                    user,
                    mechanism,
                    *iterations,
                    password.as_ptr(),
                    password.len(),
                    salt.as_ptr(),
                    salt.len(),
                ),
            };
            Owned::new(native, sys::rd_kafka_UserScramCredentialAlteration_destroy)
        }
    }
}

/// A user's credentials, without the secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScramUser {
    /// The user's name.
    pub name: CString,
    /// Why the user cannot be described.
    pub error: Option<KafkaError>,
    /// For each credential the mechanism (none for one that librdkafka does not know) and the iterations.
    pub credentials: Vec<(Option<ScramMechanism>, i32)>,
}

impl ScramUser {
    fn read(user: &sys::rd_kafka_UserScramCredentialsDescription_t) -> Self {
        // SAFETY: the reference proves that the user is live; indices are below its count of credentials; texts are copied.
        unsafe {
            let count = sys::rd_kafka_UserScramCredentialsDescription_scramcredentialinfo_count(user);
            let credential = |index| {
                let info = sys::rd_kafka_UserScramCredentialsDescription_scramcredentialinfo(user, index);
                let mechanism = ScramMechanism::of(sys::rd_kafka_ScramCredentialInfo_mechanism(info));
                (mechanism, sys::rd_kafka_ScramCredentialInfo_iterations(info))
            };
            Self {
                name: owned(sys::rd_kafka_UserScramCredentialsDescription_user(user)).unwrap_or_default(),
                error: KafkaError::copy_of(sys::rd_kafka_UserScramCredentialsDescription_error(user)).map(cut_off),
                credentials: (0..count).map(credential).collect(),
            }
        }
    }
}

/// Drops the last byte, 1, of a user's error text: librdkafka reads one byte too many, up to the count of credentials (0,
/// encoded as 1).
fn cut_off(error: KafkaError) -> KafkaError {
    let text = error.message.as_ref().and_then(|text| text.to_bytes().strip_suffix(&[1]));
    match text.and_then(|text| CString::new(text).ok()) {
        Some(text) => KafkaError { message: Some(text), ..error },
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_errors_end_where_brokers_end_them() {
        let error = |text: &str| KafkaError { message: CString::new(text).ok(), ..KafkaError::new(91) };
        assert_eq!(cut_off(error("no such user: bob\u{1}")), error("no such user: bob"));
        assert_eq!(cut_off(error("no such user")), error("no such user"));
        assert_eq!(cut_off(KafkaError::new(91)), KafkaError::new(91));
    }
}
