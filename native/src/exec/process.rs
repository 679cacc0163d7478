//! claw's end of a command.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::bounds::Group;
use super::driven::{Driven, told};
use super::error::StartError;
use super::grant::Grant;
use super::plan::Plan;
use super::proxy::{Decision, Proxy, Rules};
use super::report::{Report, Stage};
use super::standby::Standby;
use super::starter::{self, Theirs};
use super::trace::{Refused, Starts, Tracer};
use super::{fds, raw};

/// The most that one read returns: as much as a pipe holds.
const PIECE: usize = 64 * 1024;

/// One command and everything it starts. Dropping it ends them all.
#[derive(Debug)]
pub struct Process {
    pid: i32,
    control: OwnedFd,
    output: OwnedFd,
    status: OwnedFd,
    driven: Option<Driven>,
    ended: Mutex<Ended>,
    proxy: Option<Proxy>,
    tracer: Option<Tracer>,
    group: Option<Arc<Group>>,
}

/// How it ended, once the supervisor has said so.
#[derive(Debug, Clone, Copy)]
enum Ended {
    Not,
    /// This will be its status: the supervisor is about to be gone.
    Soon(i32),
    Status(i32),
    /// The supervisor was killed and could not say.
    Unknown,
}

/// Why there is no exit status.
#[derive(Debug)]
pub enum WaitError {
    /// A signal came while waiting; the caller decides whether to go on.
    Interrupted,
    /// The supervisor was killed from outside.
    SupervisorKilled,
    /// The system failed.
    System(io::Error),
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WaitError::Interrupted => write!(f, "interrupted while waiting for the command"),
            WaitError::SupervisorKilled => write!(f, "the command's supervisor was killed, and the command with it"),
            WaitError::System(error) => write!(f, "cannot wait for the command: {error}"),
        }
    }
}

impl std::error::Error for WaitError {}

/// What is looked after while it runs.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// The hosts that its proxy lets through.
    pub(super) rules: Rules,
    /// What it may not start.
    pub(super) starts: Option<Arc<Starts>>,
}

/// What failed in the fork.
pub(super) struct Failed {
    pub(super) stage: Stage,
    pub(super) error: io::Error,
    detail: i32,
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self { stage: Stage::Fork, error, detail: 0 }
    }
}

impl Failed {
    pub(super) fn confining(self, plan: &Plan) -> StartError {
        let step = match self.stage {
            Stage::Namespaces => "making namespaces".to_owned(),
            Stage::Identity => "mapping the user".to_owned(),
            Stage::Mounts => plan.sandbox.as_ref().map(|sandbox| sandbox.step_name(self.detail)).unwrap_or_default(),
            Stage::Network => "setting up its network".to_owned(),
            Stage::Privileges => "dropping privileges".to_owned(),
            Stage::Landlock => "Landlock".to_owned(),
            Stage::Seccomp => "seccomp".to_owned(),
            Stage::Terminal => "opening a terminal".to_owned(),
            Stage::Trace => "tracing what it starts".to_owned(),
            Stage::Bounds => "bounding how many processes it has".to_owned(),
            Stage::Guard | Stage::Fork | Stage::Cwd | Stage::Exec => "starting".to_owned(),
        };
        StartError::Confinement(format!("{step}: {}", self.error))
    }
}

impl Process {
    /// Start what is planned, with what stands by for it; return when it runs. `input` is what it reads, `will` what its heir
    /// does. If it has not begun, what stood by can be [withdrawn](Standby::withdraw), whatever this returns.
    pub(super) fn launch(
        plan: &Plan,
        input: Option<&OwnedFd>,
        will: Option<&OwnedFd>,
        watch: &Watch,
        standby: Option<&Standby>,
    ) -> Result<Self, Failed> {
        let (control, their_control) = fds::sockets()?;
        let (status, their_status) = fds::pipe()?;
        let (output, their_output) = fds::pipe()?;
        let (start, their_start) = fds::messages()?;
        fds::ask_for_senders(&start)?;
        let theirs = Theirs {
            control: &their_control,
            status: &their_status,
            output: &their_output,
            start: &their_start,
            input,
            will,
        };
        let told = plan.encode()?;
        match standby {
            Some(standby) => standby.start(&told, &theirs, &start)?,
            None => starter::start(&told, &theirs)?,
        }
        drop((their_control, their_status, their_output, their_start));
        let ended = Mutex::new(Ended::Not);
        let group = plan.sandbox.as_ref().and_then(|sandbox| sandbox.bounds.group.clone());
        let mut process =
            Self { pid: 0, control, output, status, driven: None, ended, proxy: None, tracer: None, group };
        process.await_start(&start, watch, standby)?;
        fds::set_nonblocking(&process.output)?;
        Ok(process)
    }

