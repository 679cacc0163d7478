//! Walking the blocks of one segment, and searching for the next sound one beyond damage.

use std::io;

use super::disk::DiskFile;
use super::frame::{ALIGN, BLOCK_HEADER, BlockHeader, MARK, body_is_sound, u64_at};
use super::header::Header;
use super::packed;
use super::segment::read_full;

const FIRST_READ: usize = 16 << 10;
const LARGEST_READ: usize = 1 << 20;

/// What lies at a scanner's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// A block whose CRCs hold and that continues the sequence.
    Block(BlockHeader),
    /// The end of the segment.
    End,
    /// Zeros where a header would be: nothing was written here, or not yet.
    Blank,
    /// Anything else: a block that is not whole (yet), or damage.
    Broken(&'static str),
}

/// Reads a segment block by block; returns only what its CRCs vouch for.
pub struct Scanner<'f, F> {
    file: &'f F,
    salt: u64,
    is_packed: bool,
    end: u64,
    /// Where the next block begins.
    pub pos: u64,
    /// Its first seq.
    pub seq: u64,
    buffer: Vec<u8>,
    base: u64,
    ahead: usize,
    block: (usize, usize),
    count: u32,
    unpacked: Vec<u8>,
}

impl<'f, F: DiskFile> Scanner<'f, F> {
    /// Over the segment with this header, whose bytes from `end` on do not count; the block at `pos` begins with `seq`.
    pub fn new(file: &'f F, header: &Header, end: u64, pos: u64, seq: u64) -> Self {
        Self {
            file,
            salt: header.salt,
            is_packed: header.packed,
            end,
            pos,
            seq,
            buffer: Vec::new(),
            base: pos,
            ahead: FIRST_READ,
            block: (0, 0),
            count: 0,
            unpacked: Vec::new(),
        }
    }

    /// The next block. After [`Found::Block`], [`Self::records`] are its records; after anything else the place is kept.
    pub fn next(&mut self) -> io::Result<Found> {
        if self.pos >= self.end {
            return Ok(Found::End);
        }
        let room = self.end - self.pos;
        let at = self.fill(room.min(BLOCK_HEADER as u64) as usize)?;
        let Some(bytes) = self.buffer.get(at..).filter(|bytes| bytes.len() >= BLOCK_HEADER.min(room as usize)) else {
            return Ok(Found::Broken("the file ends within a block"));
        };
        let Some(header) = BlockHeader::parse(bytes, self.salt, self.pos) else {
            let blank = bytes.iter().take(BLOCK_HEADER).all(|byte| *byte == 0);
            return Ok(if blank { Found::Blank } else { Found::Broken("no sound block header") });
        };
        if header.end() > self.end {
            return Ok(Found::Broken("a block that is longer than its segment"));
        }
        if header.first_seq != self.seq {
            return Ok(Found::Broken("a block that is out of sequence"));
        }
        let length = header.length as usize;
        let at = self.fill(length)?;
        let Some(block) = self.buffer.get(at..at + length) else {
            return Ok(Found::Broken("the file ends within a block"));
        };
        if !body_is_sound(block) {
            return Ok(Found::Broken("a block whose checksum does not match"));
        }
        self.block = (at, at + length);
        self.count = header.count;
        self.pos = header.end();
        self.seq = header.next_seq();
        Ok(Found::Block(header))
    }

    /// The block that [`Self::next`] has just found, its records as they lie in a plain one; `None` where it is packed
    /// and holds something else.
    pub fn records(&mut self) -> Option<&[u8]> {
        let block = &self.buffer[self.block.0..self.block.1];
        if !self.is_packed || self.count == 0 {
            return Some(block);
        }
        packed::unpack(block, self.count, &mut self.unpacked)?;
        Some(&self.unpacked)
    }

    /// Whether that block may hold a record of a kind that is wanted. Of a plain one only its records can say.
    pub fn may_hold(&self, wanted: &dyn Fn(&[u8]) -> bool) -> bool {
        !self.is_packed || packed::may_hold(&self.buffer[self.block.0..self.block.1], wanted)
    }

    /// Have `want` bytes from `self.pos` on in the buffer, if the file is that long; return where they begin there.
    fn fill(&mut self, want: usize) -> io::Result<usize> {
        let at = self.pos.wrapping_sub(self.base) as usize;
        if self.pos >= self.base && at + want <= self.buffer.len() {
            return Ok(at);
        }
        // Small at first, for those who look at the tail; then large, for those who read it all.
        let size = want.max(self.ahead).min(usize::try_from(self.end - self.pos).unwrap_or(usize::MAX)).max(want);
        self.ahead = (self.ahead * 4).min(LARGEST_READ);
        self.buffer.resize(size, 0);
        let got = read_full(self.file, &mut self.buffer, self.pos)?;
        self.buffer.truncate(got);
        self.base = self.pos;
        Ok(0)
    }
}

/// What lies behind the last sound block of an unsealed segment.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Beyond {
    /// One past the last byte that is not zero, or `from`.
    pub written_end: u64,
    /// The highest `durable` in any sound block header.
    pub durable: u64,
}

/// Search `from..end` for bytes and for sound block headers: the only witnesses of what was there.
pub fn beyond<F: DiskFile>(file: &F, salt: u64, from: u64, end: u64) -> io::Result<Beyond> {
    let mut found = Beyond { written_end: from, ..Beyond::default() };
    // A piece is read again from where a header could begin in it and end in the next.
    let piece = LARGEST_READ + BLOCK_HEADER;
    let mut buffer = vec![0; usize::try_from(end.saturating_sub(from)).unwrap_or(piece).min(piece)];
    let mut at = from;
    while at < end {
        let want = buffer.len().min((end - at) as usize);
        let got = read_full(file, &mut buffer[..want], at)?;
        if got == 0 {
            break;
        }
        let bytes = &buffer[..got];
        if let Some(last) = bytes.iter().rposition(|byte| *byte != 0) {
            found.written_end = found.written_end.max(at + last as u64 + 1);
            note_headers(bytes, salt, at, &mut found);
        }
        at += if got == piece { LARGEST_READ } else { got } as u64;
    }
    Ok(found)
}

fn note_headers(bytes: &[u8], salt: u64, base: u64, found: &mut Beyond) {
    let mut at = 0;
    while at + MARK.min(BLOCK_HEADER) <= bytes.len() {
        if u64_at(bytes, at) == salt
            && let Some(header) = BlockHeader::parse(&bytes[at..], salt, base + at as u64)
        {
            found.durable = found.durable.max(header.durable);
        }
        at += ALIGN;
    }
}
