//! What each TLS library accepts and refuses: a server for each case, and each backend with each library.
//!
//! The cases are data, `mailer_backends::TLS_CASES`, which docs/tls.md shows. They hold for native-tls with OpenSSL,
//! so the suite runs on Linux only.

#![cfg(target_os = "linux")]

mod certificate;
mod lax_client;
mod server;

use mailer::{Kind, Security, Server, Step, Timeouts, TlsLibrary};
use mailer_backends::{BACKENDS, Options, TLS_CASES, TlsCase};

use crate::{certificate::Setup, server::TlsServer};

#[test]
fn each_library_accepts_and_refuses_what_the_table_says() {
    let wrong: Vec<String> = TLS_CASES.iter().flat_map(wrong_results).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A contender's label names its library before the server is known, so the server's settings do not change it.
#[test]
fn a_contender_uses_the_library_that_its_label_names() {
    let case = TLS_CASES.iter().find(|case| case.native_tls && !case.rustls).expect("a difference");
    let setup = Setup::new(case.name);
    let server = TlsServer::start(&setup);
    let mut address = address(&setup, &server);
    for backend in BACKENDS {
        for (library, in_settings) in [
            (TlsLibrary::NativeTls, TlsLibrary::Rustls),
            (TlsLibrary::Rustls, TlsLibrary::NativeTls),
        ] {
            address.tls_library = in_settings;
            let contender = backend.contender(Options::default(), library);
            let opened = (contender.make)(&address).expect("a mailer").open();
            let label = contender.label();
            assert_eq!(label.contains("rustls"), library == TlsLibrary::Rustls, "{label}");
            assert_eq!(opened.is_ok(), library == TlsLibrary::NativeTls, "{label}: {opened:?}");
        }
    }
}

/// Returns the settings for this server, which expect and trust what the case says.
fn address(setup: &Setup, server: &TlsServer) -> Server {
    let mut address =
        Server::new(setup.host.parse().expect("a host name"), 465, Security::Implicit);
    address.connect_to = Some(server.address());
    address.timeouts = Timeouts::all(std::time::Duration::from_secs(20));
    address.trust.add_pem(&setup.trusted).expect("a certificate");
    address
}

/// Runs a case with each backend and library, and returns what differs from the table.
fn wrong_results(case: &TlsCase) -> Vec<String> {
    let setup = Setup::new(case.name);
    let server = TlsServer::start(&setup);
    let mut address = address(&setup, &server);
    // Otherwise the backends may have been refused, and not have refused.
    let mut wrong: Vec<String> = lax_client::connect(server.address())
        .err()
        .map(|error| format!("{}: not even a client without checks connects: {error}", case.name))
        .into_iter()
        .collect();
    for backend in BACKENDS {
        for (library, expected) in
            [(TlsLibrary::NativeTls, case.native_tls), (TlsLibrary::Rustls, case.rustls)]
        {
            address.tls_library = library;
            let mut mailer = backend.make(&address, &Options::default()).expect("a mailer");
            let opened = mailer.open();
            let _ = mailer.close();
            let refused = opened.as_ref().err().map(|error| (error.kind(), error.step()));
            let expected = (!expected).then_some((Kind::Tls, Some(Step::Tls)));
            if refused != expected {
                let backend = backend.name;
                wrong.push(format!("{}: {backend} with {library}: {opened:?}", case.name));
            }
        }
    }
    wrong
}
