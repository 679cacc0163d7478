//! The process that supervisors are forked from.
//!
//! It is forked from claw once, with fork(3), after which the C library's allocator can be used; it has one thread, holds
//! no descriptor of claw's but its end of a socket, and ends when claw does. For each command it is told a
//! [`Plan`](super::plan::Plan) and given the descriptors that belong to it; it checks nothing, for what it is told was
//! granted and confined by claw. One that was killed is replaced by the next command.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::{Mutex, PoisonError};

use super::plan::Plan;
use super::report::{Ends, Report, Stage};
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

/// Which of the descriptors that a command may do without come along.
const INPUT: u8 = 1;
const WILL: u8 = 2;

static STARTER: Mutex<Option<Starter>> = Mutex::new(None);

struct Starter {
    /// Whose it is: a fork of claw has none yet, and another user's would start commands as that user.
    owner: Owner,
    pid: i32,
    socket: OwnedFd,
}

#[derive(PartialEq, Eq)]
struct Owner {
    pid: u32,
    user: libc::uid_t,
    group: libc::gid_t,
}

impl Owner {
    fn me() -> Self {
        // SAFETY: plain questions.
        unsafe { Self { pid: std::process::id(), user: libc::geteuid(), group: libc::getegid() } }
    }
}

/// Fork the starter now, while this process is small, unless there is one.
pub fn prepare() -> io::Result<()> {
    with_starter(|_| Ok(()))
}

/// Start a supervisor with this plan, as it was encoded. That it could not be forked is reported by it.
pub(super) fn start(plan: &[u8], theirs: Theirs<'_>) -> io::Result<()> {
    let plan = fds::filled(plan)?;
    let mut sent = vec![plan.as_raw_fd()];
    sent.extend([theirs.control, theirs.status, theirs.output, theirs.start].map(AsRawFd::as_raw_fd));
    sent.extend(theirs.input.into_iter().chain(theirs.will).map(AsRawFd::as_raw_fd));
    let along = if theirs.input.is_some() { INPUT } else { 0 } | if theirs.will.is_some() { WILL } else { 0 };
    with_starter(|starter| match raw::send_with(starter.socket.as_raw_fd(), &[along], &sent) {
        true => Ok(()),
        false => Err(io::Error::last_os_error()),
    })
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
        libc::prctl(libc::PR_SET_NAME, c"claw-starter".as_ptr());
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
    let along = message.bytes.first().copied().unwrap_or(0);
    let mut given = message.fds.iter().map(AsRawFd::as_raw_fd);
    let mut next = |is_there: bool| if is_there { given.next().unwrap_or(-1) } else { -1 };
    let [plan, control, status, output, start] = [(); 5].map(|()| next(true));
    let (input, will) = (next(along & INPUT != 0), next(along & WILL != 0));
    let ends = Ends { control, status, input, output, start, will, claw };
    // SAFETY: the caller's promise; the child never returns.
    unsafe {
        match raw::fork() {
            -1 => Report::Failed(Stage::Fork, raw::errno(), 0).send(start),
            0 => match read(plan).and_then(|told| Plan::decode(&told)) {
                Ok(plan) => supervisor::supervise(&plan, &ends),
                Err(_) => {
                    Report::Failed(Stage::Fork, libc::EPROTO, 0).send(start);
                    libc::_exit(1);
                }
            },
            _ => {}
        }
    }
}

/// All that the file holds, which is closed then.
unsafe fn read(file: RawFd) -> io::Result<Vec<u8>> {
    let mut told = Vec::new();
    // SAFETY: ours alone, in a fork.
    unsafe { File::from_raw_fd(file) }.read_to_end(&mut told)?;
    Ok(told)
}
