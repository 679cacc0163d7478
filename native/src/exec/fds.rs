//! Pipes whose ends stay clear of 0, 1 and 2, which the supervisor overwrites.

use std::io::{self, Seek, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// (read end, write end), both close-on-exec.
pub(super) fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    // SAFETY: `ends` has room for two descriptors.
    check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    own(ends)
}

/// Two connected sockets, close-on-exec. Sockets and not a pipe, because only they can be written to without a SIGPIPE.
pub(super) fn sockets() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC;
    // SAFETY: `ends` has room for two descriptors.
    check(unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()) })?;
    own(ends)
}

/// Two connected sockets that keep messages apart, close-on-exec.
pub(super) fn messages() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: `ends` has room for two descriptors.
    check(unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()) })?;
    own(ends)
}

/// What came over a socket, and what the kernel adds to it.
pub(super) struct Message {
    /// Empty when all other ends are closed.
    pub(super) bytes: Vec<u8>,
    /// The descriptors that came along.
    pub(super) fds: Vec<OwnedFd>,
    /// The pid of who sent it, as this process sees it, if that was [asked for](ask_for_senders).
    pub(super) sender: Option<i32>,
}

/// From now on messages say who sent them (unix(7)).
pub(super) fn ask_for_senders(socket: &OwnedFd) -> io::Result<()> {
    let on = 1i32;
    let size = size_of_val(&on) as libc::socklen_t;
    // SAFETY: a readable integer.
    check(unsafe {
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_PASSCRED, (&raw const on).cast(), size)
    })
    .map(drop)
}

/// From now on [`receive`] fails with `WouldBlock` where nothing comes for so long.
pub(super) fn give_up_after(socket: &OwnedFd, ms: i32) -> io::Result<()> {
    let time = libc::timeval { tv_sec: (ms / 1000).into(), tv_usec: (ms % 1000 * 1000).into() };
    let size = size_of_val(&time) as libc::socklen_t;
    // SAFETY: a readable structure.
    check(unsafe {
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_RCVTIMEO, (&raw const time).cast(), size)
    })
    .map(drop)
}

/// The next message.
pub(super) fn receive(socket: &OwnedFd) -> io::Result<Message> {
    let mut bytes = vec![0u8; 64];
    let mut space = [0u64; 8];
    let mut part = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
    // SAFETY: all that the message points to outlives the call; a descriptor that came is ours alone.
    unsafe {
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_iov = &mut part;
        message.msg_iovlen = 1;
        message.msg_control = space.as_mut_ptr().cast();
        message.msg_controllen = size_of_val(&space);
        let length = loop {
            let n = libc::recvmsg(socket.as_raw_fd(), &mut message, libc::MSG_CMSG_CLOEXEC);
            if n != -1 {
                break n as usize;
            }
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        };
        bytes.truncate(length);
        let mut came = Message { bytes, fds: Vec::new(), sender: None };
        let mut header = libc::CMSG_FIRSTHDR(&message);
        while !header.is_null() {
            let data = libc::CMSG_DATA(header);
            match (*header).cmsg_type {
                libc::SCM_RIGHTS => {
                    let room = (*header).cmsg_len - libc::CMSG_LEN(0) as usize;
                    for place in 0..room / size_of::<RawFd>() {
                        let fd = data.cast::<RawFd>().add(place).read_unaligned();
                        came.fds.push(clear_of_stdio(OwnedFd::from_raw_fd(fd))?);
                    }
                }
                libc::SCM_CREDENTIALS => came.sender = Some(data.cast::<libc::ucred>().read_unaligned().pid),
                _ => {}
            }
            header = libc::CMSG_NXTHDR(&message, header);
        }
        Ok(came)
    }
}

/// Is there nobody any more at the other end of this socket?
pub(super) fn has_hung_up(socket: RawFd) -> bool {
    let mut entry = libc::pollfd { fd: socket, events: 0, revents: 0 };
    // SAFETY: one entry.
    unsafe { libc::poll(&mut entry, 1, 0) > 0 && entry.revents & libc::POLLHUP != 0 }
}

/// `content` to be read from its start: a file in memory, so that whoever gives it never waits for who reads it.
pub(super) fn filled(content: &[u8]) -> io::Result<OwnedFd> {
    // SAFETY: a new descriptor, which nobody else knows.
    let fd = unsafe { OwnedFd::from_raw_fd(check(libc::memfd_create(c"stdin".as_ptr(), libc::MFD_CLOEXEC))?) };
    let mut file = std::fs::File::from(clear_of_stdio(fd)?);
    file.write_all(content)?;
    file.rewind()?;
    Ok(file.into())
}

fn own(ends: [RawFd; 2]) -> io::Result<(OwnedFd, OwnedFd)> {
    // SAFETY: the kernel has just given us both, and nobody else knows them.
    let [a, b] = ends.map(|fd| unsafe { OwnedFd::from_raw_fd(fd) });
    Ok((clear_of_stdio(a)?, clear_of_stdio(b)?))
}

fn clear_of_stdio(fd: OwnedFd) -> io::Result<OwnedFd> {
    if fd.as_raw_fd() > 2 {
        return Ok(fd);
    }
    // SAFETY: duplicates a descriptor that we own; the result is ours.
    unsafe {
        let higher = check(libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, 3))?;
        Ok(OwnedFd::from_raw_fd(higher))
    }
}

pub(super) fn set_nonblocking(fd: &OwnedFd) -> io::Result<()> {
    // SAFETY: changes flags of a descriptor that we own.
    unsafe {
        let flags = check(libc::fcntl(fd.as_raw_fd(), libc::F_GETFL))?;
        check(libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK))?;
    }
    Ok(())
}

/// A system call's result: -1 is the error in `errno`.
pub(super) fn check(result: i32) -> io::Result<i32> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
