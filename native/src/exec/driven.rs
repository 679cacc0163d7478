//! A process that is told what to do, one thing after the other, over a socket that is its standard input.

use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use super::{fds, raw};

/// Whoever is told something reads it at once, or never.
const PATIENCE: Duration = Duration::from_secs(10);

/// The rest of a line: what a shell does with what it was told, outside of any function. Only that is heard, and not what
/// the shell says of itself: its prompts, the trace of `set -x`.
const REST: &str = r#"; builtin eval "$__claw_code" </dev/null >&62 2>&62 62>&- 63>&-; __claw_done $?"#;

/// What a driven process is told, so that it may do this.
pub(super) fn told(command: &str) -> String {
    let quoted = command.replace('\'', "'\\''");
    format!("__claw_cell {} '{quoted}'{REST}\n", quoted.len() + 2)
}

/// claw's end of it.
#[derive(Debug)]
pub(super) struct Driven {
    channel: OwnedFd,
    /// The first process of its sandbox, whose child it is; its own pid where it has none.
    first: i32,
    /// Its pid, as this process sees it; it leads its group.
    command: i32,
}

impl Driven {
    /// What has just begun: nothing else is there yet.
    pub(super) fn new(channel: OwnedFd, first: i32) -> io::Result<Self> {
        fds::set_nonblocking(&channel)?;
        // The first process of a sandbox starts the command, and reaps what is left of it.
        let command = children(first).first().copied().filter(|pid| leads(*pid)).unwrap_or(first);
        Ok(Self { channel, first, command })
    }

    pub(super) fn channel(&self) -> BorrowedFd<'_> {
        self.channel.as_fd()
    }

    /// See [`Process::interrupt`](super::Process::interrupt).
    pub(super) fn interrupt(&self) {
        if self.command == self.first || children(self.first).contains(&self.command) {
            // SAFETY: only a number. It has not ended, so the group is its own.
            unsafe { libc::kill(-self.command, libc::SIGINT) };
        }
        // If nobody listens any more, it has ended.
        let _ = self.tell("__claw_back\n");
    }

    /// Send all of it. Fails if nobody takes it.
    pub(super) fn tell(&self, text: &str) -> io::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let mut left = text.as_bytes();
        while !left.is_empty() {
            let flags = libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT;
            // SAFETY: as many readable bytes.
            let n = unsafe { libc::send(self.channel.as_raw_fd(), left.as_ptr().cast(), left.len(), flags) };
            if let Ok(n) = usize::try_from(n) {
                left = &left[n..];
                continue;
            }
            match raw::errno() {
                libc::EINTR => {}
                libc::EAGAIN if Instant::now() < deadline => {
                    let mut entry = libc::pollfd { fd: self.channel.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
                    // SAFETY: one entry.
                    unsafe { libc::poll(&mut entry, 1, 100) };
                }
                libc::EAGAIN => return Err(io::Error::new(io::ErrorKind::TimedOut, "it takes nothing")),
                error => return Err(io::Error::from_raw_os_error(error)),
            }
        }
        Ok(())
    }
}

/// The children of a process, the oldest first (proc_pid_task(5)).
fn children(pid: i32) -> Vec<i32> {
    let listed = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    listed.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// Does it lead its process group?
fn leads(pid: i32) -> bool {
    // SAFETY: only a number.
    unsafe { libc::getpgid(pid) == pid }
}
