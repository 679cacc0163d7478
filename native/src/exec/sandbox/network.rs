//! The sandbox's own network: a loopback, and perhaps a proxy on it. Async-signal-safe.

use std::os::fd::RawFd;

use crate::exec::raw;

/// Switch on `lo`, so that a test may talk to the server that it started.
///
/// # Safety
/// In a new network namespace, before privileges are dropped.
pub(super) unsafe fn loopback_up() -> Result<(), i32> {
    // SAFETY: a socket of our own and a request that outlives the call.
    unsafe {
        let fd = libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0);
        if fd == -1 {
            return Err(raw::errno());
        }
        let mut request: libc::ifreq = std::mem::zeroed();
        request.ifr_name[0] = b'l' as libc::c_char;
        request.ifr_name[1] = b'o' as libc::c_char;
        request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as i16;
        let result = libc::ioctl(fd, libc::SIOCSIFFLAGS, &request);
        let errno = raw::errno();
        libc::close(fd);
        if result == -1 { Err(errno) } else { Ok(()) }
    }
}

/// Listen on the loopback. Nothing else runs here yet, so the port is free.
///
/// # Safety
/// As above.
pub(super) unsafe fn listen(port: u16) -> Result<RawFd, i32> {
    // SAFETY: a socket of our own and an address that outlives the calls.
    unsafe {
        let fd = libc::socket(libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0);
        if fd == -1 {
            return Err(raw::errno());
        }
        let mut address: libc::sockaddr_in = std::mem::zeroed();
        address.sin_family = libc::AF_INET as libc::sa_family_t;
        address.sin_port = port.to_be();
        address.sin_addr.s_addr = u32::from_be_bytes([127, 0, 0, 1]).to_be();
        let size = size_of::<libc::sockaddr_in>() as libc::socklen_t;
        if libc::bind(fd, (&raw const address).cast(), size) == -1 || libc::listen(fd, 64) == -1 {
            let errno = raw::errno();
            libc::close(fd);
            return Err(errno);
        }
        Ok(fd)
    }
}
