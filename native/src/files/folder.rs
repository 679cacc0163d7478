//! A folder that is held, and what lies below it.

use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, FileType, fstat, statat};

use super::error::FileError;
use super::open::{enter, open_at_once, open_in, split};

/// A folder by its descriptor: whatever becomes of its path, what is found through it lies below it, behind no link.
#[derive(Debug)]
pub struct Folder {
    descriptor: OwnedFd,
    device: u64,
    inode: u64,
}

impl Folder {
    /// The folder at this canonical, absolute path.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let descriptor = enter(rustix::fs::CWD, path.as_os_str())?;
        let stat = fstat(&descriptor)?;
        Ok(Self { descriptor, device: stat.st_dev, inode: stat.st_ino })
    }

    /// Is this path, without links, this very folder?
    pub fn is_at(&self, path: &Path) -> bool {
        Self::open(path).is_ok_and(|other| (other.device, other.inode) == (self.device, self.inode))
    }

    /// Is there a folder below it, behind no link?
    pub fn has_folder(&self, below: &Path) -> bool {
        split(below).is_ok() && enter(&self.descriptor, below.as_os_str()).is_ok()
    }

    /// What lies below it, for one who comes to many files of the same folders one after the other.
    pub fn visitor(&self) -> Visitor<'_> {
        Visitor { folder: self, last: None }
    }
}

/// What lies below a folder, wherever its path leads meanwhile. The folder of the last file is held as well, since mostly
/// the next one is there too.
#[derive(Debug)]
pub struct Visitor<'a> {
    folder: &'a Folder,
    last: Option<(PathBuf, OwnedFd)>,
}

impl Visitor<'_> {
    /// Open for reading what has just been met below it as a regular file; `below` has neither `..` nor a root. Should it
    /// have become something else meanwhile, it is refused once it is open, and nothing is waited for.
    pub fn open_file(&mut self, below: &Path) -> Result<OwnedFd, FileError> {
        let (folder, name) = self.enter(below)?;
        match open_at_once(folder, Path::new(name)) {
            Some(found) => found,
            None => open_in(folder, name),
        }
    }

    /// When a regular file below it was changed last; `None` where there is none behind no link.
    pub fn modified(&mut self, below: &Path) -> Option<SystemTime> {
        let (folder, name) = self.enter(below).ok()?;
        let found = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        let regular = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile;
        let since = Duration::new(u64::try_from(found.st_mtime).unwrap_or(0), u32::try_from(found.st_mtime_nsec).ok()?);
        regular.then(|| SystemTime::UNIX_EPOCH + since)
    }

    /// The folder that something lies in, behind no link, and its name there.
    fn enter<'b>(&mut self, below: &'b Path) -> Result<(BorrowedFd<'_>, &'b OsStr), FileError> {
        let (path, name) = split(below)?;
        if path.as_os_str().is_empty() {
            return Ok((self.folder.descriptor.as_fd(), name));
        }
        if self.last.as_ref().is_none_or(|(last, _)| last != path) {
            self.last = Some((path.to_owned(), enter(&self.folder.descriptor, path.as_os_str())?));
        }
        let (_, held) = self.last.as_ref().expect("it was entered");
        Ok((held.as_fd(), name))
    }
}
