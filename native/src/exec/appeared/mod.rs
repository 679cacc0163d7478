//! Protected files that a command made: set aside before anything reads them.
//!
//! What exists is bound read-only in the sandbox; what does not cannot be without leaving traces of it. So these paths
//! are looked at again when the command has ended. A new repository is the exception, since `git init` and `git clone`
//! are everyday commands: its `.git` stays, but for a configuration that says more than theirs does, hooks that are
//! no samples, and files that lead to another repository's ([`repository`]).
//!
//! *Not covered*: another program of the user's that reads such a file while the command still runs.

mod repository;
mod shelve;

use std::io;
use std::path::{Path, PathBuf};

use shelve::shelve;

/// A protected path that is there now, and where it was moved to; None for a new repository that may stay.
pub type Appeared = (PathBuf, Option<PathBuf>);

/// Look for each of `absent` again, and move what is there into the folder `into`, which is made if need be. All paths
/// are absolute, `absent` in `workspace`.
pub fn appeared(workspace: &Path, absent: &[PathBuf], into: &Path) -> io::Result<Vec<Appeared>> {
    let workspace = workspace.canonicalize()?;
    let mut found = Vec::new();
    for path in absent {
        let Some(there) = locate(&workspace, path) else { continue };
        if is_in_new_repository(path, absent) && path.symlink_metadata().is_ok() {
            continue;
        }
        if path.ends_with(".git") && there.symlink_metadata().is_ok_and(|found| found.is_dir()) {
            found.push((path.clone(), None));
            for part in repository::suspicious(&there) {
                found.push((part.clone(), Some(shelve(&part, into)?)));
            }
        } else {
            found.push((path.clone(), Some(shelve(&there, into)?)));
        }
    }
    Ok(found)
}

/// Its `.git` is looked at as a whole.
fn is_in_new_repository(path: &Path, absent: &[PathBuf]) -> bool {
    path.ancestors()
        .skip(1)
        .any(|folder| folder.ends_with(".git") && folder.is_dir() && absent.iter().any(|p| p == folder))
}

/// What makes `path` exist: itself, or a link on the way to it that leads out of the workspace.
fn locate(workspace: &Path, path: &Path) -> Option<PathBuf> {
    path.symlink_metadata().ok()?;
    let parent = path.parent()?.canonicalize().ok()?;
    if parent.starts_with(workspace) {
        return Some(parent.join(path.file_name()?));
    }
    let below = |folder: &&Path| folder.canonicalize().is_ok_and(|found| !found.starts_with(workspace));
    // From the outside in, the first that leads out.
    let mut way: Vec<&Path> = path.ancestors().skip(1).collect();
    way.reverse();
    way.into_iter().filter(|folder| folder.is_symlink()).find(below).map(Path::to_owned)
}

#[cfg(test)]
mod tests;
