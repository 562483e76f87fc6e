//! The process of the embedded server.

use std::{
    io::{BufRead, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use mailer::{Error, Kind, Security};
use mailer_server::{EmbeddedServer, Store};

use super::{
    Problem, cores,
    messages::{ServerAnswer, ServerOrder, Stored, broken, hear, say},
    target::Target,
    usage,
};
use mailer_lab::embedded;

/// Serves a run in another process, until its orders end.
///
/// # Errors
/// If the other process cannot be understood or talked to.
pub fn host(mut orders: impl BufRead, mut answers: impl Write) -> Result<(), Error> {
    let mut serving: Option<Host> = None;
    while let Some(order) = hear(&mut orders).map_err(broken)? {
        let answer = match order {
            ServerOrder::Serve { security, cores } => {
                cores::pin(&cores);
                Host::start(&security).map(|(host, target)| {
                    serving = Some(host);
                    ServerAnswer::Serving(Box::new(target))
                })
            }
            ServerOrder::Tell => {
                Ok(ServerAnswer::Stored(serving.as_ref().map(Host::stored).unwrap_or_default()))
            }
        };
        let answer = answer.unwrap_or_else(|error| ServerAnswer::Failed(Problem::of(&error)));
        say(&mut answers, &answer).map_err(broken)?;
    }
    Ok(())
}

struct Host {
    server: EmbeddedServer,
    seen: Arc<Seen>,
}

/// What the server does not count by itself.
#[derive(Default)]
struct Seen {
    recipients: AtomicU64,
    session: AtomicU64,
}

impl Host {
    fn start(security: &str) -> Result<(Self, Target), Error> {
        let security = Security::ALL.into_iter().find(|s| s.name() == security);
        let security = security
            .ok_or_else(|| Error::new(Kind::Internal, "there is no security of that name"))?;
        let seen = Arc::new(Seen::default());
        let hook = Arc::clone(&seen);
        let mut config =
            embedded::config(security).with_store(Store::Count).with_on_mail(move |mail| {
                hook.recipients.fetch_add(mail.recipients.len() as u64, Ordering::Relaxed);
                hook.session.fetch_max(mail.session, Ordering::Relaxed);
            });
        config.keep_transcript = false;
        let server = EmbeddedServer::start(config).map_err(|cause| {
            Error::new(Kind::Internal, "cannot start the embedded server").because(cause)
        })?;
        let target = Target::of(&embedded::reach(&server, security)?);
        Ok((Self { server, seen }, target))
    }

    fn stored(&self) -> Stored {
        let tally = self.server.stored();
        Stored {
            mails: tally.mails,
            octets: tally.octets,
            checksum: tally.checksum,
            recipients: self.seen.recipients.load(Ordering::Relaxed),
            session: self.seen.session.load(Ordering::Relaxed),
            cpu: usage::cpu(),
            peak_memory: usage::peak_memory(),
        }
    }
}
