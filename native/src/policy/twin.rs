//! Patterns for a worktree, as they are for the work tree that it was made from.

use std::path::Path;

use ignore::gitignore::GitignoreBuilder;

use super::question::Question;

const ANY: &str = "**";

/// What this gitignore pattern, from the root of the file system, says of work trees, said of the worktrees that were made
/// from them.
pub(super) fn patterns(question: &Question, pattern: &str) -> Vec<String> {
    let parts: Vec<&str> = pattern.trim_start_matches('/').split('/').collect();
    let mut found = Vec::new();
    for twin in &question.twins {
        let top: Vec<String> = Path::new(&twin.top).iter().skip(1).map(|name| name.to_string_lossy().into()).collect();
        let own = escape(twin.tree.trim_end_matches('/'));
        for rest in behind(&parts, &top) {
            let pattern = if rest.is_empty() { own.clone() } else { format!("{own}/{}", rest.join("/")) };
            if !found.contains(&pattern) {
                found.push(pattern);
            }
        }
    }
    found
}

/// What is left of a pattern behind the folders that lead to a place; none where it is about no such place.
fn behind<'p>(pattern: &[&'p str], place: &[String]) -> Vec<Vec<&'p str>> {
    let (Some((name, names)), Some((part, parts))) = (place.split_first(), pattern.split_first()) else {
        // Whoever names a folder names all in it.
        return vec![if place.is_empty() { pattern.to_vec() } else { vec![ANY] }];
    };
    match *part {
        ANY => [behind(parts, place), behind(pattern, names)].concat(),
        "" if parts.is_empty() => vec![vec![ANY]],
        part if matches(part, name) => behind(parts, names),
        _ => Vec::new(),
    }
}

/// Does this part of a pattern match the name of one folder?
fn matches(part: &str, name: &str) -> bool {
    let mut builder = GitignoreBuilder::new("/");
    let built = builder.add_line(None, &format!("/{part}")).and_then(|builder| builder.build());
    built.is_ok_and(|matcher| matcher.matched(name, true).is_ignore())
}

/// Text as a pattern that matches just that.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if "*?[]{}\\!".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
