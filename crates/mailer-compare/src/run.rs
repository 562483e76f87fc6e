//! Carries out a comparison: each contender in turn, on the caller's thread.

use std::{net::SocketAddr, sync::atomic::Ordering};

use mailer::Error;
use mailer_lab::{Contender, embedded};
use mailer_link::Path;

use crate::{
    comparison::Comparison, experiment::Experiment, external_client::Job, inbox_check,
    observation::Observation, observe,
};

/// The contents that the server stored from one contender; `None` if its inbox cannot be read.
type Contents = Option<Vec<Vec<u8>>>;

impl Experiment<'_> {
    /// Sends the mail through each backend, one after another, on the caller's own thread.
    ///
    /// Each backend has a [`Link`](mailer_link::Link) of its own. The server's name is resolved once,
    /// before any clock starts, and each backend is constructed before its clock starts. Its time runs
    /// from the call of `send_many`, which opens, to the end of `close`. After a mail that the server
    /// did not accept, the backend gets no more.
    ///
    /// # Errors
    /// If the server's name cannot be resolved, the mail's content cannot be read, or the system has no
    /// port left for the link. What goes wrong in a contender is in its receipt.
    pub fn run(&self, contenders: &[Contender]) -> Result<Comparison, Error> {
        let given = inbox_check::prepared_content(self.mail)?;
        let targets = mailer_lab::resolve(self.server)?;
        let mut observations = Vec::new();
        let mut contents: Vec<Contents> = Vec::new();
        for contender in contenders.iter().take_while(|_| self.goes_on()) {
            observe::warm_up(contender, self);
            let counting = self.counting_session(contender, &targets)?;
            // The inbox check must not see the mails so far.
            let _ = self.take_contents();
            let observation = observe::observe(contender, self, &targets)?;
            observations.push(Observation { counting, ..observation });
            contents.push(self.take_contents());
        }
        self.run_external_clients(given.as_deref(), &mut observations, &mut contents)?;
        Ok(Comparison {
            server: self.server.to_string(),
            security: self.server.security,
            mail: self.mail.clone(),
            mails: self.mails,
            notes: self.notes.clone(),
            warmed_up: self.warm_up.is_some(),
            known_causes: self.known_causes.clone(),
            inbox: inbox_check::check(given.as_deref(), &observations, &contents),
            observations,
            interrupted: !self.goes_on(),
        })
    }

    /// Runs the session in which round trips are counted, if the experiment has one. A session whose
    /// mails were not accepted counts nothing.
    fn counting_session(
        &self,
        contender: &Contender,
        targets: &[SocketAddr],
    ) -> Result<Option<Box<Observation>>, Error> {
        let is_longer = |path: &Path| path.round_trip > self.path.round_trip;
        let Some(path) = self.counting_path.filter(is_longer) else { return Ok(None) };
        let counting = observe::observe(contender, &self.clone().over(path), targets)?;
        Ok(Some(Box::new(counting)).filter(|counting| counting.is_accepted()))
    }

    fn run_external_clients(
        &self,
        given: Option<&[u8]>,
        observations: &mut Vec<Observation>,
        contents: &mut Vec<Contents>,
    ) -> Result<(), Error> {
        let Some(clients) = &self.external_clients else { return Ok(()) };
        let rendered = contents.iter().flatten().flatten().next().cloned();
        // Without a backend that delivered the draft there is nothing to pass on.
        let content = given.map(<[u8]>::to_vec).or(rendered).unwrap_or_default();
        let job = Job {
            server: self.server,
            mail: self.mail,
            mails: self.mails,
            content: &content,
            path: self.path,
            keep_packets: self.keep_packets,
        };
        for command in clients.commands.iter().take_while(|_| self.goes_on()) {
            observations.push(clients.observe(command, job, self.interrupted)?);
            contents.push(self.take_contents());
        }
        Ok(())
    }

    fn goes_on(&self) -> bool {
        !self.interrupted.load(Ordering::Relaxed)
    }

    fn take_contents(&self) -> Contents {
        self.inbox.map(embedded::take_contents)
    }
}
