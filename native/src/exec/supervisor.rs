//! The process between claw and the command. Async-signal-safe throughout; see the module above.

use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use super::bounds::Group;
use super::descendants::Table;
use super::message::{Kind, plan_of};
use super::plan::Plan;
use super::report::{Ends, Report, Stage};
use super::{child, fds, guard, init, raw};

/// From SIGTERM to SIGKILL.
const GRACE_MS: i64 = 2000;
/// How long what the command left behind may go on by itself: a filter that it wrote to (`> >(tee log)`) ends on its
/// own once it has read everything.
const LEFTOVER_MS: i64 = 200;
/// Between two rounds of SIGKILL.
const ROUND_MS: i64 = 20;

/// Start the command, watch over it, and exit when it and all that it started are gone.
///
/// # Safety
/// In a fork only, with all signals blocked.
pub(super) unsafe fn supervise(plan: &Plan, ends: &Ends) -> ! {
    // SAFETY: the caller's promise.
    unsafe {
        detach([ends.control, ends.status, ends.input, ends.output, ends.start, ends.will, ends.claw]);
        let lock = hold(plan, ends);
        let deaths = child_signals();
        let me = libc::getpid();
        let myself = raw::pidfd_open(me);
        let confined = plan.sandbox.as_ref().filter(|sandbox| sandbox.namespaces != 0);
        let group = plan.sandbox.as_ref().and_then(|sandbox| sandbox.bounds.group.as_deref());
        let mut told = [-1; 2];
        if confined.is_some() {
            libc::pipe2(told.as_mut_ptr(), libc::O_CLOEXEC | libc::O_NONBLOCK);
        }
        let main = match (confined, group) {
            (None, None) => child::fork(plan, me, ends),
            _ => fork_main(confined.map_or(0, |sandbox| sandbox.namespaces), group, ends.start),
        };
        match (main, confined) {
            (-1, _) => {
                let stage = if confined.is_some() { Stage::Namespaces } else { Stage::Fork };
                Report::Failed(stage, raw::errno(), 0).send(ends.start);
                libc::_exit(1);
            }
            (0, None) => child::become_command(plan, me, ends),
            (0, Some(sandbox)) => init::run(plan, sandbox, ends, myself, told[1]),
            _ => {}
        }
        libc::close(told[1]);
        tell(main, ends);
        watch_over(plan, ends, main, [lock, deaths, told[0]])
    }
}

/// The same, for a plan that comes over this socket, and a sandbox that is begun already. Ends when no plan can come any more.
///
/// # Safety
/// As above, and the fork is the starter's: this allocates.
pub(super) unsafe fn stand_by(kind: &Kind, socket: OwnedFd, permit: &OwnedFd, claw: RawFd) -> ! {
    // SAFETY: the caller's promise.
    unsafe {
        detach([socket.as_raw_fd(), permit.as_raw_fd(), claw]);
        let deaths = child_signals();
        let myself = raw::pidfd_open(libc::getpid());
        let mut told = [-1; 2];
        libc::pipe2(told.as_mut_ptr(), libc::O_CLOEXEC | libc::O_NONBLOCK);
        let Ok((inner, theirs)) = fds::messages() else { libc::_exit(1) };
        let group = kind.group.as_deref();
        let main = fork_main(kind.namespaces, group, -1);
        match main {
            -1 => libc::_exit(1),
            0 => init::wait(kind, &theirs, permit, myself, told[1]),
            _ => {}
        }
        drop(theirs);
        libc::close(told[1]);
        libc::close(myself);
        let event = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        let mut events = [event(socket.as_raw_fd()), event(claw), event(deaths)];
        while libc::poll(events.as_mut_ptr(), 3, -1) == -1 {}
        let [came, gone, died] = events.map(|event| event.revents != 0);
        let message = if came && !gone && !died { fds::receive(&socket).ok() } else { None };
        let Some(message) = message.filter(|message| !message.bytes.is_empty()) else {
            libc::kill(main, libc::SIGKILL);
            libc::waitpid(main, std::ptr::null_mut(), 0);
            group.into_iter().for_each(|group| group.remove());
            libc::_exit(0);
        };
        drop(socket);
        let (plan, ends) = plan_of(&message, claw);
        let lock = hold(&plan, &ends);
        if !raw::send_with(
            inner.as_raw_fd(),
            &message.bytes,
            &message.fds.iter().map(AsRawFd::as_raw_fd).collect::<Vec<_>>(),
        ) {
            Report::Failed(Stage::Fork, raw::errno(), 0).send(ends.start);
            libc::_exit(1);
        }
        tell(main, &ends);
        // Only now may the command begin: claw no longer waits for this process.
        raw::send(inner.as_raw_fd(), b"b");
        drop(inner);
        watch_over(&plan, &ends, main, [lock, deaths, told[0]])
    }
}

