//! Servers that accept a message, in several ways.

use libtest_mimic::Failed;
use mailer::{
    Dsn, Envelope,
    Kind::{Message, Unreachable},
    Mail, Mailer, Outcome, ReturnedContent, Step,
};
use mailer_server::{Extension, Fault, Point, Profile, TlsVersions};
use mailer_tests::mails;
use std::net::TcpStream;

use crate::{
    case::{Case, INSIDE_TLS, not_sent},
    testbed::Testbed,
};

const MANY: &[&str] =
    &["a@example.test", "b@example.test", "\"c d\"@example.test", "e+f@sub.example.test"];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("accepts"),
        Case::new("accepts_for_several_recipients").to(MANY),
        Case::new("accepts_a_notification").sends([notification()]),
        Case::new("accepts_by_tls_1_2")
            .modes(INSIDE_TLS)
            .server(|config| config.tls_versions = TlsVersions::Tls12),
        Case::new("queues_with_several_lines")
            .fault(Fault::at(Point::EndOfData).reply("250-2.0.0 stored\n250 2.0.0 queued as 4711"))
            .answer("2.0.0 stored\n2.0.0 queued as 4711"),
        Case::new("knows_no_ehlo")
            .modes(&[mailer::Security::None])
            .without_credentials()
            .fault(Fault::at(Point::Ehlo).nth(1).reply("502 5.5.1 what?")),
        Case::new("accepts_smtputf8").to(&["jörg@example.test"]),
        Case::new("has_no_smtputf8")
            .server(without(Extension::SmtpUtf8))
            .to(&["jörg@example.test"])
            .expects([not_sent(Message, Step::Mail)])
            .client_never_sends(&["MAIL"]),
        Case::new("accepts_a_header_in_utf8").sends([in_utf8()]),
        Case::new("has_no_smtputf8_for_a_header")
            .server(without(Extension::SmtpUtf8))
            .sends([in_utf8()])
            .expects([not_sent(Message, Step::Mail)]),
        Case::new("accepts_a_request_for_notifications")
            .server(|config| config.profile = config.profile.clone().with(Extension::Dsn))
            .sends([asking_for_notifications()]),
        Case::new("has_no_dsn")
            .server(without(Extension::Dsn))
            .sends([asking_for_notifications()])
            .expects([not_sent(Message, Step::Mail)])
            .client_never_sends(&["MAIL"]),
        Case::script("is_opened_twice", opened_twice),
        Case::script("is_closed_and_used_again", closed_and_used_again),
        Case::script("is_not_there", not_there),
    ];
    cases.extend(Profile::NAMES.iter().map(|&name| {
        let profile = Profile::named(name).unwrap_or_default();
        Case::new(format!("announces_what_{name}_does"))
            .server(move |config| config.profile = profile.clone())
    }));
    cases
}

/// Removes an extension from the server.
pub(crate) fn without(extension: Extension) -> impl Fn(&mut mailer_server::Config) {
    move |config| config.profile = config.profile.clone().without(extension)
}

/// A notification, which has the null reverse-path (RFC 5321 §4.5.5).
fn notification() -> Mail {
    let mail = mails::small(&["bob@example.test"]);
    let recipients = mail.envelope().recipients().to_vec();
    let envelope = Envelope::new(None, recipients).expect("there is a recipient");
    Mail::new(envelope, mail.content().clone())
}

/// A message with a header field that is not encoded (RFC 6532 §3.2).
fn in_utf8() -> Mail {
    mails::prepared(&["bob@example.test"], "Subject: caf\u{e9}\r\n\r\nx\r\n")
}

/// A mail whose sender wants to know how its delivery goes (RFC 3461).
fn asking_for_notifications() -> Mail {
    let mail = mails::small(&["bob@example.test"]);
    let mut dsn = Dsn::default();
    dsn.notify = Some("success,failure,delay".parse().expect("events"));
    dsn.returned = Some(ReturnedContent::Headers);
    dsn.envelope_id = Some("order 7+1".parse().expect("an identifier"));
    Mail::new(Envelope::clone(mail.envelope()).with_dsn(dsn), mail.content().clone())
}

fn opened_twice(testbed: &Testbed, mailer: &mut dyn Mailer) -> Result<(), Failed> {
    mailer.open()?;
    let ehlos = testbed.count("EHLO");
    mailer.open()?;
    if mailer.send(&mails::small(&["bob@example.test"])).outcome != Outcome::Accepted {
        return Err("the message was not accepted".into());
    }
    mailer.close()?;
    match testbed.count("EHLO") {
        again if again == ehlos => Ok(()),
        again => Err(format!("the client sent EHLO {again} times, not {ehlos}").into()),
    }
}

fn closed_and_used_again(testbed: &Testbed, mailer: &mut dyn Mailer) -> Result<(), Failed> {
    mailer.close()?;
    for time in 1..=2 {
        let receipt = mailer.send(&mails::small(&["bob@example.test"]));
        if receipt.outcome != Outcome::Accepted {
            return Err(format!("message {time}: {receipt:?}").into());
        }
        mailer.close()?;
        mailer.close()?;
        let quits = testbed.count("QUIT");
        if quits != time {
            return Err(format!("the client sent QUIT {quits} times, not {time}").into());
        }
    }
    Ok(())
}

/// No server listens on the port of a client's connection, and no other process can get that port.
fn not_there(testbed: &Testbed, _: &mut dyn Mailer) -> Result<(), Failed> {
    let other_client = TcpStream::connect(testbed.embedded.addr())?;
    let mut address = testbed.address.clone();
    address.connect_to = Some(other_client.local_addr()?);
    let mut mailer = testbed.mailer_to(&address)?;
    let error = mailer.open().err().ok_or("open succeeded")?;
    let receipt = mailer.send(&mails::small(&["bob@example.test"]));
    let found = (error.kind(), error.step(), receipt.outcome);
    if found == (Unreachable, Some(Step::Connect), Outcome::NotSent) {
        Ok(())
    } else {
        Err(format!("{found:?}: {error:?}").into())
    }
}
