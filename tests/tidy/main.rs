//! Conventions of this repository that a compiler does not check.
//!
//! Each is here because it is broken easily and silently: a file that no target reaches never runs,
//! a member without `[lints]` is checked by nobody, an arrow the wrong way makes a library drag in
//! a backend.

mod circles;
mod docs;
mod imports;
mod manifests;
mod packages;
mod prose;
mod repository;
mod sources;
mod words;
