//! What nobody may change unasked, found in a workspace.

use std::collections::{BTreeSet, VecDeque};
use std::fs::{DirEntry, FileType};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::closed::{listable, without_search};
use super::repositories::{common, is_git_directory, led_to, obeyed};
use crate::policy::{is_protected_name, protected_in};

/// Folders of a git directory in which nothing runs a program; they can be large. Its modules are looked at by themselves.
const OF_STORE: [&str; 7] = ["objects", "refs", "logs", "info", "hooks", "modules", "worktrees"];

/// What was found in a tree, sorted.
#[derive(Debug, Default)]
pub struct Guarded {
    /// Protected files and folders.
    pub found: Vec<PathBuf>,
    /// Folders that git takes for git directories, though no entry `.git` leads to them.
    pub bare: BTreeSet<PathBuf>,
    /// Folders that cannot be looked into.
    pub closed: BTreeSet<PathBuf>,
}

/// The protected files and folders that exist below `root`, as [`is_protected_name`] knows them by name; of a repository
/// what git obeys ([`obeyed`]), wherever that lies. Links are named and not followed, but for those that git follows.
/// `configured` are configurations that git obeys in every repository.
///
/// All of the tree is looked at: what lay beyond a bound would look new, or stay unseen, as others come and go. A folder
/// of this user's that cannot be looked into is opened up, if `opening` is there and does not name it: to open what is
/// in it by name takes less than to list it.
pub fn guarded(root: &Path, opening: Option<&BTreeSet<PathBuf>>, configured: &[PathBuf]) -> Guarded {
    let mut walk = Walk { opening, configured, seen: BTreeSet::new(), guarded: Guarded::default() };
    let mut waiting = VecDeque::from([root.to_path_buf()]);
    while let Some(folder) = waiting.pop_front() {
        let entries = walk.entries(&folder);
        let git = folder == root && root.file_name().is_some_and(|name| name == ".git");
        if git || entries.iter().any(|entry| entry.file_name() == "HEAD") && is_git_directory(&folder) {
            walk.guarded.bare.insert(folder.clone());
            walk.of_git(&folder, &folder);
        }
        for entry in entries {
            let directory = entry.file_type().is_ok_and(|kind| FileType::is_dir(&kind));
            let name = entry.file_name();
            if name.eq_ignore_ascii_case(".git") {
                if let Some(git) = led_to(&entry.path()) {
                    walk.of_git(&git, &folder);
                }
                if !directory {
                    walk.guarded.found.push(entry.path());
                }
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
    configured: &'a [PathBuf],
    /// Git directories and the work trees that they were looked at for.
    seen: BTreeSet<(PathBuf, PathBuf)>,
    guarded: Guarded,
}

impl Walk<'_> {
    /// `top` is the folder of the work tree.
    fn of_git(&mut self, git: &Path, top: &Path) {
        if !self.seen.insert((git.to_path_buf(), top.to_path_buf())) {
            return;
        }
        let entries = self.entries(git);
        let named = obeyed(git, top, self.configured).into_iter().filter(|path| path.symlink_metadata().is_ok());
        self.guarded.found.extend(named);
        if let Some(common) = common(git) {
            self.of_git(&common, top);
        }
        for name in entries.iter().map(DirEntry::file_name).filter(|name| name == "worktrees" || name == "modules") {
            if name == "modules" {
                self.of_modules(&git.join(name), top);
                continue;
            }
            for entry in self.entries(&git.join(name)) {
                self.of_git(&entry.path(), top);
            }
        }
    }

    /// The git directories of submodules. The name of one may have slashes in it: `modules/lib/one` is that of `lib/one`.
    fn of_modules(&mut self, modules: &Path, top: &Path) {
        let mut waiting = VecDeque::from([modules.to_path_buf()]);
        while let Some(folder) = waiting.pop_front() {
            let entries = self.entries(&folder);
            let is_git = folder != modules && folder.join("HEAD").symlink_metadata().is_ok();
            for entry in entries {
                let name = entry.file_name();
                let kept = is_git && OF_STORE.iter().any(|store| name == *store);
                if !kept && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    self.of_git(&entry.path(), top);
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
