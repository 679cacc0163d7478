//! What this kernel gives here, found by trying.

use std::path::PathBuf;
use std::sync::OnceLock;

use super::landlock;
use super::settings::{Confinement, Network, Sandbox};
use crate::exec::plan::StartError;
use crate::exec::process::try_sandbox;

/// Facts about this machine, as this process meets it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Available {
    /// A whole sandbox can be built.
    pub namespaces: bool,
    /// `/proc` can show the sandbox's own processes only. Else the host's is there, read-only.
    pub proc: bool,
    /// The version of Landlock's interface; 0 without.
    pub landlock: i32,
    /// A filter can be installed.
    pub seccomp: bool,
    /// Commands get a cgroup of their own.
    pub cgroup: bool,
    /// What failed, and how; empty if nothing did.
    pub why: String,
}

/// Tried once, in a forked child, and remembered.
pub fn available() -> &'static Available {
    static FOUND: OnceLock<Available> = OnceLock::new();
    FOUND.get_or_init(probe)
}

fn probe() -> Available {
    let mut why = String::new();
    let mut attempt = |namespaces: bool, own_proc: bool| match attempt(namespaces, own_proc) {
        Ok(()) => true,
        Err(error) => {
            if why.is_empty() {
                why = error.to_string();
            }
            false
        }
    };
    let proc = attempt(true, true);
    let namespaces = proc || attempt(true, false);
    let seccomp = namespaces || attempt(false, false);
    Available { namespaces, proc, landlock: landlock::abi(), seccomp, cgroup: false, why }
}

/// Build a sandbox around nothing.
fn attempt(namespaces: bool, own_proc: bool) -> Result<(), StartError> {
    let network = Network::Nothing;
    let wanted = Confinement { workspace: PathBuf::from("/"), network, namespaces, ..Confinement::default() };
    try_sandbox(Sandbox::lay_out(&wanted, false, own_proc)?)
}
