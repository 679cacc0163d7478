//! May a call act? The verdict, a pure function of rules, mode, call and recorded facts.
//!
//! Order: deny rules, then `bypassPermissions` and `plan` (which settle everything that is left for them), ask rules,
//! protected paths and writes outside the workspace, allow rules and grants, and at last the mode. The rule syntax is
//! that of Claude Code's settings files (<https://code.claude.com/docs/en/permissions>), so that existing rules apply.
//!
//! A command line is read by [`shell`] and each of its commands judged by [`judge`]; the strictest verdict wins. What
//! cannot be read is asked for.

pub use shell::is_plain_locale;

mod address;
mod case;
mod checker;
pub mod command;
pub mod credentials;
mod domain;
mod evaluation;
mod judge;
mod path_rule;
mod protected;
mod question;
pub mod readonly;
mod rule;
mod shell;
mod started;
mod suggestion;
mod target;
mod text_rule;
mod tools;
mod traits;
mod twin;
mod visible;
mod web;
mod wider;

pub use address::is_public;
pub use checker::Checker;
pub use evaluation::{evaluate, exclusions, kept_from_processes};
pub use protected::{is_protected, is_protected_name, protected_in};
pub use question::{Effect, Footprint, Mode, Question, SegmentVerdict, Verdict};
pub use rule::{Rule, RuleError};
pub use shell::{lookups as shell_lookups, paths as shell_paths};
pub use started::{DeniedCommand, DeniedCommands, denials};
pub use target::Target;
pub use tools::names as rule_names;
pub use traits::{Performer, Subject, Traits};

use std::fmt;

/// Of all that a verdict is computed from, code and tables: 32 hex digits (see `build.rs`).
pub const DIGEST: &str = env!("CLAW_POLICY_DIGEST");

/// Why a question has no verdict.
#[derive(Debug)]
pub enum PolicyError {
    /// The bytes are not the msgpack of a [`Question`].
    Question(String),
    /// One of its rules does not parse.
    Rule(RuleError),
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyError::Question(why) => write!(f, "malformed policy question: {why}"),
            PolicyError::Rule(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PolicyError {}

/// [`evaluate`] on msgpack: a [`Question`] in, a [`Verdict`] as a map out.
pub fn evaluate_bytes(question: &[u8]) -> Result<Vec<u8>, PolicyError> {
    let verdict = evaluate(&decode(question)?).map_err(PolicyError::Rule)?;
    rmp_serde::to_vec_named(&verdict).map_err(|error| PolicyError::Question(error.to_string()))
}

/// [`exclusions`] on the msgpack of a [`Question`].
pub fn exclusions_bytes(question: &[u8]) -> Result<Vec<String>, PolicyError> {
    exclusions(&decode(question)?).map_err(PolicyError::Rule)
}

/// [`kept_from_processes`] on the msgpack of a [`Question`].
pub fn kept_from_processes_bytes(question: &[u8]) -> Result<(Vec<String>, Vec<String>), PolicyError> {
    kept_from_processes(&decode(question)?).map_err(PolicyError::Rule)
}

/// [`denials`] on the msgpack of a [`Question`].
pub fn denials_bytes(question: &[u8]) -> Result<Vec<(String, String)>, PolicyError> {
    denials(&decode(question)?).map_err(PolicyError::Rule)
}

fn decode(question: &[u8]) -> Result<Question, PolicyError> {
    rmp_serde::from_slice(question).map_err(|error| PolicyError::Question(error.to_string()))
}

#[cfg(test)]
mod tests;
