//! Conventions of this repository that a compiler does not check.
//!
//! Each is easy to break without notice: a file that no target reaches never runs, a member without
//! `[lints]` is not checked, and a dependency in the wrong direction makes a library build a backend.

mod circles;
mod docs;
mod imports;
mod manifests;
mod notebooks;
mod packages;
mod prose;
mod repository;
mod sources;
mod words;
