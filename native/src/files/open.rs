//! Folders and files, opened without following a link.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, fstat, mkdirat, openat, openat2, statat};
use rustix::io::Errno;

use super::error::FileError;

const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Open the regular file at this canonical, absolute path for reading. It never waits: a FIFO or a device is refused
/// before it is opened.
pub fn open_file(path: &Path) -> Result<OwnedFd, FileError> {
    let (folder, name) = parent(path, false)?;
    open_in(&folder, &name)
}

/// Open the regular file of this name in a folder, for reading.
pub(super) fn open_in(folder: impl AsFd + Copy, name: &OsStr) -> Result<OwnedFd, FileError> {
    must_be_regular(FileType::from_raw_mode(statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?.st_mode))?;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = openat(folder, name, flags, Mode::empty())?;
    must_be_regular(FileType::from_raw_mode(fstat(&file)?.st_mode))?;
    Ok(file)
}

/// The same by a path below a folder, in one call; `None` where the kernel does not have it.
pub(super) fn open_at_once(folder: impl AsFd, below: &Path) -> Option<Result<OwnedFd, FileError>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let strict = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    match openat2(folder, below, flags, Mode::empty(), strict) {
        Err(Errno::NOSYS | Errno::PERM) => None,
        found => Some(found.map_err(FileError::from).and_then(|file| {
            must_be_regular(FileType::from_raw_mode(fstat(&file)?.st_mode))?;
            Ok(file)
        })),
    }
}

/// A relative path without `..` as its folder, which may be empty, and its last name.
pub(super) fn split(below: &Path) -> Result<(&Path, &OsStr), FileError> {
    let plain = below.components().all(|part| matches!(part, Component::Normal(_)));
    match (below.parent(), below.file_name()) {
        (Some(folder), Some(name)) if plain => Ok((folder, name)),
        _ => Err(FileError::Moved),
    }
}

/// The folder that holds `path`, and the name in it. `create`: make the folders that are missing.
pub(super) fn parent(path: &Path, create: bool) -> Result<(OwnedFd, OsString), FileError> {
    let Some(name) = path.file_name().filter(|_| path.is_absolute()) else {
        return Err(FileError::NotAFile("a folder"));
    };
    let folder = path.parent().unwrap_or(Path::new("/"));
    match enter(CWD, folder.as_os_str()) {
        Err(Errno::NOENT) if create => Ok((make(folder)?, name.to_owned())),
        found => Ok((found?, name.to_owned())),
    }
}

/// The folder, made as far as it is missing.
fn make(folder: &Path) -> Result<OwnedFd, FileError> {
    let mut at = enter(CWD, OsStr::new("/"))?;
    for part in folder.components() {
        let Component::Normal(name) = part else { continue };
        at = match enter(&at, name) {
            Err(Errno::NOENT) => {
                match mkdirat(&at, name, Mode::from_raw_mode(0o777)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(errno) => return Err(errno.into()),
                }
                enter(&at, name)?
            }
            found => found?,
        };
    }
    Ok(at)
}

pub(super) fn enter(at: impl AsFd, folder: &OsStr) -> Result<OwnedFd, Errno> {
    let strict = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    match openat2(&at, folder, FOLDER, Mode::empty(), strict) {
        // Linux before 5.6, and sandboxes that do not know the call.
        Err(Errno::NOSYS | Errno::PERM) => step_by_step(at, Path::new(folder)),
        found => found,
    }
}

fn step_by_step(at: impl AsFd, folder: &Path) -> Result<OwnedFd, Errno> {
    let start = if folder.is_absolute() { OsStr::new("/") } else { OsStr::new(".") };
    let mut here = openat(at, start, FOLDER, Mode::empty())?;
    for part in folder.components() {
        if let Component::Normal(name) = part {
            here = openat(&here, name, FOLDER, Mode::empty())?;
        }
    }
    Ok(here)
}

pub(super) fn must_be_regular(kind: FileType) -> Result<(), FileError> {
    match kind {
        FileType::RegularFile => Ok(()),
        FileType::Symlink => Err(FileError::Moved),
        FileType::Directory => Err(FileError::NotAFile("a folder")),
        FileType::Fifo => Err(FileError::NotAFile("a FIFO")),
        FileType::Socket => Err(FileError::NotAFile("a socket")),
        _ => Err(FileError::NotAFile("a device")),
    }
}
