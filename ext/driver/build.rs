//! Generates bindings from the headers of the librdkafka that is really linked.

use std::{env, path::PathBuf};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(share_groups)");
    let bindings = bindgen::Builder::default()
        .header_contents("driver.h", "#include <rdkafka.h>\n#include <rdkafka_mock.h>\n")
        .clang_arg(format!("-I{}", env::var("DEP_LIBRDKAFKA_INCLUDE").expect("the folder of rdkafka.h")))
        .allowlist_function("rd_kafka_.*")
        .allowlist_type("rd_kafka_.*")
        .allowlist_var("RD_KAFKA_.*")
        .blocklist_function("rd_kafka_conf_set_open_cb|rd_kafka_vu.*")
        // C enums as integers: a code that is newer than the header must not be undefined behaviour.
        .default_enum_style(bindgen::EnumVariation::Consts)
        .prepend_enum_name(false)
        .layout_tests(false)
        .generate_comments(false)
        .generate()
        .expect("bindings of librdkafka's headers (is libclang installed?)");
    if bindings.to_string().contains("fn rd_kafka_share_consumer_new") {
        println!("cargo:rustc-cfg=share_groups"); // librdkafka 2.15 and later
    }
    let target = PathBuf::from(env::var_os("OUT_DIR").expect("OUT_DIR")).join("bindings.rs");
    bindings.write_to_file(target).expect("bindings.rs");
}
