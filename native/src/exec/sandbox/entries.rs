//! What becomes of which path: one decision each, the most specific one counting.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::settings::{Confinement, canonical};
use crate::exec::plan::StartError;

/// What the command finds at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// A private empty folder.
    Empty,
    /// The same, and nothing can be put there.
    Hidden,
    /// A file or socket that cannot be used.
    Masked,
    /// What is there.
    ReadOnly,
    /// What is there, to be changed.
    Writable,
}

/// By path, parents first.
pub(super) type Entries = BTreeMap<PathBuf, Entry>;

/// Private and empty.
const PRIVATE: [&str; 4] = ["/tmp", "/var/tmp", "/run", "/dev/shm"];
/// Of no concern to a command.
const HIDDEN: [&str; 5] = ["/home", "/root", "/sys/kernel/debug", "/sys/kernel/tracing", "/sys/fs/bpf"];
/// What root can read, though no command needs it.
const MASKED: [&str; 4] = ["/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-"];
/// Below home: not to be seen, even where what is around them is.
const CREDENTIALS: [&str; 24] = [
    ".ssh",
    ".aws",
    ".gnupg",
    ".azure",
    ".kube",
    ".docker",
    ".config/gcloud",
    ".config/gh",
    ".config/git/credentials",
    ".password-store",
    ".local/share/keyrings",
    ".netrc",
    ".pgpass",
    ".git-credentials",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".npmrc",
    ".pypirc",
    ".claude.json",
    ".claude/.credentials.json",
    ".codex/auth.json",
    ".config/op",
    ".m2/settings.xml",
    ".vault-token",
];

/// Decide for every path that the confinement names.
pub(super) fn entries(wanted: &Confinement) -> Result<Entries, StartError> {
    let mut entries = Entries::new();
    let fixed = |paths: &[&str]| -> Vec<PathBuf> { paths.iter().filter_map(|path| folder(Path::new(path))).collect() };
    entries.extend(fixed(&HIDDEN).into_iter().map(|path| (path, Entry::Hidden)));
    entries.extend(fixed(&PRIVATE).into_iter().map(|path| (path, Entry::Empty)));
    let home = folder(&wanted.home).filter(|home| home != Path::new("/"));
    if let Some(home) = &home {
        entries.insert(home.clone(), Entry::Empty);
    }
    let claw_home = folder(&wanted.claw_home);
    let readable: Vec<_> = wanted.readable.iter().filter_map(|path| canonical(path)).collect();
    for path in &readable {
        entries.insert(path.clone(), Entry::ReadOnly);
    }
    let workspace = canonical(&wanted.workspace).ok_or_else(|| {
        let error = std::io::Error::from_raw_os_error(libc::ENOENT);
        StartError::Cwd(wanted.workspace.display().to_string(), error)
    })?;
    if wanted.writable && workspace == Path::new("/") {
        return Err(StartError::Confinement("the workspace is the whole file system".into()));
    }
    entries.insert(workspace, if wanted.writable { Entry::Writable } else { Entry::ReadOnly });
    let extra: Vec<_> = wanted.writable_extra.iter().filter_map(|path| canonical(path)).collect();
    for path in &extra {
        entries.insert(path.clone(), Entry::Writable);
    }
    if let Some(path) = &claw_home {
        entries.insert(path.clone(), Entry::Hidden);
    }
    for path in MASKED.iter().filter_map(|path| canonical(Path::new(path))) {
        entries.insert(path, Entry::Masked);
    }
    for home in home.iter() {
        let named = CREDENTIALS.iter().filter_map(|name| canonical(&home.join(name)));
        for path in named.filter(|path| !readable.contains(path)) {
            let entry = if path.is_dir() { Entry::Hidden } else { Entry::Masked };
            entries.insert(path, entry);
        }
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
    for socket in sockets() {
        if above(&entries, &socket) == Some(Entry::ReadOnly) || above(&entries, &socket).is_none() {
            entries.insert(socket, Entry::Masked);
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

/// A folder's canonical path.
fn folder(path: &Path) -> Option<PathBuf> {
    canonical(path).filter(|path| path.is_dir())
}

/// Where other processes listen on local sockets (proc_net(5)): a read-only mount does not keep anybody from connecting.
fn sockets() -> Vec<PathBuf> {
    let Ok(table) = std::fs::read_to_string("/proc/net/unix") else { return Vec::new() };
    let paths = table.lines().skip(1).filter_map(|line| line.split_whitespace().nth(7));
    let mut found: Vec<_> =
        paths.filter(|path| path.starts_with('/')).filter_map(|p| canonical(Path::new(p))).collect();
    found.sort();
    found.dedup();
    found
}
