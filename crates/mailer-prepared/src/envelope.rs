//! The envelope that a header names: from whom, and to whom.

use mailer::{Address, Error, Kind, Step};

use crate::{
    Element, Field, Found, Header, Remark, Remarked, address_list, remark::shown,
    resent::newest_block,
};

/// Texts that an error names, at most.
const NAMED: usize = 8;

impl Header {
    /// Refuses a header that has two From fields (RFC 5322 §3.6): receivers show either.
    ///
    /// # Errors
    /// [`Kind::Message`] if it has more than one.
    pub fn check(&self) -> Result<(), Error> {
        only(&self.named("from")).map(|_| ())
    }

    /// The sender that the header names: From, or Sender where From has several addresses. A resent
    /// message is from its newest Resent-Sender or Resent-From.
    ///
    /// Words without an address are ignored if exactly one address remains (`Roe, Max <max@…>`).
    ///
    /// # Errors
    /// [`Kind::Message`] if no address is named, or text that is none.
    pub fn sender(&self) -> Result<Remarked<Address>, Error> {
        let resent = newest_block(self.fields());
        let (author, agent) = match resent.is_empty() {
            true => (self.named("from"), self.named("sender")),
            false => (of(&resent, "resent-from"), of(&resent, "resent-sender")),
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

    /// All recipients that the header names, in the order To, Cc, Bcc: of every such field, or of those
    /// in the newest block of `Resent-` fields if there is one.
    ///
    /// Words directly before a mailbox that has a display name are the first half of that name
    /// (`Roe, Max <max@…>`), with a warning.
    ///
    /// # Errors
    /// [`Kind::Message`] if text in them cannot become a recipient, or a resent message names none.
    pub fn recipients(&self) -> Result<Remarked<Vec<Address>>, Error> {
        let resent = newest_block(self.fields());
        let names = match resent.is_empty() {
            true => ["to", "cc", "bcc"],
            false => ["resent-to", "resent-cc", "resent-bcc"],
        };
        let mut list = Recipients::default();
        for name in names {
            let fields = if resent.is_empty() { self.named(name) } else { of(&resent, name) };
            fields.into_iter().for_each(|field| list.add(field));
        }
        if !list.unusable.is_empty() {
            return Err(unusable(&list.unusable, "recipient"));
        }
        if list.addresses.is_empty() && !resent.is_empty() {
            return Err(refuse("the newest Resent- fields of the message name no recipient").hint(
                "name the recipients with --to; those of the original message got it already",
            ));
        }
        Ok(Remarked { value: list.addresses, remarks: list.warnings })
    }

    fn named(&self, name: &str) -> Vec<Field<'_>> {
        self.fields().filter(|field| field.is(name)).collect()
    }
}

fn of<'a>(block: &[Field<'a>], name: &str) -> Vec<Field<'a>> {
    block.iter().filter(|field| field.is(name)).copied().collect()
}

/// What fields of recipients have.
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

/// The addresses of a field that names the sender.
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
            true => no_sender(name).because(bad.join("; ")),
            false => unusable(&bad, "sender"),
        });
    }
    let words = elements.iter().filter(|element| element.found == Found::Words);
    let remarks =
        words.map(|words| Remark::Note(format!("ignored {}", text(field, words)))).collect();
    Ok(Remarked { value: addresses, remarks })
}

/// The field, if it is the only one.
fn only<'a>(fields: &[Field<'a>]) -> Result<Option<Field<'a>>, Error> {
    match fields {
        [] => Ok(None),
        [field] => Ok(Some(*field)),
        [field, ..] => {
            let name = shown(field.name());
            Err(refuse(format!("the message has {} {name} fields", fields.len()))
                .hint("a message has one (RFC 5322, section 3.6): remove the others"))
        }
    }
}

/// `"root" in To (it has no @)`
fn complaint(field: Field<'_>, element: &Element) -> String {
    let why = match &element.found {
        Found::Broken(why) => why,
        Found::Mailbox { .. } => "an @ precedes its <: a comma or quotes may be missing",
        _ => "it has no @",
    };
    format!("{} ({why})", text(field, element))
}

/// `"root" in To`
fn text(field: Field<'_>, element: &Element) -> String {
    let text = field.body().get(element.range.clone()).unwrap_or_default();
    format!("\"{}\" in {}", shown(text), shown(field.name()))
}

fn no_sender(field: &str) -> Error {
    refuse(format!("the message has no {field} that names an address"))
        .hint("name the sender with --from")
}

fn unusable(texts: &[String], role: &str) -> Error {
    let mut named = texts.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if texts.len() > NAMED {
        named += &format!(" and {} more", texts.len() - NAMED);
    }
    let option = if role == "sender" { "--from" } else { "--to, --cc and --bcc" };
    refuse(format!("the header has text that cannot become a {role}: {named}"))
        .hint(format!("correct the field, or give the envelope with {option}"))
}

fn refuse(what: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(Kind::Message, what).at(Step::Prepare)
}
