//! How a block gets into a segment, and how one segment follows another.

use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};

use super::disk::{Disk, DiskFile};
use super::error::{Error, ErrorKind, Result};
use super::frame::{self, BLOCK_HEADER, BlockHeader, FLAG_DURABLE, KNOWN_FLAGS, MARK, MAX_BLOCK, Record, SECTOR};
use super::header::{DATA, FOLLOWED, Header, Parent, SEAL_AT, Seal};
use super::packing;
use super::segment::{self, write_all};
use super::state::{Current, Shared, State};

/// Room that every append leaves in its segment: for the mark of a sync that runs now and for its own.
const MARK_ROOM: u64 = 2 * (SECTOR + 2 * MARK) as u64;

/// How a block is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Synced in the background.
    Lazy,
    /// Synced by its caller at once; fills whole sectors.
    Durable,
    /// Lazy, with the flags that the records bring: for copies.
    AsIs,
}

impl<D: Disk> State<D> {
    pub(crate) fn check_usable(&self, dir: &Path) -> Result<()> {
        if let Some(poison) = &self.poison {
            return Err(poison.clone());
        }
        if self.closed {
            return Err(Error::other(dir, format!("the log in {} is closed", dir.display())));
        }
        Ok(())
    }

    /// Whether a block with `used` bytes before its padding fits, its marks and `reserve` bytes behind it.
    fn fits(&self, used: usize, durable: bool, reserve: u64) -> bool {
        self.current.as_ref().is_some_and(|current| {
            let length = frame::padded_len(used, current.tail, durable) as u64;
            current.tail + length + room_behind(reserve) <= current.allocated
        })
    }
}

fn room_behind(reserve: u64) -> u64 {
    // The last of the later appends that the reserve is for needs room for its own marks.
    if reserve == 0 { MARK_ROOM } else { reserve + 2 * MARK_ROOM }
}

impl<D: Disk> Shared<D> {
    /// The first failure kills the writer: what the page cache holds now is anyone's guess.
    pub(crate) fn poison(&self, state: &mut State<D>, path: &Path, doing: &str, error: &io::Error) -> Error {
        let message = format!("cannot {doing} {}: {error}; this log takes no more writes", path.display());
        let error = Error::new(ErrorKind::Poisoned, path, message)
            .with_hint("see to the disk, then resume the session: what was durable is safe");
        let first = state.poison.get_or_insert(error).clone();
        self.synced.notify_all();
        self.work.notify_all();
        first
    }

