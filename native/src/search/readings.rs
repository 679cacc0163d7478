//! What a glob may mean: names of files hold characters that globs take for their own.

use std::path::Path;

use ignore::overrides::OverrideBuilder;

use super::SearchError;
use super::scope::bad_glob;

/// Globs that find what `glob` finds, and what is called so to the letter: `[id]/*`, `a{b}.txt`, `{{name}}/**`. Braces
/// without a comma stand for themselves, as in a shell. `!` and `#` in front do where such a file is below `root`.
pub(super) fn readings(glob: &str, root: &Path) -> Result<Vec<String>, SearchError> {
    let named = exists(root, glob);
    let (sign, body) = match glob.strip_prefix('!') {
        Some(rest) if !named => ("!", rest),
        _ => ("", glob),
    };
    let marked = sign.is_empty() && body.starts_with(['!', '#']);
    let body = if marked { format!("\\{body}") } else { body.to_owned() };
    let literal = escaped(&body[usize::from(marked)..], "[]{}\\");
    let literal = if marked { format!("\\{literal}") } else { literal };
    let braces = without_alternatives(&body);
    let mut found: Vec<String> = Vec::new();
    for reading in [&escaped(&body, "["), &body, &escaped(&braces, "["), &braces, &literal] {
        if valid(root, reading).is_ok() && !found.contains(reading) {
            found.push(reading.clone());
        }
    }
    if !named {
        valid(root, &body)?;
    }
    Ok(found.into_iter().map(|reading| format!("{sign}{reading}")).collect())
}

/// `*.rs, *.{ts,tsx}` are two, unless one file is called so.
pub(super) fn split(globs: &str, root: &Path) -> Vec<String> {
    let mut depth = 0usize;
    let parts = globs.split(|c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && parts_globs(c)
    });
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let whole = globs.trim();
    let named = parts.len() > 1 && without_wildcards(whole).contains(parts_globs) && exists(root, whole);
    if named { vec![whole.to_owned()] } else { parts }
}

fn parts_globs(c: char) -> bool {
    c == ',' || c.is_whitespace()
}

/// Is there a file or folder that is called as the glob begins?
fn exists(root: &Path, glob: &str) -> bool {
    let start = without_wildcards(glob);
    !start.is_empty() && start.split('/').all(|name| name != "..") && root.join(start).symlink_metadata().is_ok()
}

/// The glob's first folders, up to the one whose name is a pattern.
fn without_wildcards(glob: &str) -> &str {
    let glob = glob.trim_start_matches('/');
    let Some(wild) = glob.find(['*', '?']) else { return glob };
    &glob[..glob[..wild].rfind('/').unwrap_or(0)]
}

fn valid(root: &Path, glob: &str) -> Result<(), SearchError> {
    OverrideBuilder::new(root).add(glob).map(drop).map_err(bad_glob)
}

fn escaped(glob: &str, special: &str) -> String {
    let mut out = String::new();
    for c in glob.chars() {
        if special.contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// With the braces escaped that hold no alternatives.
fn without_alternatives(glob: &str) -> String {
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut literal: Vec<usize> = Vec::new();
    let mut characters = glob.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => drop(characters.next()),
            '{' => open.push((at, false)),
            ',' => open.iter_mut().next_back().into_iter().for_each(|group| group.1 = true),
            '}' => {
                if let Some((start, false)) = open.pop() {
                    literal.extend([start, at]);
                }
            }
            _ => {}
        }
    }
    let mut out = String::new();
    for (at, c) in glob.char_indices() {
        if literal.contains(&at) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
