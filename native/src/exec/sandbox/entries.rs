//! What becomes of which path: one decision each, the most specific one counting.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::confinement::Confinement;
use super::sockets::{self, canonical};
use crate::exec::error::StartError;
use crate::policy::credentials::{OF_HOME, OF_THE_MACHINE};

/// What the command finds at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// A private empty folder.
    Empty,
    /// A private folder that others of the session have too.
    Scratch,
    /// The same as an empty one, and nothing can be put there.
    Hidden,
    /// A file or socket that cannot be used.
    Masked,
    /// A socket that somebody listens on. Its program may end at any time, and take it away.
    Socket,
    /// What is there.
    ReadOnly,
    /// The same of a folder, and its sockets lead nowhere.
    Seen,
    /// The same, and what is changed is private, and gone when the command ends.
    Layered,
    /// What is there, to be changed.
    Writable,
}

/// By path, parents first.
pub(super) type Entries = BTreeMap<PathBuf, Entry>;

/// Private and empty.
const PRIVATE: [&str; 4] = ["/tmp", "/var/tmp", "/run", "/dev/shm"];
/// Of no concern to a command.
const HIDDEN: [&str; 5] = ["/home", "/root", "/sys/kernel/debug", "/sys/kernel/tracing", "/sys/fs/bpf"];

/// Decide for every path that the confinement names.
pub(super) fn entries(wanted: &Confinement) -> Result<Entries, StartError> {
    let mut entries = Entries::new();
    let fixed = |paths: &[&str]| -> Vec<PathBuf> { paths.iter().filter_map(|path| folder(Path::new(path))).collect() };
    entries.extend(fixed(&HIDDEN).into_iter().map(|path| (path, Entry::Hidden)));
    entries.extend(fixed(&PRIVATE).into_iter().map(|path| (path, Entry::Empty)));
    if let Some(scratch) = wanted.scratch.as_ref().filter(|_| wanted.namespaces) {
        let kept = fixed(&PRIVATE).into_iter().filter(|path| at(scratch, path).is_dir());
        entries.extend(kept.map(|path| (path, Entry::Scratch)));
    }
    let home = folder(&wanted.home).filter(|home| home != Path::new("/"));
    if let Some(home) = &home {
        entries.insert(home.clone(), Entry::Empty);
    }
    let mounts = mount_points();
    // A layer shows nothing that is mounted below it.
    let whole = |path: &Path| path.is_dir() && !mounts.iter().any(|at| at.starts_with(path) && at != path);
    for path in wanted.readable.iter().filter_map(|path| canonical(path)) {
        let entry = if whole(&path) { Entry::Seen } else { Entry::ReadOnly };
        entries.insert(path, entry);
    }
    for path in wanted.layered.iter().filter_map(|path| folder(path)) {
        let entry = if whole(&path) { Entry::Layered } else { Entry::ReadOnly };
        entries.insert(path, entry);
    }
    let workspace = canonical(&wanted.workspace).ok_or_else(|| {
        let error = std::io::Error::from_raw_os_error(libc::ENOENT);
        StartError::Cwd(wanted.workspace.display().to_string(), error)
    })?;
    if wanted.writable && workspace == Path::new("/") {
        return Err(StartError::Confinement("the workspace is the whole file system".into()));
    }
    entries.insert(workspace.clone(), if wanted.writable { Entry::Writable } else { Entry::ReadOnly });
    let extra: Vec<_> = wanted.writable_extra.iter().filter_map(|path| canonical(path)).collect();
    for path in &extra {
        entries.insert(path.clone(), Entry::Writable);
    }
    let shown: Vec<_> = wanted.shown.iter().filter_map(|path| canonical(path)).collect();
    for path in &shown {
        entries.insert(path.clone(), Entry::ReadOnly);
    }
    // What a person let in is seen, and the workspace; whatever else was to be seen there is not.
    let kept = |path: &PathBuf| *path == workspace || extra.contains(path) || shown.contains(path);
    for path in credentials(home.as_deref()).into_iter().chain(folder(&wanted.claw_home)).filter(|path| !kept(path)) {
        entries.retain(|other, _| !other.starts_with(&path) || kept(other));
        entries.insert(path.clone(), if path.is_dir() { Entry::Hidden } else { Entry::Masked });
    }
    for path in wanted.hidden.iter().filter_map(|path| canonical(path)) {
        let entry = if path.is_dir() { Entry::Hidden } else { Entry::Masked };
        // Neither is what was to be seen in it.
        entries.retain(|other, _| !other.starts_with(&path));
        if matches!(above(&entries, &path), Some(Entry::Writable)) {
            pin(&mut entries, &path);
        }
        entries.insert(path, entry);
    }
    // A mount could not be replaced by renaming, which is how git changes its configuration.
    for path in &extra {
        if entries.get(path) == Some(&Entry::Writable) && above(&entries, path) == Some(Entry::Writable) {
            entries.remove(path);
        }
    }
    protect(&mut entries, &wanted.protected);
    for socket in sockets::listening() {
        if !is_blank(above(&entries, &socket)) {
            entries.insert(socket, Entry::Socket);
        }
    }
    Ok(entries)
}

