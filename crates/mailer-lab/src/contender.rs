//! Who takes part in an experiment.

use mailer::{Error, Mailer, Server};

/// A backend as a value: this crate knows none by itself.
pub struct Contender {
    /// Its name.
    pub name: String,
    /// Whether it stands in tables and benchmarks only, and in no dialogue.
    pub measured_only: bool,
    /// How it groups commands into flights, if it has a choice.
    pub flow: Option<String>,
    /// Makes one for a server. What is costly to build (a TLS connector, the authorities it
    /// believes) belongs in here: it is called before any clock starts.
    pub make: Make,
}

/// The constructor of a [`Contender`].
pub type Make = Box<dyn Fn(&Server) -> Result<Box<dyn Mailer>, Error> + Send + Sync>;

impl Contender {
    /// Its name with its flow, if it has a choice.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.flow {
            Some(flow) => format!("{} ({flow})", self.name),
            None => self.name.clone(),
        }
    }
}
