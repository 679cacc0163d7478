//! What the fork needs of a confinement.

use std::os::fd::RawFd;

use serde::{Deserialize, Serialize};

use super::confinement::{Confinement, Network};
use super::layout::Layout;
use super::{landlock, mounts, network, privileges, seccomp};
use crate::exec::bounds::Bounds;
use crate::exec::error::StartError;
use crate::exec::proxy::PORT;
use crate::exec::raw;
use crate::exec::report::{Report, Stage};

/// A confinement, checked against this kernel and laid out: nothing is allocated any more to enter it.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::exec) struct Sandbox {
    layout: Layout,
    /// What [`Self::namespaces`] says.
    pub(in crate::exec) namespaces: i32,
    /// Whether a proxy is listened for.
    proxy: bool,
    filter: seccomp::Filter,
    abi: i32,
    /// What is written to uid_map and gid_map.
    pub(in crate::exec) maps: [Vec<u8>; 2],
    /// What holds the number of its processes.
    pub(in crate::exec) bounds: Bounds,
}

/// What namespaces with these flags need whatever runs in them: who its user is, and a loopback that works.
///
/// # Safety
/// In a fork only, as the first process in them.
pub(in crate::exec) unsafe fn begin(namespaces: i32, maps: &[Vec<u8>; 2]) -> Result<(), (Stage, i32)> {
    // SAFETY: the caller's promise.
    unsafe {
        privileges::map(maps).map_err(|errno| (Stage::Identity, errno))?;
        if namespaces & libc::CLONE_NEWNET != 0 {
            network::loopback_up().map_err(|errno| (Stage::Network, errno))?;
        }
        Ok(())
    }
}

impl Sandbox {
    /// For a kernel that gives all of it. `own_proc`: `/proc` can show the sandbox's own processes only.
    pub(in crate::exec) fn new(
        wanted: &Confinement,
        terminal: bool,
        own_proc: bool,
        bounds: Bounds,
    ) -> Result<Self, StartError> {
        let whole_network = wanted.network == Network::Everything;
        let sockets = match (wanted.namespaces, whole_network) {
            (true, _) => seccomp::Sockets::All,
            (false, true) => seccomp::Sockets::Internet,
            (false, false) => seccomp::Sockets::Nothing,
        };
        // SAFETY: plain system calls.
        let (uid, gid) = unsafe { (libc::geteuid(), libc::getegid()) };
        Ok(Self {
            layout: Layout::new(wanted, terminal, own_proc)?,
            namespaces: Self::namespaces(wanted),
            proxy: matches!(wanted.network, Network::Hosts(_)),
            filter: seccomp::filter(sockets)?,
            abi: landlock::abi(),
            maps: [uid, gid].map(|id| format!("{id} {id} 1\n").into_bytes()),
            bounds,
        })
    }

    /// Flags of clone(2) for its namespaces but that of mounts, which is made when it is entered; 0 for none.
    pub(in crate::exec) fn namespaces(wanted: &Confinement) -> i32 {
        let flags = libc::CLONE_NEWUSER | libc::CLONE_NEWPID | libc::CLONE_NEWIPC | libc::CLONE_NEWUTS;
        match wanted.network {
            _ if !wanted.namespaces => 0,
            Network::Everything => flags,
            Network::Nothing | Network::Hosts(_) => flags | libc::CLONE_NEWNET,
        }
    }

    /// Is there a way out over the proxy?
    pub(in crate::exec) fn has_proxy(&self) -> bool {
        self.proxy
    }

    /// What a step of the layout is about, for people.
    pub(in crate::exec) fn step_name(&self, number: i32) -> String {
        self.layout.step_name(number)
    }

    /// The view of the file system, the way out over a network, and the privileges of what runs in it. A listening socket for the proxy goes
    /// over `start`. `Err` is what failed, its `errno`, and of the mounts the step.
    ///
    /// # Safety
    /// In a fork only, in its namespaces as [`begin`] leaves them, with all signals blocked.
    pub(in crate::exec) unsafe fn enter(&self, start: RawFd) -> Result<(), (Stage, i32, i32)> {
        // SAFETY: the caller's promise.
        unsafe {
            if libc::unshare(libc::CLONE_NEWNS) == -1 {
                return Err((Stage::Namespaces, raw::errno(), 0));
            }
            self.bounds.hold().map_err(|errno| (Stage::Bounds, errno, 0))?;
            mounts::enter(&self.layout).map_err(|(step, errno)| (Stage::Mounts, errno, step))?;
            if self.proxy {
                let listener = network::listen(PORT).map_err(|errno| (Stage::Network, errno, 0))?;
                let sent = Report::Listener.send_with(start, listener);
                let errno = raw::errno();
                libc::close(listener);
                if !sent {
                    return Err((Stage::Network, errno, 0));
                }
            }
            privileges::drop_all().map_err(|errno| (Stage::Privileges, errno, 0))
        }
    }

    /// Landlock, then seccomp: last before `execve`.
    ///
    /// # Safety
    /// Async-signal-safe.
    pub(in crate::exec) unsafe fn restrict(&self) -> Result<(), (Stage, i32)> {
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
        unsafe { privileges::drop_all() }
    }
}
