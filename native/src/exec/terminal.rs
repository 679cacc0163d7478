//! A terminal of the command's own. Async-signal-safe.

use std::os::fd::RawFd;

use super::raw;

/// Rows and columns.
pub type Size = (u16, u16);

/// A fresh terminal becomes this session's own, and its stdin, stdout and stderr; the other end of it is returned.
///
/// # Safety
/// In a fork only, as the leader of a session without a terminal.
pub(super) unsafe fn open((rows, columns): Size) -> Result<RawFd, i32> {
    // SAFETY: plain system calls on descriptors of our own.
    unsafe {
        let ours = check(libc::open(c"/dev/ptmx".as_ptr(), libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC))?;
        let unlocked = 0i32;
        check(libc::ioctl(ours, libc::TIOCSPTLCK, &unlocked))?;
        // By its number and not by its path, which may be another instance's.
        let theirs = check(libc::ioctl(ours, libc::TIOCGPTPEER, libc::O_RDWR | libc::O_NOCTTY))?;
        let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        check(libc::ioctl(theirs, libc::TIOCSWINSZ, &size))?;
        check(libc::ioctl(theirs, libc::TIOCSCTTY, 0))?;
        for fd in 0..=2 {
            check(libc::dup2(theirs, fd))?;
        }
        Ok(ours)
    }
}

fn check(result: i32) -> Result<i32, i32> {
    if result == -1 { Err(raw::errno()) } else { Ok(result) }
}
