//! The envelope that a header names: its sender and its recipients.

use mailer::{Address, Error, Kind, Setting, Step};

use crate::{
    Element, Field, Found, Header, Remark, Remarked, address_list, remark::shown,
    resent::newest_block,
};

/// The maximum number of texts that an error quotes.
const NAMED: usize = 8;

impl Header {
    /// Refuses a header with several From fields (RFC 5322 §3.6): one mail program shows the first, another
    /// the last.
    ///
    /// # Errors
    /// [`Kind::Message`] if it has more than one.
    pub fn check(&self) -> Result<(), Error> {
        only(&self.named("from")).map(|_| ())
    }

    /// Returns the sender that the header names: From, or Sender if From has several addresses. For a
    /// resent message, it is the newest Resent-Sender or Resent-From.
    ///
    /// Words without an address are ignored if exactly one address remains (`Roe, Max <max@…>`).
    ///
    /// # Errors
    /// [`Kind::Message`] if the field has no address, or has text that is not an address.
    pub fn sender(&self) -> Result<Remarked<Address>, Error> {
        let resent = newest_block(self.fields());
        let (author, agent) = match resent.is_empty() {
            true => (self.named("from"), self.named("sender")),
            false => (named_in(&resent, "resent-from"), named_in(&resent, "resent-sender")),
        };
        let prefers_agent = !resent.is_empty() && !agent.is_empty();
        let field = only(if prefers_agent { &agent } else { &author })?;
        let name = if resent.is_empty() { "From" } else { "Resent-From" };
        let mut found = senders(field.ok_or_else(|| no_sender(name))?, name)?;
        if found.value.len() > 1
            && let Some(agent) = only(&agent)?
        {
            found = senders(agent, "Sender")?;
        }
        let first = found.value.into_iter().next().ok_or_else(|| no_sender(name))?;
        Ok(Remarked { value: first, remarks: found.remarks })
    }

    /// Returns all recipients that the header names, in the order To, Cc, Bcc. If the message was resent,
    /// only the newest block of `Resent-` fields counts.
    ///
    /// Words directly before a mailbox with a display name become the first half of that name
    /// (`Roe, Max <max@…>`), and a warning reports it.
    ///
    /// # Errors
    /// [`Kind::Message`] if text in the fields cannot become a recipient, or if the newest `Resent-` fields
    /// name no recipient.
    pub fn recipients(&self) -> Result<Remarked<Vec<Address>>, Error> {
        let resent = newest_block(self.fields());
        let names = match resent.is_empty() {
            true => ["to", "cc", "bcc"],
            false => ["resent-to", "resent-cc", "resent-bcc"],
        };
        let mut list = Recipients::default();
        for name in names {
            let fields = if resent.is_empty() { self.named(name) } else { named_in(&resent, name) };
            fields.into_iter().for_each(|field| list.add(field));
        }
        if !list.unusable.is_empty() {
            return Err(unusable(&list.unusable, "recipient"));
        }
        if list.addresses.is_empty() && !resent.is_empty() {
            return Err(refuse("the newest Resent- fields of the message name no recipient")
                .with_hint(
                    "name the recipients in the envelope; those of the original message already have it",
                )
                .with_settings(&[Setting::Recipients]));
        }
        Ok(Remarked { value: list.addresses, remarks: list.warnings })
    }

    /// Returns all fields with this name.
    fn named(&self, name: &str) -> Vec<Field<'_>> {
        self.fields().filter(|field| field.is(name)).collect()
    }
}

/// Returns the fields of a block with this name.
fn named_in<'a>(block: &[Field<'a>], name: &str) -> Vec<Field<'a>> {
    block.iter().filter(|field| field.is(name)).copied().collect()
}

/// The recipients collected from fields.
#[derive(Default)]
struct Recipients {
    addresses: Vec<Address>,
    unusable: Vec<String>,
    warnings: Vec<Remark>,
}

