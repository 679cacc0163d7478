//! When the logs in a folder were written to last, without opening any of them.

use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags, Stat, open, statat};
use rustix::io::Errno;

use super::random::is_uuid_text;
use super::segment::number_of;

/// So many segments are asked for by name before the folder is listed, which takes as long as looking for five.
const BY_NAME: u64 = 5;

/// A session's folder, and its newest segment as the file system knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// The session's UUID, as text.
    pub name: String,
    /// Number of the newest segment; 0 where there is none.
    pub number: u64,
    /// Its length; 0 where there is none.
    pub bytes: u64,
    /// When it was written to last, in ns since 1970; where there is none, when the folder was; 0 where nobody can tell.
    /// A record's own time is not later, but for the grain of the file system's clock.
    pub written: i64,
}

/// All folders below `sessions` that are named as sessions are, those last that were written to last.
pub fn folders(sessions: &Path) -> io::Result<Vec<Folder>> {
    let top = open(sessions, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let mut found = Vec::new();
    for entry in fs::read_dir(sessions)? {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        if is_uuid_text(&name) {
            match folder(&top, sessions, &name) {
                Err(Errno::NOENT) => {} // it went away meanwhile
                // Whoever opens it is told what is wrong with it.
                Err(_) => found.push(Folder { name, number: 0, bytes: 0, written: 0 }),
                Ok((number, status)) => {
                    let bytes = if number == 0 { 0 } else { status.st_size as u64 };
                    let written = status.st_mtime * 1_000_000_000 + status.st_mtime_nsec as i64;
                    found.push(Folder { name, number, bytes, written });
                }
            }
        }
    }
    found.sort_by(|one, other| (one.written, &one.name).cmp(&(other.written, &other.name)));
    Ok(found)
}

/// Number and status of the newest segment; 0, and the folder's own, where there is none.
fn folder(top: &impl AsFd, sessions: &Path, name: &str) -> Result<(u64, Stat), Errno> {
    let status = |number: u64| match statat(top, format!("{name}/{number:08}.seg"), AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => Ok(None),
        other => other.map(Some),
    };
    let mut newest = None;
    for number in 1..=BY_NAME {
        match status(number)? {
            Some(found) => newest = Some((number, found)),
            None => {
                return newest.map_or_else(|| Ok((0, statat(top, name, AtFlags::SYMLINK_NOFOLLOW)?)), Ok);
            }
        }
    }
    let listed =
        fs::read_dir(sessions.join(name)).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    let number = listed.flatten().filter_map(|file| number_of(file.file_name().to_str()?)).max().unwrap_or(BY_NAME);
    Ok((number, status(number)?.ok_or(Errno::NOENT)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    #[test]
    fn the_newest_segment_says_when() {
        let top = std::env::temp_dir().join(format!("claw-folders-{}", std::process::id()));
        let names: Vec<String> = (0..5).map(|id| format!("{id:08}-0000-7000-8000-000000000000")).collect();
        for (name, segments) in names.iter().zip([1, 2, 9, 0, 5]) {
            fs::create_dir_all(top.join(name)).unwrap();
            for number in 1..=segments {
                let file = fs::File::create(top.join(name).join(format!("{number:08}.seg"))).unwrap();
                file.set_len(number).unwrap();
                let when = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000 * number - segments);
                file.set_modified(when).unwrap();
            }
        }
        fs::create_dir_all(top.join("no-session")).unwrap();
        fs::write(top.join("00000009-0000-7000-8000-000000000000"), b"no folder").unwrap();
        let found = folders(&top).unwrap();
        let told: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.number, one.bytes)).collect();
        let file = "00000009-0000-7000-8000-000000000000";
        let expected = [
            (file, 0, 0),
            (&names[0], 1, 1),
            (&names[1], 2, 2),
            (&names[4], 5, 5),
            (&names[2], 9, 9),
            (&names[3], 0, 0),
        ];
        assert_eq!(told, expected);
        assert_eq!(found[1].written, 999_000_000_000);
        fs::remove_dir_all(&top).unwrap();
        assert!(folders(&top).is_err());
    }
}
