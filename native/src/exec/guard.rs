//! The lock that says whether anything that claw started still runs.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::raw;
use crate::regular;

/// How often a held lock is looked at again.
const INTERVAL: Duration = Duration::from_millis(10);

/// Wait until no supervisor holds this guard; say whether that is so. A missing file counts as free.
/// `Interrupted` when a signal came: the caller decides whether to go on.
pub fn wait_guard(path: &Path, deadline: Instant) -> io::Result<bool> {
    let file = match regular::read(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    loop {
        // SAFETY: locks a file that we own.
        if unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } == 0 {
            // Unlocked by name and not by closing: a fork made at this moment shares the lock.
            // SAFETY: as above.
            unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_UN) };
            return Ok(true);
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EINTR) => {}
            Some(libc::EWOULDBLOCK) => {}
            _ => return Err(error),
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        thread::sleep(left.min(INTERVAL));
    }
}

/// Open and lock the guard, in the supervisor. Shared, so that several may run under one guard. Never closed: the lock
/// ends with the supervisor, or with what it becomes if that keeps the descriptor. `Err` is the `errno`.
///
/// # Safety
/// Async-signal-safe.
pub(super) unsafe fn hold(path: &CString) -> Result<RawFd, i32> {
    // SAFETY: `path` is a C string.
    let fd =
        unsafe { libc::open(path.as_ptr(), libc::O_RDWR | libc::O_CREAT | libc::O_CLOEXEC | libc::O_NOFOLLOW, 0o600) };
    if fd == -1 {
        return Err(raw::errno());
    }
    loop {
        // SAFETY: a plain system call.
        if unsafe { libc::flock(fd, libc::LOCK_SH) } == 0 {
            return Ok(fd);
        }
        match raw::errno() {
            libc::EINTR => {}
            error => return Err(error),
        }
    }
}
