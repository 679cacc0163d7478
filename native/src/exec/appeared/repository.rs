//! Whether a new repository is one as git makes it.

use std::path::{Path, PathBuf};

/// What `git init`, `clone`, `remote add` and a name to commit under write.
const CORE: [&str; 7] =
    ["repositoryformatversion", "filemode", "bare", "logallrefupdates", "ignorecase", "precomposeunicode", "symlinks"];
/// They lead git to other configuration or hooks.
const LEADING: [&str; 2] = ["commondir", "config.worktree"];

/// The parts of this new `.git` that git would be led by, and that it does not write by itself.
pub(super) fn suspicious(git: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = LEADING.iter().map(|name| git.join(name)).filter(|path| is_there(path)).collect();
    let config = git.join("config");
    let plain = || !config.is_symlink() && std::fs::read_to_string(&config).is_ok_and(|text| is_plain(&text));
    if is_there(&config) && !plain() {
        found.push(config);
    }
    let hooks = git.join("hooks");
    if is_there(&hooks) && !only_samples(&hooks) {
        found.push(hooks);
    }
    found
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn only_samples(hooks: &Path) -> bool {
    let is_sample = |name: &std::ffi::OsStr| name.to_string_lossy().ends_with(".sample");
    let listed = || std::fs::read_dir(hooks)?.map(|entry| entry.map(|entry| entry.file_name())).collect();
    let listed: std::io::Result<Vec<_>> = listed();
    !hooks.is_symlink() && listed.is_ok_and(|names| names.iter().all(|name| is_sample(name)))
}

/// Only settings that run nothing. Whatever is written in an unusual way is not plain.
pub(super) fn is_plain(config: &str) -> bool {
    let mut section = String::new();
    config.lines().map(str::trim).all(|line| {
        if line.is_empty() || line.starts_with(['#', ';']) {
            return true;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.split([' ', '"']).next().unwrap_or_default().to_lowercase();
            return !name.contains([']', '\\']) && matches!(section.as_str(), "core" | "user" | "remote" | "branch");
        }
        let Some((key, value)) = line.split_once('=') else { return false };
        let (key, value) = (key.trim().to_lowercase(), value.trim());
        let known = match section.as_str() {
            "core" => CORE.contains(&key.as_str()),
            "user" => matches!(key.as_str(), "name" | "email"),
            // `ext::` runs a command, and so do some options that a name could be taken for.
            "remote" => key == "fetch" || (key == "url" && !value.contains("::") && !value.starts_with(['-', '"'])),
            "branch" => matches!(key.as_str(), "remote" | "merge" | "rebase"),
            _ => false,
        };
        known && !value.contains('\\')
    })
}
