//! Floors: contenders without the work of a mailer, to compare the others with.
//!
//! - [`nothing()`] sends nothing and reports success: what a workload itself costs.
//! - [`bare()`] exchanges the same bytes in the same flights as a mailer with that [`Shape`], but knows no
//!   SMTP. Its bytes are prepared in advance, and it only counts the replies. What remains is the cost of
//!   the server, the kernel and TLS.
//!
//! The difference to its floor is what a contender's own work costs. A floor is a reference and not a
//! proven minimum. Its system calls are plain ones, one write per flight and one read per arrival, so a
//! contender that splits its flights or reads differently can overlap its work with the server's and be
//! slightly faster.

mod bare;
mod nothing;
mod opening;
mod replies;
mod script;
mod shape;
mod wire;

use mailer_lab::Contender;

pub use nothing::Nothing;
pub use shape::Shape;

/// The name of [`nothing()`], which sends no message to the server.
pub const NOTHING: &str = "nothing";

/// The name of every [`bare()`] exchange; its flow distinguishes it.
pub const BARE: &str = "bare";

/// Returns a contender that sends nothing.
#[must_use]
pub fn nothing() -> Contender {
    Contender::new(NOTHING, |_| Ok(Box::new(Nothing::default()))).measured_only()
}

/// Returns the bare exchange of this shape. It needs a server that accepts everything, with PIPELINING,
/// CHUNKING and SIZE, and only sends prepared messages in ASCII.
#[must_use]
pub fn bare(shape: Shape) -> Contender {
    Contender::new(BARE, move |server| Ok(Box::new(bare::Bare::new(server, shape)?)))
        .with_flow(shape.name())
        .measured_only()
}
