//! The dialogue: carries out each command in the state of the session, and replies to it.
//!
//! It does no I/O: [`Dialogue::obey`] takes a command and returns an [`Answer`].

use crate::{
    auth::{self, Denial, Exchange, Logins, Mechanism, Progress},
    command::{Command, Mail, Rcpt},
    config::Config,
    options::Security,
    profile::{EarlyInput, Extension, MailLimit},
    reply::{self, Reply},
    stored_mail::StoredMail,
    transaction::Transaction,
};

/// A reply, and what the session does after it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    pub(crate) then: Then,
}

/// What the session does after a reply.
#[derive(Debug)]
pub(crate) enum Then {
    /// Reads a command.
    Command,
    /// Reads the answer to a challenge.
    Response(Exchange),
    /// Reads the content after DATA.
    Content,
    /// Starts TLS.
    Handshake,
    /// Closes the connection.
    Close,
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self { reply, then: Then::Command }
    }
}

impl Answer {
    /// Returns the answer to an invalid line. After an invalid BDAT the connection closes: the number
    /// of content bytes that follow is unknown, and none of them may be read as a command.
    pub(crate) fn to_bad_line(reply: Reply, is_bdat: bool) -> Self {
        let then = if is_bdat { Then::Close } else { Then::Command };
        Self { reply, then }
    }
}

/// The command with which the client introduced itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hello {
    Helo,
    Ehlo,
}

/// The state of a session (RFC 5321 §4.1.4).
#[derive(Debug)]
pub(crate) struct Dialogue<'s> {
    config: &'s Config,
    /// Whether the greeting offered service.
    open: bool,
    inside_tls: bool,
    hello: Option<Hello>,
    account: Option<String>,
    /// Why the latest login failed, until the session reports it.
    pub(crate) denial: Option<Denial>,
    /// Transactions begun on this connection.
    begun: u64,
    /// The open transaction.
    pub(crate) transaction: Option<Transaction>,
}

impl<'s> Dialogue<'s> {
    pub(crate) fn new(config: &'s Config) -> Self {
        Self {
            config,
            open: false,
            inside_tls: false,
            hello: None,
            account: None,
            denial: None,
            begun: 0,
            transaction: None,
        }
    }

    /// Returns the greeting.
    pub(crate) fn open(&mut self) -> Answer {
        self.open = true;
        Reply::with_text(220, "", format!("{} ESMTP ready", self.config.name)).into()
    }

    /// Resets the state after a TLS handshake: what the client sent before is forgotten (RFC 3207
    /// §4.2).
    pub(crate) fn secured(&mut self) {
        *self = Self { open: self.open, inside_tls: true, ..Self::new(self.config) };
    }

    /// Returns whether the extension was announced to the client.
    pub(crate) fn announced(&self, extension: Extension) -> bool {
        self.hello == Some(Hello::Ehlo) && self.offers(extension)
    }

    /// Returns whether the profile refuses input that arrived before the reply to this command.
    pub(crate) fn forbids_input_after(&self, command: &Command) -> bool {
        let content_follows = matches!(command, Command::Bdat { .. });
        let ends_group = command.ends_its_group() || !self.announced(Extension::Pipelining);
        self.refuses_early_input() && !content_follows && ends_group
    }

    /// Returns whether the profile refuses input that arrived before the reply to the content.
    pub(crate) fn forbids_input_after_content(&self) -> bool {
        self.refuses_early_input() && !self.announced(Extension::Pipelining)
    }

    /// Carries out a command other than BDAT, which the session handles with the bytes of its chunk.
    pub(crate) fn obey(&mut self, command: Command) -> Answer {
        if !self.open && command != Command::Quit {
            return reply::NO_SERVICE.into();
        }
        match command {
            Command::Ehlo => self.ehlo().into(),
            Command::Helo => self.helo().into(),
            Command::StartTls => self.start_tls(),
            Command::Auth { mechanism, initial } => self.auth(mechanism, initial.as_deref()),
            Command::Mail(mail) => self.mail(mail).unwrap_or_else(|refusal| refusal).into(),
            Command::Rcpt(rcpt) => self.rcpt(rcpt).unwrap_or_else(|refusal| refusal).into(),
            Command::Data => self.data(),
            Command::Bdat { .. } => reply::NOT_OFFERED.into(),
            Command::Rset => {
                self.transaction = None;
                reply::RESET.into()
            }
            Command::Noop => reply::NOOP.into(),
            Command::Vrfy => reply::CANNOT_VERIFY.into(),
            Command::Help => reply::HELP.into(),
            Command::Etrn if self.announced(Extension::Etrn) => reply::NO_QUEUES.into(),
            Command::Etrn => self.unavailable(Extension::Etrn).into(),
            Command::Expn => reply::NOT_OFFERED.into(),
            Command::Quit => Answer { reply: reply::BYE, then: Then::Close },
        }
    }

