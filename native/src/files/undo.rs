//! What was done to a file, as long as it can be undone.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, RenameFlags, renameat_with, unlinkat};

use super::entry::{Identity, in_place, looked_at, state, sync_folder, temporary_name};
use super::error::FileError;

/// A change that is made. It is settled, or undone; to drop it does neither.
#[derive(Debug)]
pub(super) struct Done {
    folder: OwnedFd,
    name: OsString,
    /// The file as it was left; None: there is none any more.
    left: Option<Identity>,
    before: Before,
    /// The folder has changed, too.
    moved: bool,
}

/// Where it is what was there.
#[derive(Debug)]
enum Before {
    /// There was nothing.
    Nothing,
    /// Under this other name in the folder.
    Aside(OsString),
    /// In memory, if anybody wants to undo it.
    Held(Option<Vec<u8>>),
}

impl Done {
    /// A file was made.
    pub(super) fn made(folder: OwnedFd, name: OsString) -> Result<Self, FileError> {
        Self::new(folder, name, Before::Nothing, true)
    }

    /// Another file took the place of one that lies aside now.
    pub(super) fn replaced(folder: OwnedFd, name: OsString, aside: OsString) -> Result<Self, FileError> {
        Self::new(folder, name, Before::Aside(aside), true)
    }

    /// The file's own bytes were written over; or, where `moved`, another took its place, and it is gone: where the file
    /// system cannot give two files each other's name.
    pub(super) fn overwritten(
        folder: OwnedFd,
        name: OsString,
        held: Option<Vec<u8>>,
        moved: bool,
    ) -> Result<Self, FileError> {
        Self::new(folder, name, Before::Held(held), moved)
    }

    /// Take the file that the caller looked at out of the way, as if it were removed.
    pub(super) fn removed(folder: OwnedFd, name: OsString, old: Identity) -> Result<Self, FileError> {
        looked_at(&folder, Path::new(&name), old)?;
        let aside = temporary_name()?;
        renameat_with(&folder, &name, &folder, &aside, RenameFlags::NOREPLACE)?;
        let taken = state(&folder, Path::new(&aside))?;
        if !taken.is_some_and(|found| Identity::of(&found).is_same_file(&old)) {
            renameat_with(&folder, &aside, &folder, &name, RenameFlags::NOREPLACE)?;
            return Err(FileError::Changed);
        }
        Ok(Self { folder, name, left: None, before: Before::Aside(aside), moved: true })
    }

    fn new(folder: OwnedFd, name: OsString, before: Before, moved: bool) -> Result<Self, FileError> {
        let left = state(&folder, Path::new(&name))?.map(|found| Identity::of(&found));
        Ok(Self { folder, name, left, before, moved })
    }

    /// It stays, and what was there before is gone.
    pub(super) fn settle(self) -> Result<(), FileError> {
        if let Before::Aside(aside) = &self.before {
            unlinkat(&self.folder, aside, AtFlags::empty())?;
        }
        if self.moved { sync_folder(&self.folder) } else { Ok(()) }
    }

    /// Put back what was there, unless somebody has changed the file since.
    pub(super) fn undo(self) -> Result<(), FileError> {
        let (folder, name) = (&self.folder, Path::new(&self.name));
        let now = state(folder, name)?.map(|found| Identity::of(&found));
        if now != self.left {
            return Err(FileError::Changed);
        }
        match (&self.before, self.left) {
            (Before::Nothing, _) => unlinkat(folder, name, AtFlags::empty())?,
            (Before::Aside(aside), None) => renameat_with(folder, aside, folder, name, RenameFlags::NOREPLACE)?,
            (Before::Aside(aside), Some(_)) => {
                renameat_with(folder, aside, folder, name, RenameFlags::EXCHANGE)?;
                unlinkat(folder, aside, AtFlags::empty())?;
            }
            (Before::Held(Some(data)), Some(left)) => return in_place(folder, name, data, left),
            (Before::Held(_), _) => return Err(FileError::Changed),
        }
        sync_folder(folder)
    }
}
