//! What claw tells the processes that start commands, and how they read it: a file, and descriptors beside it.

use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::bounds::Group;
use super::fds;
use super::plan::Plan;
use super::report::{Ends, Report, Stage};

/// Which of the descriptors that a command may do without come along.
pub(super) const INPUT: u8 = 1;
pub(super) const WILL: u8 = 2;
/// No command yet.
pub(super) const STAND_BY: u8 = 4;

/// What processes that are made ahead are told when they are made.
#[derive(Serialize, Deserialize)]
pub(super) struct Kind {
    /// Flags of clone(2).
    pub(super) namespaces: i32,
    /// What is written to uid_map and gid_map.
    pub(super) maps: [Vec<u8>; 2],
    pub(super) group: Option<Arc<Group>>,
}

/// The plan that a message is about, and its descriptors, which stay the message's. Ends this process if there is none.
///
/// # Safety
/// In a fork of the starter only.
pub(super) unsafe fn plan_of(message: &fds::Message, claw: RawFd) -> (Plan, Ends) {
    let (file, ends) = ends_of(message, claw);
    let plan = file.map(read).unwrap_or_else(|| Ok(Vec::new())).and_then(|told| Plan::decode(&told));
    match plan {
        Ok(plan) => (plan, ends),
        Err(_) => {
            Report::Failed(Stage::Fork, libc::EPROTO, 0).send(ends.start);
            // SAFETY: ends this process only.
            unsafe { libc::_exit(1) }
        }
    }
}

pub(super) fn ends_of(message: &fds::Message, claw: RawFd) -> (Option<&OwnedFd>, Ends) {
    let along = message.bytes.first().copied().unwrap_or(0);
    let mut given = message.fds.iter().skip(1).map(AsRawFd::as_raw_fd);
    let mut next = |is_there: bool| if is_there { given.next().unwrap_or(-1) } else { -1 };
    let [control, status, output, start] = [(); 4].map(|()| next(true));
    let (input, will) = (next(along & INPUT != 0), next(along & WILL != 0));
    (message.fds.first(), Ends { control, status, input, output, start, will, claw })
}

/// All that the file holds, wherever others that have it have read to.
pub(super) fn read(file: &OwnedFd) -> io::Result<Vec<u8>> {
    let file = ManuallyDrop::new(
        // SAFETY: it stays open, and is not closed here.
        unsafe { File::from_raw_fd(file.as_raw_fd()) },
    );
    let mut told = vec![0; usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?];
    file.read_exact_at(&mut told, 0)?;
    Ok(told)
}

/// Whether this process has the permit to start a command now: whoever reads its byte has it. Async-signal-safe.
pub(super) fn take_permit(permit: RawFd) -> bool {
    let mut byte = [0u8; 1];
    // SAFETY: one writable byte.
    unsafe { libc::read(permit, byte.as_mut_ptr().cast(), 1) == 1 }
}
