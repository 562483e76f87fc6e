//! A client that sends given lines and returns the replies.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use mailer_server::{Account, Config, EmbeddedServer};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};

/// The time limit of each read, longer than any reply takes.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

/// A TLS stream that sends its records together when it is flushed.
pub(crate) struct BufferedTls(pub(crate) StreamOwned<ClientConnection, TcpStream>);

impl Read for BufferedTls {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl Write for BufferedTls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.conn.writer().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

pub(crate) trait Stream: Read + Write + Send {}

impl<S: Read + Write + Send> Stream for S {}

pub(crate) struct Client {
    stream: Box<dyn Stream>,
    received: Vec<u8>,
}

/// Starts a server without TLS and AUTH, and a client that has read the greeting.
pub(crate) fn plain() -> (EmbeddedServer, Client) {
    with(Config::plain())
}

pub(crate) fn with(config: Config) -> (EmbeddedServer, Client) {
    let server = start(config);
    let mut client = Client::connect(&server);
    client.expect("220");
    (server, client)
}

pub(crate) fn start(config: Config) -> EmbeddedServer {
    EmbeddedServer::start(config).expect("the server starts")
}

pub(crate) fn socket(server: &EmbeddedServer) -> TcpStream {
    let socket = TcpStream::connect(server.addr()).expect("connected");
    socket.set_read_timeout(Some(TIMEOUT)).expect("a time-out");
    socket.set_write_timeout(Some(TIMEOUT)).expect("a time-out");
    socket.set_nodelay(true).expect("no delay");
    socket
}

pub(crate) fn tls_config(ca_pem: &str) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(ca_pem.as_bytes()).expect("a certificate");
    roots.add(ca).expect("a CA");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// TLS over a socket, before its handshake.
pub(crate) fn tls(
    server: &EmbeddedServer,
    socket: TcpStream,
) -> StreamOwned<ClientConnection, TcpStream> {
    tls_to("localhost", server, socket)
}

/// TLS with the server of this name over a socket, before its handshake.
pub(crate) fn tls_to(
    name: &'static str,
    server: &EmbeddedServer,
    socket: TcpStream,
) -> StreamOwned<ClientConnection, TcpStream> {
    let name = ServerName::try_from(name).expect("a name");
    let connection = ClientConnection::new(tls_config(server.ca_pem()), name).expect("TLS");
    StreamOwned::new(connection, socket)
}

/// The base64 that AUTH PLAIN sends.
pub(crate) fn plain_response(account: &Account) -> String {
    STANDARD.encode(format!("\0{}\0{}", account.user, account.password))
}

/// Connects a client that has sent EHLO, STARTTLS and, inside TLS, EHLO again.
pub(crate) fn secured(server: &EmbeddedServer) -> Client {
    let socket = socket(server);
    let mut client = Client::over(socket.try_clone().expect("cloned"));
    client.expect("220");
    client.says("EHLO client.example", "250");
    client.says("STARTTLS", "220");
    let mut client = Client::over(tls(server, socket));
    client.says("EHLO client.example", "250");
    client
}

impl Client {
    pub(crate) fn connect(server: &EmbeddedServer) -> Self {
        Self::over(socket(server))
    }

    pub(crate) fn over(stream: impl Stream + 'static) -> Self {
        Self { stream: Box::new(stream), received: Vec::new() }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).expect("sent");
        self.stream.flush().expect("sent");
    }

    /// Sends several pieces at once; inside TLS each is a separate record.
    pub(crate) fn send_pieces(&mut self, pieces: &[&str]) {
        for piece in pieces {
            self.stream.write_all(piece.as_bytes()).expect("sent");
        }
        self.stream.flush().expect("sent");
    }

    /// Sends a line and expects a reply that begins with `reply`.
    pub(crate) fn says(&mut self, line: &str, reply: &str) -> String {
        self.send(format!("{line}\r\n"));
        let received = self.reply();
        assert!(received.starts_with(reply), "{line:?} got {received:?}, not {reply:?}");
        received
    }

    pub(crate) fn expect(&mut self, reply: &str) -> String {
        let received = self.reply();
        assert!(received.starts_with(reply), "got {received:?}, not {reply:?}");
        received
    }

    /// Returns the next reply: all its lines with their CRLF.
    pub(crate) fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let line = self.line();
            let last = line.as_bytes().get(3) != Some(&b'-');
            reply.push_str(&line);
            if last {
                return reply;
            }
        }
    }

    /// Returns the text of one read.
    pub(crate) fn read(&mut self) -> String {
        let mut bytes = vec![0; 64 * 1024];
        let count = self.stream.read(&mut bytes).expect("read");
        String::from_utf8(bytes[..count].to_vec()).expect("text")
    }

    /// Returns whether the server has closed the connection, with FIN or RST.
    pub(crate) fn is_closed(&mut self) -> bool {
        match self.stream.read(&mut [0; 64]) {
            Ok(count) => count == 0,
            Err(e) => !matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        }
    }

    fn line(&mut self) -> String {
        loop {
            if let Some(end) = self.received.iter().position(|b| *b == b'\n') {
                let line = self.received.drain(..=end).collect();
                return String::from_utf8(line).expect("text");
            }
            let mut bytes = [0; 4096];
            let count = self.stream.read(&mut bytes).expect("a reply");
            assert!(
                count > 0,
                "closed within a line: {:?}",
                String::from_utf8_lossy(&self.received)
            );
            self.received.extend_from_slice(&bytes[..count]);
        }
    }
}
