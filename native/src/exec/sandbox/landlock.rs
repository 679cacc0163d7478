//! Landlock (landlock(7)): what may be opened, as rules on inodes. Async-signal-safe.

use std::ffi::CString;

use serde::{Deserialize, Serialize};

use crate::exec::raw;

const EXECUTE: u64 = 1 << 0;
const WRITE_FILE: u64 = 1 << 1;
const READ_FILE: u64 = 1 << 2;
const READ_DIR: u64 = 1 << 3;
const REMOVE_DIR: u64 = 1 << 4;
const REMOVE_FILE: u64 = 1 << 5;
const MAKE_CHAR: u64 = 1 << 6;
const MAKE_DIR: u64 = 1 << 7;
const MAKE_REG: u64 = 1 << 8;
const MAKE_SOCK: u64 = 1 << 9;
const MAKE_FIFO: u64 = 1 << 10;
const MAKE_BLOCK: u64 = 1 << 11;
const MAKE_SYM: u64 = 1 << 12;
/// ABI 2.
const REFER: u64 = 1 << 13;
/// ABI 3.
const TRUNCATE: u64 = 1 << 14;
/// ABI 5.
const IOCTL_DEV: u64 = 1 << 15;
/// ABI 6: abstract sockets and signals.
const SCOPED: u64 = 0b11;

const READ: u64 = EXECUTE | READ_FILE | READ_DIR;
const OF_A_FILE: u64 = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV;

/// What may be done below a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Access {
    Read,
    /// Everything but making devices.
    Write,
    /// A device, or a folder of terminals: read, write, control.
    Device,
}

/// One rule. `folder` says what the path is: the kernel refuses rights of folders for a file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Rule {
    pub(super) path: CString,
    pub(super) access: Access,
    pub(super) folder: bool,
}

#[repr(C)]
struct Ruleset {
    fs: u64,
    net: u64,
    scoped: u64,
}

#[repr(C, packed)]
struct Beneath {
    allowed: u64,
    parent: i32,
}

/// The kernel's version of the interface; 0 if there is none.
pub(in crate::exec) fn abi() -> i32 {
    // SAFETY: asks for the version only.
    let version =
        unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<Ruleset>(), 0usize, 1u32) };
    i32::try_from(version).unwrap_or(0).max(0)
}

/// All that this version can restrict.
fn handled(abi: i32) -> u64 {
    let mut all = (1 << 13) - 1;
    for (since, right) in [(2, REFER), (3, TRUNCATE), (5, IOCTL_DEV)] {
        if abi >= since {
            all |= right;
        }
    }
    all
}

impl Access {
    fn rights(self) -> u64 {
        match self {
            Access::Read => READ,
            Access::Write => {
                READ | WRITE_FILE
                    | REMOVE_DIR
                    | REMOVE_FILE
                    | MAKE_DIR
                    | MAKE_REG
                    | MAKE_SOCK
                    | MAKE_FIFO
                    | MAKE_SYM
                    | REFER
                    | TRUNCATE
            }
            Access::Device => READ_FILE | READ_DIR | WRITE_FILE | TRUNCATE | IOCTL_DEV,
        }
    }
}

/// From here on this process and its children may open only what the rules name.
///
/// # Safety
/// In a fork only, with no new privileges.
pub(super) unsafe fn restrict(rules: &[Rule], abi: i32) -> Result<(), i32> {
    let handled = handled(abi);
    let _ = (MAKE_CHAR, MAKE_BLOCK);
    let ruleset = Ruleset { fs: handled, net: 0, scoped: if abi >= 6 { SCOPED } else { 0 } };
    let size = match abi {
        ..=3 => 8,
        4..=5 => 16,
        _ => size_of::<Ruleset>(),
    };
    // SAFETY: structures of our own that outlive the calls, C strings, and descriptors that are ours.
    unsafe {
        let fd = libc::syscall(libc::SYS_landlock_create_ruleset, &ruleset, size, 0u32) as i32;
        if fd == -1 {
            return Err(raw::errno());
        }
        for rule in rules {
            let path = libc::open(rule.path.as_ptr(), libc::O_PATH | libc::O_CLOEXEC);
            if path == -1 {
                return Err(raw::errno());
            }
            let possible = if rule.folder { handled } else { handled & OF_A_FILE };
            let beneath = Beneath { allowed: rule.access.rights() & possible, parent: path };
            let added = libc::syscall(libc::SYS_landlock_add_rule, fd, 1u32, &beneath, 0u32);
            let errno = raw::errno();
            libc::close(path);
            if added == -1 {
                return Err(errno);
            }
        }
        let restricted = libc::syscall(libc::SYS_landlock_restrict_self, fd, 0u32);
        let errno = raw::errno();
        libc::close(fd);
        if restricted == -1 { Err(errno) } else { Ok(()) }
    }
}
