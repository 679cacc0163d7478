//! What can be wrong with arguments, and how a model is told.

use std::fmt;

/// Why a text is no valid tool arguments, and where: `line` and `column` count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentsError {
    /// What is wrong.
    pub problem: Problem,
    /// Line of the first character that is wrong.
    pub line: usize,
    /// Column of that character.
    pub column: usize,
}

/// The kinds of damage that are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Something else was expected here.
    Syntax {
        /// What would have been right, in words.
        expected: &'static str,
        /// What is there instead, in words.
        found: String,
    },
    /// The text is JSON, but not an object.
    NotAnObject(&'static str),
    /// Something follows the object.
    Trailing(String),
    /// One object names a key twice; the path of the second one.
    DuplicateKey(String),
    /// A `\u` escape that is half of a surrogate pair.
    LoneSurrogate(String),
    /// An unknown escape sequence.
    BadEscape(String),
    /// A control character that stands in a string unescaped.
    ControlCharacter(char),
    /// An integer outside what 64 bits hold, signed or unsigned.
    IntegerTooLarge(String),
    /// A number whose double is infinite.
    NotFinite(String),
    /// Nesting beyond [`super::MAX_DEPTH`].
    TooDeep,
}

impl fmt::Display for ArgumentsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid tool arguments at line {}, column {}: {}", self.line, self.column, self.problem)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Syntax { expected, found } => write!(f, "expected {expected}, found {found}"),
            Problem::NotAnObject(kind) => write!(f, "expected one JSON object, found {kind}"),
            Problem::Trailing(found) => {
                write!(f, "expected nothing after the object, found {found}")
            }
            Problem::DuplicateKey(path) => {
                write!(f, "the key {path} is given twice; give each key once")
            }
            Problem::LoneSurrogate(escape) => {
                write!(f, "{escape} is half of a surrogate pair; write the character itself or both halves")
            }
            Problem::BadEscape(escape) => {
                write!(f, "{escape} is no JSON escape; write a backslash in a string as \\\\")
            }
            Problem::ControlCharacter(c) => {
                write!(f, "a string holds the raw control character U+{:04X}; write it as {}", *c as u32, escaped(*c))
            }
            Problem::IntegerTooLarge(number) => {
                write!(f, "the integer {number} does not fit in 64 bits; pass it as a string if it is an identifier")
            }
            Problem::NotFinite(number) => {
                write!(f, "the number {number} is too large for a double")
            }
            Problem::TooDeep => write!(f, "arrays and objects are nested deeper than {}", super::MAX_DEPTH),
        }
    }
}

impl std::error::Error for ArgumentsError {}

fn escaped(c: char) -> String {
    match c {
        '\n' => "\\n".into(),
        '\r' => "\\r".into(),
        '\t' => "\\t".into(),
        other => format!("\\u{:04x}", other as u32),
    }
}

/// A character as a message names it.
pub(super) fn name(c: Option<char>) -> String {
    match c {
        None => "the end of the text".into(),
        Some('\n') => "a line break".into(),
        Some(c) if c.is_control() || (!c.is_ascii() && !c.is_alphanumeric()) => {
            format!("U+{:04X}", c as u32)
        }
        Some(c) => format!("`{c}`"),
    }
}
