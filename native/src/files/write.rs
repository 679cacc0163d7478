//! A file's new content, synced: all or nothing where the file can be replaced by a new one, else in place.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{
    AtFlags, FileType, Gid, Mode, OFlags, RenameFlags, Stat, Uid, XattrFlags, fchmod, fchown, fgetxattr, flistxattr,
    fsetxattr, fstat, fsync, openat, renameat, renameat_with, unlinkat,
};
use rustix::io::Errno;

use super::entry::{Identity, in_place, looked_at, state, temporary_name};
use super::error::FileError;
use super::open::{open_in, parent};
use super::undo::Done;

/// Put `data` at this canonical, absolute path. `replacing` is the file that the caller looked at; None: there was none,
/// and then missing folders are made.
///
/// A new file takes the old one's place, with its mode, owner and extended attributes. What a new file would lose is
/// written in place: one with other names, one on which something is mounted, one whose owner or attributes we may not
/// give to another, one in a folder that we may not change.
pub fn write_file(path: &Path, data: &[u8], replacing: Option<Identity>) -> Result<(), FileError> {
    written(path, data, replacing, None, false)?.settle()
}

/// The same, until it is settled or undone: `keep` what the file held, so that it can be. A new file gets this `mode`.
pub(super) fn written(
    path: &Path,
    data: &[u8],
    replacing: Option<Identity>,
    mode: Option<u32>,
    keep: bool,
) -> Result<Done, FileError> {
    let (folder, name) = parent(path, replacing.is_none())?;
    let Some(old) = replacing else {
        put(&folder, Path::new(&name), data, None, mode)?;
        return Done::made(folder, name);
    };
    let place = Path::new(&name);
    let found = looked_at(&folder, place, old)?;
    let held = if keep { Some(content(&folder, place)?) } else { None };
    if found.st_nlink <= 1 {
        match put(&folder, place, data, replacing, None) {
            Err(FileError::Io(error)) if is_irreplaceable(&error) => {}
            Ok(Some(temporary)) => return Done::replaced(folder, name, temporary),
            Ok(None) => return Done::overwritten(folder, name, held, true),
            Err(error) => return Err(error),
        }
    }
    in_place(&folder, place, data, old)?;
    Done::overwritten(folder, name, held, false)
}

fn content(folder: &OwnedFd, name: &Path) -> Result<Vec<u8>, FileError> {
    let mut held = Vec::new();
    File::from(open_in(folder, name.as_os_str())?).read_to_end(&mut held).map_err(FileError::Io)?;
    Ok(held)
}

/// Whether it is the file that keeps another from taking its place, or the folder.
fn is_irreplaceable(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(errno, Some(Errno::ACCESS | Errno::PERM | Errno::ROFS | Errno::BUSY | Errno::XDEV))
}

/// The temporary name under which the old file lies by now; None: it is gone, or there was none.
fn put(
    folder: &OwnedFd,
    name: &Path,
    data: &[u8],
    replacing: Option<Identity>,
    mode: Option<u32>,
) -> Result<Option<OsString>, FileError> {
    let temporary = temporary_name()?;
    let place = Path::new(&temporary);
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat(folder, place, flags, Mode::from_raw_mode(0o666))?;
    let done = fill(file, data, folder, name, replacing, mode).and_then(|()| match replacing {
        None => put_new(folder, place, name).map(|()| false),
        Some(old) => put_instead(folder, place, name, old),
    });
    if done.is_err() {
        // The error that led here is the one to tell.
        let _ = unlinkat(folder, place, AtFlags::empty());
    }
    Ok(done?.then_some(temporary))
}

