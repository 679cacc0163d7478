//! One command's cgroup: made by claw, joined in the fork, removed by the supervisor.
//!
//! A supervisor that is killed removes nothing, so names say whose they are, `claw.<pid namespace>.<pid>.<start
//! time>.<number>`, and what is left of others that are gone is removed by the next claw.

use std::ffi::{CString, OsStr};
use std::fs;
use std::io;
use std::os::fd::RawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use super::place::{Place, Version};
use crate::exec::raw;

/// Until a cgroup whose last process was reaped can be removed: the kernel may need a moment.
const PATIENCE_MS: i64 = 200;

/// Dropping it removes it unless something is in it.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::exec) struct Group {
    folder: CString,
    procs: CString,
    kill: CString,
    version: Version,
}

impl Group {
    /// Make one, for at most so many processes where it can bound them.
    pub(in crate::exec) fn make(place: &Place, most: u32) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let owner = Owner::me()?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = place.folder.join(format!("{}.{number}", owner.prefix()));
        let path = |path: &Path| CString::new(path.as_os_str().as_bytes()).map_err(io::Error::other);
        let (procs, kill) = (path(&folder.join("cgroup.procs"))?, path(&folder.join("cgroup.kill"))?);
        let group = Self { folder: path(&folder)?, procs, kill, version: place.version };
        fs::create_dir(&folder)?;
        group.bound(place, most)?;
        Ok(group)
    }

    /// At most so many processes, where that can be.
    pub(super) fn bound(&self, place: &Place, most: u32) -> io::Result<()> {
        let folder = Path::new(OsStr::from_bytes(self.folder.as_bytes()));
        if place.bounds { fs::write(folder.join("pids.max"), most.to_string()) } else { Ok(()) }
    }

    /// What clone3(2) takes to start a process in it; -1 where that is not possible.
    ///
    /// # Safety
    /// Async-signal-safe.
    pub(in crate::exec) unsafe fn open(&self) -> RawFd {
        if self.version == Version::One {
            return -1;
        }
        // SAFETY: a C string.
        unsafe { libc::open(self.folder.as_ptr(), libc::O_PATH | libc::O_DIRECTORY | libc::O_CLOEXEC) }
    }

    /// Put this process in it.
    ///
    /// # Safety
    /// In a fork only, while this path leads there.
    pub(in crate::exec) unsafe fn join(&self) -> Result<(), i32> {
        // SAFETY: a C string.
        unsafe { raw::write_file(&self.procs, b"0\n") }
    }

    /// SIGKILL to all that is in it, at once; nothing before Linux 5.14.
    ///
    /// # Safety
    /// Async-signal-safe.
    pub(in crate::exec) unsafe fn kill(&self) {
        if self.version == Version::Two {
            // SAFETY: a C string. Where it cannot be done, the signals to each of them have to do.
            let _ = unsafe { raw::write_file(&self.kill, b"1\n") };
        }
    }

    /// Remove it, once its last process is gone.
    ///
    /// # Safety
    /// Async-signal-safe.
    pub(in crate::exec) unsafe fn remove(&self) {
        let until = raw::now_ms() + PATIENCE_MS;
        // SAFETY: a C string, and a wait for nothing.
        unsafe {
            while libc::rmdir(self.folder.as_ptr()) == -1 && raw::errno() == libc::EBUSY && raw::now_ms() < until {
                libc::poll(std::ptr::null_mut(), 0, 1);
            }
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // SAFETY: a C string. What is not empty stays: its supervisor removes it.
        unsafe { libc::rmdir(self.folder.as_ptr()) };
    }
}

/// Remove what claws that are gone have left there.
pub(in crate::exec) fn tidy(place: &Place) {
    let Ok(entries) = fs::read_dir(&place.folder) else { return };
    for entry in entries.flatten() {
        let gone = entry.file_name().to_str().and_then(Owner::parse).is_some_and(|owner| owner.is_gone());
        if gone {
            // Where a supervisor is still at work, it is not empty.
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// A process, by what names it for ever on this machine.
#[derive(Debug, PartialEq, Eq)]
struct Owner {
    namespace: u64,
    pid: u32,
    started: u64,
}

impl Owner {
    fn me() -> io::Result<Self> {
        let pid = std::process::id();
        let missing = || io::Error::other("/proc does not show this process");
        Ok(Self { namespace: pid_namespace()?, pid, started: started(pid).ok_or_else(missing)? })
    }

    fn prefix(&self) -> String {
        format!("claw.{}.{}.{}", self.namespace, self.pid, self.started)
    }

    fn parse(name: &str) -> Option<Self> {
        let numbers: Option<Vec<u64>> =
            name.strip_prefix("claw.")?.split('.').map(|digits| digits.parse().ok()).collect();
        let [namespace, pid, started, _] = numbers?[..] else { return None };
        Some(Self { namespace, pid: pid.try_into().ok()?, started })
    }

    /// Of another pid namespace's nothing is known.
    fn is_gone(&self) -> bool {
        pid_namespace().is_ok_and(|own| own == self.namespace) && started(self.pid) != Some(self.started)
    }
}

fn pid_namespace() -> io::Result<u64> {
    Ok(fs::metadata("/proc/self/ns/pid")?.ino())
}

/// Field 22 of proc_pid_stat(5), in clock ticks since boot; None where there is no such process.
fn started(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    text.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}
