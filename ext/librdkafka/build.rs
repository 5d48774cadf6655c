//! Compiles the librdkafka whose source is in the folder that LIBRDKAFKA_SOURCE names, for the target and with the
//! libraries of the crates beside it; without a feature that says so, finds the system's.

#[cfg(feature = "compiled")]
mod compile;

fn main() {
    #[cfg(feature = "compiled")]
    compile::run();
    #[cfg(not(feature = "compiled"))]
    find();
}

#[cfg(not(feature = "compiled"))]
fn find() {
    let library = pkg_config::Config::new().probe("rdkafka").expect("the system's librdkafka through pkg-config");
    let include = library.include_paths.into_iter().next().unwrap_or_else(|| "/usr/include".into());
    println!("cargo:include={}", include.join("librdkafka").display());
}
