//! The view of the file system, as steps that need no memory and no decision any more.

use std::collections::BTreeSet;
use std::ffi::CString;
use std::os::fd::RawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::bare;
use super::confinement::Confinement;
use super::entries::{Entries, Entry, above, at, c_path, entries, is_blank};
use super::landlock::{Access, Rule};
use crate::exec::error::StartError;

/// What is taken from the old view, before it is left.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Source {
    pub(super) path: CString,
    pub(super) kind: Kind,
}

/// How it is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    ReadOnly,
    Writable,
    Device,
}

/// One step in the new view.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Step {
    /// A folder, if it is not there.
    Folder(CString),
    /// An empty file, if it is not there.
    File(CString),
    /// A symbolic link: its target, and where it is.
    Link(CString, CString),
    /// A file system of its own: type, where, options; its flags.
    Mount(CString, CString, CString, libc::c_ulong),
    /// A folder of this mode is made there, and kept in this place of the room to be attached elsewhere.
    Carve(usize, CString, libc::mode_t),
    /// What this place of the room holds. Where there is nothing any more to attach it to, that fails or not.
    Attach(usize, CString, IfGone),
    /// A folder is made there with `upper`, `work` and `none` in it, and kept in this place of the room.
    Keep(usize, CString),
    /// A layer over what is there (overlayfs), by these options, from the folder in this place of the room. Without it
    /// what is there stays read-only.
    Layer(usize, CString, CString),
    /// Nothing can be put here any more.
    Freeze(CString),
}

/// What it means that the place of a mount is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum IfGone {
    Fail,
    /// There is nothing to hide.
    Pass,
}

/// What is done, in order.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Layout {
    pub(super) sources: Vec<Source>,
    pub(super) steps: Vec<Step>,
    pub(super) rules: Vec<Rule>,
    /// Room for descriptors: of the private folders, then of the sources.
    pub(super) room: Vec<RawFd>,
    /// How many of them are private folders.
    pub(super) private: usize,
}

/// Numbers of steps below it are those of [`FIRST`]; then come the sources, then the steps.
pub(super) const SOURCES: i32 = 100;
/// As above.
pub(super) const STEPS: i32 = 100_000;
/// What is done before all.
pub(super) const FIRST: [&str; 6] = [
    "making mounts private",
    "copying the root",
    "making the root read-only",
    "attaching the root",
    "entering the root",
    "leaving the old root",
];

const NO_DEVICES: libc::c_ulong = libc::MS_NOSUID | libc::MS_NODEV;
const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];
const LINKS: [(&str, &str); 5] = [
    ("/proc/self/fd", "/dev/fd"),
    ("/proc/self/fd/0", "/dev/stdin"),
    ("/proc/self/fd/1", "/dev/stdout"),
    ("/proc/self/fd/2", "/dev/stderr"),
    ("pts/ptmx", "/dev/ptmx"),
];

impl Layout {
    /// `terminal`: there will be one, so there is a `/dev/tty`.
    pub(super) fn new(wanted: &Confinement, terminal: bool, own_proc: bool) -> Result<Self, StartError> {
        let entries = entries(wanted)?;
        let mut layout = Self::default();
        if !wanted.namespaces {
            layout.rules = bare::rules(&entries)?;
            return Ok(layout);
        }
        layout.rule(Path::new("/"), Access::Read)?;
        layout.proc(own_proc)?;
        layout.carve(&entries)?;
        layout.dev(terminal)?;
        layout.place(&entries, wanted.scratch.as_deref())?;
        layout.room = vec![-1; layout.private + layout.sources.len()];
        Ok(layout)
    }

    /// One file system for all private folders, so that they cannot take more memory than it may: what one tmpfs(5) may
    /// by default. It lies where the sandbox's own `/dev` hides it.
    fn carve(&mut self, entries: &Entries) -> Result<(), StartError> {
        self.steps.push(Step::Mount(c"tmpfs".into(), c"/dev".into(), c"mode=755,size=50%".into(), NO_DEVICES));
        for (path, entry) in entries {
            let place = c_path(&Path::new("/dev").join(self.private.to_string()))?;
            self.steps.push(match entry {
                Entry::Empty => Step::Carve(self.private, place, if is_shared(path) { 0o1777 } else { 0o755 }),
                Entry::Seen | Entry::Layered => Step::Keep(self.private, place),
                _ => continue,
            });
            self.private += 1;
        }
        Ok(())
    }

