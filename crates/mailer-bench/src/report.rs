//! The results of a [`load`](mod@crate::load) run as text, JSON, CSV and HTML.
//!
//! Every report is computed from the run's data alone, so it can be tested with synthetic data.

mod charts;
pub mod csv;
pub mod html;
pub mod json;
pub mod parts;
pub mod table;
pub mod text;
pub mod units;
