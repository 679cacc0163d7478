//! What the tests share: small segments, records whose content is known from their seq, and reading them back.

use std::path::{Path, PathBuf};

use claw_native::log::disk::Disk;
use claw_native::log::random::{Salts, uuid_text};
use claw_native::log::{Error, Options, Reader, Record, Sizes, Writer};

pub const SESSION: [u8; 16] = [7; 16];

/// Small segments, no thread, salts by seed.
pub fn options(seed: u64) -> Options {
    let sizes = Sizes { smallest: 4096, largest: 16384 };
    Options { background: false, salts: Some(Salts::from_seed(seed)), sizes, continues: false }
}

pub fn folder() -> PathBuf {
    folder_of(&SESSION)
}

pub fn folder_of(session: &[u8; 16]) -> PathBuf {
    Path::new("/").join(uuid_text(session))
}

/// A payload that only `tag` can have made.
pub fn payload(tag: u64, length: usize) -> Vec<u8> {
    let mut bytes = tag.to_le_bytes().to_vec();
    bytes.extend((0..length).map(|i| (tag as usize).wrapping_mul(31).wrapping_add(i * 7) as u8));
    bytes
}

pub const KINDS: [&str; 3] = ["model.chunk", "tool.finished", "context.instructions_requested"];

pub fn record(tag: u64, payload: &[u8]) -> Record<'_> {
    Record {
        kind: KINDS[tag as usize % 3],
        version: (tag % 7) as u16,
        ts: tag as i64 * 1000,
        agent: (tag % 5) as u32,
        cause: tag.checked_sub(1),
        flags: (tag % 2) as u8,
        payload,
    }
}

/// All payloads of a log, in order, by a fresh reader; each record's other fields are checked against its payload.
pub fn read_all<D: Disk>(disk: &D, dir: &Path) -> Result<Vec<Vec<u8>>, Error> {
    let mut reader = Reader::open(disk.clone(), dir)?;
    let mut all = Vec::new();
    loop {
        let batch = reader.read(all.len() as u64, None, &|_| true, 7)?;
        if batch.is_empty() {
            return Ok(all);
        }
        for (seq, view) in batch.iter() {
            assert_eq!(seq, all.len() as u64, "seqs are dense");
            let tag = u64::from_le_bytes(view.payload()[..8].try_into().unwrap());
            let expected = record(tag, view.payload());
            assert_eq!(view.kind(), expected.kind.as_bytes());
            assert_eq!((view.version(), view.ts(), view.agent()), (expected.version, expected.ts, expected.agent));
            assert_eq!((view.cause(), view.flags() & 1), (expected.cause, expected.flags));
            all.push(view.payload().to_vec());
        }
    }
}

/// Append one block of records with these tags.
pub fn append<D: Disk>(writer: &Writer<D>, tags: &[(u64, usize)], durable: bool) -> Result<u64, Error> {
    let payloads: Vec<Vec<u8>> = tags.iter().map(|(tag, length)| payload(*tag, *length)).collect();
    let records: Vec<Record<'_>> =
        tags.iter().zip(&payloads).map(|((tag, _), payload)| record(*tag, payload)).collect();
    writer.append(&records, durable, 0)
}
