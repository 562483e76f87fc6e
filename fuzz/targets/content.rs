//! Line ends, dot-stuffing and chunks: a server reads the content from the wire unchanged, with every line
//! end as CRLF, wherever the blocks are split. A message in a file is the same as one in memory, wherever its
//! header is separated from the file.

#![no_main]

use std::io::Write as _;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use mailer::{Error, Message};
use mailer_fuzz::{Cuts, sent_by};
use mailer_protocol::Flow;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    cuts: Cuts,
    content: &'a [u8],
}

fuzz_target!(|input: Input<'_>| {
    let from_file = from_file(&input);
    let message = match Message::from_bytes(input.content) {
        Ok(message) => message,
        Err(error) => {
            assert!(input.content.contains(&0), "{error}");
            return assert!(from_file.is_err());
        }
    };
    is_equal(&message, &from_file.expect("it has no NUL"));
    let wanted = canonical(input.content);
    assert_eq!(message.size(), wanted.len() as u64);
    assert_eq!(message.is_8bit(), !input.content.is_ascii());
    assert_eq!(message.to_vec().expect("it is in memory"), wanted);
    let blocks: Vec<&[u8]> = input.cuts.pieces(&wanted).collect();
    assert_eq!(unstuffed(&sent_by(Flow::Pipelined, &blocks)), wanted);
    assert_eq!(sent_by(Flow::Chunked, &blocks), wanted);
});

/// Makes a message of the first piece in memory and of the rest in a file.
fn from_file(input: &Input<'_>) -> Result<Message, Error> {
    let head = input.cuts.pieces(input.content).next().unwrap_or_default();
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(&input.content[head.len()..]).expect("room in it");
    Message::from_open_file(head, file, "a file", 0..u64::MAX)
}

fn is_equal(one: &Message, other: &Message) {
    let read = |message: &Message| message.to_vec().expect("it does not change");
    assert_eq!(read(one), read(other));
    let facts =
        |it: &Message| (it.size(), it.is_8bit(), it.has_utf8_header(), it.may_have_dot_lines());
    assert_eq!(facts(one), facts(other));
}

/// Converts line ends (RFC 5321 §2.3.8), one byte at a time.
fn canonical(mut bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some((&byte, rest)) = bytes.split_first() {
        bytes = rest;
        match byte {
            b'\r' => {
                bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
                out.extend_from_slice(b"\r\n");
            }
            b'\n' => out.extend_from_slice(b"\r\n"),
            _ => out.push(byte),
        }
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// Removes stuffed dots as the receiver does (RFC 5321 §4.5.2), up to the line of one dot, which must be the
/// last.
fn unstuffed(wire: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut lines = wire.split_inclusive(|&byte| byte == b'\n');
    for line in lines.by_ref() {
        if line == b".\r\n" {
            break;
        }
        out.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
    }
    assert_eq!(lines.next(), None, "something follows the dot");
    out
}
