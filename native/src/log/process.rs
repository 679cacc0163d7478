//! A child after `fork` must not write its parent's log: both would append at the same place.
//!
//! The child handler (POSIX `pthread_atfork`) counts a generation up and closes the inherited lock files, so that a
//! child that lives on does not keep its dead parent's log locked. It does nothing that is not async-signal-safe.

use std::sync::Once;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

static GENERATION: AtomicU32 = AtomicU32::new(0);
/// File descriptors of held locks; -1 is a free place. A lock that finds no place is only inherited, not lost.
static LOCKS: [AtomicI32; 256] = [const { AtomicI32::new(-1) }; 256];
static INSTALL: Once = Once::new();

extern "C" fn in_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
    for place in &LOCKS {
        let fd = place.swap(-1, Ordering::Relaxed);
        if fd >= 0 {
            // SAFETY: close is async-signal-safe; the owner sees the new generation and never uses this number again.
            unsafe { libc::close(fd) };
        }
    }
}

/// Which process this is, counted in forks since the first log was opened.
pub fn generation() -> u32 {
    INSTALL.call_once(|| {
        // SAFETY: `in_child` touches only atomics and calls close.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    });
    GENERATION.load(Ordering::Relaxed)
}

/// Close this lock file in every later child.
pub fn register_lock(fd: i32) {
    let free = |place: &AtomicI32| place.compare_exchange(-1, fd, Ordering::AcqRel, Ordering::Relaxed).is_ok();
    let _ = LOCKS.iter().any(free);
}

/// Forget it, before it is closed here.
pub fn forget_lock(fd: i32) {
    let held = |place: &AtomicI32| place.compare_exchange(fd, -1, Ordering::AcqRel, Ordering::Relaxed).is_ok();
    let _ = LOCKS.iter().any(held);
}
