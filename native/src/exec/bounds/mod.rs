//! How many processes a command may have at once, and a cgroup that holds them all.
//!
//! | what bounds | since | whom | costs |
//! |---|---|---|---|
//! | a cgroup (v2) with `pids.max`, joined by the clone itself | 5.7 | whoever was delegated one | 0.2 ms |
//! | `RLIMIT_NPROC`: counted per user namespace, and each sandbox is one | 5.14 | all but root, whom it never holds | nothing |
//! | `kernel.pid_max`, which each pid namespace has of its own | 6.14 | all | nothing |
//! | a cgroup (v1) of the `pids` hierarchy, joined by writing to `cgroup.procs` | 4.3 | root | 10 ms and more |
//!
//! The first of these that holds is used; which one that is, [`super::probe`] finds by trying. A cgroup
//! of version 2 is made even where it bounds nothing: `cgroup.kill` ends all that is in it, whatever it forks
//! meanwhile, and whoever was its parent.

mod group;
mod place;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::error::StartError;
use super::raw;
pub(super) use group::{Group, tidy};
pub(super) use place::{Place, places};

/// What holds the number of processes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum By {
    /// A limit of the command's cgroup.
    Cgroup,
    /// `RLIMIT_NPROC`.
    Rlimit,
    /// `kernel.pid_max` of the command's pid namespace.
    PidMax,
    /// Nothing does.
    #[default]
    Nothing,
}

impl By {
    /// Empty for nothing.
    pub fn name(self) -> &'static str {
        match self {
            By::Cgroup => "cgroup",
            By::Rlimit => "rlimit",
            By::PidMax => "pid_max",
            By::Nothing => "",
        }
    }
}

/// What one command is held by.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Bounds {
    pub(super) group: Option<Arc<Group>>,
    by: By,
    most: u32,
    /// What is written to `pid_max`.
    pid_max: Vec<u8>,
}

/// From then on a pid namespace has a `pid_max` of its own. Before, writing it there would change the whole machine's.
const PID_MAX_SINCE: (u32, u32) = (6, 14);
/// Numbers that are not given out a second time (kernel/pid.c), so that a namespace can do with fewer.
const RESERVED: u32 = 300;

impl Bounds {
    /// At most so many processes and threads. `place`: where a cgroup is made for them, if anywhere and unless they have one
    /// that was `made` there.
    pub(super) fn new(place: Option<&Place>, by: By, most: u32, made: Option<Arc<Group>>) -> Result<Self, StartError> {
        let group = place.map(|place| {
            let group = match made {
                Some(group) => group.bound(place, most).map(|()| group),
                None => Group::make(place, most).map(Arc::new),
            };
            group.map_err(|error| {
                StartError::Confinement(format!("making a cgroup in `{}`: {error}", place.folder.display()))
            })
        });
        let group = group.transpose()?;
        // The kernel takes no less than this.
        let least = RESERVED + 1 + 8 * cpus();
        let pid_max = format!("{}\n", (RESERVED + most).max(least)).into_bytes();
        Ok(Self { group, by, most, pid_max })
    }

    /// With another cgroup than the one that it had, if it had one. `place`: where that was made.
    pub(super) fn renew(&mut self, place: Option<&Place>) -> Result<(), StartError> {
        *self = Self::new(place, self.by, self.most, None)?;
        Ok(())
    }

    /// Hold this process and its children, in namespaces of their own.
    ///
    /// # Safety
    /// In a fork only, before privileges are dropped and the old `/proc` is left.
    pub(super) unsafe fn hold(&self) -> Result<(), i32> {
        // SAFETY: plain system calls on values of our own.
        unsafe {
            match self.by {
                By::Rlimit => {
                    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
                    libc::getrlimit(libc::RLIMIT_NPROC, &mut limit);
                    let most = limit.rlim_max.min(self.most.into());
                    let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
                    if libc::setrlimit(libc::RLIMIT_NPROC, &limit) == -1 { Err(raw::errno()) } else { Ok(()) }
                }
                By::PidMax => raw::write_file(c"/proc/sys/kernel/pid_max", &self.pid_max),
                By::Cgroup | By::Nothing => Ok(()),
            }
        }
    }

    /// Whether one process more than there are now may not be: what a trial wants to know. It is set so low that there
    /// is room for the sandbox's first process and the command.
    ///
    /// # Safety
    /// In a fork only, as the command.
    pub(super) unsafe fn refuses(&self) -> bool {
        if self.by != By::Rlimit {
            return true;
        }
        // SAFETY: the child ends at once.
        unsafe {
            match raw::fork() {
                -1 => raw::errno() == libc::EAGAIN,
                0 => libc::_exit(0),
                child => {
                    libc::waitpid(child, std::ptr::null_mut(), 0);
                    false
                }
            }
        }
    }
}

/// As many as a sandbox of its own needs for a trial: its first process and the command.
pub(super) const FEWEST: u32 = 2;

/// What no build has met: 4096, as many as CRI-O gives a container by default (podman 2048, systemd 15 % of the
/// machine's, which is 4915 where that has 32768); and on larger machines 64 a processor, an eighth of
/// the kernel's own default for `pid_max`.
pub fn usual_most() -> u32 {
    (64 * cpus()).max(4096)
}

fn cpus() -> u32 {
    // SAFETY: a plain question.
    u32::try_from(unsafe { libc::sysconf(libc::_SC_NPROCESSORS_CONF) }).unwrap_or(1).max(1)
}

/// Whether writing `pid_max` in a new pid namespace leaves the others alone.
pub(super) fn has_own_pid_max() -> bool {
    std::fs::read_to_string("/proc/sys/kernel/osrelease").is_ok_and(|release| is_since(&release, PID_MAX_SINCE))
}

fn is_since(release: &str, since: (u32, u32)) -> bool {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map_while(|digits| digits.parse::<u32>().ok());
    matches!((numbers.next(), numbers.next()), (Some(major), Some(minor)) if (major, minor) >= since)
}

#[cfg(test)]
mod tests;
