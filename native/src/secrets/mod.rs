//! Masking of known secrets, in whole texts and in streams; of recognisable ones in `tokens`.
//!
//! Every occurrence counts, also one that overlaps another: what any of them covers is hidden, and each covered stretch
//! becomes one marker, `‹secret:NAME›`, with the name of the longest secret that starts it. What may be the start of a
//! secret is withheld until it is known, so the pieces of a stream add up to the mask of the whole, wherever it is cut.

mod keys;
mod rules;
mod tokens;

use std::fmt::Write;

pub use tokens::{MASK, TokenFilter, find as find_tokens, mask as mask_tokens};

/// Hides secrets in one stream of text.
#[derive(Debug, Clone)]
pub struct SecretFilter {
    /// Longest first.
    secrets: Vec<(String, String)>,
    /// Could a secret start with this byte?
    starts: [bool; 256],
    withheld: String,
    /// How many bytes at the front of `withheld` are covered by what was masked before.
    covered: usize,
}

/// What stands at one place of the text.
enum Found<'a> {
    /// This secret, and no longer one.
    Secret(&'a str, usize),
    /// No secret.
    Nothing,
    /// The text ends before that is known.
    Unknown,
}

impl SecretFilter {
    /// `secrets` are (name, value). Empty values are no secrets. Of two with one value, the first gives its name.
    pub fn new(secrets: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut secrets: Vec<_> = secrets.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        secrets.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        let mut starts = [false; 256];
        for (_, value) in &secrets {
            starts[usize::from(value.as_bytes()[0])] = true;
        }
        Self { secrets, starts, withheld: String::new(), covered: 0 }
    }

    /// Take the next piece; return all that is safe to show.
    pub fn feed(&mut self, text: &str) -> String {
        self.withheld.push_str(text);
        self.release(false)
    }

    /// The stream has ended: return what was withheld. The filter can be used for another stream.
    pub fn flush(&mut self) -> String {
        self.release(true)
    }

    /// Mask a whole text, apart from any stream.
    pub fn mask(&self, text: &str) -> String {
        let mut other = Self { withheld: text.to_owned(), covered: 0, ..self.clone() };
        other.release(true)
    }

    fn release(&mut self, ended: bool) -> String {
        let mut out = String::with_capacity(self.withheld.len());
        let mut at = 0;
        while at < self.withheld.len() {
            if at >= self.covered {
                let plain = self.plain(at);
                out.push_str(&self.withheld[at..plain]);
                at = plain;
            }
            let rest = &self.withheld[at..];
            let Some(c) = rest.chars().next() else { break };
            match self.find(rest, ended) {
                Found::Unknown => break,
                Found::Secret(name, length) => {
                    if at >= self.covered {
                        // Writing to a string cannot fail.
                        let _ = write!(out, "‹secret:{name}›");
                    }
                    self.covered = self.covered.max(at + length);
                }
                Found::Nothing if at >= self.covered => out.push(c),
                Found::Nothing => {}
            }
            at += c.len_utf8();
        }
        self.withheld.drain(..at);
        self.covered = self.covered.saturating_sub(at);
        out
    }

    /// Where the next secret could start.
    fn plain(&self, at: usize) -> usize {
        let bytes = &self.withheld.as_bytes()[at..];
        at + bytes.iter().position(|byte| self.starts[usize::from(*byte)]).unwrap_or(bytes.len())
    }

    fn find(&self, rest: &str, ended: bool) -> Found<'_> {
        if !self.starts[usize::from(rest.as_bytes()[0])] {
            return Found::Nothing;
        }
        for (name, value) in &self.secrets {
            if rest.starts_with(value.as_str()) {
                return Found::Secret(name, value.len());
            }
            // Longer than all that follow, so none of those may be taken before this is settled.
            if !ended && value.starts_with(rest) {
                return Found::Unknown;
            }
        }
        Found::Nothing
    }
}

#[cfg(test)]
mod tests;
