//! What lies at the paths that rules name.

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Everything below `root` that one of these gitignore patterns, anchored at the root of the file system, matches; of a
/// folder that matches only the folder. Sorted. `None` if there are more than `most`.
///
/// A pattern that names all of a folder's content stands for the folder. Links are not followed: what they lead to has
/// a path of its own. What cannot be read is taken for not there: nobody who runs as this user can read it either.
pub fn matching(patterns: &[String], root: &Path, most: usize) -> Option<Vec<PathBuf>> {
    let mut found = Vec::new();
    for pattern in patterns {
        let pattern = pattern.strip_suffix("/**").unwrap_or(pattern);
        let fixed = fixed_part(pattern);
        let start = if root.starts_with(&fixed.folder) {
            root
        } else if fixed.folder.starts_with(root) {
            &fixed.folder
        } else {
            continue;
        };
        if fixed.whole {
            // What is named may lie in the root, or the root in it.
            let named = if root.starts_with(&fixed.folder) { root.to_path_buf() } else { fixed.folder };
            found.extend(named.symlink_metadata().is_ok().then_some(named));
        } else if let Some(matcher) = matcher(pattern) {
            walk(start, &matcher, most, &mut found);
        }
        if found.len() > most {
            return None;
        }
    }
    found.sort();
    found.dedup();
    Some(found)
}

fn walk(start: &Path, matcher: &Gitignore, most: usize, found: &mut Vec<PathBuf>) {
    let Ok(state) = start.symlink_metadata() else { return };
    let mut waiting = vec![(start.to_path_buf(), state.is_dir())];
    while let Some((path, directory)) = waiting.pop() {
        if matcher.matched(&path, directory).is_ignore() {
            found.push(path);
            if found.len() > most {
                return;
            }
        } else if directory {
            let entries = std::fs::read_dir(&path).into_iter().flatten().flatten();
            waiting.extend(entries.map(|entry| (entry.path(), entry.file_type().is_ok_and(|kind| kind.is_dir()))));
        }
    }
}

fn matcher(pattern: &str) -> Option<Gitignore> {
    let mut builder = GitignoreBuilder::new("/");
    builder.add_line(None, pattern).ok()?;
    builder.build().ok()
}

/// The part of a pattern before its first wildcard.
struct Fixed {
    folder: PathBuf,
    /// There is no wildcard at all.
    whole: bool,
}

fn fixed_part(pattern: &str) -> Fixed {
    let mut folder = PathBuf::from("/");
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        match literal(part) {
            Some(name) => folder.push(name),
            None => return Fixed { folder, whole: false },
        }
    }
    Fixed { folder, whole: true }
}

/// A part of a pattern without wildcards, its escapes undone.
fn literal(part: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = part.chars();
    while let Some(c) = chars.next() {
        match c {
            '*' | '?' | '[' => return None,
            '\\' => out.push(chars.next()?),
            c => out.push(c),
        }
    }
    Some(out)
}