    /// Into the terminal that is its output, whose buffer is empty and takes so much.
    pub(super) fn type_in(&self, text: &[u8]) {
        // SAFETY: as many readable bytes.
        unsafe { libc::write(self.output.as_raw_fd(), text.as_ptr().cast(), text.len()) };
    }

    /// From now on what runs is told what to do, first this.
    pub(super) fn drive(&mut self, channel: OwnedFd, command: &str) -> io::Result<()> {
        let driven = Driven::new(channel, self.pid)?;
        driven.tell(&told(command))?;
        self.driven = Some(driven);
        Ok(())
    }

    /// Tell a driven process to do what was granted: a line of the word `__claw_cell`, the number of bytes of what
    /// follows, and the command line as a shell quotes it; the rest of the line is for shells.
    pub fn give(&self, grant: &Grant) -> Result<(), StartError> {
        let Some(driven) = &self.driven else {
            return Err(StartError::Invalid("a command for what nobody drives".to_owned()));
        };
        Ok(driven.tell(&told(&grant.take_command()?))?)
    }

    /// Interrupt what a driven process does, as a terminal's Ctrl-C would, and have it say when it is back: it is told
    /// `__claw_back`. Harmless when all is over.
    pub fn interrupt(&self) {
        if let (Some(driven), Ended::Not) = (&self.driven, *lock(&self.ended)) {
            driven.interrupt();
        }
    }

