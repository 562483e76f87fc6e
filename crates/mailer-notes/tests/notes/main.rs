//! Tests of the notes: tables, coverage, and what known sessions get.

mod coverage;
mod known;
mod profiles;
mod table;
mod tokens;
mod transcript;
mod turning_points;
