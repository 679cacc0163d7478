//! Files by their names.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;

use super::readings::readings;
use super::scope::Scope;
use super::{Cancel, SearchError};

/// Files under `root` that match, as absolute paths, newest first and then by path; and whether there were more than
/// `limit`. As in ripgrep, a pattern without a slash matches at any depth and one with a slash from the root. A pattern
/// may repeat the root's own path. Brackets and braces stand for a choice, and for themselves. `ignored`: look at what git
/// ignores, too.
pub fn glob(
    pattern: &str,
    root: &Path,
    limit: usize,
    exclude: &[String],
    ignored: bool,
    cancel: &Cancel,
) -> Result<(Vec<PathBuf>, bool), SearchError> {
    let pattern = below(pattern, root)?;
    let patterns = readings(&pattern, root)?;
    let scope = Scope::new(root, &patterns, None, exclude, ignored)?;
    let found: Mutex<Vec<(SystemTime, PathBuf)>> = Mutex::default();
    scope.visit(cancel, || {
        let (mut root, found) = (scope.root().visitor(), &found);
        move |entry: &ignore::DirEntry| {
            let Some(modified) = root.modified(entry.path()) else { return };
            let file = (modified, entry.path().to_path_buf());
            found.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(file);
        }
    })?;
    let mut found = found.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    found.sort_by(|(a_time, a), (b_time, b)| b_time.cmp(a_time).then_with(|| a.cmp(b)));
    let truncated = found.len() > limit;
    found.truncate(limit);
    Ok((found.into_iter().map(|(_, path)| path).collect(), truncated))
}

/// The pattern as seen from the root, which it must not leave.
fn below(pattern: &str, root: &Path) -> Result<String, SearchError> {
    let wrong = |why: &str| SearchError::Pattern(format!("bad glob `{pattern}`: {why}"));
    let mut rest = pattern.trim();
    while let Some(shorter) = rest.strip_prefix("./") {
        rest = shorter;
    }
    let anchored = if rest.starts_with('/') {
        let root = root.to_string_lossy();
        let below = rest.strip_prefix(root.trim_end_matches('/')).filter(|below| below.starts_with('/'));
        below.ok_or_else(|| wrong("it is an absolute path outside the directory to search; search there instead"))?
    } else {
        rest
    };
    if anchored.trim_matches('/').is_empty() {
        return Err(wrong("it is empty"));
    }
    if anchored.split('/').any(|part| part == "..") {
        return Err(wrong("it leaves the directory to search with `..`; search there instead"));
    }
    Ok(anchored.to_owned())
}
