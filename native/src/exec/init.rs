//! The first process of a sandbox: it enters it, starts the command, and reaps. Async-signal-safe.

use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use super::message::{Kind, plan_of, take_permit};
use super::plan::Plan;
use super::report::{Ends, Report, Stage};
use super::sandbox::{self, Sandbox};
use super::{child, fds, raw};

/// Pid 1 of the new namespaces. The command's wait status is written to `told`; when nothing is left, this exits.
///
/// # Safety
/// In a fork only, with all signals blocked. `supervisor` is a pidfd.
pub(super) unsafe fn run(plan: &Plan, sandbox: &Sandbox, ends: &Ends, supervisor: RawFd, told: RawFd) -> ! {
    // SAFETY: the caller's promise.
    unsafe {
        detach(supervisor);
        if let Err((stage, errno)) = sandbox::begin(sandbox.namespaces, &sandbox.maps) {
            Report::Failed(stage, errno, 0).send(ends.start);
            libc::_exit(1);
        }
        go_on(plan, sandbox, ends, told, || true)
    }
}

/// The same, for a plan that comes over this socket. It ends when nobody can send one any more.
///
/// # Safety
/// As above; allocates, so in a fork of the starter only.
pub(super) unsafe fn wait(kind: &Kind, socket: &OwnedFd, permit: &OwnedFd, supervisor: RawFd, told: RawFd) -> ! {
    // SAFETY: the caller's promise.
    unsafe {
        detach(supervisor);
        raw::close_others([socket.as_raw_fd(), permit.as_raw_fd(), told]);
        if sandbox::begin(kind.namespaces, &kind.maps).is_err() {
            libc::_exit(1);
        }
        match fds::receive(socket) {
            Ok(message) if !message.bytes.is_empty() => {
                let (plan, ends) = plan_of(&message, -1);
                match &plan.sandbox {
                    Some(sandbox) => go_on(&plan, sandbox, &ends, told, || {
                        let told = fds::receive(socket).is_ok_and(|word| !word.bytes.is_empty());
                        told && take_permit(permit.as_raw_fd())
                    }),
                    None => libc::_exit(1),
                }
            }
            _ => libc::_exit(1),
        }
    }
}

/// Leave the supervisor's session, and do not outlive it.
unsafe fn detach(supervisor: RawFd) {
    // SAFETY: plain system calls.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        if is_readable(supervisor) {
            libc::_exit(1);
        }
        libc::setsid();
        libc::prctl(libc::PR_SET_NAME, c"claw-init".as_ptr());
    }
}

/// `may_begin` is asked right before the command begins; if not, all ends.
unsafe fn go_on(plan: &Plan, sandbox: &Sandbox, ends: &Ends, told: RawFd, may_begin: impl FnOnce() -> bool) -> ! {
    // SAFETY: the callers' promise.
    unsafe {
        if let Err((stage, errno, detail)) = sandbox.enter(ends.start) {
            Report::Failed(stage, errno, detail).send(ends.start);
            libc::_exit(1);
        }
        if !may_begin() {
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
