//! librdkafka's config.h. Its own `configure` and CMake files ask the machine that compiles, which need not be the
//! target; what they would find out is the same for each target of one kind.

use std::{env, fs, path::Path};

const EVERYWHERE: [&str; 23] = [
    "HAVE_ATOMICS_32",
    "HAVE_ATOMICS_32_ATOMIC",
    "HAVE_ATOMICS_64",
    "HAVE_ATOMICS_64_ATOMIC",
    "HAVE_GETENTROPY",
    "HAVE_RAND_R",
    "HAVE_REGEX",
    "HAVE_STRCASESTR",
    "HAVE_STRERROR_R",
    "HAVE_STRNDUP",
    "WITH_CURL",
    "WITH_HDRHISTOGRAM",
    "WITH_LIBDL",
    "WITH_OAUTHBEARER_OIDC",
    "WITH_PLUGINS",
    "WITH_SASL_CYRUS",
    "WITH_SASL_OAUTHBEARER",
    "WITH_SASL_SCRAM",
    "WITH_SNAPPY",
    "WITH_SSL",
    "WITH_SYSLOG",
    "WITH_ZLIB",
    "WITH_ZSTD",
];

pub fn text(source: &Path) -> String {
    let target = |part: &str| env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    let apple = target("VENDOR") == "apple";
    let mut names = EVERYWHERE.to_vec();
    names.push(if apple { "HAVE_PTHREAD_SETNAME_DARWIN" } else { "HAVE_PTHREAD_SETNAME_GNU" });
    if apple || target("ENV") == "musl" {
        names.push("HAVE_STRLCPY"); // glibc has it since 2.38 only
    }
    if target("ARCH") == "x86_64" {
        names.push("WITH_CRC32C_HW");
    }
    if cfg!(feature = "vendored") {
        names.push("WITH_STATIC_LIB_libcrypto"); // librdkafka then looks for the system's certificates
    }
    let suffix = if apple { ".dylib" } else { ".so" };
    let version = version(source);
    let switches: String = names.iter().map(|name| format!("#define {name} 1\n")).collect();
    let built_with = names.iter().filter_map(|name| name.strip_prefix("WITH_")).collect::<Vec<_>>().join(" ");
    format!(
        "{switches}\
         #define ATOMIC_OP(OP1,OP2,PTR,VAL) __atomic_ ## OP1 ## _ ## OP2(PTR, VAL, __ATOMIC_SEQ_CST)\n\
         #define ATOMIC_OP32 ATOMIC_OP\n\
         #define ATOMIC_OP64 ATOMIC_OP\n\
         #define ENABLE_DEVEL 0\n\
         #define OPENSSL_SUPPRESS_DEPRECATED 1\n\
         #define RDKAFKA_VERSION_STR \"{version}\"\n\
         #define MKL_APP_VERSION \"{version}\"\n\
         #define SOLIB_EXT \"{suffix}\"\n\
         #define BUILT_WITH \"{built_with}\"\n"
    )
}

/// Of the header, where 0x021000ff is 2.16.0.
fn version(source: &Path) -> String {
    let header = fs::read_to_string(source.join("rdkafka.h")).expect("rdkafka.h");
    let digits = header.split("#define RD_KAFKA_VERSION 0x").nth(1).and_then(|rest| rest.get(..6)).expect("a version");
    let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal digits");
    format!("{}.{}.{}", part(0), part(2), part(4))
}
