//! A sealed segment written again, packed, in place of the plain one: same records, same seqs, same chain.
//!
//! It is made beside under another name, synced and given the name of the old one, so a crash leaves either. Who has the
//! old file open goes on reading it. What cannot be packed stays as it is: nothing depends on it.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::chain::Hash;
use super::disk::{Disk, DiskFile};
use super::error::Result;
use super::frame::{self, BLOCK_HEADER, BlockHeader, MAX_BLOCK, Records};
use super::header::{DATA, Header, SEAL_AT, Seal};
use super::packed;
use super::scan::{Found, Scanner};
use super::segment::{self, Segment, write_all};
use super::state::{Shared, State};

/// Records are packed together until they are so many bytes: what a reader of one record unpacks, and what a damaged
/// byte costs. A longer group saves little: four times this length a twentieth.
const GROUP: usize = 32 << 10;
/// Of zstd: higher ones take many times as long and save a tenth.
const LEVEL: i32 = 3;

/// Pack segment `number`, which is sealed; say whether that was done. Its new name is in the cache only: sync the folder.
/// One that cannot be read or packed stays as it is; whoever reads it is told what is wrong with it.
pub(crate) fn pack_segment<D: Disk>(disk: &D, dir: &Path, number: u64, salt: u64, stop: &dyn Fn() -> bool) -> bool {
    let Ok(segment) = Segment::open(disk, dir, number, false) else { return false };
    let Some(seal) = segment.seal.filter(|_| !segment.header.packed) else { return false };
    let path = segment::path_of(dir, number);
    let temporary = segment::temporary_of(dir, number);
    let packed = (|| -> io::Result<bool> {
        let file = disk.create(&temporary)?;
        let header = Header { salt, packed: true, ..segment.header };
        let end = Packer::new(&file, salt)?.segment(&segment, &seal, stop)?;
        let Some(end) = end.filter(|end| *end < seal.end) else { return Ok(false) };
        write_all(&file, &Header { allocated: end, ..header }.encode(), 0)?;
        write_all(&file, &Seal { end, ..seal }.encode(salt), SEAL_AT)?;
        file.sync_all()?;
        disk.rename(&temporary, &path)?;
        Ok(true)
    })();
    let packed = packed.unwrap_or(false);
    if !packed {
        // Best effort: recovery removes it too.
        let _ = disk.remove(&temporary);
    }
    packed
}

impl<D: Disk> Shared<D> {
    /// Start a thread for what is to be packed, if none is at it. Without one it waits for the close.
    pub(crate) fn start_packing(self: &Arc<Self>) {
        let mut state = self.lock();
        if state.packing || state.to_pack.is_empty() || state.closed {
            return;
        }
        self.pack_due.store(false, Ordering::Release);
        let shared = Arc::clone(self);
        let thread = std::thread::Builder::new().name("claw-log-pack".to_owned());
        state.packing = thread.spawn(move || AtIt(&shared).pack()).is_ok();
    }

    /// Pack what is left to be packed. The lock of the folder is held meanwhile.
    pub(crate) fn pack_rest(&self, state: &mut State<D>) -> Result<()> {
        let mut named = false;
        for number in std::mem::take(&mut state.to_pack) {
            let salt = state.salts.segment();
            named |= pack_segment(&self.disk, &self.dir, number, salt, &|| false);
        }
        if !named {
            return Ok(());
        }
        self.disk.sync_dir(&self.dir).map_err(|error| self.poison(state, &self.dir, "sync", &error))
    }
}

/// A thread that packs; whoever waits for it is told that it is through, whatever becomes of it.
struct AtIt<'s, D: Disk>(&'s Shared<D>);

impl<D: Disk> AtIt<'_, D> {
    fn pack(&self) {
        let shared = self.0;
        loop {
            let mut state = shared.lock();
            if state.closed || state.poison.is_some() || shared.dropped.load(Ordering::Acquire) {
                return;
            }
            let Some(number) = state.to_pack.pop() else { return };
            let salt = state.salts.segment();
            drop(state);
            let stop = || shared.dropped.load(Ordering::Acquire);
            if pack_segment(&shared.disk, &shared.dir, number, salt, &stop) {
                let _ = shared.disk.sync_dir(&shared.dir);
            }
        }
    }
}

