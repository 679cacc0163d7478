//! The thread that traces a command: it lets everything go its way, and looks at what is executed.

use std::io;
use std::os::fd::AsRawFd;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use super::image::Image;
use super::{Refused, Starts};
use crate::exec::{fds, raw};

/// Every descendant is traced, each execve is met, and all are killed with the tracer.
const OPTIONS: libc::c_int = libc::PTRACE_O_TRACEFORK
    | libc::PTRACE_O_TRACEVFORK
    | libc::PTRACE_O_TRACECLONE
    | libc::PTRACE_O_TRACEEXEC
    | libc::PTRACE_O_EXITKILL;
const EVENT_STOP: i32 = 128;
const MOST_REFUSED: usize = 1000;
/// Characters of a refused command that are kept.
const LONGEST: usize = 200;

/// One command under trace.
#[derive(Debug)]
pub(in crate::exec) struct Tracer {
    refused: Arc<Mutex<Vec<Refused>>>,
}

impl Tracer {
    /// Attach to this process, which waits for it. What descends from it is traced until nothing of it is left.
    pub(in crate::exec) fn start(pid: i32, starts: Arc<Starts>) -> io::Result<Self> {
        let refused = Arc::default();
        let (told, hear) = mpsc::channel();
        let shared = Arc::clone(&refused);
        let trace = move || {
            block_signals();
            if attach(pid, &told).is_ok() {
                follow(pid, &starts, &shared);
            }
        };
        thread::Builder::new().name("claw-tracer".into()).spawn(trace)?;
        hear.recv().map_err(|_| io::Error::other("the tracing thread ended"))??;
        Ok(Self { refused })
    }

    /// What was not let start until now.
    pub(in crate::exec) fn refused(&self) -> Vec<Refused> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Can a thread of this process trace its children? Tried once: containers, and whoever traces claw, may forbid it.
pub fn available() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| thread::spawn(attempt).join().is_ok_and(|result| result.is_ok()))
}

/// Attach to a child that does nothing.
fn attempt() -> io::Result<()> {
    let (hear, tell) = fds::pipe()?;
    block_signals();
    // SAFETY: the child makes async-signal-safe calls only, and never returns.
    let child = unsafe { raw::fork() };
    if child == 0 {
        // SAFETY: as above.
        unsafe {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            libc::prctl(libc::PR_SET_DUMPABLE, 1);
            raw::send(tell.as_raw_fd(), b"x");
            loop {
                libc::pause();
            }
        }
    }
    fds::check(child)?;
    let mut byte = [0u8; 1];
    // SAFETY: one writable byte, and a child of our own.
    unsafe {
        libc::read(hear.as_raw_fd(), byte.as_mut_ptr().cast(), 1);
        let attached = seize(child);
        libc::kill(child, libc::SIGKILL);
        libc::waitpid(child, std::ptr::null_mut(), libc::__WALL);
        attached
    }
}

fn attach(pid: i32, told: &Sender<io::Result<()>>) -> Result<(), ()> {
    let attached = seize(pid);
    let result = if attached.is_ok() { Ok(()) } else { Err(()) };
    told.send(attached).map_err(drop)?;
    result
}

fn seize(pid: i32) -> io::Result<()> {
    // SAFETY: no memory of ours is named.
    let result = unsafe { libc::ptrace(libc::PTRACE_SEIZE, pid, 0usize, OPTIONS as usize) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Until nobody is left. Only this thread's own tracees are waited for: claw's children are the affair of others.
fn follow(main: i32, starts: &Starts, refused: &Mutex<Vec<Refused>>) {
    let mut begun = false;
    loop {
        let mut status = 0;
        // SAFETY: `status` is writable.
        let pid = unsafe { libc::waitpid(-1, &mut status, libc::__WALL | libc::__WNOTHREAD) };
        match pid {
            -1 if raw::errno() == libc::EINTR => {}
            -1 => return,
            _ if !libc::WIFSTOPPED(status) => {}
            _ => match (status >> 16, libc::WSTOPSIG(status)) {
                (0, signal) => go_on(pid, signal),
                // Stopped as job control stops it: it stays so until it is told to continue.
                (EVENT_STOP, libc::SIGSTOP | libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU) => listen(pid),
                // The first program is the shell that claw itself chose.
                (libc::PTRACE_EVENT_EXEC, _) if !begun && pid == main => {
                    begun = true;
                    go_on(pid, 0);
                }
                (libc::PTRACE_EVENT_EXEC, _) => match refusal(pid, starts) {
                    Some(one) => {
                        // SAFETY: it stands still, so the number is still its own.
                        unsafe { libc::kill(pid, libc::SIGKILL) };
                        let mut all = refused.lock().unwrap_or_else(PoisonError::into_inner);
                        if all.len() < MOST_REFUSED {
                            all.push(one);
                        }
                    }
                    None => go_on(pid, 0),
                },
                _ => go_on(pid, 0),
            },
        }
    }
}

/// Why this process may not run what it has executed.
fn refusal(pid: i32, starts: &Starts) -> Option<Refused> {
    match Image::read(pid) {
        Ok(image) => {
            let (rule, first) = starts.denying(&image)?;
            let command = image.argv[first..].join(" ").chars().take(LONGEST).collect();
            Some(Refused { command, rule: rule.text.clone(), source: rule.source.clone() })
        }
        // What nobody may look at could be anything.
        Err(_) => {
            let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            Some(Refused { command: name.trim_end().to_owned(), rule: String::new(), source: String::new() })
        }
    }
}

/// That it is gone by now is fine.
fn go_on(pid: i32, signal: i32) {
    // SAFETY: no memory of ours is named.
    unsafe { libc::ptrace(libc::PTRACE_CONT, pid, 0usize, signal as usize) };
}

fn listen(pid: i32) {
    // SAFETY: as above.
    unsafe { libc::ptrace(libc::PTRACE_LISTEN, pid, 0usize, 0usize) };
}

/// Signals are for claw's other threads.
fn block_signals() {
    // SAFETY: the set is ours.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, std::ptr::null_mut());
    }
}
