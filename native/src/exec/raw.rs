//! System calls for a process that was forked from one with threads: each is async-signal-safe.

use std::ffi::CStr;
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

const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

/// What clone3(2) takes; libc does not have it.
#[repr(C)]
#[derive(Default)]
struct CloneArgs {
    flags: u64,
    unused: [u64; 3],
    exit_signal: u64,
    unused_too: [u64; 5],
    cgroup: u64,
}

/// The same, into new namespaces and, unless it is -1, into the cgroup of this descriptor (clone3(2), Linux 5.7).
///
/// # Safety
/// As for [`fork`].
pub(super) unsafe fn fork_into(namespaces: i32, group: RawFd) -> i32 {
    if group == -1 {
        let flags = (namespaces | libc::SIGCHLD) as libc::c_ulong;
        // SAFETY: as above.
        return unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) as i32 };
    }
    // SAFETY: the request outlives the call.
    unsafe {
        let flags = namespaces as u64 | CLONE_INTO_CGROUP;
        let exit_signal = libc::SIGCHLD as u64;
        let request = CloneArgs { flags, exit_signal, cgroup: group as u64, ..CloneArgs::default() };
        libc::syscall(libc::SYS_clone3, &request, size_of::<CloneArgs>()) as i32
    }
}

/// This is done about every signal, as far as the kernel lets it.
///
/// # Safety
/// Async-signal-safe. `how` is `SIG_DFL` or `SIG_IGN`.
pub(super) unsafe fn handle_all(how: libc::sighandler_t) {
    // SAFETY: the structure is ours.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = how;
        for signal in 1..=64 {
            libc::sigaction(signal, &action, std::ptr::null_mut());
        }
    }
}

/// No signal is blocked any more.
///
/// # Safety
/// Async-signal-safe.
pub(super) unsafe fn unblock_signals() {
    // SAFETY: the set is ours.
    unsafe {
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &none, std::ptr::null_mut());
    }
}

/// Open a file, write this to it as one piece, close it. `Err` is the `errno`.
///
/// # Safety
/// Async-signal-safe.
pub(super) unsafe fn write_file(path: &CStr, content: &[u8]) -> Result<(), i32> {
    // SAFETY: a C string and a readable buffer.
    unsafe {
        let fd = libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        if fd == -1 {
            return Err(errno());
        }
        let n = libc::write(fd, content.as_ptr().cast(), content.len());
        let errno = errno();
        libc::close(fd);
        if n == content.len() as isize { Ok(()) } else { Err(errno) }
    }
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

/// The same over a local socket, and at most eight descriptors with it (unix(7)); whether that went.
pub(super) fn send_with(socket: RawFd, bytes: &[u8], along: &[RawFd]) -> bool {
    let size = size_of_val(along) as u32;
    // SAFETY: all that the message points to outlives the call, and the buffer is as large and aligned as CMSG_* need.
    unsafe {
        let mut space = [0u64; 6];
        if libc::CMSG_SPACE(size) as usize > size_of_val(&space) {
            return false;
        }
        let mut part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_iov = &mut part;
        message.msg_iovlen = 1;
        message.msg_control = space.as_mut_ptr().cast();
        message.msg_controllen = libc::CMSG_SPACE(size) as usize;
        let header = libc::CMSG_FIRSTHDR(&message);
        (*header).cmsg_level = libc::SOL_SOCKET;
        (*header).cmsg_type = libc::SCM_RIGHTS;
        (*header).cmsg_len = libc::CMSG_LEN(size) as usize;
        std::ptr::copy_nonoverlapping(along.as_ptr().cast(), libc::CMSG_DATA(header), size as usize);
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

/// SIGKILL; whether the process is gone, after at most so long.
pub(super) fn pidfd_kill(process: RawFd, patience_ms: i32) -> bool {
    let mut entry = libc::pollfd { fd: process, events: libc::POLLIN, revents: 0 };
    // SAFETY: no information comes along; one entry.
    unsafe {
        libc::syscall(libc::SYS_pidfd_send_signal, process, libc::SIGKILL, 0, 0);
        loop {
            match libc::poll(&mut entry, 1, patience_ms) {
                -1 if errno() == libc::EINTR => {}
                ready => return ready > 0,
            }
        }
    }
}

/// -1 if the kernel has none (before Linux 5.3), which poll(2) ignores.
pub(super) fn pidfd_open(pid: i32) -> RawFd {
    // SAFETY: a plain system call.
    unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) as RawFd }
}
