//! The text being read: a byte offset, and lines and columns when an error needs them.

use super::error::{ArgumentsError, Problem, name};

pub(super) struct Text<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Text<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn offset(&self) -> usize {
        self.at
    }

    pub(super) fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.at]
    }

    /// The next byte; JSON's own characters are all ASCII, and no byte of another character looks like one.
    pub(super) fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn char(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    /// Step over `n` bytes that were looked at: always whole characters.
    pub(super) fn skip(&mut self, n: usize) {
        self.at += n;
    }

    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let there = self.byte() == Some(byte);
        self.at += usize::from(there);
        there
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let there = self.text[self.at..].starts_with(word);
        self.at += if there { word.len() } else { 0 };
        there
    }

    /// JSON knows four kinds of white space, and no others.
    pub(super) fn skip_space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Step over everything that needs no attention in a string, and return it.
    pub(super) fn plain(&mut self) -> &'a str {
        let start = self.at;
        while matches!(self.byte(), Some(b) if b != b'"' && b != b'\\' && b >= 0x20) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    /// Four hex digits, if they are next.
    pub(super) fn hex4(&mut self) -> Option<u16> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4)?;
        let mut code = 0;
        for digit in digits {
            code = code * 16 + (*digit as char).to_digit(16)? as u16;
        }
        self.at += 4;
        Some(code)
    }

    pub(super) fn error_at(&self, offset: usize, problem: Problem) -> ArgumentsError {
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        ArgumentsError {
            problem,
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    pub(super) fn error(&self, problem: Problem) -> ArgumentsError {
        self.error_at(self.at, problem)
    }

    pub(super) fn unexpected(&self, expected: &'static str) -> ArgumentsError {
        self.error(Problem::Syntax { expected, found: name(self.char()) })
    }
}
