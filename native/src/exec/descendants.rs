//! Who descends from this process, by `/proc`, and a signal for each of them. Async-signal-safe.

use std::os::fd::RawFd;

use super::raw;

/// Processes that one scan can hold; those beyond it are met by the next.
const CAPACITY: usize = 1 << 16;

/// One process as `/proc/<pid>/stat` (proc_pid_stat(5)) shows it.
#[derive(Clone, Copy)]
struct Entry {
    pid: i32,
    parent: i32,
    group: i32,
    /// Clock ticks since boot; with the pid it names a process for ever.
    started: u64,
    descends: bool,
}

/// Memory for scans, mapped once: there is no allocator here. Pages that are never touched cost nothing.
pub(super) struct Table {
    entries: *mut Entry,
}

impl Table {
    pub(super) fn new() -> Self {
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: asks for fresh memory.
        let memory = unsafe {
            libc::mmap(std::ptr::null_mut(), CAPACITY * size_of::<Entry>(), access, kind | libc::MAP_NORESERVE, -1, 0)
        };
        let entries = if memory == libc::MAP_FAILED { std::ptr::null_mut() } else { memory.cast() };
        Self { entries }
    }

    /// Send `signal` to every living descendant of this process, and with `groups` to their process groups at once:
    /// that also meets one that forks and exits faster than it can be looked at. A group has no members from outside,
    /// since the command began with a session of its own.
    ///
    /// Where `/proc` shows none, because it is missing or another namespace's, the group of `main` is all that is
    /// known: the command, while it is not reaped and its number thus taken.
    pub(super) fn signal_all(&self, main: Option<i32>, signal: i32, groups: bool) {
        // SAFETY: plain system calls.
        let (me, proc) = unsafe {
            let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC;
            (libc::getpid(), libc::open(c"/proc".as_ptr(), flags))
        };
        let count = if proc == -1 || self.entries.is_null() { 0 } else { self.scan(proc) };
        let entries = if count == 0 {
            &mut []
        } else {
            // SAFETY: `scan` filled that many entries of our own mapping.
            unsafe { std::slice::from_raw_parts_mut(self.entries, count) }
        };
        mark(entries, me);
        let mut met = false;
        for entry in entries.iter().filter(|entry| entry.descends) {
            met = true;
            deliver(proc, entry, signal);
            if groups && entry.group > 1 && entry.group != me {
                // SAFETY: a plain system call.
                unsafe { libc::kill(-entry.group, signal) };
            }
        }
        if let Some(main) = main.filter(|_| !met) {
            // SAFETY: as above.
            unsafe { libc::kill(-main, signal) };
        }
        // SAFETY: ours, or -1, which is no descriptor.
        unsafe { libc::close(proc) };
    }

    fn scan(&self, proc: RawFd) -> usize {
        let mut buffer = [0u8; 8192];
        let mut count = 0;
        loop {
            // SAFETY: `buffer` is writable for its length.
            let n = unsafe { libc::syscall(libc::SYS_getdents64, proc, buffer.as_mut_ptr(), buffer.len()) };
            let Some(mut records) = usize::try_from(n).ok().filter(|n| *n > 0).and_then(|n| buffer.get(..n)) else {
                return count;
            };
            while let Some((pid, rest)) = next_record(records) {
                records = rest;
                if let Some(entry) = pid.and_then(|pid| read_entry(proc, pid))
                    && count < CAPACITY
                {
                    // SAFETY: within the mapping.
                    unsafe { self.entries.add(count).write(entry) };
                    count += 1;
                }
            }
        }
    }
}

/// The first record of getdents64(2): inode (8), offset (8), length (2), type (1), name; and the rest. The pid is None
/// for names that are no number.
fn next_record(records: &[u8]) -> Option<(Option<i32>, &[u8])> {
    let length = u16::from_ne_bytes([*records.get(16)?, *records.get(17)?]) as usize;
    let record = records.get(..length)?;
    let mut pid: Option<i32> = Some(0);
    for byte in record.get(19..)?.iter().take_while(|byte| **byte != 0) {
        pid = match (pid, byte) {
            (Some(pid), b'0'..=b'9') => pid.checked_mul(10).and_then(|pid| pid.checked_add((byte - b'0') as i32)),
            _ => None,
        };
    }
    Some((pid.filter(|pid| *pid > 0), records.get(length..)?))
}

/// `<pid>/stat`: None once it is gone, and for the dead that wait to be reaped.
fn read_entry(proc: RawFd, pid: i32) -> Option<Entry> {
    let mut path = [0u8; 24];
    let mut at = 16;
    path.get_mut(at..at + 5)?.copy_from_slice(b"/stat");
    let mut rest = pid;
    while rest > 0 {
        at -= 1;
        *path.get_mut(at)? = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let mut text = [0u8; 512];
    // SAFETY: `path` ends with zeros, `text` is writable for its length.
    let n = unsafe {
        let fd = libc::openat(proc, path.as_ptr().add(at).cast(), libc::O_RDONLY | libc::O_CLOEXEC);
        if fd == -1 {
            return None;
        }
        let n = libc::read(fd, text.as_mut_ptr().cast(), text.len());
        libc::close(fd);
        n
    };
    parse_stat(pid, text.get(..usize::try_from(n).ok()?)?)
}

/// `pid (name) state parent group …`: the name may hold anything, so fields count from its last parenthesis. Field 22 is the
/// start time.
fn parse_stat(pid: i32, text: &[u8]) -> Option<Entry> {
    let name_end = text.iter().rposition(|byte| *byte == b')')?;
    let mut fields = text.get(name_end + 2..)?.split(|byte| *byte == b' ');
    if matches!(fields.next()?, b"Z" | b"X") {
        return None;
    }
    let parent = i32::try_from(number(fields.next()?)?).ok()?;
    let group = i32::try_from(number(fields.next()?)?).ok()?;
    let started = number(fields.nth(16)?)?;
    Some(Entry { pid, parent, group, started, descends: false })
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0u64, |value, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        value.checked_mul(10)?.checked_add(digit.into())
    })
}

/// Mark who descends from process `me`. `/proc` lists processes by rising pid, so a parent is found by halving, and
/// mostly before its children: more than one pass is needed only where pids have wrapped round.
fn mark(entries: &mut [Entry], me: i32) {
    let mut changed = true;
    while changed {
        changed = false;
        for i in 0..entries.len() {
            let Some(entry) = entries.get(i).copied().filter(|entry| !entry.descends) else { continue };
            let by_parent = || {
                let found = entries.binary_search_by_key(&entry.parent, |other| other.pid).ok();
                found.and_then(|at| entries.get(at)).is_some_and(|parent| parent.descends)
            };
            if entry.parent == me || by_parent() {
                if let Some(entry) = entries.get_mut(i) {
                    entry.descends = true;
                }
                changed = true;
            }
        }
    }
}

/// Signal the process that was scanned, and not another that has its pid by now: a pidfd holds it while its start time
/// is compared.
fn deliver(proc: RawFd, entry: &Entry, signal: i32) {
    let pidfd = raw::pidfd_open(entry.pid);
    let same = read_entry(proc, entry.pid).is_some_and(|now| now.started == entry.started);
    // SAFETY: plain system calls.
    unsafe {
        if same && pidfd != -1 {
            libc::syscall(libc::SYS_pidfd_send_signal, pidfd, signal, std::ptr::null::<libc::siginfo_t>(), 0);
        } else if same {
            libc::kill(entry.pid, signal);
        }
        if pidfd != -1 {
            libc::close(pidfd);
        }
    }
}
