//! What the command itself does to be traced, before it becomes the shell. Async-signal-safe.

use std::os::fd::RawFd;

use crate::exec::raw;
use crate::exec::report::Report;

/// Say that this process waits, and wait until it is traced. `Err` is the `errno`.
///
/// # Safety
/// In a fork only.
pub(in crate::exec) unsafe fn wait_for_tracer(start: RawFd) -> Result<(), i32> {
    // SAFETY: plain system calls; one writable byte.
    unsafe {
        // Else only a privileged process could attach.
        libc::prctl(libc::PR_SET_DUMPABLE, 1);
        Report::Waiting.send(start);
        let mut byte = [0u8; 1];
        loop {
            match libc::read(start, byte.as_mut_ptr().cast(), byte.len()) {
                1 => break,
                -1 if raw::errno() == libc::EINTR => {}
                -1 => return Err(raw::errno()),
                _ => return Err(libc::ESRCH),
            }
        }
        libc::prctl(libc::PR_SET_DUMPABLE, 0);
        Ok(())
    }
}

/// Where nothing else confines the command: no process can leave its tracer, and none gets privileges that its tracer
/// does not have, which the kernel would take away while it is traced.
///
/// # Safety
/// In a fork only.
pub(in crate::exec) unsafe fn hold() -> Result<(), i32> {
    let program = libc::sock_fprog { len: FILTER.len() as u16, filter: FILTER.as_ptr().cast_mut() };
    // SAFETY: the program outlives the call, which copies it.
    unsafe {
        if libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 {
            return Err(raw::errno());
        }
        if libc::syscall(libc::SYS_seccomp, 1u32, 0u32, &program) == -1 { Err(raw::errno()) } else { Ok(()) }
    }
}

const LOAD: u16 = 0x20;
const JUMP_EQUAL: u16 = 0x15;
const JUMP_SET: u16 = 0x45;
const AND: u16 = 0x54;
const RETURN: u16 = 0x06;
const ALLOW: u32 = 0x7fff_0000;
const REFUSE: u32 = 0x0005_0000 | libc::EPERM as u32;
/// Callers fall back to clone(2), whose flags a filter sees.
const ABSENT: u32 = 0x0005_0000 | libc::ENOSYS as u32;
const CLONE_UNTRACED: u32 = libc::CLONE_UNTRACED as u32;
/// The same number on all architectures.
const CLONE3: u32 = libc::SYS_clone3 as u32;
/// clone(2) as the kernel's other interfaces number it: architecture (seccomp(2)) and number. The flags are its first
/// argument in all of them.
#[cfg(target_arch = "x86_64")]
const CLONES: [(u32, u32); 2] = [(0xc000_003e, 56), (0x4000_0003, 120)];
#[cfg(not(target_arch = "x86_64"))]
const CLONES: [(u32, u32); 2] = [(0xc000_00b7, 220), (0x4000_0028, 120)];
/// All bits but the one of x86-64's second interface, which has every call a second time.
const NUMBER: u32 = !0x4000_0000;
/// Where they lie in what a filter is given: the number, the architecture, the lower half of the first argument.
const AT_NUMBER: u32 = 0;
const AT_ARCHITECTURE: u32 = 4;
const AT_FLAGS: u32 = 16;

const fn step(code: u16, k: u32, jt: u8, jf: u8) -> libc::sock_filter {
    libc::sock_filter { code, jt, jf, k }
}

static FILTER: [libc::sock_filter; 15] = [
    step(LOAD, AT_ARCHITECTURE, 0, 0),
    step(JUMP_EQUAL, CLONES[0].0, 1, 0),
    step(JUMP_EQUAL, CLONES[1].0, 4, 9),
    step(LOAD, AT_NUMBER, 0, 0),
    step(AND, NUMBER, 0, 0),
    step(JUMP_EQUAL, CLONE3, 7, 0),
    step(JUMP_EQUAL, CLONES[0].1, 3, 5),
    step(LOAD, AT_NUMBER, 0, 0),
    step(JUMP_EQUAL, CLONE3, 4, 0),
    step(JUMP_EQUAL, CLONES[1].1, 0, 2),
    step(LOAD, AT_FLAGS, 0, 0),
    step(JUMP_SET, CLONE_UNTRACED, 2, 0),
    step(RETURN, ALLOW, 0, 0),
    step(RETURN, ABSENT, 0, 0),
    step(RETURN, REFUSE, 0, 0),
];