/// Lock the guard; -1 where there is none. Ends this process if nothing may start.
unsafe fn hold(plan: &Plan, ends: &Ends) -> RawFd {
    // SAFETY: descriptors of our own.
    unsafe {
        let lock = match plan.guard.as_ref().map(|path| guard::hold(path)) {
            Some(Err(errno)) => {
                Report::Failed(Stage::Guard, errno, 0).send(ends.start);
                libc::_exit(1);
            }
            Some(Ok(lock)) => lock,
            None => -1,
        };
        // claw may have died before the guard was held, and another may have found it free: then nothing must start.
        if is_readable(ends.claw) || is_readable(ends.control) {
            libc::_exit(1);
        }
        lock
    }
}

/// Tell claw that the command, or what is first in its sandbox, is there.
unsafe fn tell(main: i32, ends: &Ends) {
    Report::Forked(main).send(ends.start);
    // SAFETY: descriptors of our own.
    unsafe {
        libc::close(ends.input);
        libc::close(ends.output);
        libc::close(ends.start);
    }
}

/// Until the command, or what is first in its sandbox, and all that it started are gone.
unsafe fn watch_over(plan: &Plan, ends: &Ends, main: i32, [lock, deaths, told]: [RawFd; 3]) -> ! {
    // SAFETY: descriptors of our own.
    unsafe {
        let claw = ends.claw;
        let group = plan.sandbox.as_ref().and_then(|sandbox| sandbox.bounds.group.as_deref());
        let table = Table::new();
        let status = Watch { main, told, group, table, main_ended: false, status: None, phase: Phase::Running }.run([
            deaths,
            ends.control,
            claw,
        ]);
        raw::send(ends.status, &status.to_ne_bytes());
        if let Some(group) = group {
            group.remove();
        }
        // A process that dies closes what it holds first: it can be gone from here and still be there.
        if is_readable(claw) || fds::has_hung_up(ends.control) {
            become_heir(plan, ends.will, lock);
        }
        // Before the pipe of the status is closed: whoever sees its end finds the guard free.
        libc::close(lock);
        libc::_exit(0);
    }
}

/// What claw would have done next, had it lived. The lock is held on: nobody takes over before that is done.
unsafe fn become_heir(plan: &Plan, will: RawFd, lock: RawFd) {
    let Some(heir) = plan.heir() else { return };
    // SAFETY: descriptors of our own, and C strings that outlive the call.
    unsafe {
        libc::dup2(will, 0);
        libc::fcntl(lock, libc::F_SETFD, 0);
        libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 0);
        // What waits, as the signal of a pipe that claw does not read any more, is forgotten.
        raw::handle_all(libc::SIG_IGN);
        raw::handle_all(libc::SIG_DFL);
        raw::unblock_signals();
        libc::execve(*heir, heir, plan.envp());
    }
}

/// The command, or the first process of its sandbox, in its cgroup: by the clone itself where the kernel can do that,
/// since joining later takes the kernel long, or else as the first thing it does.
unsafe fn fork_main(namespaces: i32, group: Option<&Group>, start: RawFd) -> i32 {
    // SAFETY: the caller's promise; descriptors of our own.
    unsafe {
        let Some(group) = group else { return raw::fork_into(namespaces, -1) };
        let folder = group.open();
        let main = if folder == -1 { -1 } else { raw::fork_into(namespaces, folder) };
        libc::close(folder);
        if main != -1 {
            return main;
        }
        let main = raw::fork_into(namespaces, -1);
        if main == 0
            && let Err(errno) = group.join()
        {
            Report::Failed(Stage::Bounds, errno, 0).send(start);
            libc::_exit(127);
        }
        main
    }
}

/// Leave the starter's session and descriptors behind.
unsafe fn detach<const N: usize>(keep: [RawFd; N]) {
    // SAFETY: plain system calls on values of our own.
    unsafe {
        libc::setsid();
        libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1);
        libc::prctl(libc::PR_SET_NAME, c"claw-supervisor".as_ptr());
        // This is a copy of memory of claw's, keys included: no process that the command starts may look into it.
        libc::prctl(libc::PR_SET_DUMPABLE, 0);
        // The starter has no handlers, but waits for nobody.
        libc::signal(libc::SIGCHLD, libc::SIG_DFL);
        let null = libc::open(c"/dev/null".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC);
        for fd in 0..=2 {
            libc::dup2(null, fd);
        }
        raw::close_others(keep);
    }
}

/// A descriptor that is readable when a child has died.
fn child_signals() -> RawFd {
    // SAFETY: the set is ours.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, libc::SIGCHLD);
        libc::signalfd(-1, &set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK)
    }
}

fn is_readable(fd: RawFd) -> bool {
    let mut entry = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // SAFETY: one entry.
    unsafe { libc::poll(&mut entry, 1, 0) > 0 }
}