/// Protected paths are read-only.
fn protect(entries: &mut Entries, protected: &[PathBuf]) {
    for path in protected.iter().filter_map(|path| canonical(path)) {
        if !matches!(at_or_above(entries, &path), Some((_, Entry::Writable))) {
            continue;
        }
        pin(entries, &path);
        entries.insert(path, Entry::ReadOnly);
    }
}

/// The folders between a path and what is writable become entries of their own, since a folder with a mount in it could be
/// moved away, but a mount cannot.
fn pin(entries: &mut Entries, path: &Path) {
    let pins: Vec<_> = path.ancestors().skip(1).take_while(|folder| !entries.contains_key(*folder)).collect();
    entries.extend(pins.into_iter().map(|pin| (pin.to_owned(), Entry::Writable)));
}

/// The entry that a path is subject to, from the path itself upwards.
fn at_or_above<'a>(entries: &Entries, path: &'a Path) -> Option<(&'a Path, Entry)> {
    path.ancestors().find_map(|folder| entries.get(folder).map(|entry| (folder, *entry)))
}

/// The entry that a path is subject to by what is above it.
pub(super) fn above(entries: &Entries, path: &Path) -> Option<Entry> {
    at_or_above(entries, path.parent()?).map(|(_, entry)| entry)
}

/// Is there nothing of the system's in such a folder?
pub(super) fn is_blank(entry: Option<Entry>) -> bool {
    matches!(entry, Some(Entry::Empty | Entry::Scratch | Entry::Hidden))
}

/// What the scratch has for an absolute path.
pub(super) fn at(scratch: &Path, path: &Path) -> PathBuf {
    scratch.join(path.strip_prefix("/").unwrap_or(path))
}

/// A folder's canonical path.
fn folder(path: &Path) -> Option<PathBuf> {
    canonical(path).filter(|path| path.is_dir())
}

/// As system calls take it.
pub(super) fn c_path(path: &Path) -> Result<CString, StartError> {
    CString::new(path.as_os_str().as_bytes())
        .map_err(|_| StartError::Invalid(format!("{path:?} holds a NUL character")))
}

/// Where keys, tokens and passwords lie, as policy has them. Home itself may be of that kind.
fn credentials(home: Option<&Path>) -> Vec<PathBuf> {
    let machine = OF_THE_MACHINE.iter().filter_map(|path| canonical(Path::new(path)));
    // Toolchains may lie in what is hidden anyway.
    let hidden = |path: &PathBuf| HIDDEN.iter().any(|hidden| path == Path::new(hidden));
    let machine = machine.filter(|path| !hidden(path) && !home.is_some_and(|home| home.starts_with(path)));
    let of_home = home.into_iter().flat_map(|home| OF_HOME.iter().filter_map(|name| canonical(&home.join(name))));
    machine.chain(of_home).collect()
}

/// Where something is mounted (proc_pid_mountinfo(5)).
fn mount_points() -> Vec<PathBuf> {
    let table = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    table.lines().filter_map(|line| line.split(' ').nth(4)).map(|at| PathBuf::from(unescaped(at))).collect()
}

/// Blanks, line breaks and backslashes are written as three octal digits.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(code) => {
                out.push(char::from(code));
                out.push_str(&part[3..]);
            }
            None => {
                out.push('\\');
                out.push_str(part);
            }
        }
    }
    out
}
