//! HTML read by html5gum, tag by tag, until there is enough Markdown.

use std::cell::Cell;
use std::convert::Infallible;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Reader, Span, Tokenizer};
use memchr::{memchr, memmem};
use reqwest::Url;

use super::markdown::{Attributes, Writer};

/// Bytes that are read at a time: a text is seen only when it has ended, and most pages say enough before this.
const WINDOW: usize = 512 * 1024;
/// Bytes that are taken of an attribute; longer ones hold data.
const LONGEST_VALUE: usize = 4096;
/// Their content is no text that a reader sees, and is not even looked at.
const SKIPPED: [&str; 6] = ["script", "style", "noscript", "iframe", "noembed", "noframes"];

/// A page.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Converted {
    /// What the page calls itself.
    pub title: String,
    /// No longer than was asked for.
    pub text: String,
    /// Bytes of the page that were not read, since there was enough text.
    pub unread: usize,
    /// There was more text than was asked for.
    pub is_cut: bool,
}

/// At most `limit` bytes of Markdown. Links are made whole by `base`. `None` once `is_cancelled`.
pub fn markdown(html: &str, base: Option<&Url>, limit: usize, is_cancelled: &dyn Fn() -> bool) -> Option<Converted> {
    let mut writer = Writer::new(base.cloned(), limit);
    let source = Source { bytes: html.as_bytes(), at: Cell::new(0), end: Cell::new(0), until: Cell::new(None) };
    while source.at.get() < html.len() && !writer.is_full() {
        if is_cancelled() {
            return None;
        }
        let end = window_end(source.bytes, source.at.get());
        source.end.set(end);
        read(&source, &mut writer);
        if source.at.get() < end && !writer.is_full() {
            source.at.set(end);
        }
    }
    let unread = html.len() - source.at.get().min(html.len());
    let (title, text, is_cut) = writer.end();
    Some(Converted { title, text, unread, is_cut: is_cut || unread > 0 })
}

/// Behind a tag or between words, and never in a comment.
fn window_end(bytes: &[u8], start: usize) -> usize {
    let end = start.saturating_add(WINDOW);
    if end >= bytes.len() {
        return bytes.len();
    }
    let window = &bytes[start..end];
    if let Some(open) = memmem::rfind(window, b"<!--")
        && memmem::find(&window[open..], b"-->").is_none()
    {
        return memmem::find(&bytes[start + open..], b"-->").map_or(bytes.len(), |close| start + open + close + 3);
    }
    let near = &window[WINDOW / 2..];
    let last = memchr::memrchr(b'>', near).or_else(|| near.iter().rposition(u8::is_ascii_whitespace));
    match last {
        Some(at) => start + WINDOW / 2 + at + 1,
        // A tag of this length holds data: it is read whole.
        None => memchr(b'>', &bytes[end..]).map_or(bytes.len(), |at| end + at + 1),
    }
}

fn read(source: &Source<'_>, writer: &mut Writer) {
    let mut tag = Tag::default();
    let emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| -> Option<Infallible> {
        match event {
            CallbackEvent::OpenStartTag { name } => tag.begin(name),
            CallbackEvent::AttributeName { name } => tag.attribute(name),
            CallbackEvent::AttributeValue { value } => tag.value(value),
            CallbackEvent::CloseStartTag { .. } => {
                if let Some(name) = SKIPPED.iter().find(|name| **name == tag.name) {
                    source.until.set(Some(name));
                } else {
                    writer.open(&tag.name, &tag.attributes);
                }
            }
            CallbackEvent::EndTag { name } => writer.close(&String::from_utf8_lossy(name).to_ascii_lowercase()),
            CallbackEvent::String { value } => writer.text(&String::from_utf8_lossy(value)),
            _ => {}
        }
        if writer.is_full() {
            source.end.set(0);
        }
        None
    });
    let mut emitter = emitter;
    emitter.naively_switch_states(true);
    // Nothing but its end comes out of it: the page goes to the function above.
    let None = Tokenizer::new_with_emitter(Position(source), emitter).next();
}

#[derive(Default)]
struct Tag {
    name: String,
    attributes: Attributes,
    /// The attribute that a value is awaited for.
    current: Option<&'static str>,
}

impl Tag {
    fn begin(&mut self, name: &[u8]) {
        self.name = String::from_utf8_lossy(name).to_ascii_lowercase();
        self.attributes = Attributes::default();
        self.current = None;
    }

    /// The first of a name counts.
    fn attribute(&mut self, name: &[u8]) {
        let known = Attributes::NAMES.iter().find(|known| name.eq_ignore_ascii_case(known.as_bytes()));
        self.current = known.copied().filter(|name| self.attributes.get(name).is_none());
    }

    fn value(&mut self, value: &[u8]) {
        if let Some(name) = self.current.take()
            && value.len() <= LONGEST_VALUE
        {
            self.attributes.set(name, String::from_utf8_lossy(value).into_owned());
        }
    }
}

/// A page, and how far it was read.
struct Source<'a> {
    bytes: &'a [u8],
    at: Cell<usize>,
    end: Cell<usize>,
    /// Nothing is read before the end tag of this name.
    until: Cell<Option<&'static str>>,
}

impl Source<'_> {
    fn skip(&self) {
        let Some(name) = self.until.take() else { return };
        let mut at = self.at.get();
        while let Some(found) = memmem::find(&self.bytes[at..], b"</") {
            at += found;
            let behind = &self.bytes[at + 2..];
            if behind.len() >= name.len() && behind[..name.len()].eq_ignore_ascii_case(name.as_bytes()) {
                break;
            }
            at += 2;
        }
        if memmem::find(&self.bytes[at..], b"</").is_none() {
            at = self.bytes.len();
        }
        // The rest of its end tag is read, wherever the window ends.
        let close = memchr(b'>', &self.bytes[at..]).map_or(self.bytes.len(), |close| at + close + 1);
        self.at.set(at);
        self.end.set(self.end.get().max(close));
    }

    fn rest(&self) -> &[u8] {
        self.skip();
        self.bytes.get(self.at.get()..self.end.get()).unwrap_or_default()
    }
}

struct Position<'s, 'a>(&'s Source<'a>);

impl Reader for Position<'_, '_> {
    type Error = Infallible;

    fn read_byte(&mut self) -> Result<Option<u8>, Infallible> {
        let byte = self.0.rest().first().copied();
        self.0.at.set(self.0.at.get() + usize::from(byte.is_some()));
        Ok(byte)
    }

    fn try_read_string(&mut self, wanted: &[u8], case_sensitive: bool) -> Result<bool, Infallible> {
        let Some(next) = self.0.rest().get(..wanted.len()) else { return Ok(false) };
        let same = if case_sensitive { next == wanted } else { next.eq_ignore_ascii_case(wanted) };
        if same {
            self.0.at.set(self.0.at.get() + wanted.len());
        }
        Ok(same)
    }

    fn read_until<'b>(&'b mut self, needle: &[u8], _: &'b mut [u8; 4]) -> Result<Option<&'b [u8]>, Infallible> {
        let rest = self.0.rest();
        if rest.is_empty() {
            return Ok(None);
        }
        let found = match needle {
            [a] => memchr(*a, rest),
            [a, b] => memchr::memchr2(*a, *b, rest),
            [a, b, c] => memchr::memchr3(*a, *b, *c, rest),
            more => rest.iter().position(|byte| more.contains(byte)),
        };
        let length = found.map_or(rest.len(), |at| at.max(1));
        self.0.at.set(self.0.at.get() + length);
        Ok(Some(&rest[..length]))
    }
}