fn fill(
    file: OwnedFd,
    data: &[u8],
    folder: &OwnedFd,
    name: &Path,
    replacing: Option<Identity>,
    mode: Option<u32>,
) -> Result<(), FileError> {
    let mut file = File::from(file);
    file.write_all(data).map_err(FileError::Io)?;
    if let Some(mode) = mode {
        fchmod(&file, Mode::from_raw_mode(mode & 0o777))?;
    }
    if let Some(old) = replacing {
        let found = looked_at(folder, name, old)?;
        take_over(&file, &found)?;
        take_over_attributes(folder, name, &file, old)?;
    }
    Ok(fsync(&file)?)
}

/// Permission bits and owner of the old file; never set-user-id on new content. `PERM` where we may not give it away.
fn take_over(file: impl AsFd, old: &Stat) -> Result<(), FileError> {
    let now = fstat(&file)?;
    if (now.st_uid, now.st_gid) != (old.st_uid, old.st_gid) {
        fchown(&file, Some(Uid::from_raw(old.st_uid)), Some(Gid::from_raw(old.st_gid)))?;
    }
    Ok(fchmod(&file, Mode::from_raw_mode(old.st_mode & 0o777))?)
}

/// Extended attributes of the old file, access control lists among them. The security module gives new files its own.
fn take_over_attributes(folder: &OwnedFd, name: &Path, file: &File, old: Identity) -> Result<(), FileError> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let source = match openat(folder, name, flags, Mode::empty()) {
        Ok(source) => source,
        // Who may write a file and not read it knows nothing of its attributes.
        Err(Errno::ACCESS) => return Ok(()),
        Err(errno) => return Err(errno.into()),
    };
    if Identity::of(&fstat(&source)?) != old {
        return Err(FileError::Changed);
    }
    let mut names = vec![0; 64 << 10];
    let length = match flistxattr(&source, &mut names) {
        Ok(length) => length,
        Err(Errno::OPNOTSUPP) => return Ok(()),
        Err(errno) => return Err(errno.into()),
    };
    for attribute in names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        if attribute.starts_with(b"security.") {
            continue;
        }
        let mut value = vec![0; 64 << 10];
        let size = fgetxattr(&source, attribute, &mut value)?;
        fsetxattr(file, attribute, &value[..size], XattrFlags::empty())?;
    }
    Ok(())
}

/// Fails if anything is there by now.
fn put_new(folder: &OwnedFd, temporary: &Path, name: &Path) -> Result<(), FileError> {
    match renameat_with(folder, temporary, folder, name, RenameFlags::NOREPLACE) {
        Err(Errno::EXIST) => Err(taken(folder, name)),
        // A file system that does not know the flag.
        Err(Errno::INVAL | Errno::NOSYS) => match state(folder, name)? {
            None => Ok(renameat(folder, temporary, folder, name)?),
            Some(_) => Err(taken(folder, name)),
        },
        done => Ok(done?),
    }
}

fn taken(folder: &OwnedFd, name: &Path) -> FileError {
    let found = state(folder, name).ok().flatten();
    match found.map(|found| FileType::from_raw_mode(found.st_mode)) {
        Some(FileType::Directory) => FileError::NotAFile("a folder"),
        _ => FileError::Changed,
    }
}

/// Both change places in one instant; what was taken out must be the old file, else they change back. Whether it was
/// taken out: not where it is gone at once.
fn put_instead(folder: &OwnedFd, temporary: &Path, name: &Path, old: Identity) -> Result<bool, FileError> {
    match renameat_with(folder, temporary, folder, name, RenameFlags::EXCHANGE) {
        // A file system that does not know the flag. The state was compared a moment ago.
        Err(Errno::INVAL | Errno::NOSYS) => {
            renameat(folder, temporary, folder, name)?;
            return Ok(false);
        }
        Err(Errno::NOENT) => return Err(FileError::Changed),
        done => done?,
    }
    let taken_out = state(folder, temporary)?;
    if taken_out.is_some_and(|found| Identity::of(&found).is_same_file(&old)) {
        return Ok(true);
    }
    renameat_with(folder, temporary, folder, name, RenameFlags::EXCHANGE)?;
    Err(FileError::Changed)
}