    fn proc(&mut self, own: bool) -> Result<(), StartError> {
        let flags = NO_DEVICES | libc::MS_NOEXEC | libc::MS_RDONLY;
        if own {
            self.steps.push(Step::Mount(c"proc".into(), c"/proc".into(), c"".into(), flags));
        }
        Ok(())
    }

    fn dev(&mut self, terminal: bool) -> Result<(), StartError> {
        let flags = libc::MS_NOSUID | libc::MS_NOEXEC;
        self.steps.push(Step::Mount(c"tmpfs".into(), c"/dev".into(), c"mode=755,size=64k".into(), flags));
        for name in DEVICES.into_iter().chain(terminal.then_some("tty")) {
            let path = Path::new("/dev").join(name);
            self.steps.push(Step::File(c_path(&path)?));
            self.attach(&path, &path, Kind::Device)?;
            self.rules.push(Rule { path: c_path(&path)?, access: Access::Device, folder: false });
        }
        for (target, at) in LINKS {
            self.steps.push(Step::Link(c_path(Path::new(target))?, c_path(Path::new(at))?));
        }
        for folder in [c"/dev/pts", c"/dev/shm"] {
            self.steps.push(Step::Folder(folder.into()));
        }
        let options = c"newinstance,ptmxmode=0666,mode=620";
        self.steps.push(Step::Mount(c"devpts".into(), c"/dev/pts".into(), options.into(), flags));
        self.steps.push(Step::Freeze(c"/dev".into()));
        self.rule(Path::new("/dev/pts"), Access::Device)
    }

    /// Entries come parents first, so a bound folder lies on what is around it.
    fn place(&mut self, entries: &Entries, scratch: Option<&Path>) -> Result<(), StartError> {
        let mut made = BTreeSet::new();
        let mut private = 0..self.private;
        for (path, entry) in entries {
            let in_empty = is_blank(above(entries, path));
            match entry {
                _ if is_left_out(entries, path, *entry) => continue,
                Entry::Hidden => {
                    self.steps.push(Step::Mount(c"tmpfs".into(), c_path(path)?, c"mode=755".into(), NO_DEVICES));
                }
                Entry::Scratch => {
                    let kept = at(scratch.unwrap_or(Path::new("/")), path);
                    self.attach(&kept, path, Kind::Writable)?;
                    self.rule(path, Access::Write)?;
                }
                Entry::Empty => {
                    if in_empty {
                        self.make_way(entries, path, true, &mut made)?;
                    }
                    let at = c_path(path)?;
                    self.steps.extend(private.next().map(|place| Step::Attach(place, at, IfGone::Fail)));
                    self.rule(path, Access::Write)?;
                }
                Entry::Masked => self.mask(path, IfGone::Fail)?,
                Entry::Socket => self.mask(path, IfGone::Pass)?,
                Entry::Seen | Entry::Layered => {
                    if in_empty {
                        self.make_way(entries, path, true, &mut made)?;
                    }
                    self.attach(path, path, Kind::ReadOnly)?;
                    let (at, changed) = (c_path(path)?, *entry == Entry::Layered);
                    let options = layer(path, changed)?;
                    self.steps.extend(private.next().map(|place| Step::Layer(place, at, options)));
                    if changed {
                        self.rule(path, Access::Write)?;
                    }
                }
                Entry::ReadOnly | Entry::Writable => {
                    let folder = path.is_dir();
                    if in_empty {
                        self.make_way(entries, path, folder, &mut made)?;
                    }
                    let writable = *entry == Entry::Writable;
                    // The root itself is there already.
                    if path != Path::new("/") || writable {
                        self.attach(path, path, if writable { Kind::Writable } else { Kind::ReadOnly })?;
                    }
                    if writable {
                        self.rules.push(Rule { path: c_path(path)?, access: Access::Write, folder });
                    }
                }
            }
        }
        for (path, _) in entries.iter().filter(|(_, entry)| **entry == Entry::Hidden) {
            if !is_blank(above(entries, path)) {
                self.steps.push(Step::Freeze(c_path(path)?));
            }
        }
        Ok(())
    }

