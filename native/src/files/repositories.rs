//! What git obeys, found as git finds it (gitrepository-layout(5), git-config(1)).
//!
//! Whatever is doubtful counts as obeyed: a folder that only some version of git takes for a repository is one here, and
//! a configuration is read for the files it names, not for the sections it names them in.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

/// Of a git directory, what makes git run programs, or look elsewhere for what does. The rest must be writable for git
/// to work.
const OF_GIT: [&str; 5] = ["config", "config.worktree", "hooks", "commondir", "objects/info/alternates"];
/// Bytes of the largest pointer and of the largest configuration that are read.
const POINTER: u64 = 1 << 20;
const CONFIGURATION: u64 = 16 << 20;
/// How far configurations include each other, as in git.
const DEEPEST: usize = 10;

/// Does git take the folder for a git directory?
pub fn is_git_directory(folder: &Path) -> bool {
    is_git_directory_with(folder, &[])
}

/// Would it, if these paths, relative to it, were there too?
fn is_git_directory_with(folder: &Path, further: &[&Path]) -> bool {
    let there = |name: &str| exists(&folder.join(name)) || further.iter().any(|path| path.starts_with(name));
    there("HEAD") && (there("commondir") || there("objects") && there("refs"))
}

/// The git directory that an entry named `.git` leads to.
pub fn led_to(entry: &Path) -> Option<PathBuf> {
    let folder = entry.parent()?;
    if entry.is_dir() {
        return std::fs::canonicalize(entry).ok();
    }
    let text = read(entry, POINTER)?;
    named(folder, text.strip_prefix(b"gitdir:")?)
}

/// The folder that a git directory shares with other work trees.
pub fn common(git: &Path) -> Option<PathBuf> {
    named(git, &read(&git.join("commondir"), POINTER)?)
}

/// What git obeys in the repository of this git directory: where it is read from if it is there. `top` is the work
/// tree's, `configured` are configurations besides its own.
pub fn obeyed(git: &Path, top: &Path, configured: &[PathBuf]) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for folder in [Some(git.to_path_buf()), common(git)].into_iter().flatten() {
        found.extend(OF_GIT.iter().map(|name| folder.join(name)));
    }
    let mut waiting: Vec<(PathBuf, usize)> = configured.iter().map(|path| (path.clone(), 0)).collect();
    waiting.extend(found.iter().filter(|path| is_configuration(path)).map(|path| (path.clone(), 0)));
    while let Some((file, depth)) = waiting.pop() {
        for (key, value) in read(&file, CONFIGURATION).map(|text| files_in(&text)).unwrap_or_default() {
            let (hooks, beside) = (key == "hookspath", file.parent().unwrap_or(top));
            let places = if hooks { vec![top, git] } else { vec![beside] };
            for path in places.into_iter().filter_map(|folder| expanded(folder, &value)) {
                if found.insert(path.clone()) && !hooks && depth < DEEPEST {
                    waiting.push((path, depth + 1));
                }
            }
        }
    }
    found
}

/// Would a write to `path`, in `workspace`, be one to what git obeys, or make a repository of a folder that is none?
pub fn is_obeyed(path: &Path, workspace: &Path, configured: &[PathBuf]) -> bool {
    path.ancestors().skip(1).any(|folder| {
        let Ok(below) = path.strip_prefix(folder) else { return false };
        if folder.starts_with(workspace) && is_of_repository(folder, below) {
            return true;
        }
        let git = led_to(&folder.join(".git"));
        git.is_some_and(|git| obeyed(&git, folder, configured).iter().any(|named| path.starts_with(named)))
    })
}

fn is_of_repository(folder: &Path, below: &Path) -> bool {
    if !is_git_directory(folder) {
        return is_git_directory_with(folder, &[below]);
    }
    let stores = ["worktrees", "modules", "HEAD"];
    stores.iter().chain(&OF_GIT).any(|name| below.starts_with(name))
}

fn is_configuration(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "config" || name == "config.worktree")
}

/// Is there anything, a link that leads nowhere included?
fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// The path that the text names, as from this folder.
fn named(folder: &Path, text: &[u8]) -> Option<PathBuf> {
    let text = text.trim_ascii();
    (!text.is_empty() && !text.contains(&0)).then(|| plain(&folder.join(Path::new(std::ffi::OsStr::from_bytes(text)))))
}

/// Without `.` and `..`, links followed as far as there is something.
fn plain(path: &Path) -> PathBuf {
    if let Ok(found) = std::fs::canonicalize(path) {
        return found;
    }
    let mut done = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                done.pop();
            }
            part => {
                done.push(part);
                if let Ok(found) = std::fs::canonicalize(&done) {
                    done = found;
                }
            }
        }
    }
    done
}

fn expanded(folder: &Path, value: &str) -> Option<PathBuf> {
    // What `~` and `%(prefix)` stand for lies outside of every workspace.
    let inside = !value.is_empty() && !value.starts_with(['~', '%']) && !value.contains('\0');
    inside.then(|| plain(&folder.join(value)))
}

/// A regular file's content, if it is not larger than `most`. It never waits.
fn read(path: &Path, most: u64) -> Option<Vec<u8>> {
    let wanted = std::fs::metadata(path).ok()?;
    if !wanted.is_file() {
        return None;
    }
    let file = File::options().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path).ok()?;
    let mut text = Vec::new();
    file.take(most + 1).read_to_end(&mut text).ok()?;
    (text.len() as u64 <= most).then_some(text)
}

/// The files that a configuration names: (`path` or `hookspath`, value), of whatever section.
fn files_in(text: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(text).replace("\\\r\n", "").replace("\\\n", "");
    let lines = text.lines().map(|line| {
        let line = line.trim_start();
        // A key may stand behind its section's header.
        if line.starts_with('[') { line.rsplit(']').next().unwrap_or_default() } else { line }
    });
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs
        .map(|(key, value)| (key.trim().to_ascii_lowercase(), value_of(value)))
        .filter(|(key, _)| key == "path" || key == "hookspath")
        .collect()
}

/// Without quotes, escapes and a comment behind it.
fn value_of(text: &str) -> String {
    let (mut value, mut quoted, mut escaped) = (String::new(), false, false);
    for letter in text.trim().chars() {
        match letter {
            _ if escaped => {
                value.push(letter);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '#' | ';' if !quoted => break,
            letter => value.push(letter),
        }
    }
    value.trim().to_owned()
}
