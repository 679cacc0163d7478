//! Text in msgpack, by regular expression.

use grep_matcher::Matcher;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use memchr::memmem::Finder;
use rmp::Marker;

use super::SearchError;

/// What names a struct of a union, and no text of anyone's.
const TAGS: [&[u8]; 2] = [b"kind", b"type"];
/// The content of a value that is kept elsewhere; whoever has that can say whether the pattern is in it.
const ELSEWHERE: &[u8] = b"\xa4type\xa4blob";
/// Below this key is what a model wrote, where a key means what the model meant.
const FREE: &[u8] = b"arguments";
/// Deeper values are not looked at; nothing that claw writes comes near.
const DEEPEST: usize = 200;

/// Looks for a regular expression in the texts of a msgpack value: keys of maps are none, nor are the tags of unions.
pub struct InPayload {
    pattern: RegexMatcher,
    elsewhere: Finder<'static>,
}

impl InPayload {
    /// `pattern` is in Rust's syntax; `^` and `$` are the ends of a line. The error says what is wrong with it.
    pub fn new(pattern: &str) -> Result<Self, SearchError> {
        let matcher = RegexMatcherBuilder::new().multi_line(true).build(pattern);
        let pattern = matcher.map_err(|error| SearchError::Pattern(format!("bad regular expression: {error}")))?;
        Ok(Self { pattern, elsewhere: Finder::new(ELSEWHERE) })
    }

    /// Whether it is in one of the texts, or may be in content that the payload refers to.
    pub fn is_in(&self, payload: &[u8]) -> bool {
        let mut rest = payload;
        self.value(&mut rest, false, 0).unwrap_or(false) || self.elsewhere.find(payload).is_some()
    }

    /// Whether it is in this value; `rest` then begins behind it, unless it was found. None where there is no value.
    fn value(&self, rest: &mut &[u8], free: bool, depth: usize) -> Option<bool> {
        if depth > DEEPEST {
            return None;
        }
        match marker(rest)? {
            Marker::FixStr(length) => self.text(rest, length.into()),
            Marker::Str8 => length(rest, 1).and_then(|length| self.text(rest, length)),
            Marker::Str16 => length(rest, 2).and_then(|length| self.text(rest, length)),
            Marker::Str32 => length(rest, 4).and_then(|length| self.text(rest, length)),
            Marker::FixArray(count) => self.array(rest, count.into(), free, depth),
            Marker::Array16 => length(rest, 2).and_then(|count| self.array(rest, count, free, depth)),
            Marker::Array32 => length(rest, 4).and_then(|count| self.array(rest, count, free, depth)),
            Marker::FixMap(count) => self.map(rest, count.into(), free, depth),
            Marker::Map16 => length(rest, 2).and_then(|count| self.map(rest, count, free, depth)),
            Marker::Map32 => length(rest, 4).and_then(|count| self.map(rest, count, free, depth)),
            other => skip(rest, other).map(|()| false),
        }
    }

    fn text(&self, rest: &mut &[u8], length: usize) -> Option<bool> {
        take(rest, length).map(|text| self.pattern.is_match(text).unwrap_or(false))
    }

    fn array(&self, rest: &mut &[u8], count: usize, free: bool, depth: usize) -> Option<bool> {
        for _ in 0..count {
            if self.value(rest, free, depth + 1)? {
                return Some(true);
            }
        }
        Some(false)
    }

    fn map(&self, rest: &mut &[u8], count: usize, free: bool, depth: usize) -> Option<bool> {
        for _ in 0..count {
            let key = key(rest)?;
            let found = self.value(rest, free || key == FREE, depth + 1)?;
            if found && (free || !TAGS.contains(&key)) {
                return Some(true);
            }
        }
        Some(false)
    }
}

fn key<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    match marker(rest)? {
        Marker::FixStr(length) => take(rest, length.into()),
        Marker::Str8 => length(rest, 1).and_then(|length| take(rest, length)),
        Marker::Str16 => length(rest, 2).and_then(|length| take(rest, length)),
        other => skip(rest, other).map(|()| &[][..]),
    }
}

fn marker(rest: &mut &[u8]) -> Option<Marker> {
    take(rest, 1).map(|byte| Marker::from_u8(byte[0]))
}

/// Pass over a number, a truth value, bytes or an extension.
fn skip(rest: &mut &[u8], marker: Marker) -> Option<()> {
    let size = match marker {
        Marker::U8 | Marker::I8 => 1,
        Marker::U16 | Marker::I16 | Marker::FixExt1 => 2,
        Marker::U32 | Marker::I32 | Marker::F32 => 4,
        Marker::U64 | Marker::I64 | Marker::F64 => 8,
        Marker::FixExt2 => 3,
        Marker::FixExt4 => 5,
        Marker::FixExt8 => 9,
        Marker::FixExt16 => 17,
        Marker::Bin8 => length(rest, 1)?,
        Marker::Bin16 => length(rest, 2)?,
        Marker::Bin32 => length(rest, 4)?,
        Marker::Ext8 => length(rest, 1)? + 1,
        Marker::Ext16 => length(rest, 2)? + 1,
        Marker::Ext32 => length(rest, 4)? + 1,
        Marker::Null | Marker::True | Marker::False | Marker::FixPos(_) | Marker::FixNeg(_) => 0,
        _ => return None,
    };
    take(rest, size).map(|_| ())
}

/// A big-endian number of `size` bytes.
fn length(rest: &mut &[u8], size: usize) -> Option<usize> {
    take(rest, size).map(|bytes| bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, behind) = rest.split_at_checked(count)?;
    *rest = behind;
    Some(taken)
}
