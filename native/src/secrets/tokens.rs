//! Tokens that show by their look what they are, though nobody has said that they are secrets.
//!
//! They are found by their signs first, all at once, and only there by their shapes: text without a sign costs what it
//! takes to look for the signs.

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use memchr::memmem;
use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};

use super::keys;
use super::rules::{RULES, Rule};

/// What stands in a token's place; a key is followed by as many line ends as it had, so that later lines keep their
/// numbers.
pub const MASK: &str = "‹secret:token›";
/// Bytes of the longest word or key that is waited for.
const LONGEST: usize = 16 * 1024;
/// How much of a longer word is kept: more than it takes to tell a token.
const KEPT: usize = 1024;
/// Bytes from the words before an access key to its end.
const ACCESS_KEY: usize = 80;
const ACCESS_KEY_SIGNS: [&[u8]; 3] = [b"ecret_access_key", b"ecretAccessKey", b"ECRET_ACCESS_KEY"];

static SIGNS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let signs = RULES.iter().map(|rule| rule.sign);
    let builder = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).match_kind(MatchKind::LeftmostFirst).clone();
    builder.build(signs).expect("the signs are few and short")
});
#[cfg(test)]
pub(super) fn compile(rule: &Rule) {
    Shape::new(rule);
}

static SHAPES: [OnceLock<Shape>; RULES.len()] = [const { OnceLock::new() }; RULES.len()];

struct Shape {
    regex: Regex,
    grouped: bool,
}

impl Shape {
    fn new(rule: &Rule) -> Self {
        let regex = Regex::builder()
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .build(rule.shape)
            .expect("a test has compiled every shape");
        Self { grouped: regex.captures_len() > 1, regex }
    }
}

/// The whole text, with a mask for each token in it.
pub fn mask(text: &str) -> String {
    let keys = keys::find(text.as_bytes(), true).closed;
    let found = tokens(text.as_bytes(), 0, &keys);
    replaced(text, &found)
}

/// Every token in the text, as it stands there.
pub fn find(text: &str) -> Vec<&str> {
    let keys = keys::find(text.as_bytes(), true).closed;
    tokens(text.as_bytes(), 0, &keys).into_iter().map(|range| &text[range]).collect()
}

/// Where keys and tokens stand from `from` on, in order. A token goes around keys: it would take the dashes before one
/// for its own.
fn tokens(text: &[u8], from: usize, keys: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = from;
    for key in keys {
        between(text, at..key.start, &mut found);
        found.push(key.clone());
        at = key.end;
    }
    between(text, at..text.len(), &mut found);
    found
}

fn between(text: &[u8], span: Range<usize>, found: &mut Vec<Range<usize>>) {
    let mut at = span.start;
    while let Some(sign) = SIGNS.find(aho_corasick::Input::new(text).span(at..span.end)) {
        // Right behind a token a word begins, as it does once that is masked.
        let behind = found.last().is_some_and(|last| last.end == sign.start());
        let seen = if behind || ends_escape(&text[..sign.start()]) { sign.start() } else { 0 };
        match token(&text[seen..], sign.pattern().as_usize(), sign.start() - seen, span.end - seen) {
            Some(range) => {
                at = range.end + seen;
                found.push(range.start + seen..at);
            }
            None => at = sign.start() + 1,
        }
    }
}

/// Does an escape sequence end here? Its last letter is no part of the word that follows: `%3Dghp_…`, `"\nghp_…"`,
/// `\u003dghp_…`, and the colour in a terminal's `␛[32mghp_…`, of which the beginning may be gone by now.
fn ends_escape(text: &[u8]) -> bool {
    let hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    let behind = |count: usize| text.len().checked_sub(count).map(|at| text.split_at(at));
    let escaped =
        |count: usize, sign: &[u8]| behind(count).is_some_and(|(before, digits)| hex(digits) && before.ends_with(sign));
    if escaped(2, b"%") || escaped(2, b"\\x") || escaped(4, b"\\u") {
        return true;
    }
    match text {
        [.., b'\\', b'a' | b'b' | b'e' | b'f' | b'n' | b'r' | b't' | b'v' | b'0'] => true,
        [parameters @ .., b'm' | b'K'] => {
            let digits = parameters.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
            matches!(parameters[..parameters.len() - digits], [.., b'[' | b';' | b':'])
        }
        _ => false,
    }
}

