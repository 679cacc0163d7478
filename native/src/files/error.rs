//! Why a file cannot be had.

use std::fmt;
use std::io;

use rustix::io::Errno;

/// What went wrong with a file.
#[derive(Debug)]
pub enum FileError {
    /// The system's own answer.
    Io(io::Error),
    /// A part of the path, or the file, has become a symbolic link or is no folder.
    Moved,
    /// It is there and no regular file; what it is instead, with its article.
    NotAFile(&'static str),
    /// It is not the file that the caller looked at.
    Changed,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileError::Io(error) => error.fmt(f),
            FileError::Moved => write!(f, "a part of the path has become a link, or is not a folder"),
            FileError::NotAFile(kind) => write!(f, "it is {kind}, not a file"),
            FileError::Changed => write!(f, "it was changed by someone else at this very moment"),
        }
    }
}

impl std::error::Error for FileError {}

impl From<Errno> for FileError {
    fn from(errno: Errno) -> Self {
        // ELOOP is what a link gives where links are not followed; ENOTDIR a file in the place of a folder.
        if errno == Errno::LOOP || errno == Errno::NOTDIR { FileError::Moved } else { FileError::Io(errno.into()) }
    }
}
