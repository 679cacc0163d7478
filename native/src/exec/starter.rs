//! The process that supervisors are forked from.
//!
//! It is forked from claw once, with fork(3), after which the C library's allocator can be used; it has one thread, holds
//! no descriptor of claw's but its end of a socket, and ends when claw does. For each command it is told a
//! [`Plan`](super::plan::Plan) and given the descriptors that belong to it; it checks nothing, for what it is told was
//! granted and confined by claw. One that was killed is replaced by the next command.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::{Mutex, PoisonError};

use super::message::{INPUT, STAND_BY, WILL, ends_of, plan_of, read};
use super::report::{Report, Stage};
use super::{fds, memory, raw, supervisor};

/// The supervisor's ends of what connects it with claw.
pub(super) struct Theirs<'a> {
    pub(super) control: &'a OwnedFd,
    pub(super) status: &'a OwnedFd,
    pub(super) output: &'a OwnedFd,
    pub(super) start: &'a OwnedFd,
    /// What the command reads.
    pub(super) input: Option<&'a OwnedFd>,
    /// What its heir reads.
    pub(super) will: Option<&'a OwnedFd>,
}

static STARTER: Mutex<Option<Starter>> = Mutex::new(None);

struct Starter {
    /// Whose it is: a fork of claw has none yet, and another user's would start commands as that user.
    owner: Owner,
    pid: i32,
    socket: OwnedFd,
}

#[derive(PartialEq, Eq)]
pub(super) struct Owner {
    pid: u32,
    user: libc::uid_t,
    group: libc::gid_t,
}

impl Owner {
    pub(super) fn me() -> Self {
        // SAFETY: plain questions.
        unsafe { Self { pid: std::process::id(), user: libc::geteuid(), group: libc::getegid() } }
    }
}

/// Fork the starter now, while this process is small, unless there is one.
pub fn prepare() -> io::Result<()> {
    with_starter(|_| Ok(()))
}

/// Start a supervisor with this plan, as it was encoded. That it could not be forked is reported by it.
pub(super) fn start(plan: &[u8], theirs: &Theirs<'_>) -> io::Result<()> {
    with_starter(|starter| theirs.send(plan, starter.socket.as_raw_fd()))
}

/// Start a supervisor that waits for a plan at the other end of this socket, and the first process of its sandbox, of this
/// kind, as it was encoded. A pidfd of the supervisor comes over the socket, where the kernel has any.
pub(super) fn stand_by(kind: &[u8], socket: &OwnedFd, permit: &OwnedFd) -> io::Result<()> {
    let kind = fds::filled(kind)?;
    let sent = [&kind, socket, permit].map(AsRawFd::as_raw_fd);
    with_starter(|starter| send(starter.socket.as_raw_fd(), STAND_BY, &sent))
}

impl Theirs<'_> {
    /// With a plan, to whoever starts it.
    pub(super) fn send(&self, plan: &[u8], to: RawFd) -> io::Result<()> {
        let plan = fds::filled(plan)?;
        let mut sent = vec![plan.as_raw_fd()];
        sent.extend([self.control, self.status, self.output, self.start].map(AsRawFd::as_raw_fd));
        sent.extend(self.input.into_iter().chain(self.will).map(AsRawFd::as_raw_fd));
        send(to, if self.input.is_some() { INPUT } else { 0 } | if self.will.is_some() { WILL } else { 0 }, &sent)
    }
}

