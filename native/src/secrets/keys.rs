//! Private keys in PEM form, also in a string with `\n` for its line ends.

use std::ops::Range;

use memchr::memmem;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const KIND: &[&[u8]] = &[b"PRIVATE KEY-----", b"PRIVATE KEY BLOCK-----"];
/// Bytes of the shortest key; what is shorter speaks of keys.
const SHORTEST: usize = 32;

/// The keys in a text, and where one begins that later text may go on with.
pub(super) struct Keys {
    pub(super) closed: Vec<Range<usize>>,
    pub(super) open: Option<usize>,
}

enum Read {
    /// It reads on up to here.
    Until(usize),
    /// The text ends before that is known.
    Cut,
    No,
}

/// `ended`: nothing follows, so that what is open is closed.
pub(super) fn find(text: &[u8], ended: bool) -> Keys {
    let mut keys = Keys { closed: Vec::new(), open: None };
    let mut at = 0;
    while let Some(found) = memmem::find(&text[at..], BEGIN) {
        let start = at + found;
        at = start + BEGIN.len();
        let body = match label(text, at) {
            Read::Until(body) => body,
            Read::Cut if !ended => {
                keys.open = Some(start);
                break;
            }
            Read::Cut | Read::No => continue,
        };
        at = body;
        match end(text, body, ended) {
            Read::Until(end) => {
                keys.closed.push(start..end);
                at = end;
            }
            Read::Cut => {
                keys.open = Some(start);
                break;
            }
            Read::No => {}
        }
    }
    keys
}

/// Past `RSA PRIVATE KEY-----` and the like.
fn label(text: &[u8], from: usize) -> Read {
    let words =
        text[from..].iter().take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || **byte == b' ');
    let rest = from + words.count();
    if text.len() - rest < 5 && text[rest..].iter().all(|byte| *byte == b'-') {
        return Read::Cut;
    }
    let dashes = rest + 5;
    match KIND.iter().any(|kind| text[from..].get(..dashes - from).is_some_and(|label| label.ends_with(kind))) {
        true => Read::Until(dashes),
        false => Read::No,
    }
}

/// Where the key ends whose body begins at `from`: behind its last line, or before what no key holds.
fn end(text: &[u8], from: usize, ended: bool) -> Read {
    let long = |at: usize| at - from >= SHORTEST;
    for at in from..text.len() {
        if !is_key_text(text[at]) {
            return if long(at) { Read::Until(at) } else { Read::No };
        }
        if !long(at) || text[at] != b'-' {
            continue;
        }
        if text[at..].starts_with(END) {
            match label(text, at + END.len()) {
                Read::Until(end) => return Read::Until(end),
                Read::Cut if !ended => return Read::Cut,
                Read::Cut | Read::No => {}
            }
        }
    }
    match (ended, long(text.len())) {
        (true, true) => Read::Until(text.len()),
        (true, false) => Read::No,
        (false, _) => Read::Cut,
    }
}

fn is_key_text(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || b"+/=\\:,-.()@\x0b".contains(&byte)
}