    /// Continues AUTH with the client's answer to a challenge.
    pub(crate) fn response(&mut self, exchange: Exchange, response: &str) -> Answer {
        self.progress(auth::advance(exchange, response, self.logins()))
    }

    /// Returns the reply that refuses every chunk on this connection, if there is one.
    pub(crate) fn refuses_chunks(&self) -> Option<Reply> {
        if !self.open {
            return Some(reply::NO_SERVICE);
        }
        (!self.announced(Extension::Chunking)).then(|| self.unavailable(Extension::Chunking))
    }

    /// Returns the transaction that a chunk belongs to.
    ///
    /// # Errors
    /// The reply that refuses the chunk.
    pub(crate) fn for_chunk(&mut self) -> Result<&mut Transaction, Reply> {
        let mail = self.transaction.as_mut().ok_or(reply::MAIL_FIRST)?;
        mail.check_chunk()?;
        Ok(mail)
    }

    /// Turns a transaction into the message that it becomes, without content.
    pub(crate) fn envelope(&self, session: u64, transaction: Transaction) -> StoredMail {
        StoredMail {
            session,
            sender: transaction.sender,
            recipients: transaction.recipients,
            body_8bit: transaction.body_8bit,
            smtputf8: transaction.smtputf8,
            authenticated_as: self.account.clone(),
            via_bdat: transaction.via_bdat,
            content: [].into(),
            size: 0,
            header: [].into(),
            file: None,
        }
    }

    fn data(&self) -> Answer {
        let mail = self.transaction.as_ref().ok_or(reply::MAIL_FIRST);
        match mail.and_then(Transaction::check_data) {
            Ok(()) => Answer { reply: reply::GO_AHEAD, then: Then::Content },
            Err(refusal) => refusal.into(),
        }
    }

    fn ehlo(&mut self) -> Reply {
        self.hello = Some(Hello::Ehlo);
        self.transaction = None;
        let offered = self.config.profile.extensions.iter().filter(|e| self.offers(**e));
        let mut text = format!("{} at your service", self.config.name);
        for extension in offered {
            text.push('\n');
            text.push_str(&self.keyword(*extension));
        }
        Reply::with_text(250, "", text)
    }

    fn helo(&mut self) -> Reply {
        self.hello = Some(Hello::Helo);
        self.transaction = None;
        Reply::with_text(250, "", self.config.name.clone())
    }

    fn start_tls(&self) -> Answer {
        if self.inside_tls {
            return reply::TLS_ALREADY.into();
        }
        if self.hello.is_none() {
            return reply::HELLO_FIRST.into();
        }
        if !self.announced(Extension::StartTls) {
            return self.unavailable(Extension::StartTls).into();
        }
        Answer { reply: reply::START_TLS, then: Then::Handshake }
    }

    fn auth(&mut self, mechanism: Option<Mechanism>, initial: Option<&str>) -> Answer {
        if let Err(refusal) = self.may_log_in() {
            return self.progress(Progress::Denied(refusal.into()));
        }
        let listed = |m: &Mechanism| {
            self.config.profile.mechanisms.iter().any(|name| name.eq_ignore_ascii_case(m.name()))
        };
        match mechanism.filter(listed) {
            Some(mechanism) => self.progress(auth::begin(mechanism, initial, self.logins())),
            None => self.progress(Progress::Denied(reply::NO_MECHANISM.into())),
        }
    }

    fn may_log_in(&self) -> Result<(), Reply> {
        if self.hello.is_none() {
            return Err(reply::HELLO_FIRST);
        }
        if self.account.is_some() {
            return Err(reply::AUTH_ALREADY);
        }
        if self.transaction.is_some() {
            return Err(reply::AUTH_IN_MAIL);
        }
        if self.announced(Extension::Auth) {
            return Ok(());
        }
        // AUTH inside TLS needs STARTTLS before it, which needs EHLO.
        let inside_tls = self.offers(Extension::StartTls) && self.has_accounts();
        Err(match self.hello {
            Some(Hello::Ehlo) if inside_tls => reply::AUTH_NEEDS_TLS,
            Some(Hello::Helo) if inside_tls => reply::EHLO_FIRST,
            _ => self.unavailable(Extension::Auth),
        })
    }

    fn progress(&mut self, progress: Progress) -> Answer {
        match progress {
            Progress::Ask(reply, exchange) => Answer { reply, then: Then::Response(exchange) },
            Progress::Granted(user) => {
                self.account = Some(user);
                reply::AUTHENTICATED.into()
            }
            Progress::Denied(denial) => {
                let reply = denial.reply.clone();
                self.denial = Some(denial);
                reply.into()
            }
        }
    }

