//! What can be saved of a damaged log: every record before the first damage, into a new one that needs no other.

use std::path::Path;

use super::chain::{Hash, genesis};
use super::disk::{Disk, DiskFile};
use super::error::{Error, Result};
use super::frame::{BlockHeader, Record, Records};
use super::header::DATA;
use super::reader::sibling;
use super::scan::{Found, Scanner, beyond};
use super::segment::{self, Segment};
use super::writer::{Options, Writer};

/// Copy every record before the first damage of `from`, inherited ones too, into the new log `into`, block by block.
/// Returns (records copied, bytes left behind).
pub fn salvage<D: Disk>(disk: D, from: &Path, into: &Path, session: [u8; 16], options: Options) -> Result<(u64, u64)> {
    segment::list_any(&disk, from)?;
    let writer = Writer::create(disk.clone(), into, session, options)?;
    let mut saved = Saved { disk: &disk, writer: &writer, next_seq: 0, chain: [0; 32], left: 0 };
    saved.log(from, u64::MAX, 0)?;
    let counts = (saved.next_seq, saved.left);
    writer.close()?;
    Ok(counts)
}

struct Saved<'a, D: Disk> {
    disk: &'a D,
    writer: &'a Writer<D>,
    next_seq: u64,
    chain: Hash,
    left: u64,
}

impl<D: Disk> Saved<'_, D> {
    /// Save one log's records below `stop`, its parents' first; say whether all of them were sound.
    fn log(&mut self, dir: &Path, stop: u64, depth: usize) -> Result<bool> {
        let numbers = segment::list_any(self.disk, dir)?;
        let mut sound = true;
        let mut opened: Option<Segment<D::File>> = None;
        for (index, number) in numbers.iter().enumerate() {
            if !sound {
                self.leave(dir, *number);
                continue;
            }
            let segment = match opened.take().map_or_else(|| Segment::open_damaged(self.disk, dir, *number), Ok) {
                Ok(segment) if *number == index as u64 + 1 => segment,
                _ => {
                    self.leave(dir, *number);
                    sound = false;
                    continue;
                }
            };
            if index == 0 {
                sound = self.start(dir, &segment, stop, depth)?;
            }
            let next = numbers.get(index + 1);
            opened = next.and_then(|next| Segment::open_damaged(self.disk, dir, *next).ok());
            let limit = opened.as_ref().map_or(u64::MAX, |next| next.header.first_seq).min(stop);
            sound = sound && self.segment(&segment, limit)?;
            if self.next_seq >= stop {
                break;
            }
        }
        Ok(sound && (stop == u64::MAX || self.next_seq >= stop))
    }

    /// What comes before a log's own first record.
    fn start(&mut self, dir: &Path, first: &Segment<D::File>, stop: u64, depth: usize) -> Result<bool> {
        let Some(parent) = first.header.parent else {
            self.chain = genesis(&first.header.session);
            return Ok(true);
        };
        if depth > 4096 {
            return Err(Error::other(dir, "the log's lineage has no end"));
        }
        self.log(&sibling(dir, &parent.session), stop.min(first.header.first_seq), depth + 1)
    }

    fn leave(&mut self, dir: &Path, number: u64) {
        let size = self.disk.open(&segment::path_of(dir, number), false).and_then(|file| file.size());
        self.left += size.unwrap_or(0);
    }

    /// Save one segment's records below `limit`; say whether it leads up to there.
    fn segment(&mut self, segment: &Segment<D::File>, limit: u64) -> Result<bool> {
        let header = &segment.header;
        let io = |error| Error::io(&segment.path, "read", &error);
        let size = segment.file.size().map_err(io)?;
        let end = segment.seal.map_or(header.allocated, |seal| seal.end).min(size);
        if self.next_seq >= limit {
            return Ok(true);
        }
        let mut pos = DATA;
        if header.first_seq == self.next_seq && header.chain == self.chain {
            let mut scanner = Scanner::new(&segment.file, header, end, DATA, header.first_seq);
            while let Found::Block(block) = scanner.next().map_err(io)? {
                let end = scanner.pos;
                let Some(records) = scanner.records() else { break };
                if !self.block(&block, records, limit)? {
                    break;
                }
                pos = end;
                if self.next_seq >= limit {
                    return Ok(true);
                }
            }
        }
        let behind = beyond(&segment.file, header.salt, pos, end).map_err(io)?;
        self.left += behind.written_end - pos;
        // The newest segment of an intact log has no limit, and nothing behind its last block.
        Ok(limit == u64::MAX && behind.written_end == pos)
    }

    fn block(&mut self, block: &BlockHeader, bytes: &[u8], limit: u64) -> Result<bool> {
        let mut chain = self.chain;
        let mut records = Vec::with_capacity(block.count as usize);
        for (view, seq) in Records::of(bytes, block.count).zip(block.first_seq..limit) {
            chain = view.link(seq, &chain);
            let Ok(kind) = std::str::from_utf8(view.kind()) else { return Ok(false) };
            records.push(Record {
                kind,
                version: view.version(),
                ts: view.ts(),
                agent: view.agent(),
                cause: view.cause(),
                flags: view.flags(),
                payload: view.payload(),
            });
        }
        let whole = records.len() == block.count as usize;
        if whole && chain != block.chain {
            return Ok(false);
        }
        if !records.is_empty() {
            self.writer.append_as_is(&records)?;
        }
        (self.next_seq, self.chain) = (block.first_seq + records.len() as u64, chain);
        Ok(true)
    }
}
