//! Out of the way of whatever would read it.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{RenameFlags, renameat_with};
use rustix::io::Errno;

use super::closed::changeable;
use super::error::FileError;
use super::open::parent;

/// What is put behind the name.
const SUFFIX: &str = ".set-aside";
/// Names that are tried.
const MOST: u32 = 1000;

/// Give a file, folder or link another name in its folder, under which no program looks for it; the new path. No link
/// is followed on the way, and nothing is replaced. That its user took the folder's write permission away is no hindrance.
pub fn set_aside(path: &Path) -> Result<PathBuf, FileError> {
    let (folder, name) = parent(path, false)?;
    let aside = match renamed(&folder, &name) {
        Err(Errno::ACCESS) => changeable(&folder, || renamed(&folder, &name)).map_err(FileError::Io)?,
        done => done,
    };
    Ok(path.with_file_name(aside?))
}

fn renamed(folder: &OwnedFd, name: &OsStr) -> Result<OsString, Errno> {
    for number in 1..MOST {
        let mut aside = OsString::from(name);
        aside.push(SUFFIX);
        if number > 1 {
            aside.push(format!("-{number}"));
        }
        match renameat_with(folder, name, folder, &aside, RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(aside),
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno),
        }
    }
    Err(Errno::EXIST)
}