impl<D: Disk> Drop for AtIt<'_, D> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.packing = false;
        self.0.pack_due.store(!state.to_pack.is_empty(), Ordering::Release);
        drop(state);
        self.0.synced.notify_all();
    }
}

struct Packer<'f, F> {
    to: &'f F,
    salt: u64,
    offset: u64,
    zstd: zstd::bulk::Compressor<'static>,
    /// Records that wait to be packed, and what is known of them.
    records: Vec<u8>,
    count: u32,
    first_seq: u64,
    block: Vec<u8>,
    again: Vec<u8>,
}

impl<'f, F: DiskFile> Packer<'f, F> {
    fn new(to: &'f F, salt: u64) -> io::Result<Self> {
        let (records, block, again) = (Vec::new(), Vec::new(), Vec::new());
        let zstd = zstd::bulk::Compressor::new(LEVEL)?;
        Ok(Self { to, salt, offset: DATA, zstd, records, count: 0, first_seq: 0, block, again })
    }

    /// Write all records of a segment; where they end. `None` where they are not what the seal says, or `stop` says so.
    fn segment(mut self, from: &Segment<F>, seal: &Seal, stop: &dyn Fn() -> bool) -> io::Result<Option<u64>> {
        let first = from.header.first_seq;
        let mut scanner = Scanner::new(&from.file, &from.header, seal.end, DATA, first);
        let mut chain = from.header.chain;
        self.first_seq = first;
        loop {
            match scanner.next()? {
                Found::Block(block) => {
                    let after = scanner.records().and_then(|records| self.take(records, &block, chain));
                    let Some(after) = after else { return Ok(None) };
                    chain = after;
                    if self.records.len() >= GROUP && (stop() || self.flush(&chain)?.is_none()) {
                        return Ok(None);
                    }
                }
                Found::End => break,
                Found::Blank | Found::Broken(_) => return Ok(None),
            }
        }
        let whole = scanner.seq == seal.next_seq && chain == seal.chain;
        if !whole || self.flush(&chain)?.is_none() {
            return Ok(None);
        }
        Ok(Some(self.offset))
    }

    /// Add a block's records; the chain after them, recomputed, `None` where the block says another.
    fn take(&mut self, bytes: &[u8], block: &BlockHeader, mut chain: Hash) -> Option<Hash> {
        let mut records = Records::of(bytes, block.count);
        let mut seq = block.first_seq;
        for record in records.by_ref() {
            chain = record.link(seq, &chain);
            self.records.extend_from_slice(record.bytes());
            seq += 1;
        }
        self.count += block.count;
        (seq == block.next_seq() && records.rest_is_padding() && chain == block.chain).then_some(chain)
    }

    /// Write what waits as one block.
    fn flush(&mut self, chain: &Hash) -> io::Result<Option<()>> {
        if self.count == 0 {
            return Ok(Some(()));
        }
        frame::start_block(&mut self.block);
        if packed::pack(&mut self.block, &self.records, self.count, &mut self.zstd)?.is_none() {
            return Ok(None);
        }
        let length = frame::padded_len(self.block.len(), self.offset, false);
        if length > MAX_BLOCK {
            return Ok(None);
        }
        let header = BlockHeader {
            offset: self.offset,
            length: length as u32,
            count: self.count,
            first_seq: self.first_seq,
            durable: self.first_seq,
            chain: *chain,
        };
        frame::finish_block(&mut self.block, 0, self.salt, &header);
        // The plain ones are about to be given up: what is read from here on must be the same.
        let same = packed::unpack(&self.block, self.count, &mut self.again).is_some()
            && self.again[BLOCK_HEADER..self.again.len() - 4] == self.records[..];
        if !same {
            return Ok(None);
        }
        write_all(self.to, &self.block, self.offset)?;
        self.offset = header.end();
        self.first_seq = header.next_seq();
        self.records.clear();
        self.count = 0;
        Ok(Some(()))
    }
}
