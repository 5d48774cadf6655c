//! Sets linker arguments for the extension.

fn main() {
    let target = |part| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") == "macos" {
        // Ruby's symbols come from the process that loads the extension.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-undefined,dynamic_lookup");
    }
    if target("OS") == "linux" && target("ENV") == "gnu" {
        // See fork_safe.rs.
        println!("cargo:rustc-cdylib-link-arg=-Wl,--wrap=strerror_r,--wrap=gai_strerror,--wrap=RAND_priv_bytes");
    }
}
