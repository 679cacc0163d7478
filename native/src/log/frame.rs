//! Commit blocks and the records in them, byte by byte. All integers are little-endian.
//!
//! ```text
//! block    0  salt        u64   the segment's
//!          8  offset      u64   where this block begins in its file
//!         16  length      u32   of the whole block, a multiple of 8
//!         20  count       u32   of its records; 0 makes it a mark, there only for `durable`
//!         24  first_seq   u64   seq of its first record, or of the next one after a mark
//!         32  durable     u64   one past the last seq that was on the disk when this block was written
//!         40  chain       32    chain hash after its last record
//!         72  flags       u32   0
//!         76  crc32c      u32   of bytes 0..76
//!         80  records, then zeros
//!   length-4  crc32c      u32   of bytes 0..length-4
//!
//! record   0  body_len    u32
//!          4  form        u8    0: body is 16 random bytes and the payload
//!          5  flags       u8  ┐
//!          6  kind_len    u8  │
//!          7  version     u16 │
//!          9  ts          i64 │ the header that the chain covers
//!         17  cause       u64 │ u64::MAX: none
//!         25  agent       u32 │
//!         29  kind            ┘
//!         29 + kind_len   body
//! ```

use super::chain::{self, Hash};

/// Bit 0: claw's own decision (clear: observed).
pub const FLAG_DERIVED: u8 = 1;
/// Bit 1: the append that wrote it returned only after `fdatasync`. A lazy append clears it.
pub const FLAG_DURABLE: u8 = 1 << 1;
/// Bit 2: a reader that does not know the kind may go on without it.
pub const FLAG_SKIPPABLE: u8 = 1 << 2;
/// Bits that format version 1 knows.
pub const KNOWN_FLAGS: u8 = FLAG_DERIVED | FLAG_DURABLE | FLAG_SKIPPABLE;

/// Bytes of a block before its records.
pub const BLOCK_HEADER: usize = 80;
/// The smallest block: a mark.
pub const MARK: usize = 88;
/// Blocks begin at multiples of this, so that damage can be searched for the next one.
pub const ALIGN: usize = 8;
/// What a disk writes as one, at least.
pub const SECTOR: usize = 512;
/// The largest block (a sanity bound on a length that a CRC let through).
pub const MAX_BLOCK: usize = 1 << 30;
/// Bytes of a record before its kind.
pub(crate) const RECORD_HEADER: usize = 29;
/// Bytes of a record that the chain does not cover: `body_len` and `form`.
const UNCHAINED: usize = 5;
/// Random bytes before each payload.
pub(crate) const SALT: usize = 16;

/// One record to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Dotted past-tense name, 1 to 255 bytes.
    pub kind: &'a str,
    /// Of the kind's schema.
    pub version: u16,
    /// Nanoseconds since 1970 UTC.
    pub ts: i64,
    /// 0 is the main agent.
    pub agent: u32,
    /// Seq of the event that led to it; `u64::MAX` cannot be one.
    pub cause: Option<u64>,
    /// `FLAG_*`.
    pub flags: u8,
    /// msgpack.
    pub payload: &'a [u8],
}

/// One record as it lies in a block.
#[derive(Debug, Clone, Copy)]
pub struct RecordView<'a> {
    bytes: &'a [u8],
    kind_end: usize,
}

pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    let mut word = [0; 2];
    word.copy_from_slice(&bytes[at..at + 2]);
    u16::from_le_bytes(word)
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

pub(crate) fn array_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[at..at + N]);
    array
}