fn send(to: RawFd, along: u8, sent: &[RawFd]) -> io::Result<()> {
    if raw::send_with(to, &[along], sent) { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Do this with the starter, and once more with a new one if that has failed: it may have been killed.
fn with_starter(work: impl Fn(&Starter) -> io::Result<()>) -> io::Result<()> {
    let mut known = STARTER.lock().unwrap_or_else(PoisonError::into_inner);
    let owner = Owner::me();
    if let Some(starter) = known.as_ref().filter(|starter| starter.owner == owner)
        && work(starter).is_ok()
    {
        return Ok(());
    }
    if let Some(old) = known.take() {
        let own = old.owner.pid == owner.pid;
        drop(old.socket);
        if own {
            // SAFETY: our own child, which ends once its socket is closed.
            unsafe { libc::waitpid(old.pid, std::ptr::null_mut(), 0) };
        }
    }
    let starter = known.insert(Starter::new(owner)?);
    work(starter)
}

impl Starter {
    fn new(owner: Owner) -> io::Result<Self> {
        let (socket, theirs) = fds::messages()?;
        // SAFETY: signals are blocked across the fork, so that no handler of claw's runs in the starter, which never
        // returns.
        unsafe {
            let mut all: libc::sigset_t = std::mem::zeroed();
            let mut before: libc::sigset_t = std::mem::zeroed();
            libc::sigfillset(&mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
            let pid = libc::fork();
            if pid == 0 {
                serve(theirs, owner.pid as i32);
            }
            let error = io::Error::last_os_error();
            libc::pthread_sigmask(libc::SIG_SETMASK, &before, std::ptr::null_mut());
            if pid == -1 { Err(error) } else { Ok(Self { owner, pid, socket }) }
        }
    }
}

/// Fork a supervisor for each plan that comes, until claw is gone.
///
/// # Safety
/// In a fork only, with all signals blocked.
unsafe fn serve(socket: OwnedFd, claw: i32) -> ! {
    // SAFETY: system calls on values of our own.
    unsafe {
        libc::setsid();
        // This is a copy of claw's memory, keys included.
        libc::prctl(libc::PR_SET_DUMPABLE, 0);
        raw::handle_all(libc::SIG_DFL);
        // Supervisors say how it ended by themselves, and nobody waits for them.
        libc::signal(libc::SIGCHLD, libc::SIG_IGN);
        let null = libc::open(c"/dev/null".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC);
        for fd in 0..=2 {
            libc::dup2(null, fd);
        }
        raw::close_others([socket.as_raw_fd()]);
        // Where the table cannot be read, forks cost more.
        let _ = memory::give_up_others();
        // Whoever finds it by its name finds it as it stays.
        libc::prctl(libc::PR_SET_NAME, c"claw-starter".as_ptr());
        let claw_lives = raw::pidfd_open(claw);
        if libc::getppid() != claw {
            libc::_exit(0);
        }
        loop {
            let event = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
            let mut events = [event(socket.as_raw_fd()), event(claw_lives)];
            libc::poll(events.as_mut_ptr(), 2, -1);
            let [message, gone] = events.map(|event| event.revents != 0);
            match fds::receive(&socket) {
                _ if gone => libc::_exit(0),
                Ok(_) if !message => {}
                Ok(message) if !message.bytes.is_empty() => fork_supervisor(message, claw_lives),
                _ => libc::_exit(0),
            }
        }
    }
}

/// The descriptors of a request are closed here when it has been forked for.
unsafe fn fork_supervisor(message: fds::Message, claw: RawFd) {
    let stands_by = message.bytes.first() == Some(&STAND_BY);
    // SAFETY: the caller's promise; the child never returns.
    unsafe {
        match raw::fork() {
            0 if stands_by => stand_by_of(message, claw),
            0 => {
                let (plan, ends) = plan_of(&message, claw);
                supervisor::supervise(&plan, &ends)
            }
            -1 if !stands_by => Report::Failed(Stage::Fork, raw::errno(), 0).send(ends_of(&message, claw).1.start),
            pid if stands_by && pid != -1 => {
                let supervisor = raw::pidfd_open(pid);
                if let Some(socket) = message.fds.get(1).filter(|_| supervisor != -1) {
                    raw::send_with(socket.as_raw_fd(), b"s", &[supervisor]);
                    libc::close(supervisor);
                }
            }
            _ => {}
        }
    }
}

unsafe fn stand_by_of(mut message: fds::Message, claw: RawFd) -> ! {
    let (permit, socket) = (message.fds.pop(), message.fds.pop());
    let kind = message.fds.first().and_then(|file| rmp_serde::from_slice(&read(file).ok()?).ok());
    match (kind, socket, permit) {
        // SAFETY: the caller's promise.
        (Some(kind), Some(socket), Some(permit)) => unsafe { supervisor::stand_by(&kind, socket, &permit, claw) },
        // SAFETY: ends this process only.
        _ => unsafe { libc::_exit(1) },
    }
}
