//! Makes the messages of a connection.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use mailer::{Error, Kind, Mail, Message};

use super::{
    message_source::{ContentId, MessageSource},
    message_template::{DATE_AT, Date, MessageStamp, MessageTemplate, NUMBER_AT},
};

/// Makes the messages of one connection while the connection works. Making a message takes far less time than
/// sending it, because only its Date and its Message-ID are written.
#[derive(Debug)]
pub(super) struct MessageMaker {
    source: Arc<MessageSource>,
    /// The stamp of the next message, with the second of the previous one.
    next: MessageStamp,
    /// The messages that were made, oldest first. A settled one is overwritten, so there are only as many as are
    /// in flight at the same time.
    made: VecDeque<ReusableMessage>,
    date: Date,
    /// The same time by both clocks. Reading the system's clock for each message would take longer than the rest
    /// of making it.
    clocks: (Instant, u64),
}

#[derive(Debug)]
struct ReusableMessage {
    message: Message,
    second: u64,
}

impl MessageMaker {
    /// Returns the maker of a connection's messages; `connection` is its number within the process.
    pub(super) fn new(source: &Arc<MessageSource>, connection: u32) -> Result<Self, Error> {
        let next = MessageStamp { connection, number: 0, second: 0 };
        let source = Arc::clone(source);
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        let clocks = (Instant::now(), since_1970.map_or(0, |it| it.as_secs()));
        // The first message is made before any clock starts.
        let first = source.template().map(make).transpose()?;
        let (made, date) = (first.into_iter().collect(), next.date());
        Ok(Self { source, next, made, date, clocks })
    }

    /// Returns whether all messages have the same size and need the same extensions, as those that are made do.
    pub(super) fn are_alike(&self) -> bool {
        self.source.template().is_some()
    }

    /// Returns the next message, made at this time. `in_flight` is the number of earlier ones that are not settled.
    ///
    /// # Errors
    /// [`mailer::Kind::Message`] if the template is not a valid message.
    pub(super) fn next(
        &mut self,
        at: Instant,
        in_flight: usize,
    ) -> Result<(Mail, ContentId), Error> {
        let turn = self.source.take_turn();
        let envelope = self.source.envelope(turn)?;
        let (message, id) = match self.source.prepared(turn) {
            Some(prepared) => prepared,
            None => self.made_at(at, in_flight)?,
        };
        Ok((Mail::new(envelope, message), id))
    }

    /// Returns the next message that is made from the template.
    fn made_at(&mut self, at: Instant, in_flight: usize) -> Result<(Message, ContentId), Error> {
        let settled = (in_flight < self.made.len()).then(|| self.made.pop_front()).flatten();
        let mut made = match (settled, self.source.template()) {
            (Some(settled), _) => settled,
            (None, Some(template)) => make(template)?,
            (None, None) => return Err(Error::new(Kind::Internal, "there is no template")),
        };
        let (start, first) = self.clocks;
        let second = first + at.saturating_duration_since(start).as_secs();
        let stamp = MessageStamp { second, ..self.next };
        if second != self.next.second {
            self.date = stamp.date();
        }
        if second != made.second {
            made.message.overwrite(DATE_AT, &self.date)?;
        }
        made.message.overwrite(NUMBER_AT, &stamp.number())?;
        made.second = second;
        let message = made.message.clone();
        self.made.push_back(made);
        self.next = stamp.plus(1);
        Ok((message, ContentId::Stamp(stamp)))
    }
}

