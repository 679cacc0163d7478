//! A packed block: the records of several blocks in one zstd frame, their random bytes beside it.
//!
//! ```text
//! block    0  header          80    as of any block; chain after its last record, durable = first_seq
//!         80  plain           u32   bytes in the frame
//!         84  frame           u32   bytes of the frame
//!         88  kinds           u16   how many
//!         90  per kind: length u8, UTF-8
//!          …  random bytes    16 per record
//!          …  one zstd frame  the columns, then all payloads back to back
//!          …  zeros, trailer  as of any block
//!
//! columns     form u8, flags u8, kind u16 (from 0, in the table above), version u16, agent u32, payload length u32,
//!             ts and cause u64, each as the difference to the record's before it, the first to 0, modulo 2^64
//! ```
//!
//! What a reader needs to know whether it wants the block lies outside the frame. Nothing is shared between blocks, so
//! whoever cuts a payload packs one block again.

use std::cell::RefCell;

use super::frame::{BLOCK_HEADER, MAX_BLOCK, RECORD_HEADER, RecordView, SALT, u16_at, u32_at, u64_at};

/// Bytes of one record in the columns.
const COLUMNS: usize = 30;
const FORM: usize = 0;
const FLAGS: usize = 1;
const KIND: usize = 2;
const VERSION: usize = 4;
const AGENT: usize = 6;
const SIZE: usize = 10;
const TS: usize = 14;
const CAUSE: usize = 22;
/// Bytes between the block's header and its table of kinds.
const HEAD: usize = 10;

/// Bytes of memory that a thread keeps for the next block.
const LARGEST_KEPT: usize = 1 << 20;

thread_local! {
    /// One for each thread: to make one costs more than to unpack a small block.
    static UNPACKER: RefCell<Option<Unpacker>> = const { RefCell::new(None) };
}

struct Unpacker {
    zstd: zstd::bulk::Decompressor<'static>,
    plain: Vec<u8>,
}

/// Put `count` records, back to back as they lie in a plain block, behind the room for a block's header; `None` when
/// they cannot be packed: too many kinds, too much, or not what a plain block holds.
pub fn pack(
    block: &mut Vec<u8>,
    records: &[u8],
    count: u32,
    packer: &mut zstd::bulk::Compressor<'_>,
) -> std::io::Result<Option<()>> {
    let count = count as usize;
    let mut plain = vec![0; COLUMNS * count];
    let mut kinds: Vec<&[u8]> = Vec::new();
    let mut salts = Vec::with_capacity(SALT * count);
    let (mut rest, mut ts, mut cause) = (records, 0u64, 0u64);
    for index in 0..count {
        let Some(record) = RecordView::parse(rest) else { return Ok(None) };
        let bytes = record.bytes();
        rest = &rest[bytes.len()..];
        let kind = kinds.iter().position(|kind| *kind == record.kind()).unwrap_or_else(|| {
            kinds.push(record.kind());
            kinds.len() - 1
        });
        let Ok(kind) = u16::try_from(kind) else { return Ok(None) };
        let mut put = |column: usize, value: &[u8]| {
            let at = column * count + index * value.len();
            plain[at..at + value.len()].copy_from_slice(value);
        };
        put(FLAGS, &[record.flags()]);
        put(KIND, &kind.to_le_bytes());
        put(VERSION, &record.version().to_le_bytes());
        put(AGENT, &record.agent().to_le_bytes());
        put(SIZE, &(record.payload().len() as u32).to_le_bytes());
        let (now, led) = (u64_at(bytes, 9), u64_at(bytes, 17));
        put(TS, &now.wrapping_sub(ts).to_le_bytes());
        put(CAUSE, &led.wrapping_sub(cause).to_le_bytes());
        (ts, cause) = (now, led);
        let body = bytes.len() - record.payload().len() - SALT;
        salts.extend_from_slice(&bytes[body..body + SALT]);
        plain.extend_from_slice(record.payload());
    }
    if !rest.is_empty() || kinds.len() > usize::from(u16::MAX) || plain.len() > MAX_BLOCK / 2 {
        return Ok(None);
    }
    let frame = packer.compress(&plain)?;
    block.extend_from_slice(&(plain.len() as u32).to_le_bytes());
    block.extend_from_slice(&(frame.len() as u32).to_le_bytes());
    block.extend_from_slice(&(kinds.len() as u16).to_le_bytes());
    for kind in kinds {
        block.push(kind.len() as u8);
        block.extend_from_slice(kind);
    }
    block.extend_from_slice(&salts);
    block.extend_from_slice(&frame);
    Ok(Some(()))
}

/// The smallest block is padded by less than so much.
const PADDING: usize = 96;

/// The parts of a packed block whose CRCs hold.
struct Parts<'a> {
    plain: usize,
    kinds: Vec<&'a [u8]>,
    salts: &'a [u8],
    frame: &'a [u8],
}

