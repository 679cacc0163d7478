//! The names in a tree, found by some of their letters.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::fuzzy::Fuzzy;
use super::scope::Scope;
use super::{Cancel, SearchError};

/// Names that are kept of one tree. What lies deeper than the walk has come by then is not found.
const MOST: usize = 500_000;

/// The files and folders below a root as they were when it was walked last.
#[derive(Debug)]
pub struct PathIndex {
    root: PathBuf,
    exclude: Vec<String>,
    names: Mutex<Arc<Vec<Names>>>,
}

/// Paths from the root, one behind the other; that of a folder ends with a slash.
#[derive(Debug, Default)]
struct Names {
    text: String,
    ends: Vec<u32>,
}

impl Names {
    fn push(&mut self, path: &str, folder: bool) {
        self.text.push_str(path);
        if folder {
            self.text.push('/');
        }
        // Half a million paths of 4096 bytes are less than 2^32.
        self.ends.push(self.text.len() as u32);
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let mut begin = 0;
        self.ends.iter().map(move |&end| {
            let path = &self.text[begin..end as usize];
            begin = end as usize;
            path
        })
    }
}

/// What one thread of the walk has met; it is added to the others' at its end.
struct Gathered<'a> {
    names: Names,
    all: &'a Mutex<Vec<Names>>,
}

impl Drop for Gathered<'_> {
    fn drop(&mut self) {
        let names = std::mem::take(&mut self.names);
        self.all.lock().unwrap_or_else(PoisonError::into_inner).push(names);
    }
}

impl PathIndex {
    /// Of this folder, at a canonical path, without what these gitignore patterns of absolute paths name; empty until it is
    /// walked.
    pub fn new(root: &Path, exclude: Vec<String>) -> Self {
        Self { root: root.to_owned(), exclude, names: Mutex::default() }
    }

    /// Walk the tree anew, as [`super::glob`] does, but with folders and links among what is found. Until it is done the
    /// names of the last walk count.
    pub fn refresh(&self, cancel: &Cancel) -> Result<(), SearchError> {
        let scope = Scope::of_names(&self.root, &self.exclude)?;
        let (all, count, enough) = (Mutex::default(), AtomicUsize::new(0), Cancel::default());
        let walked = scope.visit(&enough, || {
            let mut gathered = Gathered { names: Names::default(), all: &all };
            let (root, count, enough) = (scope.root().path(), &count, &enough);
            move |entry: &ignore::DirEntry| {
                if cancel.is_cancelled() || count.fetch_add(1, Ordering::Relaxed) >= MOST {
                    return enough.cancel();
                }
                // A name that is not UTF-8 cannot be typed.
                if let Some(path) = entry.path().strip_prefix(root).ok().and_then(Path::to_str) {
                    gathered.names.push(path, entry.file_type().is_some_and(|kind| kind.is_dir()));
                }
            }
        });
        match walked {
            Err(SearchError::Cancelled) if !cancel.is_cancelled() => {}
            other => other?,
        }
        let all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        *self.names.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(all);
        Ok(())
    }

    /// The paths that fit best, best first, at most `limit`; for an empty query those next to the root. A name that begins
    /// with a dot, or lies in a folder whose name does, is found where a part of the query begins so.
    pub fn matching(&self, query: &str, limit: usize) -> Vec<String> {
        let all = self.names.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let hidden = query.starts_with('.') || query.contains("/.");
        let paths = all.iter().flat_map(Names::iter);
        let shown = paths.filter(|path| *path != query && (hidden || !is_hidden(path)));
        Fuzzy::for_paths(query).best(shown, limit).into_iter().map(str::to_owned).collect()
    }
}

fn is_hidden(path: &str) -> bool {
    path.starts_with('.') || path.contains("/.")
}
