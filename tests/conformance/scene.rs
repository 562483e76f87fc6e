//! A trial: a server for one case, a mailer to it, and what they do to each other.

use std::time::Instant;

use libtest_mimic::Failed;
use mailer::{Error, Mail, Mailer, Receipt, Security, Server, Timeouts};
use mailer_lab::embedded;
use mailer_server::{Account, EmbeddedServer, Peer};
use mailer_tests::contender::Contender;

use crate::{
    case::{Act, Case},
    differences,
    judge::{self, BOUND, Seen},
};

/// Who logs in, and what of it nobody may see: the password and its base64, by itself as in AUTH
/// LOGIN, and between NULs as in AUTH PLAIN.
pub(crate) const USER: &str = "ann";
pub(crate) const PASSWORD: &str = "sesame";
pub(crate) const SECRETS: [&str; 3] = [PASSWORD, "c2VzYW1l", "AGFubgBzZXNhbWU="];

/// The server of a case, and the way to it.
pub(crate) struct Scene {
    pub(crate) embedded: EmbeddedServer,
    pub(crate) way: Server,
    pub(crate) mode: Security,
    pub(crate) contender: Contender,
    joins: bool,
}

impl Scene {
    fn set(case: &Case, contender: Contender, mode: Security) -> Result<Self, Failed> {
        let mut config = embedded::config(mode).with_account(Account::new(USER, PASSWORD));
        case.change_server(&mut config, contender.flow);
        let embedded = EmbeddedServer::start(config)?;
        let mut way = embedded::reach(&embedded, mode)?;
        // No trial waits as long as real clients do.
        way.timeouts = Timeouts::all(BOUND);
        case.change_client(&mut way);
        Ok(Self { embedded, way, mode, contender, joins: case.joins })
    }

    /// Another mailer of the same kind.
    pub(crate) fn mailer_to(&self, way: &Server) -> Result<Box<dyn Mailer>, Error> {
        self.contender.make(way, self.joins)
    }

    /// The commands that clients have said, each with whether it was inside TLS.
    pub(crate) fn commands(&self) -> Vec<(String, bool)> {
        let lines = self.embedded.transcript().into_iter();
        lines.filter(|l| l.from == Peer::Client).map(|l| (l.text, l.inside_tls)).collect()
    }

    /// How often clients have said this.
    pub(crate) fn count(&self, command: &str) -> usize {
        self.commands().iter().filter(|(line, _)| line.starts_with(command)).count()
    }

    /// What was said, for who has to find out what went wrong.
    fn told(&self) -> String {
        let lines = self.embedded.transcript().into_iter().map(|line| {
            let speaker = if line.from == Peer::Client { 'C' } else { 'S' };
            format!("{:>3} {speaker}: {}\n", line.session, line.text)
        });
        lines.collect()
    }
}

/// Plays a case and judges what came of it.
pub(crate) fn play(case: &Case, contender: Contender, mode: Security) -> Result<(), Failed> {
    let scene = Scene::set(case, contender, mode)?;
    let mut mailer = scene.mailer_to(&scene.way)?;
    let result = match &case.act {
        Act::Send(mails) => send(case, mails, &scene, mailer.as_mut()),
        Act::Script(script) => script(&scene, mailer.as_mut()),
    };
    result.map_err(|failed| {
        let what = failed.message().unwrap_or("failed");
        format!("{what}\nwhat was said:\n{}", scene.told()).into()
    })
}

fn send(case: &Case, mails: &[Mail], scene: &Scene, mailer: &mut dyn Mailer) -> Result<(), Failed> {
    let started = Instant::now();
    let receipts =
        if case.apart { apart(case, mails, scene, mailer)? } else { receipts(mailer, mails) };
    let seen = Seen { receipts, took: started.elapsed(), closed: mailer.close() };
    match differences::of(&case.name, scene.contender) {
        Some(difference) => difference.judge(case, mails, scene, &seen),
        None => judge::all(case, &case.want, mails, scene, &seen),
    }
}

/// Each mail by `send`. The server gives up the first session at some time before the second mail, or
/// before the first if the mailer was opened: the client waits for that, and goes on.
fn apart(
    case: &Case,
    mails: &[Mail],
    scene: &Scene,
    mailer: &mut dyn Mailer,
) -> Result<Vec<(u64, Receipt)>, Failed> {
    if case.opens {
        mailer.open()?;
    }
    let mut receipts = Vec::new();
    for (number, mail) in (0..).zip(mails) {
        let is_given_up_next = number == u64::from(!case.opens);
        if is_given_up_next && !scene.embedded.wait_for_sessions(BOUND) {
            return Err("the server has not ended its first session".into());
        }
        receipts.push((number, mailer.send(mail)));
    }
    Ok(receipts)
}

/// A single mail by `send`, several by `send_many`.
fn receipts(mailer: &mut dyn Mailer, mails: &[Mail]) -> Vec<(u64, Receipt)> {
    if let [mail] = mails {
        return vec![(0, mailer.send(mail))];
    }
    let mut receipts = Vec::new();
    mailer.send_many(&mut mails.iter().cloned(), &mut |number, receipt| {
        receipts.push((number, receipt.clone()));
    });
    receipts
}
