//! Gitignore patterns that say of which files something speaks. Nothing is looked up on a disk.

use std::path::{Component, Path};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Patterns that start at one folder. Braces are alternatives, as in `src/**/*.{ts,tsx}`; what matches a folder matches
/// everything in it; one that begins with `!` takes back what those before it say.
#[derive(Debug)]
pub struct Patterns {
    matcher: Gitignore,
}

impl Patterns {
    /// # Errors
    ///
    /// Says what is wrong with the first pattern that is none.
    pub fn new(patterns: &[String]) -> Result<Self, String> {
        let mut builder = GitignoreBuilder::new("");
        for pattern in patterns {
            let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
            // A line that begins with `#` would be a comment.
            let line = if pattern.starts_with('#') { format!("\\{pattern}") } else { pattern.to_owned() };
            builder.add_line(None, &line).map_err(|error| error.to_string())?;
        }
        builder.build().map(|matcher| Self { matcher }).map_err(|error| error.to_string())
    }

    /// Whether they name this file, which is relative to their folder; nothing outside of it is named.
    #[must_use]
    pub fn name(&self, path: &Path) -> bool {
        let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
        inside && self.matcher.matched_path_or_any_parents(path, false).is_ignore()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(patterns: &[&str], path: &str) -> bool {
        let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        Patterns::new(&patterns).unwrap().name(Path::new(path))
    }

    #[test]
    fn a_pattern_names_files_as_gitignore_does_and_knows_braces() {
        for (patterns, path) in [
            (&["src/**/*.ts"][..], "src/a/b.ts"),
            (&["src/**/*.ts"], "src/b.ts"),
            (&["*.md"], "docs/deep/a.md"),
            (&["./src/*"], "src/a.py"),
            (&["/src/**"], "src/a/b"),
            (&["src"], "src/a/b"),
            (&["src/"], "src/a"),
            (&["src/**/*.{ts,tsx}"], "src/a.tsx"),
            (&["{src,lib}/**"], "lib/a"),
            (&["#notes.md"], "#notes.md"),
            (&["docs/**", "src/**"], "src/a"),
        ] {
            assert!(named(patterns, path), "{patterns:?} {path}");
        }
    }

    #[test]
    fn a_pattern_names_nothing_else() {
        for (patterns, path) in [
            (&["src/**/*.ts"][..], "lib/src/b.ts"),
            (&["src/**/*.ts"], "src/b.tsx"),
            (&["src/*.ts"], "src/a/b.ts"),
            (&["**"], "../a"),
            (&["**"], "/etc/passwd"),
            (&["src/**", "!src/generated/**"], "src/generated/a"),
            (&[], "a"),
        ] {
            assert!(!named(patterns, path), "{patterns:?} {path}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_said() {
        assert!(Patterns::new(&["src/{a,b".to_owned()]).unwrap_err().contains("src/{a,b"));
    }
}
