//! What the holder of the lock does before it writes: make the log whole, or refuse.
//!
//! Of all sound blocks, before or beyond any damage, the highest `durable` counts: damage below it is corruption, and
//! nothing is touched. Damage above it is a torn tail. Its bytes are copied aside; the sound blocks above `durable` are
//! written again into a fresh segment, which is synced before it gets its name; then the old segment is sealed where
//! `durable` ends. Each step finds the same state again when a kill came after it, so recovery may be killed anywhere.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::chain::Hash;
use super::disk::{Disk, DiskFile};
use super::error::{Error, ErrorKind, Result};
use super::frame::{self, BlockHeader, Records};
use super::header::{CUT, DATA, FOLLOWED, Header, Parent, Seal};
use super::random::{Salts, is_uuid_text, uuid_text};
use super::scan::{Found, Scanner, beyond};
use super::segment::{self, Segment, Sizes, read_full, write_all};
use super::state::{Current, Finished, State};

/// Name of the lock file in a log's folder.
pub const LOCK: &str = "lock";

/// What recovery did to a log when it was opened. Seqs are exclusive bounds: 0 is "none".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// The last close was clean: nothing had to be done.
    pub sealed: bool,
    /// One past the last record that is there now.
    pub next_seq: u64,
    /// One past the last record that was known to be durable before recovery made the rest so.
    pub durable: u64,
    /// Bytes of a torn tail that were set aside.
    pub torn_bytes: u64,
    /// Where they are.
    pub kept: Option<PathBuf>,
}

pub(crate) struct Recovered<D: Disk> {
    pub(crate) session: [u8; 16],
    pub(crate) parent: Option<Parent>,
    pub(crate) state: State<D>,
    pub(crate) report: Recovery,
}

/// Take the lock of the log in `dir`, or say who has it.
pub(crate) fn take_lock<D: Disk>(disk: &D, dir: &Path) -> Result<D::Lock> {
    let path = dir.join(LOCK);
    match disk.try_lock(&path) {
        Ok(Ok(lock)) => Ok(lock),
        Ok(Err(holder)) => {
            let who = if holder.is_empty() { "another process".to_owned() } else { format!("process {holder}") };
            let message = format!("the log in {} is being written by {who}", dir.display());
            Err(Error::new(ErrorKind::Locked, &path, message).with_hint("end that process, or fork the session"))
        }
        Err(error) => Err(Error::io(&path, "lock", &error)),
    }
}

/// Take the lock, make the log whole, and return a writer's state that goes on after the last record.
/// `continues`: where the newest segment is as a writer left that had said all, it is gone on with; else it is sealed.
pub(crate) fn recover<D: Disk>(
    disk: &D,
    dir: &Path,
    salts: Salts,
    sizes: Sizes,
    continues: bool,
) -> Result<Recovered<D>> {
    segment::list(disk, dir)?;
    let lock = take_lock(disk, dir)?;
    // Again: the one who held it a moment ago may have added some.
    let numbers = segment::list(disk, dir)?;
    remove_temporaries(disk, dir)?;
    // Names that are there may be in the cache only, and what follows relies on them.
    disk.sync_dir(dir).map_err(|error| Error::io(dir, "sync", &error))?;
    let mut segments = Vec::with_capacity(numbers.len());
    for number in &numbers {
        let segment = Segment::open(disk, dir, *number, true)?;
        finish_cut(&segment)?;
        segments.push(segment);
    }
    check_sequence(&segments)?;
    finish_earlier(disk, dir, &mut segments)?;
    let Some(last) = segments.pop() else {
        return Err(Error::other(dir, "the log has no segment"));
    };
    let before: u64 = segments.iter().filter_map(|segment| segment.seal.map(|seal| seal.end)).sum();
    let (session, parent) = (last.header.session, last.header.parent);
    let to_pack: Vec<u64> =
        segments.iter().filter(|segment| !segment.header.packed).map(|segment| segment.header.number).collect();
    let mut tail = Tail { disk, dir, salts, report: None };
    let walk = Walk::over(&last)?;
    if continues && last.seal.is_none() && walk.says_all() {
        let (next_seq, chain) = (walk.next_seq, walk.chain());
        let report = Recovery { sealed: true, next_seq, durable: next_seq, torn_bytes: 0, kept: None };
        let mut state = State::new(next_seq, chain, sizes, tail.salts, lock);
        state.number = last.header.number;
        state.to_pack = to_pack;
        state.bytes_before = before;
        state.current = Some(walk.current(last));
        return Ok(Recovered { session, parent, state, report });
    }
    let last = tail.settle(last, &walk)?;
    let Some(seal) = last.seal else {
        return Err(Error::other(dir, "recovery left the log unsealed"));
    };
    let report = tail.report.unwrap_or(Recovery {
        sealed: true,
        next_seq: seal.next_seq,
        durable: seal.next_seq,
        torn_bytes: 0,
        kept: None,
    });
    let mut state = State::new(seal.next_seq, seal.chain, sizes, tail.salts, lock);
    state.number = last.header.number;
    state.to_pack = to_pack;
    state.bytes_before = before + seal.end;
    state.finished =
        Some(Finished { file: last.file, path: last.path, packed: last.header.packed, salt: last.header.salt, seal });
    Ok(Recovered { session, parent, state, report })
}

