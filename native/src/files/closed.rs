//! Folders whose own user cannot look into them, or put nothing aside in them.

use std::fs::{self, Permissions};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, accessat, fstat};
use rustix::process::geteuid;

use super::open::enter;

const LOOK: u32 = 0o500;
const CHANGE: u32 = 0o300;

/// Can it be listed and yet not be entered, so that what it holds cannot be asked about?
pub(super) fn without_search(folder: &Path) -> bool {
    accessat(CWD, folder, Access::EXEC_OK, AtFlags::EACCESS).is_err()
}

/// Let its user look into it; whether that went.
pub(super) fn listable(folder: &Path) -> bool {
    enter(CWD, folder.as_os_str()).is_ok_and(|held| with_bits(&held, LOOK).is_ok())
}

/// Do this while its user may change what is in the folder. The folder is afterwards as it was.
pub(super) fn changeable<T>(folder: &OwnedFd, act: impl FnOnce() -> T) -> io::Result<T> {
    let before = with_bits(folder, CHANGE)?;
    let done = act();
    fs::set_permissions(by_number(folder), before)?;
    Ok(done)
}

/// Give the user these bits; what there was before.
fn with_bits(folder: &OwnedFd, bits: u32) -> io::Result<Permissions> {
    let state = fstat(folder)?;
    if state.st_uid != geteuid().as_raw() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let before = state.st_mode & 0o7777;
    fs::set_permissions(by_number(folder), Permissions::from_mode(before | bits))?;
    Ok(Permissions::from_mode(before))
}

/// A descriptor that was opened by path alone takes no change itself.
fn by_number(folder: &OwnedFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()))
}
