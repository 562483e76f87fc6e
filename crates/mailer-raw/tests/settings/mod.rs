//! The settings of a client for an embedded server.

use mailer::{Credentials, Security, Server};
use mailer_server::EmbeddedServer;

/// Returns the settings that trust this server, with its account wherever there is TLS.
pub(crate) fn server_at(embedded: &EmbeddedServer, security: Security) -> Server {
    let mut server = Server::new("127.0.0.1".parse().unwrap(), embedded.addr().port(), security);
    server.trust.add_pem(embedded.ca_pem().as_bytes()).unwrap();
    if let Some(account) = embedded.account().filter(|_| security != Security::None) {
        let credentials = Credentials::new(&account.user, account.password.as_str());
        server.credentials = Some(credentials.unwrap());
    }
    server
}
