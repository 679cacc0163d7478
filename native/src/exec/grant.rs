//! The proof that a call was allowed: nothing is started or written without one.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

use crate::blob;

/// What one granted call may do, each thing once.
///
/// It is made of the call's own bytes, msgpack of `[tool, arguments, paths]`, and the digest that the intent in the log
/// names. So what acts is what was judged and recorded, or there is no grant. A process is among it only for a tool that
/// declares which of its arguments is a command line.
#[derive(Debug)]
pub struct Grant {
    tool: String,
    left: Mutex<Left>,
}

/// What was not taken yet.
#[derive(Debug)]
struct Left {
    command: Option<String>,
    paths: BTreeSet<String>,
}

/// Why there is no leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantError {
    /// The bytes are not those that were granted.
    Digest,
    /// The bytes are no call.
    Call(String),
    /// The call names no command, or it was started already.
    Command(String),
    /// The call names no such path, or it was written already.
    Path(String, String),
}

impl fmt::Display for GrantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GrantError::Digest => write!(f, "this is not the call that was granted: its digest is another one"),
            GrantError::Call(why) => write!(f, "this is no call that could be granted: {why}"),
            GrantError::Command(tool) => {
                write!(f, "the grant for {tool} has no command left: it names none, or was used already")
            }
            GrantError::Path(tool, path) => {
                write!(f, "the grant for {tool} does not hold for `{path}`: it names it not, or was used already")
            }
        }
    }
}

impl std::error::Error for GrantError {}

#[derive(Deserialize)]
struct Call(String, rmpv::Value, Vec<PathFact>);

#[derive(Deserialize)]
struct PathFact {
    canonical: String,
}

impl Grant {
    /// Check the call's bytes against the digest that was granted: BLAKE3, 64 hex digits. `command` names the argument
    /// that is a command line to run; None: the call starts no process.
    pub fn new(call: &[u8], digest: &str, command: Option<&str>) -> Result<Self, GrantError> {
        if blob::digest(call) != digest {
            return Err(GrantError::Digest);
        }
        let Call(tool, arguments, paths) =
            rmp_serde::from_slice(call).map_err(|error| GrantError::Call(error.to_string()))?;
        let arguments =
            arguments.as_map().ok_or_else(|| GrantError::Call("its arguments are no map".to_owned()))?.as_slice();
        let command = command.and_then(|named| arguments.iter().find(|(name, _)| name.as_str() == Some(named)));
        let left = Left {
            command: command.and_then(|(_, value)| value.as_str()).map(str::to_owned),
            paths: paths.into_iter().map(|fact| fact.canonical).collect(),
        };
        Ok(Self { tool, left: Mutex::new(left) })
    }

    /// The name of the tool.
    pub fn tool(&self) -> &str {
        &self.tool
    }

    /// The command line that may be run. It is given once.
    pub fn take_command(&self) -> Result<String, GrantError> {
        self.left().command.take().ok_or_else(|| GrantError::Command(self.tool.clone()))
    }

    /// Leave to write this path, given once for each of the call's: `canonical` as in its facts.
    pub fn take_path(&self, canonical: &str) -> Result<(), GrantError> {
        let taken = self.left().paths.remove(canonical);
        if taken { Ok(()) } else { Err(GrantError::Path(self.tool.clone(), canonical.to_owned())) }
    }

    /// Whole even after a panic elsewhere: each part is taken in one step.
    fn left(&self) -> std::sync::MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(value: serde_json::Value) -> Vec<u8> {
        rmp_serde::to_vec(&value).unwrap()
    }

    fn grant(value: serde_json::Value) -> Result<Grant, GrantError> {
        let call = call(value);
        Grant::new(&call, &blob::digest(&call), Some("command"))
    }

    #[test]
    fn each_thing_is_given_once() {
        let facts = serde_json::json!([{"parameter": "file_path", "canonical": "a"}, {"canonical": "/b"}]);
        let grant = grant(serde_json::json!(["Bash", {"command": "true", "timeout": 1}, facts])).unwrap();
        assert_eq!(grant.tool(), "Bash");
        assert_eq!(grant.take_command().unwrap(), "true");
        assert_eq!(grant.take_command(), Err(GrantError::Command("Bash".into())));
        assert_eq!(grant.take_path("/b"), Ok(()));
        assert_eq!(grant.take_path("/b"), Err(GrantError::Path("Bash".into(), "/b".into())));
        assert_eq!(grant.take_path("a"), Ok(()));
        assert!(grant.take_path("c").is_err());
    }

    #[test]
    fn a_call_without_a_command_starts_nothing() {
        for arguments in [serde_json::json!({}), serde_json::json!({"command": ["true"]})] {
            assert!(grant(serde_json::json!(["Write", arguments, []])).unwrap().take_command().is_err());
        }
        let call = call(serde_json::json!(["Write", {"command": "true", "line": "false"}, []]));
        let granted = |command| Grant::new(&call, &blob::digest(&call), command).unwrap().take_command();
        assert!(granted(None).is_err(), "no argument of it is declared to be a command line");
        assert_eq!(granted(Some("line")).unwrap(), "false");
    }

    #[test]
    fn other_bytes_are_no_grant() {
        let granted = call(serde_json::json!(["Bash", {"command": "true"}, []]));
        let other = call(serde_json::json!(["Bash", {"command": "rm -rf /"}, []]));
        assert_eq!(Grant::new(&other, &blob::digest(&granted), Some("command")).unwrap_err(), GrantError::Digest);
        assert_eq!(Grant::new(&granted, "", Some("command")).unwrap_err(), GrantError::Digest);
    }

    #[test]
    fn what_is_no_call() {
        for value in [serde_json::json!("Bash"), serde_json::json!(["Bash", [], []]), serde_json::json!(["Bash", {}])] {
            assert!(matches!(grant(value).unwrap_err(), GrantError::Call(_)));
        }
    }
}
