//! Several files changed at once: all, or none.

use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, unlinkat};

use super::entry::Identity;
use super::error::FileError;
use super::open::parent;
use super::undo::Done;
use super::write::written;

/// What becomes of one file.
#[derive(Debug)]
pub struct Change<'d> {
    /// Canonical and absolute.
    pub path: PathBuf,
    /// What it holds from then on; None: it is removed.
    pub data: Option<&'d [u8]>,
    /// The file that the caller looked at; None: there was none, and missing folders are made.
    pub replacing: Option<Identity>,
    /// Permission bits of a file that is made; None: as usual.
    pub mode: Option<u32>,
}

/// Make the changes, in order. Where one fails, those before it are undone and nothing is changed; which it is, and
/// why. What somebody else changes meanwhile is left as it is.
pub fn change_files(changes: &[Change<'_>]) -> Result<(), (usize, FileError)> {
    let mut done: Vec<(Done, Vec<PathBuf>)> = Vec::new();
    for (number, change) in changes.iter().enumerate() {
        let missing = missing_folders(&change.path);
        match begun(change) {
            Ok(one) => done.push((one, missing)),
            Err(error) => {
                remove_empty(&missing);
                for (one, made) in done.into_iter().rev() {
                    // The error that led here is the one to tell.
                    let _ = one.undo();
                    remove_empty(&made);
                }
                return Err((number, error));
            }
        }
    }
    let mut failed = None;
    for (number, (one, _)) in done.into_iter().enumerate() {
        if let Err(error) = one.settle() {
            failed.get_or_insert((number, error));
        }
    }
    failed.map_or(Ok(()), Err)
}

fn begun(change: &Change<'_>) -> Result<Done, FileError> {
    match (change.data, change.replacing) {
        (Some(data), replacing) => written(&change.path, data, replacing, change.mode, true),
        (None, Some(old)) => {
            let (folder, name) = parent(&change.path, false)?;
            Done::removed(folder, name, old)
        }
        (None, None) => Err(FileError::Changed),
    }
}

/// The folders above it that are not there, the deepest first.
fn missing_folders(path: &Path) -> Vec<PathBuf> {
    let above = path.ancestors().skip(1);
    above.take_while(|folder| folder.symlink_metadata().is_err()).map(Path::to_path_buf).collect()
}

/// Those of them that are there and empty.
fn remove_empty(folders: &[PathBuf]) {
    for folder in folders {
        let removed =
            parent(folder, false).is_ok_and(|(above, name)| unlinkat(above, name, AtFlags::REMOVEDIR).is_ok());
        if !removed {
            return;
        }
    }
}
