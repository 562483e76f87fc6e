//! The options for the TLS library of a client.

use clap::{
    Args,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use mailer::{Server, TlsLibrary};

use super::with_values;
use crate::exit::{Status, usage_error};

#[derive(Args, Clone, Debug)]
pub(crate) struct TlsLibraryOptions {
    #[arg(
        help = "Use this TLS library [default: native-tls]",
        long_help = help(),
        long = "tls-library",
        value_name = "LIBRARY",
        value_parser = library(),
        hide_possible_values = true,
        help_heading = "Server"
    )]
    libraries: Vec<TlsLibrary>,
    /// Resume no TLS sessions
    ///
    /// With rustls, a further connection to a server resumes the TLS session of an earlier one, if the server allows
    /// it. native-tls always runs the whole handshake.
    #[arg(long, hide_short_help = true, help_heading = "Server")]
    no_resumption: bool,
}

impl TlsLibraryOptions {
    /// Uses the library of a profile, unless an option names one.
    pub(super) fn use_profile(&mut self, library: Option<TlsLibrary>) {
        if self.libraries.is_empty() {
            self.libraries.extend(library);
        }
    }

    /// Returns the libraries, each once; the default if none is named.
    pub(crate) fn all(&self) -> Vec<TlsLibrary> {
        let mut libraries = Vec::new();
        for library in &self.libraries {
            if !libraries.contains(library) {
                libraries.push(*library);
            }
        }
        if libraries.is_empty() { vec![TlsLibrary::default()] } else { libraries }
    }

    /// Prints the error for several libraries, for a command that compares nothing.
    pub(crate) fn refuse_several(&self) -> Option<Status> {
        let hint = "only compare and bench use several TLS libraries";
        (self.all().len() > 1).then(|| usage_error("--tls-library names several libraries", hint))
    }

    /// Returns the first library, or the default.
    pub(crate) fn first(&self) -> TlsLibrary {
        self.libraries.first().copied().unwrap_or_default()
    }

    pub(crate) fn apply(&self, server: &mut Server) {
        server.tls_library = self.first();
        server.resumes_tls = !self.no_resumption;
    }
}

/// Parses the name of a library.
pub(crate) fn library() -> impl TypedValueParser<Value = TlsLibrary> {
    let names = TlsLibrary::ALL.iter().map(|library| library.name());
    PossibleValuesParser::new(names).try_map(|name| name.parse::<TlsLibrary>())
}

fn help() -> String {
    let about = |library: &TlsLibrary| match library {
        TlsLibrary::NativeTls => "the library of the system: OpenSSL on Linux",
        TlsLibrary::Rustls => "a library in Rust, which also resumes sessions",
    };
    let values = TlsLibrary::ALL.iter().map(|it| PossibleValue::new(it.name()).help(about(it)));
    let text = "Use this TLS library [default: native-tls]\n\nBoth trust the same certificates. In compare and \
        bench the option may be repeated: every backend is then a contender with each library. docs/tls.md \
        compares them.";
    with_values(text, values)
}
