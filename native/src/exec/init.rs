//! The first process of a sandbox: it enters it, starts the command, and reaps. Async-signal-safe.

use std::os::fd::RawFd;

use super::plan::Plan;
use super::report::{Ends, Report, Stage};
use super::sandbox::Sandbox;
use super::{child, raw};

/// Pid 1 of the new namespaces. The command's wait status is written to `told`; when nothing is left, this exits.
///
/// # Safety
/// In a fork only, with all signals blocked. `supervisor` is a pidfd.
pub(super) unsafe fn run(plan: &Plan, sandbox: &Sandbox, ends: &Ends, supervisor: RawFd, told: RawFd) -> ! {
    // SAFETY: the caller's promise.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        if is_readable(supervisor) {
            libc::_exit(1);
        }
        libc::setsid();
        libc::prctl(libc::PR_SET_NAME, c"claw-init".as_ptr());
        if let Err((stage, errno, detail)) = sandbox.enter(ends.start) {
            Report::Failed(stage, errno, detail).send(ends.start);
            libc::_exit(1);
        }
        let main = child::fork(plan, 1, ends);
        if main == -1 {
            Report::Failed(Stage::Fork, raw::errno(), 0).send(ends.start);
            libc::_exit(1);
        }
        raw::close_others([told]);
        reap(main, told);
        libc::_exit(0);
    }
}

unsafe fn reap(main: i32, told: RawFd) {
    loop {
        let mut status = 0;
        // SAFETY: `status` is writable.
        match unsafe { libc::waitpid(-1, &mut status, 0) } {
            -1 if raw::errno() == libc::EINTR => {}
            -1 => return,
            pid if pid == main => raw::send(told, &status.to_ne_bytes()),
            _ => {}
        }
    }
}

unsafe fn is_readable(fd: RawFd) -> bool {
    let mut entry = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // SAFETY: one entry.
    unsafe { libc::poll(&mut entry, 1, 0) > 0 }
}
