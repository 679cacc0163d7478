//! What nobody may change unasked, found in a workspace.

use std::collections::VecDeque;
use std::fs::{DirEntry, FileType};
use std::path::{Path, PathBuf};

use crate::policy::{is_protected_name, protected_in};

/// Entries of folders that are looked at; those near the root come first. A whole `node_modules` may stay unseen, a
/// protected file that matters does not lie in its depths.
const MOST: usize = 50_000;
/// Of a git directory, what makes git run programs. The rest must be writable for git to work.
const OF_GIT: [&str; 4] = ["config", "config.worktree", "hooks", "commondir"];
/// Folders of a git directory in which nothing runs a program; they can be large. Its modules are looked at by themselves.
const OF_STORE: [&str; 7] = ["objects", "refs", "logs", "info", "hooks", "modules", "worktrees"];

/// The protected files and folders that exist below `root`, as [`is_protected_name`] knows them by name; of a git
/// directory only what makes git run programs, its modules and worktrees included. Links are named and not followed.
pub fn guarded(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = VecDeque::from([root.to_path_buf()]);
    let mut seen = 0;
    while let Some(folder) = waiting.pop_front() {
        for entry in entries(&folder) {
            seen += 1;
            let directory = entry.file_type().is_ok_and(|kind| FileType::is_dir(&kind));
            let name = entry.file_name();
            if directory && name.eq_ignore_ascii_case(".git") {
                of_git(&entry.path(), &mut found);
            } else if is_protected_name(&name.to_string_lossy()) {
                found.push(entry.path());
            } else if directory && seen < MOST {
                let inside = protected_in(&name.to_string_lossy()).into_iter().map(|name| entry.path().join(name));
                found.extend(inside.filter(|path| path.symlink_metadata().is_ok()));
                waiting.push_back(entry.path());
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

fn of_git(git: &Path, found: &mut Vec<PathBuf>) {
    found.extend(OF_GIT.iter().map(|name| git.join(name)).filter(|path| path.symlink_metadata().is_ok()));
    for entry in entries(&git.join("worktrees")) {
        of_git(&entry.path(), found);
    }
    of_modules(&git.join("modules"), found);
}

/// The git directories of submodules. The name of one may have slashes in it: `modules/lib/one` is that of `lib/one`.
fn of_modules(modules: &Path, found: &mut Vec<PathBuf>) {
    let mut waiting = VecDeque::from([modules.to_path_buf()]);
    let mut seen = 0;
    while let Some(folder) = waiting.pop_front() {
        let is_git = folder != modules && folder.join("HEAD").symlink_metadata().is_ok();
        for entry in entries(&folder) {
            seen += 1;
            let name = entry.file_name();
            let kept = is_git && OF_STORE.iter().any(|store| name == *store);
            if seen < MOST && !kept && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                of_git(&entry.path(), found);
                waiting.push_back(entry.path());
            }
        }
    }
}

/// What cannot be read cannot be changed through either.
fn entries(folder: &Path) -> impl Iterator<Item = DirEntry> + use<> {
    std::fs::read_dir(folder).into_iter().flatten().flatten()
}
