//! What is searched, held by its descriptor.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::SearchError;
use crate::files::{self, FileError, Folder, open_file};

/// A folder or a file at a canonical path.
#[derive(Debug)]
pub(super) struct Root {
    path: PathBuf,
    /// None: it is a file.
    folder: Option<Folder>,
}

impl Root {
    /// Open it without following a link.
    pub(super) fn open(path: &Path) -> Result<Self, SearchError> {
        let path = std::path::absolute(path).map_err(|error| unusable(path, &error))?;
        match Folder::open(&path) {
            Ok(folder) => Ok(Self { path, folder: Some(folder) }),
            // No folder, then: a file, or behind a link.
            Err(FileError::Moved) => match open_file(&path) {
                Ok(_) => Ok(Self { path, folder: None }),
                Err(FileError::NotAFile(kind)) => {
                    Err(unusable(&path, &format_args!("it is {kind}, neither a file nor a directory")))
                }
                Err(error) => Err(unusable(&path, &error)),
            },
            Err(error) => Err(unusable(&path, &error)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn is_file(&self) -> bool {
        self.folder.is_none()
    }

    /// For one thread that looks at what is met.
    pub(super) fn visitor(&self) -> Visitor<'_> {
        Visitor { path: &self.path, below: self.folder.as_ref().map(Folder::visitor) }
    }

    /// Is a folder that was met at this path one below the root, behind no link?
    pub(super) fn has_folder(&self, met: &Path) -> bool {
        let below = met.strip_prefix(&self.path);
        self.folder.as_ref().is_some_and(|folder| below.is_ok_and(|below| folder.has_folder(below)))
    }

    /// Fails if the path has led elsewhere meanwhile: what was not found says nothing then.
    pub(super) fn must_be_there(&self) -> Result<(), SearchError> {
        match &self.folder {
            Some(folder) if !folder.is_at(&self.path) => Err(unusable(&self.path, &FileError::Moved)),
            _ => Ok(()),
        }
    }
}

/// What was met at a path, as it is found from the root.
pub(super) struct Visitor<'a> {
    path: &'a Path,
    /// None: the root is a file.
    below: Option<files::Visitor<'a>>,
}

impl Visitor<'_> {
    /// Open a regular file that was met at this path, if it lies below the root, behind no link; or the root itself.
    pub(super) fn open_file(&mut self, met: &Path) -> Option<File> {
        let file = match &mut self.below {
            Some(below) => below.open_file(met.strip_prefix(self.path).ok()?).ok()?,
            None => open_file(self.path).ok()?,
        };
        Some(file.into())
    }

    /// When the regular file that was met at this path was changed last; None where there is none behind no link.
    pub(super) fn modified(&mut self, met: &Path) -> Option<SystemTime> {
        match &mut self.below {
            Some(below) => below.modified(met.strip_prefix(self.path).ok()?),
            None => self.open_file(met)?.metadata().ok()?.modified().ok(),
        }
    }
}

fn unusable(root: &Path, why: &dyn std::fmt::Display) -> SearchError {
    SearchError::Root(format!("cannot search `{}`: {why}", root.display()))
}
