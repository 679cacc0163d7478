//! Segment files: their names, how one is made so that it is never half there, and how one is opened.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::{Disk, DiskFile};
use super::error::{Error, ErrorKind, Result};
use super::header::{DATA, HEADER, Header, SEAL_AT, Seal, Unreadable};

/// Between which lengths segments double.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// The first segment's.
    pub smallest: u64,
    /// The last doubling.
    pub largest: u64,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { smallest: 256 << 10, largest: 64 << 20 }
    }
}

impl Sizes {
    /// Length for a segment that follows `before` bytes of others, and at least `need` more than its header.
    pub fn next(&self, before: u64, need: u64) -> u64 {
        let regular = before.clamp(self.smallest, self.largest).next_power_of_two().min(self.largest);
        regular.max(least_length(need))
    }
}

/// The shortest segment with `need` bytes behind its header.
pub fn least_length(need: u64) -> u64 {
    (DATA + need).next_multiple_of(4096)
}

/// `00000001.seg`.
pub fn file_name(number: u64) -> String {
    format!("{number:08}.seg")
}

/// The segment's place in its log's folder.
pub fn path_of(dir: &Path, number: u64) -> PathBuf {
    dir.join(file_name(number))
}

/// Its place until it is whole.
pub fn temporary_of(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{}.tmp", file_name(number)))
}

/// The number in a segment's name.
pub fn number_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".seg").filter(|digits| digits.len() >= 8)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Numbers of all segments in a folder, in order and without a gap, or why not.
pub fn list<D: Disk>(disk: &D, dir: &Path) -> Result<Vec<u64>> {
    let numbers = list_any(disk, dir)?;
    for (number, expected) in numbers.iter().zip(1..) {
        if *number != expected {
            return Err(Error::corrupt(&path_of(dir, expected), 0, 0, "the segment is missing"));
        }
    }
    Ok(numbers)
}

/// Numbers of all segments in a folder, in order.
pub fn list_any<D: Disk>(disk: &D, dir: &Path) -> Result<Vec<u64>> {
    let names = disk.list(dir).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound { not_found(dir) } else { Error::io(dir, "list", &error) }
    })?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| number_of(name)).collect();
    numbers.sort_unstable();
    if numbers.is_empty() {
        return Err(not_found(dir));
    }
    Ok(numbers)
}

fn not_found(dir: &Path) -> Error {
    Error::new(ErrorKind::NotFound, dir, format!("{} holds no log", dir.display()))
        .with_hint("claw log lists those that exist")
}

/// An open segment and what its first two sectors say.
pub struct Segment<F> {
    /// Its file.
    pub path: PathBuf,
    /// Open for reading, or for both.
    pub file: F,
    /// Written once.
    pub header: Header,
    /// Once nothing more will follow.
    pub seal: Option<Seal>,
    /// The file's length, if its seal is unreadable and it is shorter than an unsealed one, or packed: damage, unless a
    /// next segment tells where this one ends.
    pub cut_short: Option<u64>,
}

impl<F: DiskFile> Segment<F> {
    /// Open segment `number` of the log in `dir` and check its first two sectors and its length.
    pub fn open<D: Disk<File = F>>(disk: &D, dir: &Path, number: u64, write: bool) -> Result<Self> {
        let mut segment = Self::open_header(disk, dir, number, write)?;
        segment.refresh_seal()?;
        Ok(segment)
    }

    /// Open a segment for salvage: only its header must be sound; a seal that is not is none.
    pub fn open_damaged<D: Disk<File = F>>(disk: &D, dir: &Path, number: u64) -> Result<Self> {
        let mut segment = Self::open_header(disk, dir, number, false)?;
        let mut sector = [0; HEADER];
        if matches!(read_full(&segment.file, &mut sector, SEAL_AT), Ok(HEADER)) {
            segment.seal = Seal::decode(&sector, segment.header.salt).unwrap_or(None);
        }
        Ok(segment)
    }

