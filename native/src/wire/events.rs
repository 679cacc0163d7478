//! An event stream's bytes to its events (WHATWG HTML, "Server-sent events").

use std::borrow::Cow;
use std::mem;

use super::bound::{LONGEST_RECORD, TooLong};

/// Bytes kept of lines that are none of an event stream.
const MOST_STRANGE: usize = 2_000;

/// `data`: the lines of its data, at least one of them not empty.
pub(super) struct Event {
    pub(super) name: String,
    pub(super) data: Vec<String>,
}

/// Takes bytes in pieces of any length, without a byte order mark. An event without data is none; the last one needs no
/// empty line behind it.
#[derive(Default)]
pub(super) struct Events {
    /// The line that has not ended.
    line: Vec<u8>,
    after_cr: bool,
    name: String,
    data: Vec<String>,
    size: usize,
    /// What lines held that have none of the standard's fields: a server's words, where nothing else came.
    strange: String,
}

impl Events {
    pub(super) fn strange(&self) -> &str {
        &self.strange
    }

    pub(super) fn feed(&mut self, mut bytes: &[u8], out: &mut Vec<Event>) -> Result<(), TooLong> {
        if self.after_cr && !bytes.is_empty() {
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
            self.after_cr = false;
        }
        while let Some(end) = memchr::memchr2(b'\n', b'\r', bytes) {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            let after_cr = bytes[end] == b'\r';
            bytes = if after_cr { rest.strip_prefix(b"\n").unwrap_or(rest) } else { rest };
            self.after_cr = after_cr && rest.is_empty();
            if self.line.is_empty() {
                self.end_line(line, out)?;
            } else {
                self.line.extend_from_slice(line);
                let line = mem::take(&mut self.line);
                self.end_line(&line, out)?;
            }
        }
        self.line.extend_from_slice(bytes);
        if self.line.len() > LONGEST_RECORD { Err(TooLong) } else { Ok(()) }
    }

    pub(super) fn end(&mut self, out: &mut Vec<Event>) -> Result<(), TooLong> {
        let line = mem::take(&mut self.line);
        self.end_line(&line, out)?;
        self.dispatch(out);
        Ok(())
    }

    fn end_line(&mut self, line: &[u8], out: &mut Vec<Event>) -> Result<(), TooLong> {
        if line.is_empty() {
            self.dispatch(out);
            return Ok(());
        }
        let colon = memchr::memchr(b':', line);
        let (name, value) = colon.map_or((line, &b""[..]), |at| (&line[..at], &line[at + 1..]));
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"data" => {
                self.size += value.len();
                self.data.push(text(value));
                if self.size > LONGEST_RECORD {
                    return Err(TooLong);
                }
            }
            b"event" => self.name = text(value),
            b"" | b"id" | b"retry" => {}
            _ if self.strange.len() < MOST_STRANGE => {
                let colon = if colon.is_some() { ":" } else { "" };
                self.strange += &format!("{}{colon}{}\n", lossy(name), lossy(value));
            }
            _ => {}
        }
        Ok(())
    }

    fn dispatch(&mut self, out: &mut Vec<Event>) {
        let (name, data) = (mem::take(&mut self.name), mem::take(&mut self.data));
        self.size = 0;
        if data.iter().any(|line| !line.is_empty()) {
            out.push(Event { name, data });
        }
    }
}

fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

fn text(bytes: &[u8]) -> String {
    lossy(bytes).into_owned()
}
