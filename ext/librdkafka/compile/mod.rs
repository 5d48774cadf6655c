//! What librdkafka's own `make` does, for any target.

mod configuration;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// For other systems, for those without POSIX's regular expressions, and what files of ours include.
const LEFT_OUT: [&str; 4] = ["rdkafka_sasl_win32.c", "regexp.c", "rdkafka_admin.c", "rdkafka_offset.c"];
const OURS: [&str; 4] = ["admin.c", "headers.c", "offset.c", "sasl/sasl.c"];
/// On Linux.
const MEMORY: [&str; 2] = ["memory.h", "memory.c"];
/// What librdkafka itself optimises more.
const LZ4: [&str; 4] = ["lz4.c", "lz4frame.c", "lz4hc.c", "rdxxhash.c"];

pub fn run() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=compile");
    for file in OURS.iter().chain(&MEMORY) {
        println!("cargo:rerun-if-changed={file}");
    }
    println!("cargo:rerun-if-changed=sasl/include");
    println!("cargo:rerun-if-env-changed=LIBRDKAFKA_SOURCE");
    let folder = env::var_os("LIBRDKAFKA_SOURCE").expect("LIBRDKAFKA_SOURCE, which rake sets");
    let source = PathBuf::from(folder).join("src");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("OUT_DIR"));
    // librdkafka's files include it as `../config.h`.
    fs::create_dir_all(out.join("include")).expect("a folder");
    fs::write(out.join("config.h"), configuration::text(&source)).expect("config.h");
    compile(&source, &out);
    // The whole archive, because the linker may see it before the crates that call it.
    println!("cargo:rustc-link-search=native={}", out.display());
    println!("cargo:rustc-link-lib=static:+whole-archive,-bundle=rdkafka");
    println!("cargo:include={}", source.display());
}

fn compile(source: &Path, out: &Path) {
    let files = ["", "nanopb", "opentelemetry"].iter().flat_map(|part| files(&source.join(part)));
    let (lz4, others): (Vec<_>, Vec<_>) = files.partition(|file| LZ4.contains(&name_of(file)));
    let mut build = cc::Build::new();
    // Optimised whatever the profile is, and without warnings, which are librdkafka's to look at.
    build.opt_level(2).debug(false).warnings(false).flag("-w");
    build.include(out.join("include")).include(source).include("sasl/include");
    for name in ["OPENSSL", "CURL", "Z", "ZSTD"] {
        if let Some(folders) = env::var_os(format!("DEP_{name}_INCLUDE")) {
            build.includes(folders.to_string_lossy().split([',', ';']));
        }
    }
    if let Some(mimalloc) = env::var_os("DEP_MIMALLOC_INCLUDE_DIR") {
        let memory = build.clone().include(mimalloc).file("memory.c").compile_intermediates();
        build.objects(memory).flag("-include").flag("memory.h");
    }
    let lz4 = build.clone().opt_level(3).files(lz4).compile_intermediates();
    build.files(others).files(OURS).objects(lz4).cargo_metadata(false).compile("rdkafka");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "c") && !LEFT_OUT.contains(&name_of(file)));
    files.sort();
    files
}

fn name_of(file: &Path) -> &str {
    file.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}