    fn open_header<D: Disk<File = F>>(disk: &D, dir: &Path, number: u64, write: bool) -> Result<Self> {
        let path = path_of(dir, number);
        let file = disk.open(&path, write).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput => Error::corrupt(&path, 0, 0, "it is no regular file"),
            _ => Error::io(&path, "open", &error),
        })?;
        let mut sector = [0; HEADER];
        let got = read_full(&file, &mut sector, 0).map_err(|error| Error::io(&path, "read", &error))?;
        if got < HEADER {
            return Err(Error::corrupt(&path, got as u64, 0, "the file ends within its header"));
        }
        let header = Header::decode(&sector).map_err(|why| match why {
            Unreadable::TooNew(what) => Error::too_new(&path, &what),
            Unreadable::Damaged(what) => Error::corrupt(&path, 0, 0, what),
        })?;
        if header.number != number {
            return Err(Error::corrupt(&path, 40, 0, "the header is another segment's"));
        }
        Ok(Self { path, file, header, seal: None, cut_short: None })
    }

    /// Read the seal again, and check the file's length against what header or seal promise.
    ///
    /// A seal that is neither zeros nor sound was being written when the power went: there is none yet.
    pub fn refresh_seal(&mut self) -> Result<()> {
        let damaged = |offset, what: &str| Error::corrupt(&self.path, offset, self.header.first_seq, what);
        let io = |error| Error::io(&self.path, "read", &error);
        // The length first: sealing writes the seal, then cuts. Read the other way round, a cut would look like a loss.
        let size = self.file.size().map_err(io)?;
        let mut sector = [0; HEADER];
        if read_full(&self.file, &mut sector, SEAL_AT).map_err(io)? < HEADER {
            return Err(damaged(size, "the file ends within its seal"));
        }
        let Ok(seal) = Seal::decode(&sector, self.header.salt) else {
            self.seal = None;
            self.cut_short = Some(size).filter(|size| self.header.packed || *size < self.header.allocated);
            return Ok(());
        };
        if seal.is_none() && self.header.packed {
            // It had one from the start.
            (self.seal, self.cut_short) = (None, Some(size));
            return Ok(());
        }
        let promised = seal.map_or(self.header.allocated, |seal| seal.end);
        if size < promised {
            return Err(damaged(size, &format!("the file is {size} bytes long and should be {promised}")));
        }
        if seal.is_some_and(|seal| seal.end < DATA || seal.next_seq < self.header.first_seq) {
            return Err(damaged(SEAL_AT, "the segment's seal contradicts its header"));
        }
        (self.seal, self.cut_short) = (seal, None);
        Ok(())
    }

    /// Of the newest segment: nothing but its seal can say where it ends.
    pub fn check_newest(&self) -> Result<()> {
        match self.cut_short {
            Some(_) => Err(Error::corrupt(&self.path, SEAL_AT, self.header.first_seq, "the segment's seal is broken")),
            None => Ok(()),
        }
    }
}

/// Make a segment under another name, fill it by `fill`, sync it and only then give it its name: a crash leaves
/// either all of it or a `.tmp` that nobody reads.
pub fn create<D: Disk>(
    disk: &D,
    dir: &Path,
    header: &Header,
    fill: impl FnOnce(&D::File) -> io::Result<()>,
) -> Result<D::File> {
    let path = path_of(dir, header.number);
    let temporary = temporary_of(dir, header.number);
    let made = (|| {
        let file = disk.create(&temporary)?;
        file.allocate(header.allocated)?;
        write_all(&file, &header.encode(), 0)?;
        fill(&file)?;
        file.sync_all()?;
        disk.rename(&temporary, &path)?;
        Ok(file)
    })();
    let file = made.map_err(|error: io::Error| {
        // Best effort: recovery removes it too.
        let _ = disk.remove(&temporary);
        if is_full(&error) {
            let message = format!("no room for {} bytes of log in {}: {error}", header.allocated, dir.display());
            Error::new(ErrorKind::Full, &path, message).with_hint("free some disk space, then go on")
        } else {
            Error::io(&path, "make", &error)
        }
    })?;
    // From here on the segment may be there after a crash, so no error may pass for "nothing happened".
    disk.sync_dir(dir).map_err(|error| Error::io(dir, "sync", &error))?;
    Ok(file)
}

/// Seal a segment whose records up to `seal.next_seq` are on the disk already: seal, sync, cut, sync.
pub fn seal<F: DiskFile>(file: &F, salt: u64, seal: &Seal) -> io::Result<()> {
    write_all(file, &seal.encode(salt), SEAL_AT)?;
    file.sync_data()?;
    file.set_len(seal.end)?;
    file.sync_all()
}

/// Whether the disk, the quota or the limit on file sizes is exhausted.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}

/// Write all or fail: a short write is an error, never continued.
pub fn write_all<F: DiskFile>(file: &F, bytes: &[u8], offset: u64) -> io::Result<()> {
    let written = file.write_at(bytes, offset)?;
    if written == bytes.len() {
        return Ok(());
    }
    let text = format!("only {written} of {} bytes were written at offset {offset}", bytes.len());
    Err(io::Error::new(io::ErrorKind::WriteZero, text))
}

/// Read until the buffer is full or the file ends.
pub fn read_full<F: DiskFile>(file: &F, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match file.read_at(&mut buffer[got..], offset + got as u64) {
            Ok(0) => break,
            Ok(count) => got += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}