    /// Where a driven process answers, if it is one.
    pub fn channel(&self) -> Option<BorrowedFd<'_>> {
        self.driven.as_ref().map(Driven::channel)
    }

    /// The command's pid, which leads its session and group.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Take reports until the command runs, which closes the socket, or until one says why it does not.
    fn await_start(&mut self, start: &OwnedFd, watch: &Watch, standby: Option<&Standby>) -> Result<(), Failed> {
        loop {
            let mut message = match fds::receive(start) {
                // A command that has begun is waited for, as any is.
                Err(error)
                    if error.kind() == io::ErrorKind::WouldBlock
                        && standby.is_some_and(|standby| !standby.retract()) =>
                {
                    continue;
                }
                received => received?,
            };
            match (Report::parse(&message.bytes), message.fds.pop()) {
                (Some(Report::Forked(pid)), _) => self.pid = pid,
                (Some(Report::Terminal), Some(end)) => self.output = end,
                (Some(Report::Listener), Some(socket)) => {
                    self.proxy = Some(Proxy::start(socket, watch.rules.clone())?);
                }
                (Some(Report::Failed(stage, errno, detail)), _) => {
                    return Err(Failed { stage, error: io::Error::from_raw_os_error(errno), detail });
                }
                (Some(Report::Waiting), _) => {
                    let begun =
                        watch.starts.clone().zip(message.sender).map(|(starts, pid)| Tracer::start(pid, starts));
                    let tracer = begun.unwrap_or_else(|| Err(io::Error::other("nobody knows its number")));
                    self.tracer = Some(tracer.map_err(|error| Failed { stage: Stage::Trace, error, detail: 0 })?);
                    raw::send(start.as_raw_fd(), b"t");
                }
                _ if message.bytes.is_empty() && self.pid != 0 => return Ok(()),
                _ => return Err(io::Error::other("the supervisor was killed").into()),
            }
        }
    }

    /// Readable when [`read`](Self::read) has something to give.
    pub fn output(&self) -> BorrowedFd<'_> {
        self.output.as_fd()
    }

    /// Readable when [`wait`](Self::wait) has the exit status.
    pub fn status(&self) -> BorrowedFd<'_> {
        self.status.as_fd()
    }

    /// What the command asked the proxy for: host, port, whether it was let through.
    pub fn network_log(&self) -> Vec<Decision> {
        self.proxy.as_ref().map(Proxy::decisions).unwrap_or_default()
    }

    /// What a rule did not let start.
    pub fn refused(&self) -> Vec<Refused> {
        self.tracer.as_ref().map(Tracer::refused).unwrap_or_default()
    }

    /// The next piece of output: empty at its end, None at the deadline.
    pub fn read(&self, deadline: Instant) -> Result<Option<Vec<u8>>, WaitError> {
        loop {
            if !wait_readable(&self.output, deadline)? {
                return Ok(None);
            }
            let mut piece: Vec<u8> = Vec::with_capacity(PIECE);
            // SAFETY: the vector has room for so many bytes, and as many as were read are there.
            let n = unsafe { libc::read(self.output.as_raw_fd(), piece.as_mut_ptr().cast(), PIECE) };
            if let Ok(n) = usize::try_from(n) {
                // SAFETY: as above.
                unsafe { piece.set_len(n) };
                return Ok(Some(piece));
            }
            // Another thread may have been faster.
            match raw::errno() {
                libc::EAGAIN => {}
                // A terminal that nobody has open any more.
                libc::EIO => return Ok(Some(Vec::new())),
                libc::EINTR => return Err(WaitError::Interrupted),
                error => return Err(WaitError::System(io::Error::from_raw_os_error(error))),
            }
        }
    }

    /// The exit status, 128 + n for signal n, when the command and all that it left are gone; None at the deadline.
    /// The output must be read meanwhile: a command that cannot write does not end.
    pub fn wait(&self, deadline: Instant) -> Result<Option<i32>, WaitError> {
        loop {
            let ended = *lock(&self.ended);
            match ended {
                Ended::Not | Ended::Soon(_) => {}
                Ended::Status(status) => return Ok(Some(status)),
                Ended::Unknown => return Err(WaitError::SupervisorKilled),
            }
            if !wait_readable(&self.status, deadline)? {
                return Ok(None);
            }
            let mut ended = lock(&self.ended);
            // Another thread may have been faster.
            if wait_readable(&self.status, Instant::now())? {
                *ended = self.hear(*ended);
            }
        }
    }

    /// Ask the supervisor to end everything. Returns at once; harmless when all is over.
    pub fn kill(&self) {
        let flags = libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT;
        // SAFETY: one readable byte. That nobody listens any more is fine, and so is a full buffer: it is full of this.
        unsafe { libc::send(self.control.as_raw_fd(), b"k".as_ptr().cast(), 1, flags) };
    }

    /// Take the status, or the end of its pipe: then the supervisor is gone, or about to be without doing anything more.
    fn hear(&self, ended: Ended) -> Ended {
        let mut status = [0u8; 4];
        // SAFETY: four writable bytes. The pipe holds them or is closed.
        let n = unsafe { libc::read(self.status.as_raw_fd(), status.as_mut_ptr().cast(), status.len()) };
        match (n, ended) {
            (4, _) => Ended::Soon(i32::from_ne_bytes(status)),
            (_, Ended::Soon(status) | Ended::Status(status)) => Ended::Status(status),
            _ => {
                if let Some(group) = &self.group {
                    // SAFETY: async-signal-safe, and so all the more here. Nobody else does it any more.
                    unsafe {
                        group.kill();
                        group.remove();
                    }
                }
                Ended::Unknown
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(*lock(&self.ended), Ended::Not) {
            self.kill();
        }
    }
}

/// A panic elsewhere leaves these values whole: each is replaced in one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Is there something to read, or the end, before the deadline?
fn wait_readable(fd: &OwnedFd, deadline: Instant) -> Result<bool, WaitError> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        // Rounded up: the last millisecond is waited for and not polled for.
        let ms = left.as_nanos().div_ceil(1_000_000).min(i32::MAX as u128) as i32;
        let mut entry = libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one entry.
        match unsafe { libc::poll(&mut entry, 1, ms) } {
            0 if ms == i32::MAX => {}
            0 => return Ok(false),
            -1 if raw::errno() == libc::EINTR => return Err(WaitError::Interrupted),
            -1 => return Err(WaitError::System(io::Error::last_os_error())),
            _ => return Ok(true),
        }
    }
}
