//! Shared by the programs that write pages of the documentation. The programs are this package's examples:
//!
//! | example | page | what it measures |
//! | --- | --- | --- |
//! | `results` | `docs/results.md` | both backends, by `mailer bench` |
//! | `link` | `docs/link.md` | the simulated link against the kernel's own TCP |
//! | `predict` | `docs/prediction.md` | the slider of the comparison page against sessions over the link and the kernel's own TCP |
//! | `servers` | `docs/servers.md` | raw's flows at real mail servers |
//! | `tls` | `docs/tls.md` | native-tls against rustls |
//! | `field` | `docs/field.md` | both backends and third-party clients |

#![warn(missing_debug_implementations)]

mod markdown_table;
#[cfg(not(target_os = "linux"))]
mod no_tunnel;
mod page;
mod programs;
mod progress;
mod stored_page;
#[cfg(target_os = "linux")]
pub mod tunnel;

#[cfg(not(target_os = "linux"))]
pub use no_tunnel as tunnel;

pub use markdown_table::{MarkdownTable, REMARK};
pub use page::{root, today};
pub use programs::{built, cargo, run};
pub use progress::{ended, failed, report};
pub use stored_page::MeasuredLines;

/// A result whose error is a text for the user.
pub type TextResult<T> = Result<T, String>;
