//! lettre as its users call it: build a transport, send, shut down.

use std::sync::Arc;

use lettre::{
    SmtpTransport, Transport as _,
    address::Envelope,
    transport::smtp::{Error, PoolConfig, SmtpTransportBuilder, response::Response},
};

use crate::{observe::Dialogue, session::Driver, settings::Settings};

/// lettre's `SmtpTransport`, with a pool of one connection.
pub(crate) struct Transport {
    builder: SmtpTransportBuilder,
    transport: Option<SmtpTransport>,
}

impl Transport {
    fn transport(&mut self) -> &SmtpTransport {
        self.transport.get_or_insert_with(|| self.builder.clone().build())
    }
}

impl Driver for Transport {
    fn new(settings: &Arc<Settings>, _: &Arc<Dialogue>) -> Self {
        let mut builder = SmtpTransport::builder_dangerous(&*settings.host)
            .port(settings.port)
            .tls(settings.tls.clone())
            .hello_name(settings.hello.clone())
            .timeout(Some(settings.timeout))
            .authentication(settings.mechanisms.clone())
            .pool_config(PoolConfig::new().max_size(1));
        if let Some(credentials) = &settings.credentials {
            builder = builder.credentials(credentials.clone());
        }
        Self { builder, transport: None }
    }

    fn open(&mut self) -> Result<(), Error> {
        self.transport().test_connection().map(drop)
    }

    fn send(&mut self, envelope: &Envelope, message: &[u8]) -> Result<Response, Error> {
        self.transport().send_raw(envelope, message)
    }

    /// `shutdown` sends QUIT on this thread and waits for 221. Dropping the transport would send it
    /// too, but on whichever thread holds the pool last.
    fn close(&mut self) -> Result<(), Error> {
        if let Some(transport) = self.transport.take() {
            transport.shutdown();
        }
        Ok(())
    }
}
