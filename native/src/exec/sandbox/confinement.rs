//! What a caller asks for.

use std::path::PathBuf;

use crate::exec::error::StartError;
use crate::exec::proxy::Rules;

/// What one command may reach. Paths are absolute; those that do not exist are left out, but for `workspace`.
#[derive(Debug, Clone, Default)]
pub struct Confinement {
    /// Visible, and writable if `writable`.
    pub workspace: PathBuf,
    /// Hidden: an empty folder that is gone when the command ends.
    pub home: PathBuf,
    /// claw's log, keys and sockets: hidden wherever they are.
    pub claw_home: PathBuf,
    /// May the workspace be changed?
    pub writable: bool,
    /// Read-only though inside of what is writable.
    pub protected: Vec<PathBuf>,
    /// Not to be seen, wherever it lies.
    pub hidden: Vec<PathBuf>,
    /// What stays visible of home, read-only, but for credentials.
    pub readable: Vec<PathBuf>,
    /// The same, of folders; what is changed in them is private, and gone when the command ends. Read-only where the
    /// kernel cannot do that.
    pub layered: Vec<PathBuf>,
    /// A folder whose `tmp` and `var/tmp` the command finds as its own; none: they are empty and gone when it ends.
    pub scratch: Option<PathBuf>,
    /// Visible, read-only, whatever would hide it.
    pub shown: Vec<PathBuf>,
    /// Writable besides the workspace.
    pub writable_extra: Vec<PathBuf>,
    /// What the command may reach over the network.
    pub network: Network,
    /// Whether namespaces are used: without, Landlock and seccomp alone hold.
    pub namespaces: bool,
    /// How many processes and threads there may be at once; None: [`usual_most`](crate::exec::usual_most).
    pub processes: Option<u32>,
}

/// What is granted of the network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Network {
    /// Nothing but a loopback of the sandbox's own.
    #[default]
    Nothing,
    /// The host's network as it is.
    Everything,
    /// These hosts, through the proxy.
    Hosts(Rules),
}

impl Network {
    /// Of what a caller names: nothing, `*` for all of it, or hosts.
    pub fn new(names: &[String]) -> Result<Self, StartError> {
        match names {
            [] => Ok(Network::Nothing),
            [all] if all == "*" => Ok(Network::Everything),
            hosts => Rules::parse(hosts).map(Network::Hosts).map_err(|entry| {
                StartError::Invalid(format!(
                    "`{entry}` is no host: write example.com, *.example.com or example.com:8080"
                ))
            }),
        }
    }
}
