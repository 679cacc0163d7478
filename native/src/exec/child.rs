//! The command's first moments: from the supervisor's fork to `execve`.

use super::plan::Plan;
use super::raw;
use super::supervisor::{Ends, Report, Stage};

/// Become the command. Reports to `ends.start` and exits if that fails; a success closes it.
///
/// # Safety
/// In a fork only. Async-signal-safe; descriptors 0 to 2 are `/dev/null`.
pub(super) unsafe fn become_command(plan: &Plan, supervisor: i32, ends: &Ends) -> ! {
    // SAFETY: system calls on values that this process owns, and C strings that outlive it.
    unsafe {
        // Should the supervisor be killed, at least the command itself goes with it.
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        if libc::getppid() != supervisor {
            libc::_exit(127);
        }
        libc::setsid();
        if ends.input != -1 {
            libc::dup2(ends.input, 0);
        }
        libc::dup2(ends.output, 1);
        libc::dup2(ends.output, 2);
        raw::close_others([ends.start]);
        let no_core = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        libc::setrlimit(libc::RLIMIT_CORE, &no_core);
        if libc::chdir(plan.cwd.as_ptr()) == -1 {
            Report::Failed(Stage::Cwd, raw::errno()).send(ends.start);
            libc::_exit(127);
        }
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &none, std::ptr::null_mut());
        libc::execve(plan.program.as_ptr(), plan.argv(), plan.envp());
        Report::Failed(Stage::Exec, raw::errno()).send(ends.start);
        libc::_exit(127);
    }
}