    /// Write one block with one write; return the seq of its first record. Without `reserve` the last one stays.
    pub(crate) fn write_block<'a>(
        &'a self,
        mut guard: MutexGuard<'a, State<D>>,
        records: &[Record<'_>],
        mode: Mode,
        reserve: Option<u64>,
    ) -> Result<u64> {
        let used = BLOCK_HEADER + check_records(&self.dir, records)?;
        let reserve = reserve.unwrap_or(guard.reserve);
        loop {
            guard.check_usable(&self.dir)?;
            if guard.fits(used, mode == Mode::Durable, reserve) {
                break;
            }
            if !guard.syncing {
                self.roll(&mut guard, (used + SECTOR) as u64 + room_behind(reserve))?;
                break;
            }
            // A segment is finished only when no sync runs on it.
            guard = self.synced.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
        guard.reserve = reserve;
        if records.is_empty() {
            return Ok(guard.next_seq);
        }
        self.place(&mut guard, records, used, mode)
    }

    fn place(&self, state: &mut State<D>, records: &[Record<'_>], used: usize, mode: Mode) -> Result<u64> {
        let mut block = std::mem::take(&mut state.buffer);
        let Some(current) = &mut state.current else {
            return Err(Error::other(&self.dir, "the log has no open segment"));
        };
        frame::start_block(&mut block);
        let (mut seq, mut chain) = (state.next_seq, state.chain);
        for record in records {
            let flags = match mode {
                Mode::Lazy => record.flags & !FLAG_DURABLE,
                Mode::Durable | Mode::AsIs => record.flags,
            };
            let record = Record { flags, ..*record };
            chain = frame::encode_record(&mut block, &record, &state.salts.record(), seq, &chain);
            seq += 1;
        }
        let header = BlockHeader {
            offset: current.tail,
            length: frame::padded_len(used, current.tail, mode == Mode::Durable) as u32,
            count: records.len() as u32,
            first_seq: state.next_seq,
            durable: state.durable,
            chain,
        };
        frame::finish_block(&mut block, 0, current.salt, &header);
        let written = write_all(&*current.file, &block, current.tail);
        state.buffer = block;
        if let Err(error) = written {
            let path = current.path.clone();
            return Err(self.poison(state, &path, "write", &error));
        }
        current.tail = header.end();
        current.records_end = current.tail;
        (state.next_seq, state.chain) = (seq, chain);
        // A durable block's own sync follows at once; only a lazy one needs the thread.
        if state.note_lazy(u64::from(header.length)) && mode != Mode::Durable {
            self.work.notify_all();
        }
        Ok(header.first_seq)
    }

    /// Everything so far to the disk, a new segment behind it, and only then the old one sealed: when there is no
    /// room for the new one, the old one lives on and takes what still fits.
    fn roll(&self, state: &mut State<D>, need: u64) -> Result<()> {
        let durable = state.durable;
        self.sync_current(state)?;
        let old = state.current.take();
        let before = state.bytes_before;
        state.bytes_before += old.as_ref().map_or(0, |old| old.records_end);
        if let Err(error) = start_segment(&self.disk, &self.dir, self.session, self.parent, state, need) {
            (state.current, state.bytes_before) = (old, before);
            if error.kind != ErrorKind::Full {
                return Err(self.poison(state, &error.path, "extend", &io::Error::other(error.message)));
            }
            if state.durable > durable {
                self.mark(state)?;
            }
            return Err(error);
        }
        let is_plain = state.finished.as_ref().is_none_or(|last| !last.packed);
        let sealed = if let Some(old) = &old {
            segment::seal(&*old.file, old.salt, &old.seal(state, FOLLOWED)).map_err(|error| (old.path.clone(), error))
        } else if let Some(last) = state.finished.take() {
            let seal = Seal { flags: last.seal.flags | FOLLOWED, ..last.seal };
            segment::seal(&last.file, last.salt, &seal).map_err(|error| (last.path, error))
        } else {
            Ok(())
        };
        sealed.map_err(|(path, error)| self.poison(state, &path, "seal", &error))?;
        if is_plain {
            state.to_pack.push(state.number - 1);
            self.pack_due.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// The last act of a clean close: all to the disk, then the seal.
    pub(crate) fn seal_current(&self, state: &mut State<D>) -> Result<()> {
        self.sync_current(state)?;
        let Some(current) = state.current.take() else { return Ok(()) };
        let seal = current.seal(state, 0);
        // Who has this file open learns here that it ends; it is not synced, for the packed one takes its name.
        let sealed = write_all(&*current.file, &seal.encode(current.salt), SEAL_AT);
        sealed.map_err(|error| self.poison(state, &current.path, "seal", &error))?;
        let salt = state.salts.segment();
        if packing::pack_segment(&self.disk, &self.dir, state.number, salt, &|| false) {
            return self.disk.sync_dir(&self.dir).map_err(|error| self.poison(state, &self.dir, "sync", &error));
        }
        segment::seal(&*current.file, current.salt, &seal)
            .map_err(|error| self.poison(state, &current.path, "seal", &error))
    }

    /// Sync under the lock, for those who are about to seal and need no mark.
    fn sync_current(&self, state: &mut State<D>) -> Result<()> {
        let Some(current) = state.current.as_ref().filter(|_| state.durable < state.next_seq) else { return Ok(()) };
        let (path, synced) = (current.path.clone(), current.file.sync_data());
        synced.map_err(|error| self.poison(state, &path, "sync", &error))?;
        state.durable = state.next_seq;
        Ok(())
    }
}

impl<F> Current<F> {
    /// All records up to the state's last are durable; marks behind them need not be.
    fn seal<D: Disk>(&self, state: &State<D>, flags: u32) -> Seal {
        Seal { end: self.records_end, next_seq: state.next_seq, chain: state.chain, flags }
    }
}

/// Make the next segment of a log and have the state write to it. On a disk that is nearly full it is a smaller one.
pub(crate) fn start_segment<D: Disk>(
    disk: &D,
    dir: &Path,
    session: [u8; 16],
    parent: Option<Parent>,
    state: &mut State<D>,
    need: u64,
) -> Result<()> {
    let least = segment::least_length(need);
    let mut allocated = state.sizes.next(state.bytes_before, need);
    let number = state.number + 1;
    let salt = state.salts.segment();
    let file = loop {
        let header = Header {
            packed: false,
            salt,
            session,
            number,
            first_seq: state.next_seq,
            chain: state.chain,
            allocated,
            parent,
        };
        match segment::create(disk, dir, &header, |_| Ok(())) {
            Err(error) if error.kind == ErrorKind::Full && allocated > least => {
                allocated = (allocated / 2).next_multiple_of(4096).max(least);
            }
            other => break other?,
        }
    };
    state.number = number;
    state.current = Some(Current {
        file: Arc::new(file),
        path: segment::path_of(dir, number),
        salt,
        allocated,
        tail: DATA,
        records_end: DATA,
    });
    Ok(())
}

/// Whether these records can be written at all; the bytes that they take.
fn check_records(dir: &Path, records: &[Record<'_>]) -> Result<usize> {
    let mut total = 0usize;
    for record in records {
        let wrong = if record.kind.is_empty() || record.kind.len() > 255 {
            "a kind must have 1 to 255 bytes"
        } else if record.flags & !KNOWN_FLAGS != 0 {
            "a record has flags that this format does not know"
        } else if record.cause == Some(u64::MAX) {
            "a cause must be the seq of a record"
        } else {
            total = total.saturating_add(frame::encoded_len(record));
            continue;
        };
        return Err(Error::other(dir, wrong));
    }
    if total > MAX_BLOCK - 2 * SECTOR {
        return Err(Error::other(dir, format!("{total} bytes are too many for one block; its limit is 1 GiB"))
            .with_hint("put large content into the blob store"));
    }
    Ok(total)
}
