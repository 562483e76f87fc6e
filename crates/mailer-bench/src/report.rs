//! What a run under [`load`](crate::load) showed, as text, JSON and HTML.
//!
//! Each is computed from the run's data alone, so that a report can be tested with fixed figures.

pub mod html;
pub mod json;
pub mod text;
pub mod units;
