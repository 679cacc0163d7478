//! Moving something out of everybody's way.

use std::fs;
use std::io;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

/// Move `path` into the folder `into`, under a name of its own there; return where it is now.
pub(super) fn shelve(path: &Path, into: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(into)?;
    let name = path.file_name().unwrap_or_default();
    let to =
        (0..).map(|n| into.join(format!("{n}-{}", name.to_string_lossy()))).find(|to| to.symlink_metadata().is_err());
    let to = to.ok_or(io::ErrorKind::AlreadyExists)?;
    match fs::rename(path, &to) {
        Err(error) if error.raw_os_error() == Some(libc::EXDEV) => {}
        moved => return moved.map(|()| to),
    }
    // Onto another file system: first it gets a name that nothing reads, in one step.
    let aside = path.with_file_name(format!(".claw-aside-{}-{}", std::process::id(), name.to_string_lossy()));
    fs::rename(path, &aside)?;
    copy(&aside, &to)?;
    remove(&aside)?;
    Ok(to)
}

/// Files, folders and links as links; what else there is (a pipe, a socket) has no content.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let kind = from.symlink_metadata()?.file_type();
    if kind.is_symlink() {
        symlink(fs::read_link(from)?, to)
    } else if kind.is_dir() {
        fs::create_dir(to)?;
        fs::read_dir(from)?.try_for_each(|entry| {
            let entry = entry?;
            copy(&entry.path(), &to.join(entry.file_name()))
        })
    } else if kind.is_file() {
        let mut source = fs::OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(from)?;
        io::copy(&mut source, &mut fs::File::create_new(to)?).map(drop)
    } else {
        Ok(())
    }
}

fn remove(path: &Path) -> io::Result<()> {
    if path.symlink_metadata()?.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}
