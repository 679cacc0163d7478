//! Who the command is: its user as outside, without any privilege. Async-signal-safe.

use crate::exec::raw;

const CAPABILITY_VERSION: u32 = 0x2008_0522;
const SECBIT_NOROOT: libc::c_ulong = 1;
const SECBIT_NOROOT_LOCKED: libc::c_ulong = 2;
const SECBIT_NO_CAP_AMBIENT_RAISE: libc::c_ulong = 1 << 6;
const SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED: libc::c_ulong = 1 << 7;

/// In a new user namespace: the caller's user and group are themselves, and no other exists (user_namespaces(7)).
///
/// # Safety
/// In a fork only.
pub(super) unsafe fn map([user, group]: &[Vec<u8>; 2]) -> Result<(), i32> {
    // SAFETY: plain system calls. These files belong to root while the process is not dumpable.
    unsafe {
        libc::prctl(libc::PR_SET_DUMPABLE, 1);
        let written = raw::write_file(c"/proc/self/setgroups", b"deny\n")
            .and_then(|()| raw::write_file(c"/proc/self/uid_map", user))
            .and_then(|()| raw::write_file(c"/proc/self/gid_map", group));
        libc::prctl(libc::PR_SET_DUMPABLE, 0);
        written
    }
}

/// No capability now, none to be had by any program, not even by root.
///
/// # Safety
/// In a fork only.
pub(in crate::exec) unsafe fn drop_all() -> Result<(), i32> {
    // SAFETY: plain system calls on values of our own.
    unsafe {
        check(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))?;
        libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        let bits =
            SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
        // An ordinary user without namespaces has nothing to lock.
        libc::prctl(libc::PR_SET_SECUREBITS, bits, 0, 0, 0);
        for capability in 0..64 {
            // This kernel has no capability of that number, and none above it.
            if libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) == -1 && raw::errno() == libc::EINVAL {
                break;
            }
        }
        let header: [u32; 2] = [CAPABILITY_VERSION, 0];
        let nothing = [0u32; 6];
        check(libc::syscall(libc::SYS_capset, header.as_ptr(), nothing.as_ptr()) as i32)
    }
}

fn check(result: i32) -> Result<(), i32> {
    if result == -1 { Err(raw::errno()) } else { Ok(()) }
}