/// The token of this rule that begins here.
fn token(text: &[u8], rule: usize, start: usize, end: usize) -> Option<Range<usize>> {
    let digits = text[..start].iter().rev().take(RULES[rule].digits).take_while(|byte| byte.is_ascii_digit()).count();
    if digits < RULES[rule].digits {
        return None;
    }
    let shape = SHAPES[rule].get_or_init(|| Shape::new(&RULES[rule]));
    let input = Input::new(text).span(start..end).anchored(Anchored::Yes);
    if !shape.grouped {
        return shape.regex.find(input).map(|found| found.range());
    }
    let mut groups = shape.regex.create_captures();
    shape.regex.captures(input, &mut groups);
    groups.get_group(1).map(|group| group.range())
}

fn replaced(text: &str, found: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for range in found {
        out.push_str(&text[at..range.start]);
        out.push_str(MASK);
        out.extend(text[range.clone()].chars().filter(|c| *c == '\n'));
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

/// Hides tokens in one stream of text: withholds the last word, and a private key until its end, both up to a bound.
#[derive(Debug, Clone, Default)]
pub struct TokenFilter {
    /// The last character that was let go, if any, and all after it.
    text: String,
    /// Where what is withheld begins in it.
    from: usize,
}

impl TokenFilter {
    /// Take the next piece; return all that is safe to show.
    pub fn feed(&mut self, piece: &str) -> String {
        self.text.push_str(piece);
        self.release(false)
    }

    /// The stream has ended: return what was withheld. The filter can be used for another stream.
    pub fn flush(&mut self) -> String {
        let out = self.release(true);
        *self = Self::default();
        out
    }

    fn release(&mut self, ended: bool) -> String {
        let text = self.text.as_bytes();
        let keys = keys::find(text, ended);
        let mut found = tokens(text, self.from, &keys.closed);
        let until = if ended { text.len() } else { settled(&self.text, self.from, &keys, &found) };
        found.retain(|range| range.end <= until);
        for range in &mut found {
            *range = range.start - self.from..range.end - self.from;
        }
        let out = replaced(&self.text[self.from..until], &found);
        let last = self.text[..until].chars().next_back().map_or(0, char::len_utf8);
        self.text.drain(..until - last);
        self.from = last;
        out
    }
}

/// Up to where no later text can change what the tokens are.
fn settled(text: &str, from: usize, keys: &keys::Keys, found: &[Range<usize>]) -> usize {
    let bytes = text.as_bytes();
    let limit = keys.open.into_iter().chain(open_access_key(bytes)).min().unwrap_or(bytes.len());
    let word = bytes[..limit].iter().rev().take_while(|byte| is_word(**byte)).count();
    let start =
        keys.closed.iter().map(|key| key.end).filter(|end| *end <= limit).fold(limit - word, usize::max).max(from);
    if bytes.len() - start <= LONGEST {
        return start;
    }
    if keys.open.is_some() {
        return bytes.len();
    }
    let cut = (0..=bytes.len() - KEPT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(from).max(start);
    match found.iter().find(|range| range.start < cut && cut < range.end) {
        // It may go on: wait for its end a while longer.
        Some(range) if range.end == bytes.len() && bytes.len() - range.start <= 4 * LONGEST => range.start,
        Some(range) => range.end,
        None => cut,
    }
}

/// What a token or a webhook's address consists of.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-+/=~%|:@".contains(&byte)
}

/// Where the words before an access key stand whose key may yet come.
fn open_access_key(text: &[u8]) -> Option<usize> {
    let window = text.len().saturating_sub(ACCESS_KEY);
    let tail = &text[window..];
    let sign = ACCESS_KEY_SIGNS.iter().filter_map(|sign| memmem::rfind(tail, sign)).max()?;
    let may_go_on = tail[sign..].iter().all(|byte| is_word(*byte) || b" \t\"'".contains(byte));
    may_go_on.then_some(window + sign)
}