#[derive(Clone, Copy)]
enum Phase {
    Running,
    /// The command has ended; the rest may go on until then.
    Leftover(i64),
    /// SIGTERM was sent; SIGKILL follows then.
    Terminating(i64),
    /// SIGKILL was sent so many times.
    Killing(u32),
}

struct Watch<'a> {
    /// The command, or the first process of its sandbox.
    main: i32,
    group: Option<&'a Group>,
    /// Where that one tells the command's wait status; -1 if it is the command.
    told: RawFd,
    table: Table,
    main_ended: bool,
    /// The command's wait status, once it has ended.
    status: Option<i32>,
    phase: Phase,
}

impl Watch<'_> {
    /// Until nothing is left; the command's exit status, 128 + n for signal n.
    fn run(mut self, [deaths, control, claw]: [RawFd; 3]) -> i32 {
        let mut stop = false;
        while self.reap() {
            self.advance(stop);
            let timeout = self.timeout();
            let event = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
            // Once asked to stop there is nothing more to hear from claw; poll(2) ignores negative descriptors.
            let heard = |fd| if stop { -1 } else { fd };
            let mut events = [event(deaths), event(self.told), event(heard(control)), event(heard(claw))];
            // SAFETY: four entries.
            if unsafe { libc::poll(events.as_mut_ptr(), 4, timeout) } > 0 {
                drain(deaths);
                self.listen();
                stop = stop || events.iter().skip(2).any(|event| event.revents != 0);
            }
        }
        match self.status {
            Some(status) if libc::WIFSIGNALED(status) => 128 + libc::WTERMSIG(status),
            Some(status) => libc::WEXITSTATUS(status),
            None => 127,
        }
    }

    /// Take in the dead; is anyone left? Whoever descends from us is our child or below one.
    fn reap(&mut self) -> bool {
        loop {
            let mut status = 0;
            // SAFETY: `status` is writable.
            let pid = unsafe { libc::waitpid(-1, &mut status, libc::WNOHANG) };
            match pid {
                0 => return true,
                -1 if raw::errno() == libc::EINTR => {}
                -1 => return false,
                pid if pid == self.main => {
                    self.listen();
                    // A sandbox that is killed as a whole says nothing.
                    self.status = self.status.or(Some(status));
                    self.main_ended = true;
                }
                _ => {}
            }
        }
    }

    /// Take in the status that the sandbox's first process tells.
    fn listen(&mut self) {
        let mut status = [0u8; 4];
        // SAFETY: four writable bytes; the descriptor does not block, and -1 is none.
        if self.told != -1 {
            let n = unsafe { libc::read(self.told, status.as_mut_ptr().cast(), status.len()) };
            if n == 4 {
                self.status = Some(i32::from_ne_bytes(status));
            } else if n == 0 {
                // SAFETY: ours.
                unsafe { libc::close(self.told) };
                self.told = -1;
            }
        }
    }

    fn advance(&mut self, stop: bool) {
        let now = raw::now_ms();
        self.phase = match self.phase {
            Phase::Running if stop => self.terminate(now),
            Phase::Running if self.status.is_some() => Phase::Leftover(now + LEFTOVER_MS),
            Phase::Leftover(until) if stop || now >= until => self.terminate(now),
            Phase::Terminating(until) if now >= until => Phase::Killing(0),
            Phase::Killing(rounds) => Phase::Killing(rounds.saturating_add(1)),
            phase => phase,
        };
        if let Phase::Killing(rounds) = self.phase {
            if let Some(group) = self.group {
                // SAFETY: async-signal-safe.
                unsafe { group.kill() };
            }
            // Stopped first, so that no one forks while the others are killed.
            self.signal(libc::SIGSTOP, rounds > 0);
            self.signal(libc::SIGKILL, rounds > 0);
        }
    }

    fn terminate(&self, now: i64) -> Phase {
        self.signal(libc::SIGTERM, false);
        // A stopped process takes no notice until it goes on.
        self.signal(libc::SIGCONT, false);
        Phase::Terminating(now + GRACE_MS)
    }

    fn signal(&self, signal: i32, groups: bool) {
        let main = if self.main_ended { None } else { Some(self.main) };
        self.table.signal_all(main, signal, groups);
    }

    fn timeout(&self) -> i32 {
        let left = |until: i64| (until - raw::now_ms()).clamp(0, GRACE_MS) as i32;
        match self.phase {
            Phase::Running => -1,
            Phase::Leftover(until) | Phase::Terminating(until) => left(until),
            Phase::Killing(_) => ROUND_MS as i32,
        }
    }
}

/// Take all waiting signals from a signalfd(2).
fn drain(deaths: RawFd) {
    let mut buffer = [0u8; 128 * 8];
    // SAFETY: `buffer` is writable for its length; the descriptor does not block.
    while unsafe { libc::read(deaths, buffer.as_mut_ptr().cast(), buffer.len()) } > 0 {}
}
