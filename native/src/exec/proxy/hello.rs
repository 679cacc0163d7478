//! Whom a TLS connection asks for: the server name of its first message (RFC 8446, RFC 6066), strictly.

use super::rules::{Host, Rules};

/// Bytes of a first message; those of clients have some hundred, or two thousand with keys of the new kind.
const MOST: usize = 16 * 1024;
/// A record's payload (RFC 8446, 5.1).
const RECORD: usize = 1 << 14;
/// The kind of record that a TLS connection begins with.
pub(super) const HANDSHAKE: u8 = 22;
/// A fatal alert as a record: "access_denied" (RFC 8446, 6.2).
pub(super) const ACCESS_DENIED: [u8; 7] = [21, 3, 3, 0, 2, 2, 49];
const CLIENT_HELLO: u8 = 1;
const SERVER_NAME: u16 = 0;
/// Encrypted Client Hello: the name that counts is in there.
const ENCRYPTED_HELLO: u16 = 0xfe0d;

/// What a connection's first bytes are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum First {
    /// Too few to tell.
    Unfinished,
    /// Nothing of TLS.
    Plain,
    /// A client's first message, whole.
    Hello(Hello),
    /// It begins like one and is none.
    Broken,
}

/// What a client's first message says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Hello {
    name: Option<Host>,
    encrypted: bool,
}

impl Hello {
    /// Whether that may be asked for in a tunnel to `host`; else the name that may not.
    ///
    /// A client that knows a name says it, so silence is for tunnels to addresses. An encrypted message may ask for
    /// anything, whatever it says in plain.
    pub(super) fn judged(&self, host: &Host, port: u16, rules: &Rules) -> Result<(), Host> {
        let named = self.name.as_ref().unwrap_or(host);
        let allowed = match &self.name {
            Some(Host::Name(_)) => rules.allow(named, port),
            Some(Host::Address(_)) => named == host,
            None => matches!(host, Host::Address(_)),
        };
        if allowed && !self.encrypted { Ok(()) } else { Err(named.clone()) }
    }
}

/// What these are, however the message is cut into records.
pub(super) fn first(bytes: &[u8]) -> First {
    if bytes.first().is_some_and(|kind| *kind != HANDSHAKE) {
        return First::Plain;
    }
    match message(bytes) {
        Err(()) => First::Broken,
        Ok(None) if bytes.len() > MOST => First::Broken,
        Ok(None) => First::Unfinished,
        Ok(Some(message)) => hello(&message).map_or(First::Broken, First::Hello),
    }
}

/// The first handshake message, put together from its records; None while it is not whole.
fn message(bytes: &[u8]) -> Result<Option<Vec<u8>>, ()> {
    let mut rest = Bytes(bytes);
    let mut message = Vec::new();
    loop {
        let (Some(kind), Some(major), Some(_)) = (rest.byte(), rest.byte(), rest.byte()) else { return Ok(None) };
        let Some(length) = rest.short() else { return Ok(None) };
        let length = usize::from(length);
        if kind != HANDSHAKE || major != 3 || length == 0 || length > RECORD {
            return Err(());
        }
        let whole = rest.take(length);
        message.extend_from_slice(whole.unwrap_or(rest.0));
        if message.first().is_some_and(|kind| *kind != CLIENT_HELLO) {
            return Err(());
        }
        if let [_, a, b, c, ..] = message[..] {
            let end = 4 + u32::from_be_bytes([0, a, b, c]) as usize;
            if end > MOST {
                return Err(());
            }
            if message.len() >= end {
                // A message that shares its record with another one is nobody's first.
                return if message.len() == end { Ok(Some(message.split_off(4))) } else { Err(()) };
            }
        }
        if whole.is_none() {
            return Ok(None);
        }
    }
}

/// None if it is none.
fn hello(message: &[u8]) -> Option<Hello> {
    let mut rest = Bytes(message);
    let (_version, _random) = (rest.take(2)?, rest.take(32)?);
    let _session = rest.tiny_list()?;
    let _ciphers = rest.list()?;
    let _compressions = rest.tiny_list()?;
    let mut found = Hello::default();
    // Before TLS 1.2 there may be no extensions at all.
    if rest.0.is_empty() {
        return Some(found);
    }
    let mut extensions = Bytes(rest.list()?);
    while !extensions.0.is_empty() {
        let (kind, content) = (extensions.short()?, extensions.list()?);
        match kind {
            SERVER_NAME if found.name.is_some() => return None,
            SERVER_NAME => found.name = Some(server_name(content)?),
            ENCRYPTED_HELLO => found.encrypted = true,
            _ => {}
        }
    }
    rest.0.is_empty().then_some(found)
}

/// A list that may have one name of each kind, and there is one kind.
fn server_name(content: &[u8]) -> Option<Host> {
    let mut rest = Bytes(content);
    let mut names = Bytes(rest.list()?);
    let (kind, name) = (names.byte()?, names.list()?);
    let alone = kind == 0 && names.0.is_empty() && rest.0.is_empty();
    Host::parse(std::str::from_utf8(name).ok().filter(|_| alone)?)
}

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn short(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    /// So many bytes as the first one says.
    fn tiny_list(&mut self) -> Option<&'a [u8]> {
        let length = self.byte()?;
        self.take(length.into())
    }

    /// So many bytes as the first two say.
    fn list(&mut self) -> Option<&'a [u8]> {
        let length = self.short()?;
        self.take(length.into())
    }
}

#[cfg(test)]
mod tests;