fn remove_temporaries<D: Disk>(disk: &D, dir: &Path) -> Result<()> {
    let names = disk.list(dir).map_err(|error| Error::io(dir, "list", &error))?;
    for name in names.iter().filter(|name| name.ends_with(".tmp")) {
        let path = dir.join(name);
        disk.remove(&path).map_err(|error| Error::io(&path, "remove", &error))?;
    }
    Ok(())
}

/// A kill between a seal and the cut that follows it leaves the file too long. The seal is written again first: it may be
/// in the cache only, from a sync that failed.
fn finish_cut<F: DiskFile>(segment: &Segment<F>) -> Result<()> {
    let cut = || match segment.seal {
        Some(seal) if segment.file.size()? > seal.end => segment::seal(&segment.file, segment.header.salt, &seal),
        _ => Ok(()),
    };
    cut().map_err(|error| Error::io(&segment.path, "cut", &error))
}

/// A folder that is named as sessions are holds the session of that name.
fn check_name<F: DiskFile>(first: &Segment<F>) -> Result<()> {
    let folder = first.path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
    let session = uuid_text(&first.header.session);
    if is_uuid_text(folder) && folder != session {
        let what = format!("the folder holds another session than its name says, {session}");
        return Err(Error::corrupt(&first.path, 0, first.header.first_seq, &what));
    }
    Ok(())
}

/// The first segment is of the session that the folder is named for, and each begins where the one before it ends.
pub(crate) fn check_sequence<F: DiskFile>(segments: &[Segment<F>]) -> Result<()> {
    segments.first().map_or(Ok(()), check_name)?;
    for pair in segments.windows(2) {
        let (earlier, later) = (&pair[0], &pair[1]);
        let wrong = |what| Err(Error::corrupt(&later.path, 0, earlier.header.first_seq, what));
        if later.header.session != earlier.header.session || later.header.parent != earlier.header.parent {
            return wrong("the segment is another session's");
        }
        if later.header.first_seq < earlier.header.first_seq {
            return wrong("the segment begins before the one in front of it");
        }
        let differs = |seal: &Seal| seal.next_seq != later.header.first_seq || seal.chain != later.header.chain;
        if earlier.seal.as_ref().is_some_and(differs) {
            return wrong("the segment does not begin where the one in front of it ends");
        }
    }
    match segments.last() {
        Some(last) if last.seal.is_some_and(|seal| seal.is_followed()) => {
            let next = last.path.with_file_name(segment::file_name(last.header.number + 1));
            let good = last.seal.map_or(0, |seal| seal.next_seq);
            Err(Error::corrupt(&next, 0, good, "the segment is missing"))
        }
        Some(last) => last.check_newest(),
        None => Ok(()),
    }
}

/// A kill between making a segment and sealing the one before leaves the latter open: it ends where the next begins.
fn finish_earlier<D: Disk>(disk: &D, dir: &Path, segments: &mut [Segment<D::File>]) -> Result<()> {
    for index in 1..segments.len() {
        let next = segments[index].header;
        let earlier = &mut segments[index - 1];
        let seal = match earlier.seal {
            Some(seal) if seal.is_followed() => continue,
            Some(seal) => Seal { flags: seal.flags | FOLLOWED, ..seal },
            None => {
                let walk = Walk::over(earlier)?;
                let Some(cut) = walk.cut_at(next.first_seq).filter(|cut| cut.chain == next.chain) else {
                    return Err(walk.corrupt(earlier, "its records do not lead up to the next segment"));
                };
                if walk.durable() > next.first_seq {
                    let what = "the next segment begins before records that were durable";
                    return Err(Error::corrupt(&segment::path_of(dir, next.number), 0, next.first_seq, what));
                }
                let cut_off = walk.written_end() > cut.end && walk.next_seq > next.first_seq;
                walk.keep_torn(disk, dir, earlier)?;
                Seal {
                    end: cut.end,
                    next_seq: next.first_seq,
                    chain: next.chain,
                    flags: if cut_off { FOLLOWED | CUT } else { FOLLOWED },
                }
            }
        };
        let sealed = segment::seal(&earlier.file, earlier.header.salt, &seal);
        sealed.map_err(|error| Error::io(&earlier.path, "seal", &error))?;
        earlier.seal = Some(seal);
    }
    Ok(())
}

