//! Everything that can go wrong with a log, in words for the person who meets it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Result of every operation on a log.
pub type Result<T> = std::result::Result<T, Error>;

/// What kind of thing went wrong; each is one class of `claw.errors`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// No log in this folder.
    NotFound,
    /// Another writer holds the lock.
    Locked,
    /// Bytes that were durable are damaged.
    Corrupt {
        /// Where in the file damage begins.
        offset: u64,
        /// The last record before it.
        last_good_seq: Option<u64>,
    },
    /// Written by a newer claw.
    TooNew,
    /// A write or a sync failed; this writer is dead.
    Poisoned,
    /// No room; nothing was accepted.
    Full,
    /// Anything else: a misuse, or the file system's answer.
    Other,
}

/// One error: what happened, where, and what to type next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Its class.
    pub kind: ErrorKind,
    /// One sentence.
    pub message: String,
    /// The file or folder concerned.
    pub path: PathBuf,
    /// A command or an action, or empty.
    pub hint: String,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, path: &Path, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), path: path.to_owned(), hint: String::new() }
    }

    pub(crate) fn other(path: &Path, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Other, path, message)
    }

    pub(crate) fn io(path: &Path, doing: &str, error: &io::Error) -> Self {
        Self::other(path, format!("cannot {doing} {}: {error}", path.display()))
    }

    pub(crate) fn too_new(path: &Path, what: &str) -> Self {
        Self::new(ErrorKind::TooNew, path, format!("{} was written by a newer claw ({what})", path.display()))
            .with_hint("install the newest claw, then open it again")
    }

    /// Damage in `path` at `offset`; the hint names the session by its folder.
    pub(crate) fn corrupt(path: &Path, offset: u64, next_good: u64, what: &str) -> Self {
        let last_good_seq = next_good.checked_sub(1);
        let upto =
            last_good_seq.map_or("no record before it is good".to_owned(), |seq| format!("good up to seq {seq}"));
        let session = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        Self::new(
            ErrorKind::Corrupt { offset, last_good_seq },
            path,
            format!("{} is damaged at byte {offset}: {what}; {upto}", path.display()),
        )
        .with_hint(format!("claw fsck --salvage {}", session.unwrap_or_default()))
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