    /// The folders that lead to `path` in an empty one, and what `path` is mounted on.
    fn make_way(
        &mut self,
        entries: &Entries,
        path: &Path,
        folder: bool,
        made: &mut BTreeSet<PathBuf>,
    ) -> Result<(), StartError> {
        let there = |folder: &Path| entries.get(folder).is_some_and(|entry| !is_left_out(entries, folder, *entry));
        let mut way: Vec<_> = path.ancestors().skip(1).take_while(|folder| !there(folder)).collect();
        way.reverse();
        for folder in way {
            if made.insert(folder.to_owned()) {
                self.steps.push(Step::Folder(c_path(folder)?));
            }
        }
        self.steps.push(if folder { Step::Folder(c_path(path)?) } else { Step::File(c_path(path)?) });
        Ok(())
    }

    /// A file that cannot be used in its place.
    fn mask(&mut self, path: &Path, if_gone: IfGone) -> Result<(), StartError> {
        self.bind(Path::new("/dev/null"), path, Kind::Device, if_gone)
    }

    fn attach(&mut self, from: &Path, at: &Path, kind: Kind) -> Result<(), StartError> {
        self.bind(from, at, kind, IfGone::Fail)
    }

    fn bind(&mut self, from: &Path, at: &Path, kind: Kind, if_gone: IfGone) -> Result<(), StartError> {
        self.steps.push(Step::Attach(self.private + self.sources.len(), c_path(at)?, if_gone));
        self.sources.push(Source { path: c_path(from)?, kind });
        Ok(())
    }

    fn rule(&mut self, folder: &Path, access: Access) -> Result<(), StartError> {
        self.rules.push(Rule { path: c_path(folder)?, access, folder: true });
        Ok(())
    }

    /// What the step of this number is about, for people.
    pub(super) fn step_name(&self, number: i32) -> String {
        let index = |from: i32| usize::try_from(number - from).unwrap_or_default();
        let shown = |path: &CString| path.to_string_lossy().into_owned();
        let name = match number {
            ..SOURCES => FIRST.get(index(0)).map(|name| (*name).to_owned()),
            SOURCES..STEPS => {
                self.sources.get(index(SOURCES)).map(|source| format!("taking `{}`", shown(&source.path)))
            }
            STEPS.. => self.steps.get(index(STEPS)).map(|step| match step {
                Step::Folder(at) | Step::File(at) | Step::Link(_, at) => format!("making `{}`", shown(at)),
                Step::Mount(kind, at, ..) => format!("mounting {} on `{}`", kind.to_string_lossy(), shown(at)),
                Step::Carve(_, at, _) => format!("making a private folder in `{}`", shown(at)),
                Step::Attach(_, at, _) => format!("binding `{}`", shown(at)),
                Step::Keep(_, at) => format!("making a layer in `{}`", shown(at)),
                Step::Layer(_, at, _) => format!("laying over `{}`", shown(at)),
                Step::Freeze(at) => format!("making `{}` read-only", shown(at)),
            }),
        };
        name.unwrap_or_default()
    }
}

/// Is there nothing to be seen there anyway?
fn is_left_out(entries: &Entries, path: &Path, entry: Entry) -> bool {
    matches!(entry, Entry::Hidden | Entry::Masked | Entry::Socket) && is_blank(above(entries, path))
}

/// Do all users write there?
fn is_shared(path: &Path) -> bool {
    path.ends_with("tmp") || path.ends_with("shm")
}

/// What overlayfs is told: `path` below what is changed, or below nothing.
fn layer(path: &Path, changed: bool) -> Result<CString, StartError> {
    let mut options = b"userxattr,lowerdir=".to_vec();
    for byte in path.as_os_str().as_bytes() {
        if b"\\:,".contains(byte) {
            options.push(b'\\');
        }
        options.push(*byte);
    }
    options.extend_from_slice(if changed { b",upperdir=upper,workdir=work" } else { b":none" });
    c_path(Path::new(std::ffi::OsStr::from_bytes(&options)))
}
