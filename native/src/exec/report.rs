//! What the processes between claw and the command hold in their hands, and what they tell claw while it starts.
//! Async-signal-safe.

use std::os::fd::RawFd;

use super::raw;

/// The supervisor's ends.
pub(super) struct Ends {
    /// Readable: claw wants an end, or is gone.
    pub(super) control: RawFd,
    /// Where the exit status goes.
    pub(super) status: RawFd,
    /// The command's stdin; -1 for an empty one.
    pub(super) input: RawFd,
    /// The command's stdout and stderr.
    pub(super) output: RawFd,
    /// A socket where a [`Report`] goes; closed when the command runs.
    pub(super) start: RawFd,
    /// What the heir reads; -1 where there is none.
    pub(super) will: RawFd,
    /// A pidfd of claw's: readable when it is gone; -1 where the kernel has none.
    pub(super) claw: RawFd,
}

/// What is told to claw while the command starts, as four native integers of 4 bytes.
pub(super) enum Report {
    /// The command has this pid.
    Forked(i32),
    /// This failed with this `errno`; of the mounts, this step.
    Failed(Stage, i32, i32),
    /// A descriptor comes along: the other end of the command's terminal.
    Terminal,
    /// The same: a socket that listens for the proxy.
    Listener,
    /// Its sender is the command, and waits to be traced.
    Waiting,
}

/// What can fail after the fork.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Guard,
    Fork,
    Cwd,
    Exec,
    Namespaces,
    Identity,
    Mounts,
    Network,
    Privileges,
    Landlock,
    Seccomp,
    Terminal,
    Bounds,
    Trace,
}

impl Stage {
    const ALL: [Stage; 14] = [
        Stage::Guard,
        Stage::Fork,
        Stage::Cwd,
        Stage::Exec,
        Stage::Namespaces,
        Stage::Identity,
        Stage::Mounts,
        Stage::Network,
        Stage::Privileges,
        Stage::Landlock,
        Stage::Seccomp,
        Stage::Terminal,
        Stage::Bounds,
        Stage::Trace,
    ];
}

impl Report {
    pub(super) const SIZE: usize = 16;

    pub(super) fn send(&self, fd: RawFd) {
        raw::send(fd, &self.bytes());
    }

    /// Over the socket, with a descriptor; whether that went.
    pub(super) fn send_with(&self, fd: RawFd, along: RawFd) -> bool {
        raw::send_with(fd, &self.bytes(), &[along])
    }

    fn bytes(&self) -> [u8; Self::SIZE] {
        let (stage, value, detail) = match self {
            Report::Forked(pid) => (-1, *pid, 0),
            Report::Failed(stage, errno, detail) => (*stage as i32, *errno, *detail),
            Report::Terminal => (-2, 0, 0),
            Report::Listener => (-3, 0, 0),
            Report::Waiting => (-4, 0, 0),
        };
        let mut bytes = [0; Self::SIZE];
        let words = [i32::from_ne_bytes(*b"claw"), stage, value, detail];
        for (place, byte) in bytes.iter_mut().zip(words.iter().flat_map(|word| word.to_ne_bytes())) {
            *place = byte;
        }
        bytes
    }

    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let word = |at: usize| Some(i32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let value = word(8)?;
        Some(match (word(4)?, usize::try_from(word(4)?)) {
            (-2, _) => Report::Terminal,
            (-3, _) => Report::Listener,
            (-4, _) => Report::Waiting,
            (_, Err(_)) => Report::Forked(value),
            (_, Ok(stage)) => Report::Failed(*Stage::ALL.get(stage)?, value, word(12)?),
        })
    }
}
