//! What a command starts besides itself.

use crate::policy::shell::line::word::Word;

/// What a command starts.
pub(in crate::policy::shell) enum Wrapped {
    /// Nothing: it is the command.
    Nothing,
    Command(Inner),
    /// Some of `find`'s arguments are commands.
    Find,
    /// It has code read.
    Code(Code),
}

/// A command within another.
pub(in crate::policy::shell) struct Inner {
    pub(in crate::policy::shell) words: Vec<Word>,
    /// It runs as somebody else, elsewhere, or later: leave for the command alone is not enough.
    pub(in crate::policy::shell) opaque: bool,
    /// Variables that are set for it.
    pub(in crate::policy::shell) sets: Vec<String>,
    /// The folder it runs in.
    pub(in crate::policy::shell) folder: Option<Word>,
    pub(in crate::policy::shell) trouble: Option<String>,
    /// It may go on when the shell has ended.
    pub(in crate::policy::shell) lasting: bool,
}

/// Shell code among the arguments.
pub(in crate::policy::shell) struct Code {
    /// The code; None if it is not known before it runs.
    pub(in crate::policy::shell) text: Option<String>,
    /// It runs in the shell itself, as with `eval`.
    pub(in crate::policy::shell) here: bool,
    pub(in crate::policy::shell) opaque: bool,
    /// Nobody has looked at what else it does.
    pub(in crate::policy::shell) trouble: Option<String>,
    /// `$0`, `$1` and so on.
    pub(in crate::policy::shell) parameters: Vec<Word>,
}

/// The name without its folder.
pub(in crate::policy::shell) fn base(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