impl<'a> Parts<'a> {
    /// `None` where they do not fill the block up to its zero padding.
    fn of(block: &'a [u8], count: u32) -> Option<Self> {
        let body = block.get(BLOCK_HEADER..block.len().checked_sub(4)?)?;
        let (kinds, mut rest) = kinds(body)?;
        let salts = take(&mut rest, SALT.checked_mul(count as usize)?)?;
        let frame = take(&mut rest, u32_at(body, 4) as usize)?;
        let plain = u32_at(body, 0) as usize;
        let sound = plain <= MAX_BLOCK && rest.len() < PADDING && rest.iter().all(|byte| *byte == 0);
        sound.then_some(Self { plain, kinds, salts, frame })
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, behind) = rest.split_at_checked(count)?;
    *rest = behind;
    Some(taken)
}

/// The table of kinds, and what follows it.
fn kinds(body: &[u8]) -> Option<(Vec<&[u8]>, &[u8])> {
    let mut rest = body.get(HEAD..)?;
    let mut kinds = Vec::new();
    for _ in 0..u16_at(body, 8) {
        let length = usize::from(*take(&mut rest, 1)?.first()?);
        kinds.push(take(&mut rest, length).filter(|kind| !kind.is_empty())?);
    }
    Some((kinds, rest))
}

/// Whether a packed block may hold a record of a kind that is wanted, told without unpacking it.
pub fn may_hold(block: &[u8], wanted: &dyn Fn(&[u8]) -> bool) -> bool {
    let body = &block[BLOCK_HEADER..block.len() - 4];
    kinds(body).is_none_or(|(kinds, _)| kinds.into_iter().any(wanted))
}

/// The records of a packed block, as they would lie in a plain one, its header and room for its trailer around them;
/// `None` where it holds something else.
pub fn unpack(block: &[u8], count: u32, records: &mut Vec<u8>) -> Option<()> {
    let parts = Parts::of(block, count)?;
    decompressed(parts.frame, parts.plain, |plain| {
        lay_out(&block[..BLOCK_HEADER], &parts, count as usize, plain, records)
    })
}

/// Put a plain block's header and the records from columns and payloads one behind the other.
fn lay_out(header: &[u8], parts: &Parts<'_>, count: usize, plain: &[u8], records: &mut Vec<u8>) -> Option<()> {
    let mut payloads = plain.get(COLUMNS.checked_mul(count)?..)?;
    let longest = parts.kinds.iter().map(|kind| kind.len()).max().unwrap_or(0);
    records.clear();
    records.reserve(header.len() + payloads.len() + count * (RECORD_HEADER + longest + SALT) + 4);
    records.extend_from_slice(header);
    let (mut ts, mut cause) = (0u64, 0u64);
    for (index, salt) in parts.salts.chunks_exact(SALT).enumerate() {
        let at = |column: usize, width: usize| column * count + index * width;
        let kind = *parts.kinds.get(usize::from(u16_at(plain, at(KIND, 2))))?;
        let payload = take(&mut payloads, u32_at(plain, at(SIZE, 4)) as usize)?;
        if plain[at(FORM, 1)] != 0 {
            return None;
        }
        ts = ts.wrapping_add(u64_at(plain, at(TS, 8)));
        cause = cause.wrapping_add(u64_at(plain, at(CAUSE, 8)));
        let mut header = [0; RECORD_HEADER];
        header[..4].copy_from_slice(&((SALT + payload.len()) as u32).to_le_bytes());
        header[5] = plain[at(FLAGS, 1)];
        header[6] = kind.len() as u8;
        header[7..9].copy_from_slice(&plain[at(VERSION, 2)..][..2]);
        header[9..17].copy_from_slice(&ts.to_le_bytes());
        header[17..25].copy_from_slice(&cause.to_le_bytes());
        header[25..29].copy_from_slice(&plain[at(AGENT, 4)..][..4]);
        records.extend_from_slice(&header);
        records.extend_from_slice(kind);
        records.extend_from_slice(salt);
        records.extend_from_slice(payload);
    }
    records.extend_from_slice(&[0; 4]);
    payloads.is_empty().then_some(())
}

/// Have exactly `length` bytes read; `None` where the frame holds others.
fn decompressed(frame: &[u8], length: usize, read: impl FnOnce(&[u8]) -> Option<()>) -> Option<()> {
    UNPACKER.with_borrow_mut(|unpacker| {
        if unpacker.is_none() {
            *unpacker = Some(Unpacker { zstd: zstd::bulk::Decompressor::new().ok()?, plain: Vec::new() });
        }
        let Unpacker { zstd, plain } = unpacker.as_mut()?;
        plain.clear();
        plain.reserve(length);
        let found = zstd.decompress_to_buffer(frame, plain);
        let told = (found.ok()? == length).then(|| read(plain)).flatten();
        if plain.capacity() > LARGEST_KEPT {
            *plain = Vec::new();
        }
        told
    })
}