/// Append one record to a block; return the chain after it.
pub fn encode_record(block: &mut Vec<u8>, record: &Record<'_>, salt: &[u8; 16], seq: u64, previous: &Hash) -> Hash {
    let start = block.len();
    block.reserve(RECORD_HEADER + record.kind.len() + SALT + record.payload.len());
    let mut header = [0; RECORD_HEADER];
    header[..4].copy_from_slice(&((SALT + record.payload.len()) as u32).to_le_bytes());
    header[5] = record.flags;
    header[6] = record.kind.len() as u8;
    header[7..9].copy_from_slice(&record.version.to_le_bytes());
    header[9..17].copy_from_slice(&record.ts.to_le_bytes());
    header[17..25].copy_from_slice(&record.cause.unwrap_or(u64::MAX).to_le_bytes());
    header[25..29].copy_from_slice(&record.agent.to_le_bytes());
    block.extend_from_slice(&header);
    block.extend_from_slice(record.kind.as_bytes());
    let body = block.len();
    block.extend_from_slice(salt);
    block.extend_from_slice(record.payload);
    let content = chain::content(&block[body..]);
    chain::link(previous, seq, &block[start + UNCHAINED..body], &content)
}

/// Bytes that `record` takes in a block.
pub fn encoded_len(record: &Record<'_>) -> usize {
    RECORD_HEADER + record.kind.len() + SALT + record.payload.len()
}

impl<'a> RecordView<'a> {
    /// The record at the start of `bytes`; `None` when it is not one.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() < RECORD_HEADER {
            return None;
        }
        let body = u32_at(bytes, 0) as usize;
        let kind = bytes[6] as usize;
        let kind_end = RECORD_HEADER + kind;
        let end = kind_end.checked_add(body)?;
        let sound = bytes[4] == 0 && kind > 0 && body >= SALT && end <= bytes.len();
        sound.then(|| Self { bytes: &bytes[..end], kind_end })
    }

    /// Its bytes in the file.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// `FLAG_*`.
    pub fn flags(&self) -> u8 {
        self.bytes[5]
    }

    /// Of the kind's schema.
    pub fn version(&self) -> u16 {
        u16_at(self.bytes, 7)
    }

    /// Nanoseconds since 1970 UTC.
    pub fn ts(&self) -> i64 {
        u64_at(self.bytes, 9) as i64
    }

    /// Seq of the event that led to it.
    pub fn cause(&self) -> Option<u64> {
        Some(u64_at(self.bytes, 17)).filter(|cause| *cause != u64::MAX)
    }

    /// 0 is the main agent.
    pub fn agent(&self) -> u32 {
        u32_at(self.bytes, 25)
    }

    /// The kind's bytes; UTF-8 if a claw wrote them.
    pub fn kind(&self) -> &'a [u8] {
        &self.bytes[RECORD_HEADER..self.kind_end]
    }

    /// Its payload.
    pub fn payload(&self) -> &'a [u8] {
        &self.bytes[self.kind_end + SALT..]
    }

    /// The chain after it.
    pub fn link(&self, seq: u64, previous: &Hash) -> Hash {
        let content = chain::content(&self.bytes[self.kind_end..]);
        chain::link(previous, seq, &self.bytes[UNCHAINED..self.kind_end], &content)
    }
}

/// What a block says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockHeader {
    /// Where it begins.
    pub offset: u64,
    /// Of the whole block.
    pub length: u32,
    /// Of its records.
    pub count: u32,
    /// Seq of the first.
    pub first_seq: u64,
    /// One past the last durable seq when it was written.
    pub durable: u64,
    /// After its last record.
    pub chain: Hash,
}

impl BlockHeader {
    /// One past its last byte.
    pub fn end(&self) -> u64 {
        self.offset + u64::from(self.length)
    }

    /// One past its last seq.
    pub fn next_seq(&self) -> u64 {
        self.first_seq + u64::from(self.count)
    }

    /// The header at the start of `bytes`, if it is whole, of this segment and of this place.
    pub fn parse(bytes: &[u8], salt: u64, offset: u64) -> Option<Self> {
        if bytes.len() < BLOCK_HEADER
            || u64_at(bytes, 0) != salt
            || u64_at(bytes, 8) != offset
            || u32_at(bytes, 76) != crc32c::crc32c(&bytes[..76])
        {
            return None;
        }
        let header = Self {
            offset,
            length: u32_at(bytes, 16),
            count: u32_at(bytes, 20),
            first_seq: u64_at(bytes, 24),
            durable: u64_at(bytes, 32),
            chain: array_at(bytes, 40),
        };
        let length = header.length as usize;
        let sound = (MARK..=MAX_BLOCK).contains(&length)
            && length.is_multiple_of(ALIGN)
            && u32_at(bytes, 72) == 0
            && header.first_seq.checked_add(u64::from(header.count)).is_some()
            && header.durable <= header.first_seq;
        sound.then_some(header)
    }
}

