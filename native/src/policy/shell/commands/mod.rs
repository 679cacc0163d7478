//! What is known of commands: which others they start, which code they run, what they read, print and write.

pub(super) mod hidden;
pub(super) mod history;
pub(super) mod interpreter;
pub(super) mod names;
pub(super) mod readers;
pub(super) mod runners;
pub(super) mod spellings;
pub(super) mod subcommand;
pub(super) mod wrapped;
pub(super) mod wrapper;
pub(super) mod wrappers;
pub(super) mod writers;
