//! The command's first moments: from the supervisor's fork to `execve`.

use super::plan::Plan;
use super::report::{Ends, Report, Stage};
use super::{raw, terminal, trace};

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
        match plan.terminal.map(|size| terminal::open(size)) {
            Some(Err(errno)) => fail(ends, Stage::Terminal, errno),
            Some(Ok(ours)) => {
                if !Report::Terminal.send_with(ends.start, ours) {
                    fail(ends, Stage::Terminal, raw::errno());
                }
            }
            None => {
                if ends.input != -1 {
                    libc::dup2(ends.input, 0);
                }
                libc::dup2(ends.output, 1);
                libc::dup2(ends.output, 2);
            }
        }
        raw::close_others([ends.start]);
        let no_core = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        libc::setrlimit(libc::RLIMIT_CORE, &no_core);
        if libc::chdir(plan.cwd.as_ptr()) == -1 {
            fail(ends, Stage::Cwd, raw::errno());
        }
        if plan.traced
            && let Err(errno) = trace::wait_for_tracer(ends.start)
        {
            fail(ends, Stage::Trace, errno);
        }
        if let Some(sandbox) = &plan.sandbox {
            if sandbox.namespaces == 0
                && let Err(errno) = sandbox.drop_privileges()
            {
                fail(ends, Stage::Privileges, errno);
            }
            if let Err((stage, errno)) = sandbox.restrict() {
                fail(ends, stage, errno);
            }
        } else if plan.traced
            && let Err(errno) = trace::hold()
        {
            fail(ends, Stage::Trace, errno);
        }
        raw::unblock_signals();
        let Some(program) = &plan.program else {
            let refused = plan.sandbox.as_ref().is_none_or(|sandbox| sandbox.bounds.refuses());
            libc::_exit(if refused { 0 } else { 1 })
        };
        libc::execve(program.as_ptr(), plan.argv(), plan.envp());
        fail(ends, Stage::Exec, raw::errno());
    }
}

unsafe fn fail(ends: &Ends, stage: Stage, errno: i32) -> ! {
    Report::Failed(stage, errno, 0).send(ends.start);
    // SAFETY: ends this process only.
    unsafe { libc::_exit(127) }
}
