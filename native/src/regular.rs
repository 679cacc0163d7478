//! Files of claw's own folders: opened only where a regular file lies, and through no link.
//!
//! Somebody may have put a FIFO, a device or a link in a file's place. Opening the first would wait for ever, and
//! writing through the last would change a file that is not claw's.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Open `path` with these options. `InvalidInput` where something else than a regular file lies there.
pub fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let opened = options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC).open(path);
    let file = opened.map_err(|error| match error.raw_os_error() {
        // A link, or the FIFO of which nobody holds the other end, or a device without a driver, or a socket.
        Some(libc::ELOOP | libc::ENXIO | libc::ENODEV) => odd(),
        _ => error,
    })?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(odd()) }
}

/// Open `path` for reading.
pub fn read(path: &Path) -> io::Result<File> {
    open(OpenOptions::new().read(true), path)
}

/// Open `path` for both, making it where it is missing. `InvalidInput` where it has a second name elsewhere, too.
pub fn open_or_make(path: &Path) -> io::Result<File> {
    let file = open(OpenOptions::new().read(true).write(true).create(true).truncate(false), path)?;
    if file.metadata()?.nlink() == 1 { Ok(file) } else { Err(odd()) }
}

/// Make a new empty file at `path`, for both. What lay there loses this name and nothing else.
pub fn make(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    OpenOptions::new().read(true).write(true).create_new(true).open(path)
}

/// Make the folder `path`; say whether it is new. `InvalidInput` where something else than a folder lies there.
pub fn make_folder(path: &Path) -> io::Result<bool> {
    match fs::create_dir(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if fs::symlink_metadata(path)?.is_dir() {
                Ok(false)
            } else {
                Err(odd())
            }
        }
        Err(error) => Err(error),
    }
}

fn odd() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "something else than claw's own file lies there; move it away")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn odd_files(folder: &Path) -> Vec<std::path::PathBuf> {
        let precious = folder.join("precious");
        fs::write(&precious, "precious").unwrap();
        let [fifo, link, loose, socket] = ["fifo", "link", "loose", "socket"].map(|name| folder.join(name));
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        symlink(&precious, &link).unwrap();
        symlink(folder.join("nowhere"), &loose).unwrap();
        std::os::unix::net::UnixListener::bind(&socket).unwrap();
        vec![fifo, link, loose, socket, folder.to_owned()]
    }

    #[test]
    fn nothing_but_a_regular_file_is_opened_and_nothing_is_written_elsewhere() {
        let folder = std::env::temp_dir().join(format!("claw-regular-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for path in odd_files(&folder) {
            assert!(read(&path).is_err(), "{}", path.display());
            assert!(open_or_make(&path).is_err(), "{}", path.display());
        }
        let (precious, second) = (folder.join("precious"), folder.join("second"));
        fs::hard_link(&precious, &second).unwrap();
        assert!(open_or_make(&second).is_err());
        make(&second).unwrap();
        make(&folder.join("link")).unwrap();
        assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
        assert!(!folder.join("nowhere").exists());
        assert!(make_folder(&folder.join("loose")).is_err());
        assert!(!make_folder(&folder).unwrap());
        fs::remove_dir_all(&folder).unwrap();
    }
}
