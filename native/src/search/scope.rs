//! Which files a search looks at.

use std::path::Path;
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::overrides::{Override, OverrideBuilder};
use ignore::types::TypesBuilder;
use ignore::{DirEntry, WalkBuilder, WalkState};

use super::root::Root;
use super::{Cancel, SearchError};

/// More threads than this only wait for the disk.
const MOST_THREADS: usize = 8;

/// A root, and what is left of it when everything unwanted is taken away.
///
/// The walk is by path, so that a folder may become a link while it goes on. Nothing comes of that: what it meets counts
/// only if it is found from the root's descriptor, too, behind no link.
pub(super) struct Scope {
    root: Arc<Root>,
    globs: Override,
    walk: WalkBuilder,
}

impl Scope {
    /// `globs` as for `rg --glob`; `exclude` are gitignore patterns of absolute paths, which hide files and whole
    /// directories whatever else is said. Hidden files are searched, but for what git keeps. `ignored`: what git ignores
    /// is looked at too.
    pub(super) fn new(
        root: &Path,
        globs: &[String],
        file_type: Option<&str>,
        exclude: &[String],
        ignored: bool,
    ) -> Result<Self, SearchError> {
        let root = Arc::new(Root::open(root)?);
        let names_git = globs.iter().any(|glob| glob.split('/').any(|part| part == ".git"));
        let excluded = exclusions(exclude)?;
        let mut overrides = OverrideBuilder::new(root.path());
        for glob in globs {
            overrides.add(glob).map_err(bad_glob)?;
        }
        let globs = overrides.build().map_err(bad_glob)?;

        let mut walk = WalkBuilder::new(root.path());
        walk.standard_filters(!ignored).hidden(false).require_git(false).follow_links(false).threads(threads());
        if !ignored {
            walk.add_custom_ignore_filename(".rgignore");
        }
        if let Some(name) = file_type {
            walk.types(types(name)?);
        }
        let (held, globs_too) = (root.clone(), globs.clone());
        walk.filter_entry(move |entry| {
            let directory = entry.file_type().is_some_and(|kind| kind.is_dir());
            if !excluded.is_empty() {
                let place = entry.path().strip_prefix("/").unwrap_or(entry.path());
                if excluded.matched_path_or_any_parents(place, directory).is_ignore() {
                    return false;
                }
            }
            if entry.depth() == 0 {
                return true;
            }
            if directory && !held.has_folder(entry.path()) {
                return false;
            }
            let pruned = directory && globs_too.matched(entry.path(), true).is_ignore();
            // What git keeps is of interest only to those who say so.
            !pruned && (names_git || !entry.path().as_os_str().as_encoded_bytes().ends_with(b"/.git"))
        });
        Ok(Self { root, globs, walk })
    }

    /// The root, from which what is visited is opened.
    pub(super) fn root(&self) -> &Root {
        &self.root
    }

    /// Show every wanted file to `visit`, on several threads, each with a visitor of its own. A file that is shown may
    /// be gone by now, or be another thing: what it is, [`Scope::root`] says.
    pub(super) fn visit<V>(&self, cancel: &Cancel, visitor: impl Fn() -> V) -> Result<(), SearchError>
    where
        V: FnMut(&DirEntry) + Send,
    {
        self.walk.build_parallel().run(|| {
            let mut visit = visitor();
            Box::new(move |entry| {
                if cancel.is_cancelled() {
                    return WalkState::Quit;
                }
                // What cannot be read is not there.
                if let Ok(entry) = entry
                    && self.wants(&entry)
                {
                    visit(&entry);
                }
                WalkState::Continue
            })
        });
        if cancel.is_cancelled() { Err(SearchError::Cancelled) } else { self.root.must_be_there() }
    }

    fn wants(&self, entry: &DirEntry) -> bool {
        if entry.depth() == 0 {
            // The root itself was named: it is wanted if it is a file.
            return self.root.is_file();
        }
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            return false;
        }
        let matched = self.globs.matched(entry.path(), false);
        matched.is_whitelist() || (self.globs.num_whitelists() == 0 && !matched.is_ignore())
    }
}

pub(super) fn bad_glob(error: impl std::fmt::Display) -> SearchError {
    SearchError::Pattern(format!("bad glob: {error}"))
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get().min(MOST_THREADS))
}

fn types(name: &str) -> Result<ignore::types::Types, SearchError> {
    let unknown = |error: ignore::Error| {
        SearchError::Pattern(format!("{error}; a type is a name such as py, rust, js, ts, go, java, md"))
    };
    let mut types = TypesBuilder::new();
    types.add_defaults().select(name);
    types.build().map_err(unknown)
}

fn exclusions(patterns: &[String]) -> Result<Gitignore, SearchError> {
    let mut builder = GitignoreBuilder::new("/");
    for pattern in patterns {
        builder.add_line(None, pattern).map_err(bad_glob)?;
    }
    builder.build().map_err(bad_glob)
}
