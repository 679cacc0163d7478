//! What a command starts besides itself.

use super::word::Word;

/// What a command starts.
pub(super) enum Wrapped {
    /// Nothing: it is the command.
    Nothing,
    Command(Inner),
    /// Some of `find`'s arguments are commands.
    Find,
    /// It has code read.
    Code(Code),
}

/// A command within another.
pub(super) struct Inner {
    pub(super) words: Vec<Word>,
    /// It runs as somebody else, elsewhere, or later: leave for the command alone is not enough.
    pub(super) opaque: bool,
    /// Variables that are set for it.
    pub(super) sets: Vec<String>,
    /// The folder it runs in.
    pub(super) folder: Option<Word>,
    pub(super) trouble: Option<String>,
    /// It may go on when the shell has ended.
    pub(super) lasting: bool,
}

/// Shell code among the arguments.
pub(super) struct Code {
    /// The code; None if it is not known before it runs.
    pub(super) text: Option<String>,
    /// It runs in the shell itself, as with `eval`.
    pub(super) here: bool,
    pub(super) opaque: bool,
    /// Nobody has looked at what else it does.
    pub(super) trouble: Option<String>,
    /// `$0`, `$1` and so on.
    pub(super) parameters: Vec<Word>,
}

/// The name without its folder.
pub(super) fn base(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
