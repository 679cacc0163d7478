//! The files that rules name by a program's name, found before the command begins.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::base;
use super::image::Id;

/// Where systems have programs, whatever PATH says.
const SYSTEM: [&str; 6] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
/// Links here name a program for its purpose (update-alternatives(1)): they are other names, and not other programs.
const ALTERNATIVES: &str = "/etc/alternatives/";
/// The longest first line of a script (execve(2)).
const FIRST_LINE: u64 = 256;

/// Folders with programs.
pub(super) struct Places {
    folders: Vec<PathBuf>,
    home: PathBuf,
    cwd: PathBuf,
}

impl Places {
    pub(super) fn new(search_path: &OsStr, home: &OsStr, cwd: &Path) -> Self {
        let mut folders: Vec<PathBuf> = Vec::new();
        let named = std::env::split_paths(search_path).map(|folder| cwd.join(folder));
        for folder in named.chain(SYSTEM.iter().map(PathBuf::from)) {
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        Self { folders, home: home.into(), cwd: cwd.to_owned() }
    }

    /// Where a program of this name, or at this path, may be.
    fn candidates(&self, name: &str) -> Vec<PathBuf> {
        match name.strip_prefix("~/") {
            Some(rest) => vec![self.home.join(rest)],
            None if name.contains('/') => vec![self.cwd.join(name)],
            None => self.folders.iter().map(|folder| folder.join(name)).collect(),
        }
    }

    /// The other names that a file has here; none of those that a command could have made.
    fn names_of(&self, file: Id) -> BTreeSet<String> {
        let canonical: BTreeSet<_> = self.folders.iter().filter_map(|folder| fs::canonicalize(folder).ok()).collect();
        let apart = canonical.iter().filter(|folder| !folder.starts_with(&self.cwd));
        let entries = apart.filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
        let linked = entries.filter(|entry| {
            use std::os::unix::fs::DirEntryExt;
            entry.ino() == file.1 || entry.file_type().is_ok_and(|kind| kind.is_symlink())
        });
        let same = linked.filter(|entry| fs::metadata(entry.path()).is_ok_and(|found| id(&found) == file));
        same.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }
}

/// What one rule names.
#[derive(Debug)]
pub(super) struct Program {
    /// The rule's place among all.
    pub(super) rule: usize,
    /// As the rule has it.
    pub(super) name: String,
    files: Vec<File>,
}

#[derive(Debug)]
struct File {
    id: Id,
    /// What else it is called: where there is something, the name that it is started by says which program it is.
    others: BTreeSet<String>,
    /// What interprets it, if it is a script.
    interpreters: Vec<Id>,
}

impl Program {
    pub(super) fn find(rule: usize, name: &str, places: &Places) -> Self {
        let mut files: Vec<File> = Vec::new();
        for path in places.candidates(name) {
            let Some(found) = program(&path).filter(|found| !files.iter().any(|file| file.id == id(found))) else {
                continue;
            };
            let others = others(&path, &found, base(name), places);
            files.push(File { id: id(&found), others, interpreters: interpreters(&path, places) });
        }
        Self { rule, name: name.to_owned(), files }
    }

    /// Is it this file, called by this name?
    pub(super) fn is(&self, files: &[Id], called: &str) -> bool {
        self.files.iter().any(|known| files.contains(&known.id) && !known.others.contains(called))
    }

    /// Is it this file?
    pub(super) fn has(&self, files: &[Id]) -> bool {
        self.files.iter().any(|known| files.contains(&known.id))
    }

    /// Is it one of several programs in this file?
    pub(super) fn has_names(&self, files: &[Id]) -> bool {
        self.files.iter().any(|known| files.contains(&known.id) && !known.others.is_empty())
    }

    /// Is it a script that this file interprets?
    pub(super) fn is_run_by(&self, files: &[Id]) -> bool {
        self.files.iter().any(|known| known.interpreters.iter().any(|one| files.contains(one)))
    }
}

fn id(found: &fs::Metadata) -> Id {
    (found.dev(), found.ino())
}

fn program(path: &Path) -> Option<fs::Metadata> {
    fs::metadata(path).ok().filter(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// Names of other programs in the same file, as busybox and systemctl have them. `python3.12` for `python3` is none.
fn others(path: &Path, found: &fs::Metadata, name: &str, places: &Places) -> BTreeSet<String> {
    let alternative = fs::read_link(path).is_ok_and(|target| target.starts_with(ALTERNATIVES));
    let own = fs::canonicalize(path).ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    let own = own.unwrap_or_default();
    if alternative || own.starts_with(name) && found.nlink() == 1 {
        return BTreeSet::new();
    }
    let mut names = places.names_of(id(found));
    names.insert(own);
    names.remove(name);
    names
}

/// The programs of a script's first line: `#!/usr/bin/env node` names two.
fn interpreters(path: &Path, places: &Places) -> Vec<Id> {
    let mut start = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(FIRST_LINE).read_to_end(&mut start));
    let line = start.split(|byte| *byte == b'\n').next().and_then(|line| line.strip_prefix(b"#!"));
    let (Ok(_), Some(line)) = (read, line) else { return Vec::new() };
    let line = String::from_utf8_lossy(line);
    let mut words = line.split_whitespace();
    let first = words.next().unwrap_or_default();
    let mut names = vec![first];
    if base(first) == "env" {
        names.extend(words.find(|word| !word.starts_with('-') && !word.contains('=')));
    }
    let found = |name: &str| places.candidates(name).iter().find_map(|path| program(path)).map(|found| id(&found));
    names.into_iter().filter_map(found).collect()
}
