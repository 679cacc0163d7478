//! One file's matches as lines of text, in ripgrep's format.

use std::io;
use std::path::Path;

use grep_matcher::Matcher;
use grep_regex::RegexMatcher;
use grep_searcher::{Searcher, Sink, SinkContext, SinkFinish, SinkMatch};

use super::Cancel;
use super::gathering::Found;

/// The longest line that is shown whole, in bytes; of longer ones the part around the first match is shown.
const LONGEST_LINE: usize = 500;
/// How much of that stands before the match.
const LEAD: usize = 100;

/// What to write for each file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `path:line:text`, and `path-line-text` for context.
    Content,
    /// `path`.
    FilesWithMatches,
    /// `path:n`, n the number of matching lines (multiline: of matches).
    Count,
}

/// What to write, and when there is enough.
pub(super) struct Format<'a> {
    pub(super) mode: Mode,
    pub(super) line_numbers: bool,
    pub(super) multiline: bool,
    pub(super) most_lines: usize,
    pub(super) most_bytes: usize,
    pub(super) matcher: &'a RegexMatcher,
    pub(super) cancel: &'a Cancel,
}

/// Takes the matches in one file.
pub(super) struct Lines<'a> {
    format: &'a Format<'a>,
    path: String,
    found: Found,
    count: u64,
    binary: bool,
}

impl<'a> Lines<'a> {
    pub(super) fn new(format: &'a Format<'a>, path: &Path) -> Self {
        Self { format, path: path.to_string_lossy().into_owned(), found: Found::default(), count: 0, binary: false }
    }

    /// The file's output, if it has any. Of a binary file (met only if it was named itself) just that it matches.
    pub(super) fn finish(mut self) -> Option<Found> {
        if self.count == 0 {
            return None;
        }
        match self.format.mode {
            Mode::FilesWithMatches => self.push(&format!("{}\n", self.path.clone())),
            Mode::Count => self.push(&format!("{}:{}\n", self.path.clone(), self.count)),
            Mode::Content if self.binary => {
                self.found = Found::default();
                self.push(&format!("{}: binary file matches\n", self.path.clone()));
            }
            Mode::Content => {}
        }
        Some(self.found)
    }

    pub(super) fn is_binary(&self) -> bool {
        self.binary
    }

    fn push(&mut self, line: &str) {
        self.found.text.push_str(line);
        self.found.lines += 1;
    }

    /// Write one line; say whether there is room for more. `mark` is `:` for a match and `-` for context.
    fn line(&mut self, number: Option<u64>, mark: char, bytes: &[u8]) -> bool {
        if self.found.lines >= self.format.most_lines || self.found.text.len() > self.format.most_bytes {
            self.found.cut = true;
            return false;
        }
        let mut line = format!("{}{mark}", self.path);
        if let Some(number) = number.filter(|_| self.format.line_numbers) {
            line.push_str(&format!("{number}{mark}"));
        }
        line.push_str(&self.shown(bytes));
        line.push('\n');
        self.push(&line);
        true
    }

    fn shown(&self, bytes: &[u8]) -> String {
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if bytes.len() <= LONGEST_LINE {
            return String::from_utf8_lossy(bytes).into_owned();
        }
        let first = self.format.matcher.find(bytes).ok().flatten().map_or(0, |found| found.start());
        let start = char_start(bytes, first.saturating_sub(LEAD).min(bytes.len() - LONGEST_LINE));
        let end = char_start(bytes, start + LONGEST_LINE);
        let before = if start > 0 { format!("[… {start} bytes] ") } else { String::new() };
        let after = if end < bytes.len() { format!(" [… {} bytes]", bytes.len() - end) } else { String::new() };
        format!("{before}{}{after}", String::from_utf8_lossy(&bytes[start..end]))
    }
}

/// The start of the UTF-8 character that `at` lies in.
fn char_start(bytes: &[u8], at: usize) -> usize {
    let lowest = at.saturating_sub(3);
    (lowest..=at).rev().find(|i| bytes.get(*i).is_none_or(|byte| byte & 0xC0 != 0x80)).unwrap_or(at)
}

impl Sink for Lines<'_> {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> io::Result<bool> {
        if self.format.cancel.is_cancelled() {
            return Ok(false);
        }
        match self.format.mode {
            Mode::FilesWithMatches => {
                self.count = 1;
                return Ok(false);
            }
            // Matches that touch each other's lines come as one.
            Mode::Count if self.format.multiline => {
                let each = |_| {
                    self.count += 1;
                    true
                };
                self.format.matcher.find_iter(found.bytes(), each).map_err(io::Error::other)?;
            }
            Mode::Count => self.count += 1,
            Mode::Content => {
                self.count += 1;
                for (line, offset) in found.lines().zip(0..) {
                    if !self.line(found.line_number().map(|first| first + offset), ':', line) {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    fn context(&mut self, _: &Searcher, context: &SinkContext<'_>) -> io::Result<bool> {
        Ok(self.format.mode != Mode::Content || self.line(context.line_number(), '-', context.bytes()))
    }

    fn context_break(&mut self, _: &Searcher) -> io::Result<bool> {
        if self.format.mode == Mode::Content {
            self.push("--\n");
        }
        Ok(true)
    }

    fn binary_data(&mut self, _: &Searcher, _: u64) -> io::Result<bool> {
        self.binary = true;
        Ok(true)
    }

    fn finish(&mut self, _: &Searcher, end: &SinkFinish) -> io::Result<()> {
        self.binary |= end.binary_byte_offset().is_some();
        Ok(())
    }
}
