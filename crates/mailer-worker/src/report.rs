//! The merged results as text, JSON and HTML.

pub mod html;
pub mod json;
mod tables;
pub mod text;
