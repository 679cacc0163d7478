//! A folder that is held, and what lies below it.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, FileType, Stat, fstat, statat};

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

    /// Open for reading what has just been met below it as a regular file; `below` has neither `..` nor a root. Should it
    /// have become something else meanwhile, it is refused once it is open, and nothing is waited for.
    pub fn open_file(&self, below: &Path) -> Result<OwnedFd, FileError> {
        let (folder, name) = split(below)?;
        if let Some(found) = open_at_once(&self.descriptor, below) {
            return found;
        }
        if folder.as_os_str().is_empty() {
            return open_in(&self.descriptor, name);
        }
        open_in(&enter(&self.descriptor, folder.as_os_str())?, name)
    }

    /// When a regular file below it was changed last; `None` where there is none behind no link.
    pub fn modified(&self, below: &Path) -> Option<SystemTime> {
        let found = self.state(below).ok()?;
        let regular = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile;
        let since = Duration::new(u64::try_from(found.st_mtime).unwrap_or(0), u32::try_from(found.st_mtime_nsec).ok()?);
        regular.then(|| SystemTime::UNIX_EPOCH + since)
    }

    /// The state of what lies below it, itself no link and behind none.
    fn state(&self, below: &Path) -> Result<Stat, FileError> {
        let (folder, name) = split(below)?;
        let found = if folder.as_os_str().is_empty() {
            statat(&self.descriptor, name, AtFlags::SYMLINK_NOFOLLOW)?
        } else {
            statat(enter(&self.descriptor, folder.as_os_str())?, name, AtFlags::SYMLINK_NOFOLLOW)?
        };
        if FileType::from_raw_mode(found.st_mode) == FileType::Symlink { Err(FileError::Moved) } else { Ok(found) }
    }

    /// Is there a folder below it, behind no link?
    pub fn has_folder(&self, below: &Path) -> bool {
        self.state(below).is_ok_and(|found| FileType::from_raw_mode(found.st_mode) == FileType::Directory)
    }
}
