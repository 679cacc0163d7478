//! What a stopped process has just executed, as the kernel shows it (proc(5)).

use std::ffi::{CString, OsStr};
use std::fs;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::elf;

/// Of getauxval(3): where the path lies that execve was given.
const AT_EXECFN: u64 = 31;
const RESOLVE_IN_ROOT: u64 = 0x10;
/// Interpreters that are scripts themselves may lead to others; each has one argument at most.
const MOST_INTERPRETERS: usize = 8;

/// A file: its device and inode.
pub(super) type Id = (u64, u64);

/// A process right after execve, before its first instruction.
#[derive(Debug)]
pub(super) struct Image {
    pid: i32,
    /// The program: of a script its interpreter.
    pub(super) files: Vec<Id>,
    /// The last part of that file's path.
    pub(super) name: String,
    /// As it lies in its memory; what is no UTF-8 is replaced.
    pub(super) argv: Vec<String>,
    /// Which of these is the script that was executed.
    pub(super) script: Option<usize>,
}

impl Image {
    /// Look at a process that this thread traces and that stands still.
    pub(super) fn read(pid: i32) -> io::Result<Self> {
        let exe = format!("/proc/{pid}/exe");
        let files = identities(&exe)?;
        let path = fs::read_link(&exe)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.strip_suffix(" (deleted)").unwrap_or(&name).to_owned();
        let argv: Vec<String> = arguments(&fs::read(format!("/proc/{pid}/cmdline"))?);
        let executed = (argv.len() > 1).then(|| executed_path(pid)).flatten();
        let is_script = |word: &&String| executed.as_ref().is_some_and(|executed| executed == *word);
        let script = argv.iter().take(MOST_INTERPRETERS).skip(1).position(|word| is_script(&word)).map(|at| at + 1);
        Ok(Self { pid, files, name, argv, script })
    }

    /// Is its file a dynamic loader, which runs the program that it is given?
    pub(super) fn is_loader(&self) -> bool {
        fs::File::open(format!("/proc/{}/exe", self.pid)).is_ok_and(|file| elf::is_loader(&file))
    }

    /// The file that this path leads to, as the process would find it; none if there is none.
    pub(super) fn files_of(&self, path: &str) -> Vec<Id> {
        if let Some(fd) = descriptor(path) {
            return identities(&format!("/proc/{}/fd/{fd}", self.pid)).unwrap_or_default();
        }
        let cwd = fs::read_link(format!("/proc/{}/cwd", self.pid)).unwrap_or_else(|_| PathBuf::from("/"));
        let file = open_below(&format!("/proc/{}/root", self.pid), &cwd.join(path));
        file.and_then(|fd| identities(&format!("/proc/self/fd/{}", fd.as_raw_fd())).ok()).unwrap_or_default()
    }
}

/// The file that one of /proc's links stands for. In a sandbox it may be seen through a layer, which gives it a device of
/// its own; then it is also what lies at its path outside.
fn identities(link: &str) -> io::Result<Vec<Id>> {
    let id = |found: fs::Metadata| (found.dev(), found.ino());
    let inside = id(fs::metadata(link)?);
    let outside = fs::read_link(link).and_then(fs::metadata).map(id).ok();
    Ok([inside].into_iter().chain(outside.filter(|outside| *outside != inside)).collect())
}

/// The words of a command line in `/proc`, each ended by a NUL.
fn arguments(line: &[u8]) -> Vec<String> {
    let line = line.strip_suffix(&[0]).unwrap_or(line);
    line.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

/// `/dev/fd/3` and what it is short for.
fn descriptor(path: &str) -> Option<u32> {
    let number = ["/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/"].iter().find_map(|at| path.strip_prefix(at))?;
    number.parse().ok()
}

/// The path that was given to execve: of a script, that of the script.
fn executed_path(pid: i32) -> Option<String> {
    let vector = fs::read(format!("/proc/{pid}/auxv")).ok()?;
    let at = entry::<8>(&vector).or_else(|| entry::<4>(&vector))?;
    let mut text = Vec::new();
    let word = size_of::<libc::c_long>();
    let mut at = at;
    while text.len() < libc::PATH_MAX as usize {
        // SAFETY: reads a word of a process that this thread traces; -1 may be one, so errno tells.
        let piece = unsafe {
            *libc::__errno_location() = 0;
            let piece = libc::ptrace(libc::PTRACE_PEEKDATA, pid, at, 0);
            (*libc::__errno_location() == 0).then_some(piece)?
        };
        let bytes = piece.to_ne_bytes();
        let end = bytes.iter().position(|byte| *byte == 0);
        text.extend_from_slice(&bytes[..end.unwrap_or(word)]);
        if end.is_some() {
            return Some(String::from_utf8_lossy(&text).into_owned());
        }
        at += word as u64;
    }
    None
}

/// The value of AT_EXECFN in a vector of pairs of N bytes each: programs of 32 bit have shorter ones.
fn entry<const N: usize>(vector: &[u8]) -> Option<u64> {
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
    let mut pairs = vector.chunks_exact(2 * N).map(|pair| (number(&pair[..N]), number(&pair[N..])));
    pairs.find(|(kind, _)| *kind == AT_EXECFN).map(|(_, value)| value)
}

#[repr(C)]
struct OpenHow {
    flags: u64,
    mode: u64,
    resolve: u64,
}

/// Find the file at a path whose links lead to what is below that root.
fn open_below(root: &str, path: &Path) -> Option<OwnedFd> {
    let root = CString::new(root).ok()?;
    let path = CString::new(OsStr::as_bytes(path.as_os_str())).ok()?;
    let flags = libc::O_PATH | libc::O_CLOEXEC;
    // SAFETY: C strings and structures of our own; what is opened is ours.
    unsafe {
        let root = own(libc::open(root.as_ptr(), flags | libc::O_DIRECTORY))?;
        let how = OpenHow { flags: flags as u64, mode: 0, resolve: RESOLVE_IN_ROOT };
        let fd = libc::syscall(libc::SYS_openat2, root.as_raw_fd(), path.as_ptr(), &how, size_of::<OpenHow>());
        own(fd as i32)
    }
}

/// # Safety
/// A descriptor that nobody else owns, or -1.
unsafe fn own(fd: i32) -> Option<OwnedFd> {
    // SAFETY: the caller's promise.
    (fd != -1).then(|| unsafe { OwnedFd::from_raw_fd(fd) })
}