/// Where a segment's records end at some seq.
#[derive(Clone, Copy)]
struct Cut {
    end: u64,
    chain: Hash,
}

/// All sound blocks of an unsealed segment, and what lies behind them.
struct Walk {
    blocks: Vec<BlockHeader>,
    start: Cut,
    first_seq: u64,
    next_seq: u64,
    pos: u64,
    why: &'static str,
    beyond: super::scan::Beyond,
}

impl Walk {
    fn over<F: DiskFile>(segment: &Segment<F>) -> Result<Self> {
        let header = &segment.header;
        let io = |error| Error::io(&segment.path, "read", &error);
        let mut scanner = Scanner::new(&segment.file, header, header.allocated, DATA, header.first_seq);
        let mut blocks = Vec::new();
        let why = loop {
            match scanner.next().map_err(io)? {
                Found::Block(block) => blocks.push(block),
                Found::Blank => break "zeros where a block was",
                Found::Broken(why) => break why,
                Found::End => break "nothing is left",
            }
        };
        Ok(Self {
            start: Cut { end: DATA, chain: header.chain },
            first_seq: header.first_seq,
            next_seq: scanner.seq,
            pos: scanner.pos,
            why,
            beyond: beyond(&segment.file, header.salt, scanner.pos, header.allocated).map_err(io)?,
            blocks,
        })
    }

    /// One past the last seq that some sound block calls durable.
    fn durable(&self) -> u64 {
        let known = self.blocks.iter().map(|block| block.durable).max().unwrap_or(0);
        known.max(self.beyond.durable).max(self.first_seq)
    }

    /// Where the records below `seq` end, if a block ends there.
    fn cut_at(&self, seq: u64) -> Option<Cut> {
        if seq == self.first_seq {
            return Some(self.start);
        }
        let block = self.blocks.iter().find(|block| block.count > 0 && block.next_seq() == seq)?;
        Some(Cut { end: block.end(), chain: block.chain })
    }

    fn written_end(&self) -> u64 {
        self.beyond.written_end
    }

    /// Whether all that was written is known to be on the disk, with nothing but zeros behind it.
    fn says_all(&self) -> bool {
        self.written_end() == self.pos && self.durable() == self.next_seq
    }

    /// After the last record.
    fn chain(&self) -> Hash {
        self.blocks.last().map_or(self.start.chain, |block| block.chain)
    }

    /// The segment as its writer had it when it had said all.
    fn current<F>(&self, segment: Segment<F>) -> Current<F> {
        let records = self.blocks.iter().rev().find(|block| block.count > 0);
        Current {
            file: Arc::new(segment.file),
            path: segment.path,
            salt: segment.header.salt,
            allocated: segment.header.allocated,
            tail: self.pos,
            records_end: records.map_or(DATA, BlockHeader::end),
        }
    }

    fn corrupt<F>(&self, segment: &Segment<F>, what: &str) -> Error {
        Error::corrupt(&segment.path, self.pos, self.next_seq, &format!("{what} ({})", self.why))
    }

    /// Copy what lies behind the last sound block into a file of its own; its name says from where it came.
    fn keep_torn<D: Disk>(&self, disk: &D, dir: &Path, segment: &Segment<D::File>) -> Result<Option<PathBuf>> {
        if self.written_end() == self.pos {
            return Ok(None);
        }
        let path = dir.join(format!("{:08}-{}.torn", segment.header.number, self.pos));
        let temporary = path.with_extension("torn.tmp");
        let kept = (|| {
            let file = disk.create(&temporary)?;
            let mut piece = vec![0; 1 << 20];
            let mut at = self.pos;
            while at < self.written_end() {
                let want = piece.len().min((self.written_end() - at) as usize);
                let got = read_full(&segment.file, &mut piece[..want], at)?;
                if got == 0 {
                    break;
                }
                write_all(&file, &piece[..got], at - self.pos)?;
                at += got as u64;
            }
            file.sync_all()?;
            disk.rename(&temporary, &path)?;
            disk.sync_dir(dir)
        })();
        kept.map_err(|error| full_or_io(&path, "set a torn tail aside in", &error))?;
        Ok(Some(path))
    }
}

