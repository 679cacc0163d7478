//! A file by its name in a folder that is open: what it is, whether it is still the one that was looked at, and its own
//! bytes written over.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::fs::{AtFlags, FallocateFlags, FileType, Mode, OFlags, Stat, fallocate, fstat, fsync, openat, statat};
use rustix::io::Errno;

use super::error::FileError;
use super::open::must_be_regular;

/// Which file it was, and in which state, when the caller read it: device, inode, bytes, and the times of its last
/// change of content and of state in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Device.
    pub dev: u64,
    /// Inode.
    pub ino: u64,
    /// Bytes.
    pub size: u64,
    /// Last change of content, ns.
    pub mtime_ns: i64,
    /// Last change of content or state, ns.
    pub ctime_ns: i64,
}

impl Identity {
    pub(super) fn of(stat: &Stat) -> Self {
        Self {
            dev: stat.st_dev,
            ino: stat.st_ino,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            mtime_ns: stat.st_mtime * 1_000_000_000 + stat.st_mtime_nsec as i64,
            ctime_ns: stat.st_ctime * 1_000_000_000 + stat.st_ctime_nsec as i64,
        }
    }

    /// A rename changes the last time of these.
    pub(super) fn is_same_file(&self, other: &Self) -> bool {
        Self { ctime_ns: 0, ..*self } == Self { ctime_ns: 0, ..*other }
    }
}

/// The file's state, if it is the one that the caller looked at.
pub(super) fn looked_at(folder: &OwnedFd, name: &Path, old: Identity) -> Result<Stat, FileError> {
    let found = state(folder, name)?.ok_or(FileError::Changed)?;
    must_be_regular(FileType::from_raw_mode(found.st_mode))?;
    if Identity::of(&found) == old { Ok(found) } else { Err(FileError::Changed) }
}

/// Write over the file's own bytes. Room is taken first, so that a full disk changes nothing; a crash in between may.
pub(super) fn in_place(folder: &OwnedFd, name: &Path, data: &[u8], old: Identity) -> Result<(), FileError> {
    let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = openat(folder, name, flags, Mode::empty())?;
    if Identity::of(&fstat(&file)?) != old {
        return Err(FileError::Changed);
    }
    let length = data.len() as u64;
    if length > old.size {
        match fallocate(&file, FallocateFlags::KEEP_SIZE, 0, length) {
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    let file = File::from(file);
    file.write_all_at(data, 0).and_then(|()| file.set_len(length)).and_then(|()| file.sync_all()).map_err(FileError::Io)
}

pub(super) fn state(folder: &OwnedFd, name: &Path) -> Result<Option<Stat>, FileError> {
    match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(found) => Ok(Some(found)),
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(errno.into()),
    }
}

/// Make the rename last. The folder was opened by path only, which cannot be synced itself.
pub(super) fn sync_folder(folder: &OwnedFd) -> Result<(), FileError> {
    match openat(folder, ".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) {
        Ok(open) => Ok(fsync(open)?),
        // It may be written to but not read, and then not be synced either.
        Err(Errno::ACCESS) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

pub(super) fn temporary_name() -> Result<OsString, FileError> {
    let mut bytes = [0u8; 8];
    getrandom::fill(&mut bytes).map_err(|error| FileError::Io(io::Error::other(error)))?;
    Ok(format!(".claw-{:016x}.tmp", u64::from_ne_bytes(bytes)).into())
}