    fn mail(&mut self, mail: Mail) -> Result<Reply, Reply> {
        self.may_begin_mail()?;
        self.check_parameters(&mail.needs)?;
        let ascii = mail.sender.as_deref().is_none_or(str::is_ascii);
        if !ascii && !mail.smtputf8 {
            return Err(reply::NEEDS_SMTPUTF8);
        }
        if self.config.size_limit().is_some_and(|limit| limit > 0 && mail.size > limit) {
            return Err(reply::TOO_BIG);
        }
        self.begun += 1;
        self.transaction = Some(Transaction {
            sender: mail.sender,
            body_8bit: mail.body_8bit,
            body_binary: mail.body_binary,
            smtputf8: mail.smtputf8,
            ..Transaction::default()
        });
        Ok(reply::SENDER_OK)
    }

    fn may_begin_mail(&self) -> Result<(), Reply> {
        if self.hello.is_none() {
            return Err(reply::HELLO_FIRST);
        }
        if self.transaction.is_some() {
            return Err(reply::NESTED_MAIL);
        }
        let start_tls = self.config.security == Security::StartTls;
        if start_tls && self.config.tls_required && !self.inside_tls {
            return Err(reply::TLS_FIRST);
        }
        if self.config.auth_is_required() && self.account.is_none() {
            return Err(reply::AUTH_FIRST);
        }
        match self.config.profile.mail_limit {
            MailLimit::Busy(limit) if self.begun >= limit => Err(reply::TOO_MANY_MAILS),
            MailLimit::Closing(limit) if self.begun >= limit => Err(reply::ENOUGH_MAILS),
            _ => Ok(()),
        }
    }

    fn rcpt(&mut self, rcpt: Rcpt) -> Result<Reply, Reply> {
        self.check_parameters(&rcpt.needs)?;
        let config = self.config;
        let mail = self.transaction.as_mut().ok_or(reply::MAIL_FIRST)?;
        if mail.chunks.is_some() {
            return Err(reply::BDAT_BEGUN);
        }
        if !rcpt.recipient.is_ascii() && !mail.smtputf8 {
            return Err(reply::NEEDS_SMTPUTF8);
        }
        if mail.recipients.len() >= config.max_recipients() {
            return Err(reply::TOO_MANY_RECIPIENTS);
        }
        if config.refused_recipients.iter().any(|a| a.eq_ignore_ascii_case(&rcpt.recipient)) {
            return Err(reply::REFUSED_RECIPIENT);
        }
        mail.recipients.push(rcpt.recipient);
        Ok(reply::RECIPIENT_OK)
    }

    /// Refuses parameters of extensions that were not announced (RFC 5321 §4.1.1.11).
    fn check_parameters(&self, needs: &[Extension]) -> Result<(), Reply> {
        if needs.iter().all(|extension| self.announced(*extension)) {
            return Ok(());
        }
        Err(match self.hello {
            Some(Hello::Helo) => reply::PARAMETER_AFTER_HELO,
            _ => reply::UNKNOWN_PARAMETER,
        })
    }

    /// Returns the reply to a command of an extension that was not announced.
    fn unavailable(&self, extension: Extension) -> Reply {
        let after_helo = self.hello == Some(Hello::Helo) && self.offers(extension);
        if after_helo { reply::EHLO_FIRST } else { reply::NOT_OFFERED }
    }

    /// Returns whether a reply to EHLO would list the extension now.
    fn offers(&self, extension: Extension) -> bool {
        let config = self.config;
        let possible = match extension {
            Extension::StartTls => config.security == Security::StartTls && !self.inside_tls,
            Extension::Auth => {
                self.has_accounts() && (self.inside_tls || config.allow_auth_without_tls)
            }
            _ => true,
        };
        possible && config.profile.extensions.contains(&extension)
    }

    fn keyword(&self, extension: Extension) -> String {
        match (extension, self.config.size_limit) {
            (Extension::Size, Some(bytes)) => format!("SIZE {bytes}"),
            _ => self.config.profile.keyword(extension),
        }
    }

    fn has_accounts(&self) -> bool {
        self.config.accept_any_login || !self.config.accounts.is_empty()
    }

    fn logins(&self) -> Logins<'s> {
        let Config { accounts, accept_any_login, .. } = self.config;
        Logins { accounts, accept_any: *accept_any_login }
    }

    fn refuses_early_input(&self) -> bool {
        self.config.profile.early_input == EarlyInput::Refused
    }
}