fn make(template: &MessageTemplate) -> Result<ReusableMessage, Error> {
    Ok(ReusableMessage { message: Message::from_bytes(template.content())?, second: 0 })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use mailer::{Content, Envelope};

    use super::*;
    use crate::load::{ContentSum, message_template::NO_DATE};

    fn envelope(sender: Option<&str>, recipients: &[String]) -> Arc<Envelope> {
        let sender = sender.map(|it| it.parse().expect("an address"));
        let recipients = recipients.iter().map(|it| it.parse().expect("an address")).collect();
        Arc::new(Envelope::new(sender, recipients).expect("recipients"))
    }

    fn source(size: usize, prepared: &[&str], envelopes: &[Arc<Envelope>]) -> Arc<MessageSource> {
        let prepared = prepared.iter().map(|content| content.as_bytes().to_vec()).collect();
        let source = MessageSource::new(size, prepared, envelopes.to_vec(), 0xabc);
        Arc::new(source.expect("messages"))
    }

    fn messages(size: usize, envelope: &Arc<Envelope>) -> (Arc<MessageSource>, MessageMaker) {
        let source = source(size, &[], std::slice::from_ref(envelope));
        let messages = MessageMaker::new(&source, 7).expect("a message");
        (source, messages)
    }

    fn bytes(mail: &Mail) -> Vec<u8> {
        let Content::Message(message) = mail.content() else { panic!("it is a message") };
        message.to_vec().expect("it is in memory")
    }

    fn field<'a>(message: &'a str, name: &str) -> &'a str {
        let (header, _) = message.split_once("\r\n\r\n").expect("a header");
        let (_, from) = header.split_once(name).expect("the field");
        from.split_once("\r\n").map_or(from, |(field, _)| field).trim()
    }

    fn two() -> Arc<Envelope> {
        envelope(Some("ann@example.test"), &["bob@example.net".into(), "cid@example.net".into()])
    }

    #[test]
    fn each_message_has_its_own_message_id_and_the_addresses_of_the_envelope() {
        let (_, mut messages) = messages(1024, &two());
        let mut identities = HashSet::new();
        for in_flight in [0, 1, 2, 0, 0, 2, 9] {
            let (mail, _) = messages.next(Instant::now(), in_flight).expect("a message");
            let message = String::from_utf8(bytes(&mail)).expect("ASCII");
            assert_eq!(message.len(), 1024);
            let identity = field(&message, "Message-ID: ").to_owned();
            assert!(identity.starts_with("<0000000000000abc.00000007."), "{identity}");
            assert!(identity.ends_with("@example.test>"), "{identity}");
            assert!(identities.insert(identity), "{message}");
            assert_eq!(field(&message, "From: "), "ann@example.test");
            let date = field(&message, "Date: ");
            let year = date.get(12..16).and_then(|year| year.parse::<u32>().ok());
            assert!(year >= Some(2024) && date.len() == NO_DATE.len(), "{date}");
            assert!(message.contains("\r\nTo: bob@example.net,\r\n cid@example.net\r\n"));
        }
    }

    #[test]
    fn a_message_in_flight_is_not_overwritten() {
        let (_, mut messages) = messages(400, &two());
        let made: Vec<Mail> = (0..3)
            .map(|in_flight| messages.next(Instant::now(), in_flight).expect("a message").0)
            .collect();
        let before: Vec<Vec<u8>> = made.iter().map(bytes).collect();
        messages.next(Instant::now(), 3).expect("a message");
        assert_eq!(made.iter().map(bytes).collect::<Vec<_>>(), before);
    }

    #[test]
    fn checksums_are_those_of_the_messages_sent() {
        let (source, mut messages) = messages(700, &two());
        let (mut sum, mut stamps) = (ContentSum::default(), Vec::new());
        for in_flight in [0, 1, 0, 0] {
            let (mail, id) = messages.next(Instant::now(), in_flight).expect("a message");
            sum = sum + ContentSum::from_content(&bytes(&mail));
            let ContentId::Stamp(stamp) = id else { panic!("it is made") };
            stamps.push(stamp);
        }
        let template = source.template().expect("a template");
        assert_eq!(template.sum(stamps.into_iter()), sum);
    }

    #[test]
    fn prepared_messages_and_envelopes_take_turns_over_all_connections() {
        let to = |name: &str| envelope(Some("ann@example.test"), &[format!("{name}@example.net")]);
        let envelopes = [to("bob"), to("cid"), to("dan")];
        let source = source(0, &["Subject: 1\n\n", "Subject: 2\r\n\r\n.\r\n"], &envelopes);
        let mut connections =
            [1, 2].map(|number| MessageMaker::new(&source, number).expect("a maker"));
        let mut sent = Vec::new();
        for index in [0, 1, 1, 0] {
            let next = connections[index].next(Instant::now(), 0);
            let (mail, id) = next.expect("a message");
            let ContentId::Prepared(sum) = id else { panic!("it is prepared") };
            assert_eq!(sum, ContentSum::from_content(&bytes(&mail)));
            let content = String::from_utf8(bytes(&mail)).expect("ASCII");
            sent.push((
                field(&content, "Subject: ").to_owned(),
                mail.envelope().recipients()[0].to_string(),
            ));
        }
        let sent: Vec<_> =
            sent.iter().map(|(subject, to)| (subject.as_str(), to.as_str())).collect();
        assert_eq!(
            sent,
            [
                ("1", "bob@example.net"),
                ("2", "cid@example.net"),
                ("1", "dan@example.net"),
                ("2", "bob@example.net"),
            ]
        );
    }

    #[test]
    fn a_template_for_several_envelopes_names_no_recipient() {
        let source = source(500, &[], &[two(), two()]);
        let mut messages = MessageMaker::new(&source, 1).expect("a maker");
        let (mail, _) = messages.next(Instant::now(), 0).expect("a message");
        let content = String::from_utf8(bytes(&mail)).expect("ASCII");
        assert_eq!(field(&content, "To: "), "undisclosed-recipients:;");
    }

    #[test]
    fn with_many_recipients_the_size_stays_the_same() {
        let many: Vec<String> = (0..1000).map(|n| format!("bob-{n}@example.test")).collect();
        let (_, mut messages) = messages(1024, &envelope(None, &many));
        let message =
            String::from_utf8(bytes(&messages.next(Instant::now(), 0).expect("a message").0));
        let message = message.expect("ASCII");
        assert!(message.contains("To: bob-0@example.test,\r\n bob-1@example.test,"), "{message}");
        assert!(!message.contains("bob-99@"), "{message}");
        assert_eq!(field(&message, "From: "), "MAILER-DAEMON@example.test");
    }
}
