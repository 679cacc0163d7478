//! The body of an answer to its records: an event stream, JSON in its stead, or what is neither.
//!
//! Which it is shows in its first character, whatever the server calls it: no event stream begins with a brace or a `<`.

use std::mem;

use super::bound::{LONGEST_RECORD, TooLong};
use super::events::{Event, Events};
use super::json::{Balance, is_json};

/// Bytes read of what is no reply.
const LONGEST_PAGE: usize = 64 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const DONE: &str = "[DONE]";

/// What a body is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Nothing has come that tells.
    #[default]
    Unknown,
    /// An event stream.
    Events,
    /// JSON: one object, or one a line.
    Json,
    /// HTML or XML.
    Page,
}

/// What stands where a JSON object belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// Nobody has looked whether it is JSON.
    Text {
        /// Of the event.
        name: String,
        /// Not empty, without white space around it.
        text: String,
    },
    /// The server says that it is done.
    Done,
}

impl Record {
    pub(super) fn weight(&self) -> usize {
        match self {
            Record::Text { name, text } => 64 + name.len() + text.len(),
            Record::Done => 64,
        }
    }
}

/// Takes bytes in pieces of any length; what comes out does not depend on where they were cut.
#[derive(Default)]
pub struct Answer {
    form: Form,
    head: Vec<u8>,
    events: Events,
    cut: Vec<Event>,
    json: Json,
    page: Vec<u8>,
}

impl Answer {
    /// Of what has come.
    pub fn form(&self) -> Form {
        self.form
    }

    /// Whether enough of a page has come.
    pub fn is_full(&self) -> bool {
        self.page.len() > LONGEST_PAGE
    }

    /// What the server said instead of records.
    pub fn said(&self) -> String {
        match self.form {
            Form::Events => trimmed(self.events.strange()).to_owned(),
            Form::Page => String::from_utf8_lossy(&self.page).into_owned(),
            Form::Json | Form::Unknown => String::new(),
        }
    }

    /// Appends the records that end in these bytes. After an error nothing more can be fed.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<Record>) -> Result<(), TooLong> {
        if self.form != Form::Unknown {
            return self.take(bytes, out);
        }
        self.head.extend_from_slice(bytes);
        self.form = form_of(&self.head);
        if self.form == Form::Unknown {
            return if self.head.len() > LONGEST_RECORD { Err(TooLong) } else { Ok(()) };
        }
        let head = mem::take(&mut self.head);
        self.take(head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&head), out)
    }

    /// Nothing more comes: what only lacks its end.
    pub fn end(&mut self, out: &mut Vec<Record>) -> Result<(), TooLong> {
        match self.form {
            Form::Events => {
                let done = self.events.end(&mut self.cut);
                self.take_events(out);
                done?;
            }
            Form::Json => self.json.end(out),
            Form::Page | Form::Unknown => {}
        }
        Ok(())
    }

    fn take(&mut self, bytes: &[u8], out: &mut Vec<Record>) -> Result<(), TooLong> {
        match self.form {
            Form::Events => {
                let done = self.events.feed(bytes, &mut self.cut);
                self.take_events(out);
                done
            }
            Form::Json => self.json.feed(bytes, out),
            Form::Page | Form::Unknown => {
                self.page.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// Lines of data that are JSON each are records each: some servers leave out the empty lines.
    fn take_events(&mut self, out: &mut Vec<Record>) {
        for Event { name, mut data } in self.cut.drain(..) {
            if data.len() == 1 {
                record(data.remove(0), name, out);
            } else if data.iter().all(|line| is_record(line.as_bytes())) {
                for line in data {
                    record(line, name.clone(), out);
                }
            } else {
                record(data.join("\n"), name, out);
            }
        }
    }
}

fn form_of(head: &[u8]) -> Form {
    let start = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    match start.iter().find(|byte| !byte.is_ascii_whitespace() && **byte != 0x0b) {
        None => Form::Unknown,
        Some(_) if BYTE_ORDER_MARK.starts_with(head) => Form::Unknown,
        Some(b'{' | b'[') => Form::Json,
        Some(b'<') => Form::Page,
        Some(_) => Form::Events,
    }
}

/// One object, or one a line as far as it has come.
struct Json {
    text: Vec<u8>,
    is_lines: bool,
    balance: Balance,
}

impl Default for Json {
    fn default() -> Self {
        Self { text: Vec::new(), is_lines: true, balance: Balance::default() }
    }
}

impl Json {
    fn feed(&mut self, bytes: &[u8], out: &mut Vec<Record>) -> Result<(), TooLong> {
        let known = self.text.len();
        self.text.extend_from_slice(bytes);
        if self.is_lines {
            self.take_lines(known, out);
        }
        let ends = self.text.trim_ascii_end().last().is_some_and(|byte| matches!(byte, b'}' | b']'));
        if self.balance.is_closed(&self.text) && ends && is_record(&self.text) {
            self.end(out);
        }
        if self.text.len() > LONGEST_RECORD { Err(TooLong) } else { Ok(()) }
    }

    fn end(&mut self, out: &mut Vec<Record>) {
        self.balance = Balance::default();
        let text = mem::take(&mut self.text);
        record(String::from_utf8_lossy(&text).into_owned(), String::new(), out);
    }

    /// `known` bytes hold no end of a line.
    fn take_lines(&mut self, known: usize, out: &mut Vec<Record>) {
        let (mut start, mut from) = (0, known);
        while let Some(found) = memchr::memchr(b'\n', &self.text[from..]) {
            let line = &self.text[start..from + found];
            if !is_record(line) {
                self.is_lines = false;
                break;
            }
            record(String::from_utf8_lossy(line).into_owned(), String::new(), out);
            from += found + 1;
            start = from;
        }
        if start > 0 {
            self.text.drain(..start);
            self.balance = Balance::default();
        }
    }
}

fn is_record(text: &[u8]) -> bool {
    is_json(text) || matches!(std::str::from_utf8(text).map(trimmed), Ok("" | DONE))
}

fn record(text: String, name: String, out: &mut Vec<Record>) {
    let trimmed = trimmed(&text);
    if trimmed.starts_with(DONE) {
        out.push(Record::Done);
    } else if trimmed.len() == text.len() && !text.is_empty() {
        out.push(Record::Text { name, text });
    } else if !trimmed.is_empty() {
        out.push(Record::Text { name, text: trimmed.to_owned() });
    }
}

/// Without the white space around it, separators of ASCII among it.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c))
}
