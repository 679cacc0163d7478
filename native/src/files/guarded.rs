//! What nobody may change unasked, found in a workspace.

use std::collections::{BTreeSet, VecDeque};
use std::fs::{DirEntry, FileType};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::closed::{listable, without_search};
use crate::policy::{is_protected_name, protected_in};

/// Of a git directory, what makes git run programs. The rest must be writable for git to work.
const OF_GIT: [&str; 4] = ["config", "config.worktree", "hooks", "commondir"];
/// Folders of a git directory in which nothing runs a program; they can be large. Its modules are looked at by themselves.
const OF_STORE: [&str; 7] = ["objects", "refs", "logs", "info", "hooks", "modules", "worktrees"];

/// What was found in a tree, sorted.
#[derive(Debug, Default)]
pub struct Guarded {
    /// Protected files and folders.
    pub found: Vec<PathBuf>,
    /// Folders that cannot be looked into.
    pub closed: BTreeSet<PathBuf>,
}

/// The protected files and folders that exist below `root`, as [`is_protected_name`] knows them by name; of a git
/// directory only what makes git run programs, its modules and worktrees included. Links are named and not followed.
///
/// All of the tree is looked at: what lay beyond a bound would look new, or stay unseen, as others come and go. A folder
/// of this user's that cannot be looked into is opened up, if `opening` is there and does not name it: to open what is
/// in it by name takes less than to list it.
pub fn guarded(root: &Path, opening: Option<&BTreeSet<PathBuf>>) -> Guarded {
    let mut walk = Walk { opening, guarded: Guarded::default() };
    let mut waiting = VecDeque::from([root.to_path_buf()]);
    while let Some(folder) = waiting.pop_front() {
        for entry in walk.entries(&folder) {
            let directory = entry.file_type().is_ok_and(|kind| FileType::is_dir(&kind));
            let name = entry.file_name();
            if directory && name.eq_ignore_ascii_case(".git") {
                walk.of_git(&entry.path());
            } else if is_protected_name(&name.to_string_lossy()) {
                walk.guarded.found.push(entry.path());
            } else if directory {
                let inside = protected_in(&name.to_string_lossy()).into_iter().map(|name| entry.path().join(name));
                walk.guarded.found.extend(inside.filter(|path| path.symlink_metadata().is_ok()));
                waiting.push_back(entry.path());
            }
        }
    }
    walk.guarded.found.sort();
    walk.guarded.found.dedup();
    walk.guarded
}

struct Walk<'a> {
    opening: Option<&'a BTreeSet<PathBuf>>,
    guarded: Guarded,
}

impl Walk<'_> {
    fn of_git(&mut self, git: &Path) {
        let entries = self.entries(git);
        let named = OF_GIT.iter().map(|name| git.join(name)).filter(|path| path.symlink_metadata().is_ok());
        self.guarded.found.extend(named);
        for name in entries.iter().map(DirEntry::file_name).filter(|name| name == "worktrees" || name == "modules") {
            if name == "modules" {
                self.of_modules(&git.join(name));
                continue;
            }
            for entry in self.entries(&git.join(name)) {
                self.of_git(&entry.path());
            }
        }
    }

    /// The git directories of submodules. The name of one may have slashes in it: `modules/lib/one` is that of `lib/one`.
    fn of_modules(&mut self, modules: &Path) {
        let mut waiting = VecDeque::from([modules.to_path_buf()]);
        while let Some(folder) = waiting.pop_front() {
            let entries = self.entries(&folder);
            let is_git = folder != modules && folder.join("HEAD").symlink_metadata().is_ok();
            for entry in entries {
                let name = entry.file_name();
                let kept = is_git && OF_STORE.iter().any(|store| name == *store);
                if !kept && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    self.of_git(&entry.path());
                    waiting.push_back(entry.path());
                }
            }
        }
    }

    fn entries(&mut self, folder: &Path) -> Vec<DirEntry> {
        let mut listed = std::fs::read_dir(folder);
        let refused = |error: &std::io::Error| error.kind() == ErrorKind::PermissionDenied;
        let closed = match &listed {
            Ok(_) => without_search(folder),
            Err(error) => refused(error),
        };
        if closed {
            if self.opening.is_some_and(|before| !before.contains(folder)) && listable(folder) {
                listed = std::fs::read_dir(folder);
            } else {
                self.guarded.closed.insert(folder.to_path_buf());
            }
        }
        listed.into_iter().flatten().flatten().collect()
    }
}
