//! The settings of a run: the contenders, the plan and the server.

use std::{fmt, process::Command, sync::atomic::AtomicBool};

use mailer::{Error, Security, Server};
use mailer_lab::Contender;

use super::{Against, Plan, Role};

/// The flag of an experiment that nothing interrupts.
static NEVER: AtomicBool = AtomicBool::new(false);

/// Contenders under load, in turns, each in a process of its own.
///
/// ```no_run
/// use mailer::{Error, Security};
/// use mailer_bench::{
///     load::{Experiment, Plan, take_part},
///     report::text::text,
/// };
/// use mailer_lab::Contender;
///
/// fn contenders() -> Vec<Contender> {
///     // Contender::new("mine", |server| Ok(Box::new(MyMailer::new(server)?)))
/// #   Vec::new()
/// }
///
/// fn main() -> Result<(), Error> {
///     let contenders = contenders();
///     if take_part(&contenders)? {
///         return Ok(());
///     }
///     let plan = Plan { rounds: 3, ..Plan::default() };
///     let run = Experiment::new(&contenders).plan(plan).embedded(Security::None).run()?;
///     print!("{}", text(&run, &[], 100));
///     Ok(())
/// }
/// ```
///
/// `examples/own_backend.rs` is a complete program.
#[must_use]
pub struct Experiment<'a> {
    pub(super) contenders: &'a [Contender],
    pub(super) plan: Plan,
    pub(super) against: Against<'a>,
    pub(super) command: Option<&'a dyn Fn(Role) -> Command>,
    pub(super) interrupted: &'a AtomicBool,
}

impl<'a> Experiment<'a> {
    /// Returns an experiment with the default [`Plan`], against the embedded server with STARTTLS. Each
    /// contender needs a [label](Contender::label) of its own.
    pub fn new(contenders: &'a [Contender]) -> Self {
        let against = Against::Embedded(Security::Required, &unchanged);
        Self { contenders, plan: Plan::default(), against, command: None, interrupted: &NEVER }
    }

    /// Sets what every contender does.
    pub fn plan(self, plan: Plan) -> Self {
        Self { plan, ..self }
    }

    /// Measures against the embedded server with this security.
    pub fn embedded(self, security: Security) -> Self {
        self.against(Against::Embedded(security, &unchanged))
    }

    /// Measures against this server.
    pub fn against(self, against: Against<'a>) -> Self {
        Self { against, ..self }
    }

    /// Sets the command that starts the process of each role. Its program calls [`work`](super::work) or
    /// [`serve`](crate::server_process::serve) with its standard input and output.
    ///
    /// By default it is this program with the same arguments, which calls [`take_part`](super::take_part).
    pub fn command(self, command: &'a dyn Fn(Role) -> Command) -> Self {
        Self { command: Some(command), ..self }
    }

    /// Ends the run early when the flag becomes true. The results up to then are returned.
    pub fn interrupted_by(self, interrupted: &'a AtomicBool) -> Self {
        Self { interrupted, ..self }
    }
}

impl fmt::Debug for Experiment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Experiment")
            .field("contenders", &self.contenders)
            .field("plan", &self.plan)
            .field("against", &self.against)
            .finish_non_exhaustive()
    }
}

fn unchanged(_: &mut Server) -> Result<(), Error> {
    Ok(())
}
