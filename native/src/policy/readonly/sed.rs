//! Is a sed script harmless? It is where every command of it is understood and none reads, writes or runs anything.
//!
//! Parsed as GNU sed does (<https://www.gnu.org/software/sed/manual/sed.html>). Whether a delimiter in brackets ends a
//! regular expression (`s/[/]/x/`) depends on the version, so a script with one must be harmless either way.

/// Commands without arguments.
const PLAIN: &str = "=dDgGhHnNpPxzF";
/// Commands that an exit code or a line length may follow.
const NUMBERED: &str = "lqQ";
/// Commands that a label follows.
const LABELLED: &str = "btT:";
/// Commands and flags of `s` that read, write or run.
const HARMFUL: &str = "rRwWe";
/// Other flags of `s`.
const SUBSTITUTE_FLAGS: &str = "gpiImM0123456789";

/// Why a script is not known to be harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// sed refuses it as well, before it does anything.
    Syntax,
    /// It does harm, or it may.
    Harm,
}

/// Check one script; a script that is given in pieces (`-e`) must be harmless in each.
pub(super) fn check(script: &str) -> Result<(), String> {
    let mut scanner = Scanner { rest: script, brackets: true, delimiter_in_brackets: false };
    let mut verdict = scanner.script();
    if verdict.is_ok() && scanner.delimiter_in_brackets {
        scanner = Scanner { rest: script, brackets: false, delimiter_in_brackets: false };
        verdict = match scanner.script() {
            Err(Stop::Syntax) => Ok(()),
            verdict => verdict,
        };
    }
    verdict.map_err(|_| {
        let near: String = scanner.rest.chars().take(20).collect();
        format!("a script that may do more than print, near {near:?}")
    })
}

struct Scanner<'a> {
    rest: &'a str,
    /// A delimiter in brackets is a character.
    brackets: bool,
    delimiter_in_brackets: bool,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Result<char, Stop> {
        let letter = self.peek().ok_or(Stop::Syntax)?;
        self.rest = &self.rest[letter.len_utf8()..];
        Ok(letter)
    }

    fn skip(&mut self, matches: impl Fn(char) -> bool) {
        self.rest = self.rest.trim_start_matches(matches);
    }

    fn eat(&mut self, wanted: char) -> bool {
        self.peek() == Some(wanted) && self.next().is_ok()
    }

    fn script(&mut self) -> Result<(), Stop> {
        loop {
            self.skip(|c| c == ';' || c == '\n' || is_blank(c));
            if self.peek().is_none() {
                return Ok(());
            }
            if self.address()? {
                self.skip(is_blank);
                if self.eat(',') {
                    self.skip(is_blank);
                    if !self.eat('+') {
                        self.eat('~');
                    }
                    if !self.address()? {
                        return Err(Stop::Harm);
                    }
                }
            }
            self.skip(|c| c == '!' || is_blank(c));
            self.command()?;
        }
    }

    /// Was there an address?
    fn address(&mut self) -> Result<bool, Stop> {
        match self.peek() {
            Some('$') => {
                self.next()?;
            }
            Some('0'..='9') => {
                self.skip(|c| c.is_ascii_digit());
                if self.eat('~') {
                    self.skip(|c| c.is_ascii_digit());
                }
            }
            Some('/') => {
                self.next()?;
                self.pattern('/')?;
                self.skip(|c| c == 'I' || c == 'M');
            }
            Some('\\') => {
                self.next()?;
                let delimiter = self.delimiter()?;
                self.pattern(delimiter)?;
                self.skip(|c| c == 'I' || c == 'M');
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn command(&mut self) -> Result<(), Stop> {
        let before = self.rest;
        let command = self.next()?;
        match command {
            '{' => Ok(()),
            '}' => self.end(),
            '#' => {
                self.skip(|c| c != '\n');
                Ok(())
            }
            's' => {
                let delimiter = self.delimiter()?;
                self.pattern(delimiter)?;
                self.text_to(delimiter)?;
                self.skip(|c| SUBSTITUTE_FLAGS.contains(c));
                self.end()
            }
            'y' => {
                let delimiter = self.delimiter()?;
                self.text_to(delimiter)?;
                self.text_to(delimiter)?;
                self.end()
            }
            'a' | 'i' | 'c' => self.lines(),
            _ if PLAIN.contains(command) => self.end(),
            _ if NUMBERED.contains(command) => {
                self.skip(is_blank);
                self.skip(|c| c.is_ascii_digit());
                self.end()
            }
            _ if LABELLED.contains(command) => {
                self.skip(is_blank);
                self.skip(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-' || c == '.');
                self.end()
            }
            _ => {
                self.rest = before;
                Err(if HARMFUL.contains(command) { Stop::Harm } else { Stop::Syntax })
            }
        }
    }

    /// The text of `a`, `i` and `c`: one line without a backslash, which would make it go on.
    fn lines(&mut self) -> Result<(), Stop> {
        self.skip(is_blank);
        if self.eat('\\') {
            self.skip(is_blank);
            self.eat('\n');
        }
        let line = self.rest.split('\n').next().unwrap_or_default();
        if line.is_empty() || line.contains('\\') {
            return Err(Stop::Harm);
        }
        self.rest = &self.rest[line.len()..];
        Ok(())
    }

    fn delimiter(&mut self) -> Result<char, Stop> {
        self.next().ok().filter(|c| c.is_ascii_punctuation() && *c != '\\').ok_or(Stop::Harm)
    }

    /// Behind a command: blanks and then nothing, a separator, a comment, or the end of a block.
    fn end(&mut self) -> Result<(), Stop> {
        self.skip(is_blank);
        match self.peek() {
            None | Some(';' | '\n' | '}' | '#') => Ok(()),
            Some(letter) if HARMFUL.contains(letter) => Err(Stop::Harm),
            Some(_) => Err(Stop::Syntax),
        }
    }

    /// Everything up to the delimiter, and the delimiter.
    fn text_to(&mut self, delimiter: char) -> Result<(), Stop> {
        loop {
            match self.next()? {
                '\\' => {
                    self.next()?;
                }
                '\n' => return Err(Stop::Syntax),
                letter if letter == delimiter => return Ok(()),
                _ => {}
            }
        }
    }

    /// A regular expression up to the delimiter, and the delimiter.
    fn pattern(&mut self, delimiter: char) -> Result<(), Stop> {
        loop {
            match self.next()? {
                '\\' => {
                    self.next()?;
                }
                '\n' => return Err(Stop::Syntax),
                letter if letter == delimiter => return Ok(()),
                '[' if self.brackets => self.bracket(delimiter)?,
                _ => {}
            }
        }
    }

    /// From behind a `[` to behind its `]`. A backslash there is a character, but not everybody agrees.
    fn bracket(&mut self, delimiter: char) -> Result<(), Stop> {
        self.eat('^');
        self.eat(']');
        loop {
            match self.next()? {
                ']' => return Ok(()),
                '\n' => return Err(Stop::Syntax),
                '\\' if matches!(self.peek(), Some(']' | '[')) => return Err(Stop::Harm),
                '[' if matches!(self.peek(), Some(':' | '.' | '=')) => {
                    let mark = self.next()?;
                    let end = self.rest.find(&format!("{mark}]")).ok_or(Stop::Syntax)?;
                    self.delimiter_in_brackets |= self.rest[..end].contains(delimiter);
                    self.rest = &self.rest[end + 2..];
                }
                letter => self.delimiter_in_brackets |= letter == delimiter,
            }
        }
    }
}

fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t'
}