/// Whether the block's trailer vouches for all of it.
pub fn body_is_sound(block: &[u8]) -> bool {
    let body = block.len() - 4;
    u32_at(block, body) == crc32c::crc32c(&block[..body])
}

/// The records of a block whose CRCs hold.
pub struct Records<'a> {
    rest: &'a [u8],
    left: u32,
}

impl<'a> Records<'a> {
    /// Over a whole block.
    pub fn of(block: &'a [u8], count: u32) -> Self {
        Self { rest: &block[BLOCK_HEADER..block.len() - 4], left: count }
    }

    /// Whether what follows the last record is the zeros that pad a block. Meant for after the last.
    pub fn rest_is_padding(&self) -> bool {
        self.left == 0 && self.rest.iter().all(|byte| *byte == 0)
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = RecordView<'a>;

    fn next(&mut self) -> Option<RecordView<'a>> {
        self.left = self.left.checked_sub(1)?;
        let Some(record) = RecordView::parse(self.rest) else {
            // A hole in a sound block: the caller sees too few records, and padding that is none.
            self.left = u32::MAX;
            self.rest = &[];
            return None;
        };
        self.rest = &self.rest[record.bytes.len()..];
        Some(record)
    }
}

/// Room for the header of a block that is being built.
pub fn start_block(block: &mut Vec<u8>) {
    block.clear();
    block.resize(BLOCK_HEADER, 0);
}

/// Length of a block with this much before its padding, placed at `offset`; `whole_sectors` makes it end with one.
pub fn padded_len(used: usize, offset: u64, whole_sectors: bool) -> usize {
    let length = (used + 4).next_multiple_of(ALIGN).max(MARK);
    if !whole_sectors {
        return length;
    }
    let end = (offset as usize + length).next_multiple_of(SECTOR);
    end - offset as usize
}

/// Pad to `header.length` and write header and trailer around the records. The part starts at `at` in `block`.
pub fn finish_block(block: &mut Vec<u8>, at: usize, salt: u64, header: &BlockHeader) {
    let end = at + header.length as usize;
    block.resize(end, 0);
    let bytes = &mut block[at..end];
    bytes[..8].copy_from_slice(&salt.to_le_bytes());
    bytes[8..16].copy_from_slice(&header.offset.to_le_bytes());
    bytes[16..20].copy_from_slice(&header.length.to_le_bytes());
    bytes[20..24].copy_from_slice(&header.count.to_le_bytes());
    bytes[24..32].copy_from_slice(&header.first_seq.to_le_bytes());
    bytes[32..40].copy_from_slice(&header.durable.to_le_bytes());
    bytes[40..72].copy_from_slice(&header.chain);
    bytes[72..76].fill(0);
    let crc = crc32c::crc32c(&bytes[..76]);
    bytes[76..80].copy_from_slice(&crc.to_le_bytes());
    let body = bytes.len() - 4;
    let crc = crc32c::crc32c(&bytes[..body]);
    bytes[body..].copy_from_slice(&crc.to_le_bytes());
}

/// A mark at `offset`, in a sector of its own: an empty block up to the sector's end if `offset` is within one, and
/// an empty block behind it. So no single bad sector takes both a record and the word that it was durable.
pub fn marks(block: &mut Vec<u8>, salt: u64, offset: u64, next_seq: u64, durable: u64, chain: &Hash) {
    block.clear();
    let into = offset as usize % SECTOR;
    let mut gap = (SECTOR - into) % SECTOR;
    if gap > 0 && gap < MARK {
        gap += SECTOR;
    }
    for length in [gap, MARK] {
        if length > 0 {
            let at = block.len();
            let header = BlockHeader {
                offset: offset + at as u64,
                length: length as u32,
                count: 0,
                first_seq: next_seq,
                durable,
                chain: *chain,
            };
            finish_block(block, at, salt, &header);
        }
    }
}
