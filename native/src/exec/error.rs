//! Why a command could not be started.

use std::fmt;
use std::io;

use super::grant::GrantError;

/// Why a command could not be started.
#[derive(Debug)]
pub enum StartError {
    /// The call was not granted, or its grant is used up.
    Grant(GrantError),
    /// An argument, a variable or a path that no process can be given.
    Invalid(String),
    /// No such program.
    NotFound(String),
    /// The working directory cannot be entered.
    Cwd(String, io::Error),
    /// The guard file cannot be opened or locked.
    Guard(String, io::Error),
    /// The command cannot be confined as it must be.
    Confinement(String),
    /// The kernel refused to run the program.
    Exec(String, io::Error),
    /// No pipe or no process could be made.
    System(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Grant(error) => error.fmt(f),
            StartError::Invalid(what) => write!(f, "cannot start the command: {what}"),
            StartError::NotFound(program) => write!(f, "cannot start the command: `{program}` was not found"),
            StartError::Cwd(cwd, error) => write!(f, "cannot start the command in `{cwd}`: {error}"),
            StartError::Guard(path, error) => write!(f, "cannot lock the guard file `{path}`: {error}"),
            StartError::Confinement(why) => write!(f, "cannot confine the command: {why}"),
            StartError::Exec(program, error) => write!(f, "cannot run `{program}`: {error}"),
            StartError::System(error) => write!(f, "cannot start a process: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

impl From<GrantError> for StartError {
    fn from(error: GrantError) -> Self {
        StartError::Grant(error)
    }
}

impl From<io::Error> for StartError {
    fn from(error: io::Error) -> Self {
        StartError::System(error)
    }
}