impl Recipients {
    fn add(&mut self, field: Field<'_>) {
        let elements = address_list(field.body());
        let mut rest = elements.as_slice();
        while let Some((element, after)) = rest.split_first() {
            rest = after;
            match &element.found {
                Found::Mailbox { address, is_doubtful: false, .. } => {
                    self.addresses.push(address.clone());
                }
                Found::Words if is_named_mailbox(after.first()) => {
                    let text = format!(
                        "{} is read as part of the name that follows it",
                        text(field, element)
                    );
                    self.warnings.push(Remark::Warning(text));
                }
                Found::Words | Found::Broken(_) | Found::Mailbox { .. } => {
                    self.unusable.push(complaint(field, element));
                }
                Found::Group | Found::Gap => {}
            }
        }
    }
}

fn is_named_mailbox(element: Option<&Element>) -> bool {
    element.is_some_and(|next| matches!(next.found, Found::Mailbox { is_named: true, .. }))
}

/// Returns the addresses of a field that names the sender.
fn senders(field: Field<'_>, name: &str) -> Result<Remarked<Vec<Address>>, Error> {
    let elements = address_list(field.body());
    let addresses: Vec<Address> = elements
        .iter()
        .filter_map(|element| match &element.found {
            Found::Mailbox { address, .. } => Some(address.clone()),
            _ => None,
        })
        .collect();
    let ignores_words = addresses.len() == 1;
    let is_unusable = |element: &&Element| match element.found {
        Found::Words => !ignores_words,
        Found::Broken(_) => true,
        _ => false,
    };
    let bad: Vec<String> =
        elements.iter().filter(is_unusable).map(|element| complaint(field, element)).collect();
    if !bad.is_empty() {
        return Err(match addresses.is_empty() {
            true => no_sender(name).with_cause(bad.join("; ")),
            false => unusable(&bad, "sender"),
        });
    }
    let words = elements.iter().filter(|element| element.found == Found::Words);
    let remarks =
        words.map(|words| Remark::Note(format!("ignored {}", text(field, words)))).collect();
    Ok(Remarked { value: addresses, remarks })
}

/// Returns the field if it is the only one, and an error if there are several.
fn only<'a>(fields: &[Field<'a>]) -> Result<Option<Field<'a>>, Error> {
    match fields {
        [] => Ok(None),
        [field] => Ok(Some(*field)),
        [field, ..] => {
            let name = shown(field.name());
            Err(refuse(format!("the message has {} {name} fields", fields.len()))
                .with_hint("a message has one (RFC 5322 §3.6): remove the others"))
        }
    }
}

/// Describes an element and what is wrong with it: `"root" in To (it has no @)`.
fn complaint(field: Field<'_>, element: &Element) -> String {
    let why = match &element.found {
        Found::Broken(why) => why,
        Found::Mailbox { .. } => "an @ precedes its <: a comma or quotes may be missing",
        _ => "it has no @",
    };
    format!("{} ({why})", text(field, element))
}

/// Describes an element: `"root" in To`.
fn text(field: Field<'_>, element: &Element) -> String {
    let text = field.body().get(element.range.clone()).unwrap_or_default();
    format!("\"{}\" in {}", shown(text), shown(field.name()))
}

fn no_sender(field: &str) -> Error {
    refuse(format!("the message has no {field} that names an address"))
        .with_hint("name the sender in the envelope")
        .with_settings(&[Setting::Sender])
}

fn unusable(texts: &[String], role: &str) -> Error {
    let mut named = texts.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if texts.len() > NAMED {
        named += &format!(" and {} more", texts.len() - NAMED);
    }
    let settings: &[Setting] =
        if role == "sender" { &[Setting::Sender] } else { &[Setting::Recipients] };
    refuse(format!("the header has text that cannot become a {role}: {named}"))
        .with_hint(format!("correct the field, or name every {role} in the envelope"))
        .with_settings(settings)
}

fn refuse(what: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(Kind::Message, what).with_step(Step::Prepare)
}
