//! Which files a search looks at.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::overrides::{Override, OverrideBuilder};
use ignore::types::{Types, TypesBuilder};
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
    excluded: Gitignore,
    types: Option<Types>,
    names_git: bool,
    ignored: bool,
    /// Folders and links are shown, too, by their names alone.
    names: bool,
}

/// Repositories below a root that is in none.
type Repositories = Arc<Mutex<Vec<PathBuf>>>;

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
        let types = file_type.map(types).transpose()?;
        Ok(Self { root, globs, excluded, types, names_git, ignored, names: false })
    }

    /// All that git does not ignore, with folders and links among it, none of which is opened.
    pub(super) fn of_names(root: &Path, exclude: &[String]) -> Result<Self, SearchError> {
        Ok(Self { names: true, ..Self::new(root, &[], None, exclude, false)? })
    }

    /// The walk of a folder in a repository: a `.gitignore` counts within its own repository alone. With `repositories`,
    /// the walk of a folder in none: each counts, and repositories that are met are put there instead of entered.
    ///
    /// What is not wanted is left out as it is met: what the walk hands from thread to thread costs more than the question.
    fn walk(&self, root: &Path, repositories: Option<Repositories>, cancel: &Cancel) -> WalkBuilder {
        let mut walk = WalkBuilder::new(root);
        walk.standard_filters(!self.ignored).hidden(false).follow_links(false).threads(threads());
        walk.require_git(repositories.is_none());
        if !self.ignored {
            walk.add_custom_ignore_filename(".rgignore");
        }
        if let Some(types) = &self.types {
            walk.types(types.clone());
        }
        let (held, globs, excluded) = (self.root.clone(), self.globs.clone(), self.excluded.clone());
        let (names_git, names, cancel) = (self.names_git, self.names, cancel.clone());
        walk.filter_entry(move |entry| {
            if cancel.is_cancelled() {
                return false;
            }
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
            // What git keeps is of interest only to those who say so.
            if !names_git && entry.path().as_os_str().as_encoded_bytes().ends_with(b"/.git") {
                return false;
            }
            if !directory {
                return (is_regular(entry) || names && entry.path_is_symlink()) && wants(&globs, entry.path());
            }
            if !held.has_folder(entry.path()) || globs.matched(entry.path(), true).is_ignore() {
                return false;
            }
            match &repositories {
                Some(met) if is_repository(entry.path()) => {
                    met.lock().unwrap_or_else(PoisonError::into_inner).push(entry.path().to_owned());
                    false
                }
                _ => true,
            }
        });
        walk
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
        if self.ignored || self.root.path().ancestors().any(is_repository) {
            self.go(&self.walk(self.root.path(), None, cancel), cancel, &visitor);
        } else {
            let met = Repositories::default();
            self.go(&self.walk(self.root.path(), Some(met.clone()), cancel), cancel, &visitor);
            let met = std::mem::take(&mut *met.lock().unwrap_or_else(PoisonError::into_inner));
            if let Some((first, others)) = met.split_first() {
                let mut walk = self.walk(first, None, cancel);
                for other in others {
                    walk.add(other);
                }
                self.go(&walk, cancel, &visitor);
            }
        }
        if cancel.is_cancelled() { Err(SearchError::Cancelled) } else { self.root.must_be_there() }
    }

    fn go<V>(&self, walk: &WalkBuilder, cancel: &Cancel, visitor: &impl Fn() -> V)
    where
        V: FnMut(&DirEntry) + Send,
    {
        walk.build_parallel().run(|| {
            let mut visit = visitor();
            Box::new(move |entry| {
                if cancel.is_cancelled() {
                    return WalkState::Quit;
                }
                // What cannot be read is not there. The root itself was named: it is wanted if it is a file.
                if let Ok(entry) = entry
                    && (if entry.depth() == 0 { self.root.is_file() } else { self.names || is_regular(&entry) })
                {
                    visit(&entry);
                }
                WalkState::Continue
            })
        });
    }
}

fn is_regular(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file())
}

fn wants(globs: &Override, file: &Path) -> bool {
    let matched = globs.matched(file, false);
    matched.is_whitelist() || (globs.num_whitelists() == 0 && !matched.is_ignore())
}

pub(super) fn bad_glob(error: impl std::fmt::Display) -> SearchError {
    SearchError::Pattern(format!("bad glob: {error}"))
}

fn is_repository(folder: &Path) -> bool {
    folder.join(".git").exists()
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
