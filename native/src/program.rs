//! A program that claw runs for itself, and for no tool's call: git, in a folder of claw's own.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Bytes that are read at once.
const PIECE: usize = 64 * 1024;

/// Exit status (negative: the signal), standard output and standard error.
pub type Answer = (i32, Vec<u8>, Vec<u8>);

/// It leads a process group, and holds a lock until all that inherited its descriptors is gone. What is dropped before it
/// has ended is killed with its group.
#[derive(Debug)]
pub struct Program(Mutex<Running>);

#[derive(Debug)]
struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    given: usize,
    said: Vec<u8>,
    complaint: Vec<u8>,
    ended: bool,
}

/// Only one is started at a time: no other inherits its lock.
static STARTING: Mutex<()> = Mutex::new(());

impl Program {
    /// Start `argv` with exactly this environment; `guard` is the file that stays locked (shared) while it runs.
    pub fn start(argv: &[OsString], cwd: &Path, env: &[(OsString, OsString)], guard: &Path) -> io::Result<Self> {
        let (program, words) = argv.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let lock = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW)
            .open(guard)?;
        rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockShared)?;
        let mut command = Command::new(program);
        command.args(words).current_dir(cwd).env_clear().envs(env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let one = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: a plain duplicate of an open descriptor, owned from here on.
        let inherited = unsafe { libc::fcntl(lock.as_raw_fd(), libc::F_DUPFD, 3) };
        if inherited < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: it was made above, and nobody else has it.
        let inherited = unsafe { OwnedFd::from_raw_fd(inherited) };
        let started = command.spawn();
        drop((inherited, one));
        let mut child = started?;
        let stdin = child.stdin.take();
        for fd in [stdin.as_ref().map(AsRawFd::as_raw_fd), fd(child.stdout.as_ref()), fd(child.stderr.as_ref())] {
            unblock(fd)?;
        }
        let running = Running { child, stdin, given: 0, said: Vec::new(), complaint: Vec::new(), ended: false };
        Ok(Self(Mutex::new(running)))
    }

    /// Give it the rest of `given`, and hear it to its end; None where that has not come after `patience`.
    pub fn answer(&self, given: &[u8], patience: Duration) -> io::Result<Option<Answer>> {
        let mut running = self.running();
        let until = Instant::now() + patience;
        while running.is_open() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            running.step(given, left)?;
        }
        let status = running.child.wait()?;
        running.ended = true;
        let code = status.code().unwrap_or_else(|| -status.signal().unwrap_or(1));
        Ok(Some((code, std::mem::take(&mut running.said), std::mem::take(&mut running.complaint))))
    }

    /// Kill it with its process group, unless it has ended.
    pub fn kill(&self) {
        self.running().kill();
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn is_open(&self) -> bool {
        self.child.stdout.is_some() || self.child.stderr.is_some()
    }

    /// Wait until something can be read or written, and do that.
    fn step(&mut self, given: &[u8], patience: Duration) -> io::Result<()> {
        if self.given >= given.len() {
            self.stdin = None;
        }
        let stdin = self.stdin.as_ref().map(AsRawFd::as_raw_fd);
        let ends = [(stdin, libc::POLLOUT), (fd(self.child.stdout.as_ref()), libc::POLLIN)];
        let ends = [ends[0], ends[1], (fd(self.child.stderr.as_ref()), libc::POLLIN)];
        let mut polled = ends.map(|(fd, events)| libc::pollfd { fd: fd.unwrap_or(-1), events, revents: 0 });
        let ms = i32::try_from(patience.as_millis().max(1)).unwrap_or(i32::MAX);
        // SAFETY: `polled` is an array of that length.
        if unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, ms) } < 0 {
            let error = io::Error::last_os_error();
            return if error.kind() == io::ErrorKind::Interrupted { Ok(()) } else { Err(error) };
        }
        if polled[0].revents != 0 {
            self.give(given)?;
        }
        if polled[1].revents != 0 && !heard(self.child.stdout.as_mut(), &mut self.said)? {
            self.child.stdout = None;
        }
        if polled[2].revents != 0 && !heard(self.child.stderr.as_mut(), &mut self.complaint)? {
            self.child.stderr = None;
        }
        Ok(())
    }

    fn give(&mut self, given: &[u8]) -> io::Result<()> {
        let Some(stdin) = self.stdin.as_mut() else { return Ok(()) };
        match stdin.write(&given[self.given..]) {
            Ok(count) => self.given += count,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            // It reads no more.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.given = given.len(),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn kill(&mut self) {
        if self.ended {
            return;
        }
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            // Where it is gone already there is nobody to kill.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        self.ended = self.child.wait().is_ok();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

fn fd<T: AsRawFd>(end: Option<&T>) -> Option<RawFd> {
    end.map(AsRawFd::as_raw_fd)
}

/// Take what there is; false: that was the end.
fn heard(end: Option<&mut impl Read>, into: &mut Vec<u8>) -> io::Result<bool> {
    let Some(end) = end else { return Ok(false) };
    let mut piece = [0; PIECE];
    match end.read(&mut piece) {
        Ok(0) => Ok(false),
        Ok(count) => {
            into.extend_from_slice(&piece[..count]);
            Ok(true)
        }
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(true),
        Err(error) => Err(error),
    }
}

fn unblock(fd: Option<RawFd>) -> io::Result<()> {
    let Some(fd) = fd else { return Ok(()) };
    // SAFETY: an open descriptor of this process.
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
    // SAFETY: the same.
    if flags < 0 || unsafe { libc::fcntl(fd, libc::F_SETFL, flags | libc::O_NONBLOCK) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    fn started(script: &str, guard: &Path) -> Program {
        let argv = ["/bin/sh", "-c", script].map(OsString::from);
        let env = [("PATH".into(), "/usr/bin:/bin".into()), ("WORD".into(), "said".into())];
        Program::start(&argv, Path::new("/"), &env, guard).unwrap()
    }

    /// A folder of the test's own, and the file in it that is to be locked.
    fn guard(name: &str) -> (PathBuf, PathBuf) {
        let folder = std::env::temp_dir().join(format!("claw-program-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("lock");
        (folder, file)
    }

    fn is_locked(guard: &Path) -> bool {
        let file = std::fs::File::open(guard).unwrap();
        rustix::fs::flock(file, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_err()
    }

    #[test]
    fn it_is_heard_to_its_end_with_what_it_was_given() {
        let (folder, guard) = guard("heard");
        let many = vec![b'x'; 3 << 20];
        let (status, said, complaint) =
            started("cat; echo $WORD >&2; exit 3", &guard).answer(&many, LONG).unwrap().unwrap();
        assert_eq!((status, said.len(), complaint), (3, many.len(), b"said\n".to_vec()));
        let unread = started("exec 0<&-; head -c 300000 /dev/zero", &guard).answer(&many, LONG).unwrap().unwrap();
        assert_eq!((unread.0, unread.1.len()), (0, 300_000));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_lock_is_held_until_it_ends_and_a_killed_one_takes_its_children_along() {
        let (folder, guard) = guard("locked");
        let program = started("sleep 1000 & sleep 1000", &guard);
        assert!(program.answer(b"", Duration::from_millis(20)).unwrap().is_none());
        assert!(is_locked(&guard));
        program.kill();
        let (status, ..) = program.answer(b"", LONG).unwrap().unwrap();
        assert_eq!(status, -9);
        drop(started("sleep 1000", &guard));
        let until = Instant::now() + LONG;
        while is_locked(&guard) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(!is_locked(&guard));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_cannot_be_started_says_why() {
        let (folder, guard) = guard("missing");
        let nothing = [folder.join("nothing").into_os_string()];
        let missing = Program::start(&nothing, Path::new("/"), &[], &guard).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        assert_eq!(Program::start(&[], Path::new("/"), &[], &guard).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        std::fs::remove_file(&guard).unwrap();
        std::os::unix::fs::symlink("/dev/null", &guard).unwrap();
        assert!(Program::start(&["/bin/true".into()], Path::new("/"), &[], &guard).is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
