//! Finding files and text: the ripgrep crates behind two functions.
//!
//! Both honour `.gitignore`, `.ignore` and `.rgignore` (with or without a git repository; a `.gitignore` counts no further
//! than its repository reaches, so not in another one below), skip hidden files unless a glob names them, skip binary
//! files, and follow no symbolic link, neither on the way to the root, which is a canonical path, nor below it, whoever
//! changes the tree meanwhile. Both give the same answer for the same files, however many threads were at work.

mod fuzzy;
mod gathering;
mod glob;
mod grep;
mod index;
mod lines;
mod payload;
mod readings;
mod root;
mod scope;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use fuzzy::Fuzzy;
pub use glob::glob;
pub use grep::{Decode, Grep, grep, matching_lines};
pub use index::PathIndex;
pub use lines::Mode;
pub use payload::InPayload;

/// Stops a search from another thread.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Stop every search that was given this.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Was it called?
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why a search has no answer.
#[derive(Debug)]
pub enum SearchError {
    /// The regular expression or glob is wrong.
    Pattern(String),
    /// There is nothing to search.
    Root(String),
    /// It was stopped.
    Cancelled,
}

impl fmt::Display for SearchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SearchError::Pattern(why) | SearchError::Root(why) => f.write_str(why),
            SearchError::Cancelled => f.write_str("the search was cancelled"),
        }
    }
}

impl std::error::Error for SearchError {}

#[cfg(test)]
mod tests;
