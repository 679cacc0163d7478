//! Where cgroups can be made for commands.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A cgroup below which this process may make others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::exec) struct Place {
    pub(in crate::exec) folder: PathBuf,
    pub(super) version: Version,
    /// Whether what is made there has a `pids.max`.
    pub(in crate::exec) bounds: bool,
}

/// Of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::exec) enum Version {
    One,
    Two,
}

impl Place {
    pub(in crate::exec) fn is_quick(&self) -> bool {
        self.version == Version::Two
    }
}

/// What may be worth a try, the best first.
pub(in crate::exec) fn places() -> Vec<Place> {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    candidates(&read("/proc/self/mountinfo"), &read("/proc/self/cgroup"))
}

/// `mounts` as in proc_pid_mountinfo(5), `own` as in cgroups(7).
///
/// Beside claw's own cgroup rather than below it: a cgroup with processes in it gives its children no controllers
/// (cgroups(7), "no internal processes"), and those around claw belong to the same terminal. The mount's root is the
/// exception, which is why it is looked at as well.
pub(super) fn candidates(mounts: &str, own: &str) -> Vec<Place> {
    let mut found = Vec::new();
    if let Some(folder) = folder_of(mounts, own, Version::Two) {
        let beside = folder.parent().filter(|parent| parent.join("cgroup.procs").exists()).map(Path::to_owned);
        let with_pids = |folder: &PathBuf| names(&folder.join("cgroup.subtree_control"), "pids");
        let mut places: Vec<_> = beside.into_iter().chain([folder]).collect();
        places.sort_by_key(|folder| !with_pids(folder));
        found.extend(places.into_iter().map(|folder| {
            let bounds = with_pids(&folder);
            Place { folder, version: Version::Two, bounds }
        }));
    }
    if let Some(folder) = folder_of(mounts, own, Version::One) {
        found.push(Place { folder, version: Version::One, bounds: true });
    }
    found
}

/// claw's own cgroup in that hierarchy, where it is mounted.
fn folder_of(mounts: &str, own: &str, version: Version) -> Option<PathBuf> {
    let path = own.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let meant = match version {
            Version::Two => controllers.is_empty(),
            Version::One => controllers.split(',').any(|name| name == "pids"),
        };
        meant.then_some(path)
    })?;
    mounts.lines().find_map(|line| {
        let (mount, kind) = line.split_once(" - ")?;
        let (root, at) = (unescaped(mount.split(' ').nth(3)?), unescaped(mount.split(' ').nth(4)?));
        let mut kind = kind.split(' ');
        let (name, options) = (kind.next()?, kind.nth(1)?);
        let meant = match version {
            Version::Two => name == "cgroup2",
            Version::One => name == "cgroup" && options.split(',').any(|option| option == "pids"),
        };
        let below = Path::new(path).strip_prefix(&root).ok().filter(|_| meant)?;
        Some(if below == Path::new("") { PathBuf::from(at) } else { Path::new(&at).join(below) })
    })
}

/// Spaces and the like stand there as `\040`.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                plain.push(byte.into());
                plain.push_str(&part[3..]);
            }
            None => {
                plain.push('\\');
                plain.push_str(part);
            }
        }
    }
    plain
}

fn names(file: &Path, name: &str) -> bool {
    fs::read_to_string(file).is_ok_and(|text| text.split_whitespace().any(|word| word == name))
}
