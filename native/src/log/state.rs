//! What is known of a log while it is written.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Condvar, Mutex};

use super::chain::Hash;
use super::disk::Disk;
use super::error::Error;
use super::header::{Parent, Seal};
use super::random::Salts;
use super::segment::Sizes;

/// The segment that is being written.
pub(crate) struct Current<F> {
    pub(crate) file: Arc<F>,
    pub(crate) path: PathBuf,
    pub(crate) salt: u64,
    pub(crate) allocated: u64,
    /// Where the next block goes.
    pub(crate) tail: u64,
    /// One past the last block with records: where a seal would cut. Marks behind it may not be on the disk.
    pub(crate) records_end: u64,
}

/// The newest segment when nothing may be appended to it any more.
pub(crate) struct Finished<F> {
    pub(crate) file: F,
    pub(crate) path: PathBuf,
    pub(crate) packed: bool,
    pub(crate) salt: u64,
    pub(crate) seal: Seal,
}

pub(crate) struct State<D: Disk> {
    pub(crate) current: Option<Current<D::File>>,
    /// Set exactly when `current` is not: what the next segment will follow.
    pub(crate) finished: Option<Finished<D::File>>,
    /// Number of the newest segment.
    pub(crate) number: u64,
    /// Numbers of sealed segments that are to be packed; nothing is appended to them, nor to their seals.
    pub(crate) to_pack: Vec<u64>,
    /// Whether a thread is at it.
    pub(crate) packing: bool,
    /// Bytes of all segments before the current one.
    pub(crate) bytes_before: u64,
    pub(crate) next_seq: u64,
    pub(crate) chain: Hash,
    /// One past the last seq that is on the disk.
    pub(crate) durable: u64,
    pub(crate) reserve: u64,
    pub(crate) sizes: Sizes,
    pub(crate) syncing: bool,
    pub(crate) waiting_bytes: u64,
    pub(crate) waiting_since: Option<std::time::Instant>,
    /// Whether the background thread will look again by itself, in time for anything lazy that comes now.
    pub(crate) looks_again: bool,
    pub(crate) poison: Option<Error>,
    pub(crate) closed: bool,
    pub(crate) buffer: Vec<u8>,
    pub(crate) salts: Salts,
    pub(crate) lock: Option<D::Lock>,
}

impl<D: Disk> State<D> {
    /// Of a log that ends before `next_seq`, all of it on the disk; it has no segment yet.
    pub(crate) fn new(next_seq: u64, chain: Hash, sizes: Sizes, salts: Salts, lock: D::Lock) -> Self {
        Self {
            current: None,
            finished: None,
            number: 0,
            to_pack: Vec::new(),
            packing: false,
            bytes_before: 0,
            next_seq,
            chain,
            durable: next_seq,
            reserve: 0,
            sizes,
            syncing: false,
            waiting_bytes: 0,
            waiting_since: None,
            looks_again: false,
            poison: None,
            closed: false,
            buffer: Vec::new(),
            salts,
            lock: Some(lock),
        }
    }
}

/// What the writer and its background thread share.
pub(crate) struct Shared<D: Disk> {
    pub(crate) disk: D,
    pub(crate) dir: PathBuf,
    pub(crate) session: [u8; 16],
    pub(crate) parent: Option<Parent>,
    pub(crate) state: Mutex<State<D>>,
    /// Whether `to_pack` has any that no thread is at.
    pub(crate) pack_due: AtomicBool,
    /// The writer is gone: whoever packs stops.
    pub(crate) dropped: AtomicBool,
    /// A sync ended, or packing did, or the writer died.
    pub(crate) synced: Condvar,
    /// There is something to sync, or the writer died.
    pub(crate) work: Condvar,
}
