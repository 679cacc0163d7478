//! A new log that shares another's records up to some seq, by reference.

use std::path::Path;
use std::time::{Duration, Instant};

use super::disk::Disk;
use super::error::{Error, ErrorKind, Result};
use super::header::Parent;
use super::random::uuid_text;
use super::reader::{Reader, sibling};
use super::writer::{Options, Writer};

/// How long to wait for the parent's writer to make the fork's seq durable; it does so within 200 ms.
const PATIENCE: Duration = Duration::from_secs(10);

/// Make a log in the new folder `dir` whose first seq is `at + 1`. `parent` is a folder beside it. Copies nothing.
pub fn fork<D: Disk>(
    disk: D,
    dir: &Path,
    session: [u8; 16],
    parent: &Path,
    at: u64,
    options: Options,
) -> Result<Writer<D>> {
    let mut reader = Reader::open(disk.clone(), parent)?;
    let name = uuid_text(&reader.session());
    if parent.file_name().is_none_or(|folder| folder != name.as_str()) {
        let message = format!("{} cannot have a fork: its folder must be named {name}", parent.display());
        return Err(Error::other(parent, message));
    }
    let beside = sibling(dir, &reader.session());
    if beside != parent && disk.list(&beside).is_err() {
        let message = format!("a fork of {} must be made beside it", parent.display());
        return Err(Error::other(dir, message));
    }
    make_durable(&disk, &mut reader, parent, at)?;
    let Some(chain) = reader.chain_at(at)? else { return Err(not_in(parent, at)) };
    let origin = Parent { session: reader.session(), seq: at, chain };
    Writer::make(disk, dir, session, Some(origin), options)
}

fn not_in(parent: &Path, at: u64) -> Error {
    Error::other(parent, format!("seq {at} is not in {}", parent.display()))
}

/// Have the parent's seq on the disk, and have its log say so. Its writer syncs it in time; without one, recovery does.
fn make_durable<D: Disk>(disk: &D, reader: &mut Reader<D>, parent: &Path, at: u64) -> Result<()> {
    let start = Instant::now();
    loop {
        let (written, durable) = reader.refresh()?;
        if at < durable {
            return Ok(());
        }
        if at >= written {
            return Err(not_in(parent, at));
        }
        match Writer::open(disk.clone(), parent, Options { background: false, ..Options::default() }) {
            Ok(writer) => writer.close()?,
            Err(error) if error.kind == ErrorKind::Locked && start.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(error) => return Err(error),
        }
    }
}
