//! What a caller asks for, and what the fork needs of it.

use std::path::{Path, PathBuf};

use super::layout::Layout;
use super::{landlock, probe, seccomp};
use crate::exec::bounds::{self, Bounds};
use crate::exec::plan::StartError;
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
    /// How many processes and threads there may be at once; None: [`bounds::usual_most`].
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

/// A confinement, checked against this kernel and laid out: the fork allocates nothing.
#[derive(Debug)]
pub(in crate::exec) struct Sandbox {
    pub(super) layout: Layout,
    /// Flags of clone(2); 0 without namespaces.
    pub(in crate::exec) namespaces: i32,
    /// Whether a proxy is listened for.
    pub(super) proxy: bool,
    pub(super) filter: seccomp::Filter,
    pub(super) abi: i32,
    /// What is written to uid_map and gid_map.
    pub(super) maps: [Vec<u8>; 2],
    /// What holds the number of its processes.
    pub(in crate::exec) bounds: Bounds,
}

impl Sandbox {
    /// Refuses what this kernel cannot give.
    pub(in crate::exec) fn new(wanted: &Confinement, terminal: bool) -> Result<Self, StartError> {
        let found = probe::available();
        let lacking = |what: &str| StartError::Confinement(format!("{what}: {}", found.why));
        if wanted.namespaces && !found.namespaces {
            return Err(lacking("the kernel gives no namespaces here"));
        }
        if !wanted.namespaces && matches!(wanted.network, Network::Hosts(_)) {
            return Err(StartError::Confinement(
                "without namespaces the network is granted whole or not at all".into(),
            ));
        }
        if found.landlock == 0 {
            return Err(lacking("the kernel has no Landlock"));
        }
        if !found.seccomp {
            return Err(lacking("the kernel has no seccomp"));
        }
        let held = probe::held(wanted.namespaces);
        let most = wanted.processes.unwrap_or_else(bounds::usual_most);
        let bounds = Bounds::new(held.place.as_ref(), held.by, most)?;
        Self::lay_out(wanted, terminal, found.proc, bounds)
    }

    /// The same without asking what there is.
    pub(super) fn lay_out(
        wanted: &Confinement,
        terminal: bool,
        own_proc: bool,
        bounds: Bounds,
    ) -> Result<Self, StartError> {
        let whole_network = wanted.network == Network::Everything;
        let mut flags = libc::CLONE_NEWUSER | libc::CLONE_NEWNS | libc::CLONE_NEWPID | libc::CLONE_NEWIPC;
        flags |= libc::CLONE_NEWUTS;
        if !whole_network {
            flags |= libc::CLONE_NEWNET;
        }
        let sockets = match (wanted.namespaces, whole_network) {
            (true, _) => seccomp::Sockets::All,
            (false, true) => seccomp::Sockets::Internet,
            (false, false) => seccomp::Sockets::Nothing,
        };
        // SAFETY: plain system calls.
        let (uid, gid) = unsafe { (libc::geteuid(), libc::getegid()) };
        Ok(Self {
            layout: Layout::new(wanted, terminal, own_proc)?,
            namespaces: if wanted.namespaces { flags } else { 0 },
            proxy: matches!(wanted.network, Network::Hosts(_)),
            filter: seccomp::filter(sockets)?,
            abi: landlock::abi(),
            maps: [uid, gid].map(|id| format!("{id} {id} 1\n").into_bytes()),
            bounds,
        })
    }

    /// Is there a way out over the proxy?
    pub(in crate::exec) fn has_proxy(&self) -> bool {
        self.proxy
    }

    /// What a step of the layout is about, for people.
    pub(in crate::exec) fn step_name(&self, number: i32) -> String {
        self.layout.step_name(number)
    }

    /// Landlock, then seccomp: last before `execve`.
    ///
    /// # Safety
    /// Async-signal-safe.
    pub(in crate::exec) unsafe fn restrict(&self) -> Result<(), (crate::exec::supervisor::Stage, i32)> {
        use crate::exec::supervisor::Stage;
        // SAFETY: the caller's promise.
        unsafe {
            landlock::restrict(&self.layout.rules, self.abi).map_err(|errno| (Stage::Landlock, errno))?;
            self.filter.install().map_err(|errno| (Stage::Seccomp, errno))
        }
    }

    /// Without namespaces there is no init that drops them.
    ///
    /// # Safety
    /// Async-signal-safe.
    pub(in crate::exec) unsafe fn drop_privileges(&self) -> Result<(), i32> {
        // SAFETY: the caller's promise.
        unsafe { crate::exec::sandbox::privileges::drop_all() }
    }
}

/// As it is on disk, without links; None if it is not there.
pub(super) fn canonical(path: &Path) -> Option<PathBuf> {
    std::fs::canonicalize(path).ok()
}
