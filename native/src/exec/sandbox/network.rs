//! The sandbox's own network: a loopback and nothing else. Async-signal-safe.

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
