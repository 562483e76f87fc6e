//! A small SMTP server inside TLS, by OpenSSL with its checks turned off, so that it presents any certificate.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use openssl::ssl::{SslAcceptor, SslMethod, SslOptions};

use crate::certificate::Setup;

/// A server on loopback; dropping it stops it.
pub(crate) struct TlsServer {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl TlsServer {
    pub(crate) fn start(setup: &Setup) -> Self {
        let acceptor = acceptor(setup);
        let listener = TcpListener::bind("127.0.0.1:0").expect("the server starts");
        let address = listener.local_addr().expect("the server starts");
        let stopped = Arc::new(AtomicBool::new(false));
        let is_stopped = Arc::clone(&stopped);
        let thread = std::thread::spawn(move || {
            for socket in listener.incoming() {
                if is_stopped.load(Ordering::Relaxed) {
                    return;
                }
                // A client that refuses the certificate ends the session.
                let _ = socket.map(|socket| serve(&acceptor, socket));
            }
        });
        Self { address, stopped, thread: Some(thread) }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the thread.
        let _ = TcpStream::connect(self.address);
        self.thread.take().map(JoinHandle::join);
    }
}

fn acceptor(setup: &Setup) -> SslAcceptor {
    let mut builder =
        SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).expect("the server starts");
    builder.set_security_level(0);
    builder.set_cipher_list("ALL:@SECLEVEL=0").expect("the server starts");
    builder.set_min_proto_version(None).expect("the server starts");
    // The preset turns these versions off, whatever the limits are.
    builder.clear_options(SslOptions::NO_TLSV1 | SslOptions::NO_TLSV1_1);
    builder.set_max_proto_version(setup.latest_version).expect("the server starts");
    builder.set_private_key(&setup.key).expect("the server starts");
    builder.set_certificate(&setup.certificate).expect("the server starts");
    builder.build()
}

/// Greets, and accepts every command until QUIT.
fn serve(acceptor: &SslAcceptor, socket: TcpStream) -> Result<(), Box<dyn std::error::Error>> {
    let mut stream = BufReader::new(acceptor.accept(socket)?);
    stream.get_mut().write_all(b"220 mail.example.test ESMTP\r\n")?;
    let mut line = String::new();
    while stream.read_line(&mut line)? > 0 {
        let reply: &[u8] = if line.starts_with("QUIT") { b"221 bye\r\n" } else { b"250 ok\r\n" };
        stream.get_mut().write_all(reply)?;
        line.clear();
    }
    Ok(())
}
