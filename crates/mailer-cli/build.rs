//! Keeps the released binary small: no names of local functions, and compressed debug information.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if !is("PROFILE", "release") || !is("CARGO_CFG_TARGET_OS", "linux") {
        return;
    }
    // The line tables of lettre have to stay, so cargo must not strip anything, and the standard library's debug
    // information stays too. GNU ld, gold, lld and mold know both options.
    for option in ["--discard-all", "--compress-debug-sections=zlib"] {
        println!("cargo:rustc-link-arg-bins=-Wl,{option}");
    }
}
