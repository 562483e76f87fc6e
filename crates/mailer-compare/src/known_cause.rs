//! Causes that are known beforehand, and the symptoms by which they show.

/// What an observation can show, and a [`KnownCause`] can explain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Symptom {
    /// Data that the client had written was held back.
    HeldBack,
    /// The end of data, which the client had written separately, was held back.
    EndOfDataHeldBack,
    /// The server held back a part of its answer until the client's system had acknowledged the part before.
    ServerHeldBack,
    /// EHLO inside TLS was held back.
    EhloHeldBack,
    /// The client sent NOOP and waited for the reply.
    Noop,
    /// The stored content has one line end more at its end.
    OneMoreLineEnd,
}

/// A cause that is known beforehand. Reports name it only where its symptom is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownCause {
    /// The name of the backend that it is known of.
    pub backend: String,
    /// The symptom that it explains.
    pub symptom: Symptom,
    /// The explanation: a sentence without its full stop.
    pub explanation: String,
    /// The line of code or the option that causes it.
    pub source: String,
}
