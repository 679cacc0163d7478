//! The second names of files: hard links.

use std::collections::HashSet;
use std::fs::{DirEntry, Metadata};
use std::os::unix::fs::{DirEntryExt, MetadataExt};
use std::path::{Path, PathBuf};

/// The regular files below `root` that are files at these paths, or below them, under another name; not what lies at or
/// below these paths itself. Sorted. No link is followed. `root` is looked through only where a file has further names.
pub fn other_names(paths: &[PathBuf], root: &Path) -> Vec<PathBuf> {
    let mut wanted = HashSet::new();
    for path in paths {
        visit(path, &mut |state| {
            if state.is_file() && state.nlink() > 1 {
                wanted.insert((state.dev(), state.ino()));
            }
        });
    }
    if wanted.is_empty() {
        return Vec::new();
    }
    let numbers: HashSet<u64> = wanted.iter().map(|(_, number)| *number).collect();
    let mut found = Vec::new();
    walk(root, &mut |entry| {
        let path = entry.path();
        let same = |state: Metadata| state.is_file() && wanted.contains(&(state.dev(), state.ino()));
        let is_other = numbers.contains(&entry.ino())
            && !paths.iter().any(|known| path.starts_with(known))
            && path.symlink_metadata().is_ok_and(same);
        if is_other {
            found.push(path);
        }
    });
    found.sort();
    found
}

/// A file, or every file of a folder.
fn visit(path: &Path, look: &mut impl FnMut(Metadata)) {
    match path.symlink_metadata() {
        Ok(state) if state.is_dir() => walk(path, &mut |entry| entry.metadata().into_iter().for_each(&mut *look)),
        state => state.into_iter().for_each(look),
    }
}

fn walk(root: &Path, look: &mut impl FnMut(&DirEntry)) {
    let mut waiting = vec![root.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                waiting.push(entry.path());
            } else {
                look(&entry);
            }
        }
    }
}
