//! A word of a command after expansion.

use crate::policy::readonly;

/// Stands in a text for what is not known before the command runs. No rule and no command has it.
pub(in crate::policy) const UNKNOWN: char = '\u{1}';

/// How much of a word is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Kind {
    /// All.
    Literal,
    /// It is a pattern and becomes file names.
    Glob,
    /// It becomes file names that another command prints, or pieces of them. Its text is [`UNKNOWN`] and the folder.
    Names,
    /// Some or all of it is known only when it runs.
    Unknown,
}

/// A word, quotes removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::policy) struct Word {
    pub(in crate::policy) text: String,
    pub(in crate::policy) kind: Kind,
    /// Where the home folder stands in the text, as a `~`.
    pub(in crate::policy) home: Option<usize>,
    /// It was written without any quote, so the shell's own words are themselves.
    pub(in crate::policy::shell) bare: bool,
}

impl Word {
    pub(in crate::policy::shell) fn literal(text: impl Into<String>) -> Self {
        Self { text: text.into(), kind: Kind::Literal, home: None, bare: false }
    }

    pub(in crate::policy::shell) fn unknown() -> Self {
        Self { text: UNKNOWN.into(), kind: Kind::Unknown, home: None, bare: false }
    }

    pub(in crate::policy::shell) fn is_literal(&self) -> bool {
        self.kind == Kind::Literal
    }

    /// Its text if all of it is known and none of it stands for the home folder.
    pub(in crate::policy::shell) fn known(&self) -> Option<&str> {
        (self.is_literal() && self.home.is_none()).then_some(self.text.as_str())
    }

    /// It is the path of something in the home folder.
    pub(in crate::policy::shell) fn is_in_home(&self) -> bool {
        self.is_literal() && self.home == Some(0) && self.text.len() > 2 && self.text.starts_with("~/")
    }

    pub(in crate::policy::shell) fn for_table(&self) -> readonly::Word<'_> {
        match self.kind {
            Kind::Literal => readonly::Word::Literal(&self.text),
            Kind::Glob => readonly::Word::Glob(&self.text),
            Kind::Names => readonly::Word::Names,
            Kind::Unknown => readonly::Word::Unknown,
        }
    }

    /// The path that starts at this byte, as a fact gives it: `~/x` is in the home folder, and a file that is really
    /// named `~` is `./~`. Of a pattern it is the folder above. None if it is not known.
    pub(in crate::policy::shell) fn path(&self, offset: usize) -> Option<String> {
        let text = self.text.get(offset..)?;
        if self.kind == Kind::Unknown || self.home.is_some_and(|at| at > offset) {
            return None;
        }
        let text = match self.kind {
            Kind::Names => text.trim_start_matches(UNKNOWN),
            Kind::Glob => {
                let known = &text[..text.find(['*', '?', '[']).unwrap_or(text.len())];
                match known.rfind('/') {
                    None => ".",
                    Some(0) => "/",
                    Some(slash) => &known[..slash],
                }
            }
            _ => text,
        };
        let named = text.starts_with('~') && self.home != Some(offset);
        Some(if named { format!("./{text}") } else { text.to_owned() })
    }
}
