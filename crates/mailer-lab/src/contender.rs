//! A backend as a value, for a comparison or a benchmark.

use std::fmt;

use mailer::{Error, Mailer, Server, TlsLibrary};

/// A backend that takes part in a comparison or a benchmark.
///
/// ```
/// use mailer::{Error, Mail, Mailer, Receipt, Server, Trace};
/// use mailer_lab::Contender;
/// use std::sync::Arc;
///
/// struct MyMailer(Server);
///
/// impl Mailer for MyMailer {
///     // …
/// #     fn open(&mut self) -> Result<(), Error> { Ok(()) }
/// #     fn send(&mut self, _: &Mail) -> Receipt { Receipt::not_sent(Error::lost(mailer::Step::Connect)) }
/// #     fn send_many(&mut self, _: &mut dyn Iterator<Item = Mail>, _: &mut dyn FnMut(u64, &Receipt)) {}
/// #     fn close(&mut self) -> Result<(), Error> { Ok(()) }
/// #     fn trace_to(&mut self, _: Option<Arc<dyn Trace>>) {}
/// }
///
/// let contender = Contender::new("mine", |server| Ok(Box::new(MyMailer(server.clone()))));
/// assert_eq!(contender.label(), "mine");
/// ```
#[non_exhaustive]
pub struct Contender {
    /// The name in reports.
    pub name: String,
    /// Whether it appears in tables and measurements only, and not in the dialogue that `compare` shows. False by
    /// default.
    pub measured_only: bool,
    /// How it groups commands into flights, if it has a choice. `None` by default.
    pub flow: Option<String>,
    /// The library that does TLS. Reports show it after the name if it is not the default.
    pub tls_library: TlsLibrary,
    /// Whether it leaves acknowledgements to its system, which may delay them. True by default: a program has
    /// to ask for anything else.
    pub delays_acks: bool,
    /// The constructor, which is called before any clock starts. Work that is done once per server, such as
    /// building a TLS connector, belongs here.
    pub make: Make,
}

/// The constructor of a [`Contender`].
pub type Make = Box<dyn Fn(&Server) -> Result<Box<dyn Mailer>, Error> + Send + Sync>;

impl Contender {
    /// Returns a contender with this name, whose mailers `make` constructs.
    pub fn new(
        name: impl Into<String>,
        make: impl Fn(&Server) -> Result<Box<dyn Mailer>, Error> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            measured_only: false,
            flow: None,
            tls_library: TlsLibrary::default(),
            delays_acks: true,
            make: Box::new(make),
        }
    }

    /// Sets how it groups commands into flights. Reports show it after the name.
    #[must_use]
    pub fn with_flow(self, flow: impl Into<String>) -> Self {
        Self { flow: Some(flow.into()), ..self }
    }

    /// Leaves it out of the dialogue that `compare` shows; its measurements remain.
    #[must_use]
    pub fn measured_only(self) -> Self {
        Self { measured_only: true, ..self }
    }

    /// The name with the flow, if there is one, and with a TLS library that is not the default:
    /// `raw (streamed, rustls)`.
    #[must_use]
    pub fn label(&self) -> String {
        label(&self.name, self.flow.as_deref(), self.tls_library)
    }
}

/// Returns the name of a contender with its flow and with a TLS library that is not the default.
#[must_use]
pub fn label(name: &str, flow: Option<&str>, library: TlsLibrary) -> String {
    let library = (library != TlsLibrary::default()).then(|| library.name());
    match flow.into_iter().chain(library).collect::<Vec<_>>().as_slice() {
        [] => name.to_owned(),
        details => format!("{name} ({})", details.join(", ")),
    }
}

impl fmt::Debug for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contender")
            .field("name", &self.name)
            .field("measured_only", &self.measured_only)
            .field("flow", &self.flow)
            .field("tls_library", &self.tls_library)
            .field("delays_acks", &self.delays_acks)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use mailer::Kind;

    use super::*;

    #[test]
    fn the_label_has_the_flow_and_the_library_after_the_name() {
        let make = |_: &Server| Err(Error::new(Kind::Internal, "never made"));
        let mut mine = Contender::new("mine", make);
        assert_eq!(mine.label(), "mine");
        mine.tls_library = TlsLibrary::Rustls;
        assert_eq!(mine.label(), "mine (rustls)");
        mine = mine.with_flow("lockstep");
        assert_eq!(mine.label(), "mine (lockstep, rustls)");
        mine.tls_library = TlsLibrary::NativeTls;
        assert_eq!(mine.label(), "mine (lockstep)");
    }
}
