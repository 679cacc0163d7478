//! The one runtime of a process: on a thread that lives until the process ends and takes no signal.

use std::future::pending;
use std::sync::{Mutex, PoisonError};
use std::{io, mem, process, ptr, thread};

use tokio::runtime::{Builder, Handle};

static CURRENT: Mutex<Option<(u32, Handle)>> = Mutex::new(None);

/// Starts it for the first connection, and again in a child after `fork`.
pub(super) fn handle() -> io::Result<Handle> {
    let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    let here = process::id();
    if let Some((_, handle)) = current.as_ref().filter(|(owner, _)| *owner == here) {
        return Ok(handle.clone());
    }
    let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
    let handle = runtime.handle().clone();
    // Without a name: a panic in it is raised where its exchange is read, and printed nowhere.
    without_signals(|| thread::Builder::new().spawn(move || runtime.block_on(pending::<()>())))?;
    mem::forget(current.replace((here, handle.clone())));
    Ok(handle)
}

/// What a thread is begun in takes none: they are the main thread's, which waits for them.
fn without_signals<T>(begin: impl FnOnce() -> T) -> T {
    // SAFETY: both sets are whole before they are read.
    unsafe {
        let (mut all, mut before) = (mem::zeroed(), mem::zeroed());
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
        let begun = begin();
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, ptr::null_mut());
        begun
    }
}