fn full_or_io(path: &Path, doing: &str, error: &std::io::Error) -> Error {
    let mut answer = Error::io(path, doing, error);
    if segment::is_full(error) {
        answer.kind = ErrorKind::Full;
        answer.hint = "free some disk space, then open it again".to_owned();
    }
    answer
}

struct Tail<'a, D: Disk> {
    disk: &'a D,
    dir: &'a Path,
    salts: Salts,
    report: Option<Recovery>,
}

impl<D: Disk> Tail<'_, D> {
    /// Bring the last segment to its seal; return the one that is then the last.
    fn settle(&mut self, mut last: Segment<D::File>, walk: &Walk) -> Result<Segment<D::File>> {
        if let Some(seal) = &last.seal {
            // Nothing to recover, but who writes on from here must not build on damage that a snapshot would hide.
            if walk.next_seq < seal.next_seq {
                return Err(walk.corrupt(&last, &format!("the log was closed after seq {}", seal.next_seq - 1)));
            }
            return Ok(last);
        }
        let durable = walk.durable();
        let Some(cut) = walk.cut_at(durable).filter(|_| walk.next_seq >= durable) else {
            return Err(walk.corrupt(&last, &format!("records up to seq {} were durable", durable - 1)));
        };
        let kept = walk.keep_torn(self.disk, self.dir, &last)?;
        let accepted: Vec<BlockHeader> =
            walk.blocks.iter().filter(|block| block.count > 0 && block.first_seq >= durable).copied().collect();
        let fresh = if accepted.is_empty() { None } else { Some(self.rewrite(&last, cut, durable, &accepted)?) };
        let followed = if fresh.is_some() { FOLLOWED } else { 0 };
        let seal = Seal { end: cut.end, next_seq: durable, chain: cut.chain, flags: CUT | followed };
        let sealed = segment::seal(&last.file, last.header.salt, &seal);
        sealed.map_err(|error| Error::io(&last.path, "seal", &error))?;
        last.seal = Some(seal);
        self.report = Some(Recovery {
            sealed: false,
            next_seq: walk.next_seq,
            durable,
            torn_bytes: walk.written_end() - walk.pos,
            kept,
        });
        Ok(fresh.unwrap_or(last))
    }

    /// Write accepted blocks again, record for record, into a segment that is sealed before it has a name.
    fn rewrite(
        &mut self,
        last: &Segment<D::File>,
        cut: Cut,
        durable: u64,
        accepted: &[BlockHeader],
    ) -> Result<Segment<D::File>> {
        let bytes: u64 = accepted.iter().map(|block| u64::from(block.length)).sum();
        let mut header = Header {
            packed: false,
            salt: self.salts.segment(),
            number: last.header.number + 1,
            first_seq: durable,
            chain: cut.chain,
            allocated: 0,
            ..last.header
        };
        header.allocated = segment::least_length(bytes + 1);
        let file = segment::create(self.disk, self.dir, &header, |file| copy_blocks(last, file, &header, accepted))?;
        let (end, newest) = (DATA + bytes, accepted[accepted.len() - 1]);
        let seal = Seal { end, next_seq: newest.next_seq(), chain: newest.chain, flags: 0 };
        let path = segment::path_of(self.dir, header.number);
        segment::seal(&file, header.salt, &seal).map_err(|error| Error::io(&path, "seal", &error))?;
        Ok(Segment { path, file, header, seal: Some(seal), cut_short: None })
    }
}

/// Same records, same blocks, other salt and offset: the chain does not change.
fn copy_blocks<F: DiskFile>(from: &Segment<F>, to: &F, header: &Header, blocks: &[BlockHeader]) -> std::io::Result<()> {
    let mut offset = DATA;
    let mut old = Vec::new();
    let mut new = Vec::new();
    for block in blocks {
        old.resize(block.length as usize, 0);
        read_full(&from.file, &mut old, block.offset)?;
        if !frame::body_is_sound(&old) {
            return Err(std::io::Error::other("a block changed while it was rewritten"));
        }
        frame::start_block(&mut new);
        for record in Records::of(&old, block.count) {
            new.extend_from_slice(record.bytes());
        }
        let moved = BlockHeader { offset, durable: header.first_seq, ..*block };
        frame::finish_block(&mut new, 0, header.salt, &moved);
        write_all(to, &new, offset)?;
        offset += u64::from(block.length);
    }
    Ok(())
}
