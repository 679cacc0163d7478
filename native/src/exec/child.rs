//! The command's first moments: from the fork to `execve`.

use libc::{c_int, c_void};

use super::plan::Plan;
use super::report::{Ends, Report, Stage};
use super::{raw, terminal, trace};

/// What the new process is told.
struct Told<'a> {
    plan: &'a Plan,
    parent: i32,
    ends: &'a Ends,
}

/// Bytes of the stack that a command's first moments may take.
const STACK: usize = 64 * 1024;

/// Fork the command; its pid, or -1. `parent` is this process's, as the command sees it.
///
/// The command borrows this process's memory until it has its own, as in vfork(2), and this process waits until then: a
/// copy would be made only to be thrown away. One that is traced waits for its tracer first, and so gets a copy.
///
/// # Safety
/// In a fork with one thread, with all signals blocked.
pub(super) unsafe fn fork(plan: &Plan, parent: i32, ends: &Ends) -> i32 {
    // SAFETY: the caller's promise. What is told and the stack outlive the new process's use of them, since this one goes
    // on only after it. It writes to nothing else that this one knows, but for `errno`.
    unsafe {
        if plan.traced {
            return match raw::fork() {
                0 => become_command(plan, parent, ends),
                pid => pid,
            };
        }
        let (protection, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        let stack = libc::mmap(std::ptr::null_mut(), STACK, protection, kind | libc::MAP_STACK, -1, 0);
        if stack == libc::MAP_FAILED {
            return -1;
        }
        let told = Told { plan, parent, ends };
        let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
        let pid = libc::clone(begin, stack.byte_add(STACK), flags, (&raw const told).cast_mut().cast());
        let errno = raw::errno();
        libc::munmap(stack, STACK);
        *libc::__errno_location() = errno;
        pid
    }
}

extern "C" fn begin(told: *mut c_void) -> c_int {
    // SAFETY: `fork` gives it, and is the only caller.
    unsafe {
        let told = &*told.cast::<Told<'_>>();
        become_command(told.plan, told.parent, told.ends)
    }
}

/// Become the command. Reports to `ends.start` and exits if that fails; a success closes it.
///
/// # Safety
/// In a fork only. Async-signal-safe; descriptors 0 to 2 are `/dev/null`.
pub(super) unsafe fn become_command(plan: &Plan, parent: i32, ends: &Ends) -> ! {
    // SAFETY: system calls on values that this process owns, and C strings that outlive it.
    unsafe {
        // Should that one be killed, at least the command itself goes with it.
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        if libc::getppid() != parent {
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
