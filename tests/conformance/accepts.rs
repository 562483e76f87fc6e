//! Servers that take a mail, and several ways to get there.

use libtest_mimic::Failed;
use mailer::{
    Envelope,
    Kind::{Message, Unreachable},
    Mail, Mailer, Outcome, Step,
};
use mailer_server::{Extension, Fault, Point, Profile, TlsVersions};
use mailer_tests::mails;
use std::net::TcpStream;

use crate::{
    case::{Case, INSIDE_TLS, not_sent},
    scene::Scene,
};

const MANY: &[&str] =
    &["a@example.test", "b@example.test", "\"c d\"@example.test", "e+f@sub.example.test"];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("accepts"),
        Case::new("accepts_for_several_recipients").to(MANY),
        Case::new("accepts_a_notification").sends([from_nobody()]),
        Case::new("accepts_by_tls_1_2")
            .modes(INSIDE_TLS)
            .server(|config| config.tls_versions = TlsVersions::Tls12),
        Case::new("queues_with_several_lines")
            .fault(Fault::at(Point::EndOfData).reply("250-2.0.0 taken\n250 2.0.0 queued as 4711"))
            .answer("2.0.0 taken\n2.0.0 queued as 4711"),
        Case::new("knows_no_ehlo")
            .modes(&[mailer::Security::None])
            .without_credentials()
            .fault(Fault::at(Point::Ehlo).nth(1).reply("502 5.5.1 what?")),
        Case::new("takes_smtputf8").to(&["jörg@example.test"]),
        Case::new("has_no_smtputf8")
            .server(without(Extension::SmtpUtf8))
            .to(&["jörg@example.test"])
            .fates([not_sent(Message, Step::Mail)])
            .unsaid(&["MAIL"]),
        Case::new("takes_a_header_in_utf8").sends([in_utf8()]),
        Case::new("has_no_smtputf8_for_a_header")
            .server(without(Extension::SmtpUtf8))
            .sends([in_utf8()])
            .fates([not_sent(Message, Step::Mail)]),
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

/// The server without this.
pub(crate) fn without(extension: Extension) -> impl Fn(&mut mailer_server::Config) {
    move |config| config.profile = config.profile.clone().without(extension)
}

/// RFC 5321 §4.5.5: notifications have the null reverse-path.
fn from_nobody() -> Mail {
    let mail = mails::small(&["bob@example.test"]);
    let recipients = mail.envelope().recipients().to_vec();
    let envelope = Envelope::new(None, recipients).expect("there is a recipient");
    Mail::new(envelope, mail.content().clone())
}

/// RFC 6532 §3.2: a header field that is not encoded.
fn in_utf8() -> Mail {
    mails::prepared(&["bob@example.test"], "Subject: caf\u{e9}\r\n\r\nx\r\n")
}

fn opened_twice(scene: &Scene, mailer: &mut dyn Mailer) -> Result<(), Failed> {
    mailer.open()?;
    let ehlos = scene.count("EHLO");
    mailer.open()?;
    if mailer.send(&mails::small(&["bob@example.test"])).outcome != Outcome::Accepted {
        return Err("the mail is not accepted".into());
    }
    mailer.close()?;
    match scene.count("EHLO") {
        again if again == ehlos => Ok(()),
        again => Err(format!("{ehlos} times EHLO became {again}").into()),
    }
}

fn closed_and_used_again(scene: &Scene, mailer: &mut dyn Mailer) -> Result<(), Failed> {
    mailer.close()?;
    for time in 1..=2 {
        let receipt = mailer.send(&mails::small(&["bob@example.test"]));
        if receipt.outcome != Outcome::Accepted {
            return Err(format!("the {time}. mail: {receipt:?}").into());
        }
        mailer.close()?;
        mailer.close()?;
        let farewells = scene.count("QUIT");
        if farewells != time {
            return Err(format!("QUIT was said {farewells} times, and not {time}").into());
        }
    }
    Ok(())
}

/// Nobody listens where another client has its end of a connection, and nobody else gets that port.
fn not_there(scene: &Scene, _: &mut dyn Mailer) -> Result<(), Failed> {
    let taken = TcpStream::connect(scene.embedded.addr())?;
    let mut way = scene.way.clone();
    way.connect_to = Some(taken.local_addr()?);
    let mut mailer = scene.mailer_to(&way)?;
    let error = mailer.open().err().ok_or("it was opened")?;
    let receipt = mailer.send(&mails::small(&["bob@example.test"]));
    let found = (error.kind(), error.step(), receipt.outcome);
    if found == (Unreachable, Some(Step::Connect), Outcome::NotSent) {
        Ok(())
    } else {
        Err(format!("{found:?}: {error:?}").into())
    }
}
