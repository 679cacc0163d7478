//! System calls for a process that was forked from one with threads: each is async-signal-safe.

use std::os::fd::RawFd;

pub(super) fn errno() -> i32 {
    // SAFETY: points to this thread's errno.
    unsafe { *libc::__errno_location() }
}

/// fork(2) without the handlers that libraries register with pthread_atfork: those take locks and allocate. It is
/// clone(2) with SIGCHLD and nothing shared.
///
/// # Safety
/// In the child only async-signal-safe code may run.
pub(super) unsafe fn fork() -> i32 {
    // SAFETY: the caller's promise. With all other arguments 0 their order, which differs between architectures, is
    // of no concern.
    unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD as libc::c_ulong, 0, 0, 0, 0) as i32 }
}

/// The same, into new namespaces.
///
/// # Safety
/// As for [`fork`].
pub(super) unsafe fn fork_into(namespaces: i32) -> i32 {
    let flags = (namespaces | libc::SIGCHLD) as libc::c_ulong;
    // SAFETY: as above.
    unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) as i32 }
}

/// Close every descriptor above 2 but these; -1 is none.
pub(super) fn close_others<const N: usize>(mut keep: [RawFd; N]) {
    // Insertion sort: the library's may allocate.
    for i in 1..N {
        let mut j = i;
        while j > 0 && keep[j - 1] > keep[j] {
            keep.swap(j - 1, j);
            j -= 1;
        }
    }
    let mut first = 3;
    for fd in keep.into_iter().filter(|fd| *fd > 2) {
        close_between(first, fd - 1);
        first = first.max(fd + 1);
    }
    close_between(first, i32::MAX);
}

fn close_between(first: RawFd, last: RawFd) {
    if first > last {
        return;
    }
    // SAFETY: closes what the caller does not use.
    unsafe {
        if libc::syscall(libc::SYS_close_range, first as u32, last as u32, 0) == 0 {
            return;
        }
        // Linux before 5.9.
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit);
        let highest = limit.rlim_cur.min(1 << 16) as RawFd;
        for fd in first..=last.min(highest) {
            libc::close(fd);
        }
    }
}

/// Write a few bytes, as one piece: all of them fit in a pipe.
pub(super) fn send(fd: RawFd, bytes: &[u8]) {
    loop {
        // SAFETY: `bytes` is readable.
        let n = unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
        if n != -1 || errno() != libc::EINTR {
            return;
        }
    }
}

/// The same over a local socket, and a descriptor with it (unix(7)); whether that went.
pub(super) fn send_with(socket: RawFd, bytes: &[u8], fd: RawFd) -> bool {
    // SAFETY: all that the message points to outlives the call, and the buffer is as large and aligned as CMSG_* need.
    unsafe {
        let mut space = [0u64; 4];
        let mut part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_iov = &mut part;
        message.msg_iovlen = 1;
        message.msg_control = space.as_mut_ptr().cast();
        message.msg_controllen = libc::CMSG_SPACE(size_of::<RawFd>() as u32) as usize;
        let header = libc::CMSG_FIRSTHDR(&message);
        (*header).cmsg_level = libc::SOL_SOCKET;
        (*header).cmsg_type = libc::SCM_RIGHTS;
        (*header).cmsg_len = libc::CMSG_LEN(size_of::<RawFd>() as u32) as usize;
        libc::CMSG_DATA(header).cast::<RawFd>().write_unaligned(fd);
        libc::sendmsg(socket, &message, libc::MSG_NOSIGNAL) == bytes.len() as isize
    }
}

/// Milliseconds on a clock that only goes forward.
pub(super) fn now_ms() -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is writable.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}

/// -1 if the kernel has none (before Linux 5.3), which poll(2) ignores.
pub(super) fn pidfd_open(pid: i32) -> RawFd {
    // SAFETY: a plain system call.
    unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) as RawFd }
}
