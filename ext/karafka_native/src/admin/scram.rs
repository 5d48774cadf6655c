//! Credentials of users who log in with SASL/SCRAM.

use karafka_driver::admin::{
    AlterScramUsers, DescribeScramUsers, ScramChange, ScramCredential, ScramMechanism, ScramUser,
};
use magnus::{Error, RArray, RClass, Ruby, TryConvert, Value, method, prelude::*, typed_data::Obj};

use super::{
    Admin,
    answer::{ToRuby, hash, optional_error},
    operation::Operation,
    options::number_within,
};
use crate::ruby_value::{binary, c_string, c_strings, string};

/// The numbers of iterations that Kafka accepts. librdkafka hashes on its main thread, so higher ones would block it.
const ITERATIONS: std::ops::RangeInclusive<i64> = 4_096..=16_384;

/// An empty `users` stands for all users.
fn describe_user_scram_credentials(
    ruby: &Ruby,
    this: Obj<Admin>,
    users: RArray,
    options: RArray,
) -> Result<Operation, Error> {
    let users = c_strings(ruby, users, "user")?;
    Operation::submit(ruby, this, &DescribeScramUsers { users }, options)
}

/// `changes` are `[[user, mechanism, [iterations, password, salt]]]`, with nil as the last item to delete a credential.
fn alter_user_scram_credentials(
    ruby: &Ruby,
    this: Obj<Admin>,
    changes: RArray,
    options: RArray,
) -> Result<Operation, Error> {
    let changes = changes.into_iter().map(|change| read_change(ruby, change)).collect::<Result<_, _>>()?;
    Operation::submit(ruby, this, &AlterScramUsers { changes }, options)
}

fn read_change(ruby: &Ruby, change: Value) -> Result<ScramChange, Error> {
    let (user, mechanism, credential) = <(Value, Value, Value)>::try_convert(change)?;
    let user = c_string(ruby, user, "user")?;
    if user.is_empty() {
        return Err(Error::new(ruby.exception_arg_error(), "user is empty"));
    }
    let mechanism = read_mechanism(ruby, mechanism)?;
    let credential = Option::<(Value, Value, Value)>::try_convert(credential)?;
    let credential = credential.map(|(iterations, password, salt)| {
        Ok::<_, Error>(ScramCredential {
            iterations: number_within(ruby, iterations, "iterations", ITERATIONS)?,
            password: secret(ruby, password, "password")?,
            salt: if salt.is_nil() { Vec::new() } else { secret(ruby, salt, "salt")? },
        })
    });
    Ok(ScramChange { user, mechanism, credential: credential.transpose()? })
}

fn read_mechanism(ruby: &Ruby, mechanism: Value) -> Result<ScramMechanism, Error> {
    let name = c_string(ruby, mechanism, "mechanism")?;
    let name = name.to_string_lossy();
    ScramMechanism::named(&name).ok_or_else(|| {
        let text = format!("mechanism has to be SCRAM-SHA-256 or SCRAM-SHA-512, not {name}");
        Error::new(ruby.exception_arg_error(), text)
    })
}

fn secret(ruby: &Ruby, value: Value, what: &str) -> Result<Vec<u8>, Error> {
    let string = string(ruby, value, what)?;
    // SAFETY: the bytes are copied before Ruby can run.
    let bytes = unsafe { string.as_slice() }.to_vec();
    if bytes.is_empty() {
        return Err(Error::new(ruby.exception_arg_error(), format!("{what} is empty")));
    }
    Ok(bytes)
}

/// One of the Hashes of `DescribeUserScramCredentialsReport#users`.
impl ToRuby for ScramUser {
    fn to_ruby(&self, ruby: &Ruby) -> Result<Value, Error> {
        let credentials = ruby.ary_new_capa(self.credentials.len());
        for (mechanism, iterations) in &self.credentials {
            let mechanism = mechanism.map(ScramMechanism::name);
            credentials.push(hash!(ruby, "mechanism" => mechanism, "iterations" => *iterations))?;
        }
        Ok(hash!(ruby,
            "user" => binary(ruby, self.name.to_bytes()),
            "error" => optional_error(ruby, &self.error)?,
            "credentials" => credentials,
        ))
    }
}

/// Defines this file's methods on `Admin`.
pub fn define(class: RClass) -> Result<(), Error> {
    class.define_method("describe_user_scram_credentials", method!(describe_user_scram_credentials, 2))?;
    class.define_method("alter_user_scram_credentials", method!(alter_user_scram_credentials, 2))
}
