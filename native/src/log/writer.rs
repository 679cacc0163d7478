//! The only writer of a log.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::append::{self, Mode};
use super::chain::{self, Hash};
use super::disk::{Disk, RealDisk};
use super::error::{Error, ErrorKind, Result};
use super::frame::Record;
use super::header::Parent;
use super::process;
use super::random::Salts;
use super::recovery::{self, Recovery};
use super::segment::{self, Sizes};
use super::state::{Shared, State};

/// How a writer is set up; the defaults are for everyone but tests.
pub struct Options {
    /// Sync lazy records from a thread. Without it they wait for a durable append, `sync` or `close`.
    pub background: bool,
    /// Where salts come from; `None`: the kernel.
    pub salts: Option<Salts>,
    /// How large segments are.
    pub sizes: Sizes,
    /// Go on in the newest segment where a writer has left it by [`Writer::leave`], and not in a new one.
    pub continues: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { background: true, salts: None, sizes: Sizes::default(), continues: false }
    }
}

/// Appends to one log, under its lock, until the first write or sync that fails.
pub struct Writer<D: Disk = RealDisk> {
    shared: Arc<Shared<D>>,
    background: bool,
    generation: u32,
    recovery: Option<Recovery>,
}

impl<D: Disk> Writer<D> {
    /// Make a log in the new folder `dir`.
    pub fn create(disk: D, dir: &Path, session: [u8; 16], options: Options) -> Result<Self> {
        Self::make(disk, dir, session, None, options)
    }

    /// Make a log in the new folder `dir`, a fork if it has a parent.
    pub(crate) fn make(
        disk: D,
        dir: &Path,
        session: [u8; 16],
        parent: Option<Parent>,
        options: Options,
    ) -> Result<Self> {
        disk.create_dir(dir).map_err(|error| {
            let full = if segment::is_full(&error) { ErrorKind::Full } else { ErrorKind::Other };
            Error::new(full, dir, format!("cannot make {}: {error}", dir.display()))
        })?;
        let made = Self::make_in(&disk, dir, session, parent, options);
        if made.is_err() {
            // Best effort; what is left holds no log and is refused by that name.
            let _ = disk.remove(&dir.join(recovery::LOCK));
            let _ = disk.remove_dir(dir);
        }
        made
    }

    fn make_in(disk: &D, dir: &Path, session: [u8; 16], parent: Option<Parent>, options: Options) -> Result<Self> {
        let lock = recovery::take_lock(disk, dir)?;
        let salts = options.salts.map_or_else(Salts::from_os, Ok);
        let salts = salts.map_err(|error| Error::io(dir, "draw random bytes for", &error))?;
        let next_seq = parent.map_or(0, |parent| parent.seq + 1);
        let chain = parent.map_or_else(|| chain::genesis(&session), |parent| parent.chain);
        let mut state = State::new(next_seq, chain, options.sizes, salts, lock);
        append::start_segment(disk, dir, session, parent, &mut state, 0)?;
        if let Some(above) = dir.parent().filter(|above| !above.as_os_str().is_empty()) {
            disk.sync_dir(above).map_err(|error| Error::io(above, "sync", &error))?;
        }
        Self::start(disk.clone(), dir, session, parent, state, options.background, None)
    }

    /// Take the lock, recover, and go on after the last record.
    pub fn open(disk: D, dir: &Path, options: Options) -> Result<Self> {
        let salts = options.salts.map_or_else(Salts::from_os, Ok);
        let salts = salts.map_err(|error| Error::io(dir, "draw random bytes for", &error))?;
        let mut recovered = recovery::recover(&disk, dir, salts, options.sizes, options.continues)?;
        if !options.background {
            // What an earlier writer left plain, one that only looks after the newest segment leaves too.
            recovered.state.to_pack.clear();
        }
        let (session, parent) = (recovered.session, recovered.parent);
        Self::start(disk, dir, session, parent, recovered.state, options.background, Some(recovered.report))
    }

    fn start(
        disk: D,
        dir: &Path,
        session: [u8; 16],
        parent: Option<Parent>,
        state: State<D>,
        background: bool,
        recovery: Option<Recovery>,
    ) -> Result<Self> {
        let shared = Arc::new(Shared {
            disk,
            dir: dir.to_owned(),
            session,
            parent,
            pack_due: AtomicBool::new(!state.to_pack.is_empty()),
            dropped: AtomicBool::new(false),
            state: Mutex::new(state),
            synced: Condvar::new(),
            work: Condvar::new(),
        });
        if background {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new()
                .name("claw-log-sync".to_owned())
                .spawn(move || shared.sync_in_background())
                .map_err(|error| Error::io(dir, "start the sync thread of", &error))?;
        }
        let writer = Self { shared, background, generation: process::generation(), recovery };
        writer.pack_if_due();
        Ok(writer)
    }

    /// Have sealed segments packed, off the way of whoever appends.
    fn pack_if_due(&self) {
        if self.background && self.shared.pack_due.load(Ordering::Acquire) {
            self.shared.start_packing();
        }
    }

    /// What `open` found and did.
    pub fn recovery(&self) -> Option<&Recovery> {
        self.recovery.as_ref()
    }

    /// UUID of the session.
    pub fn session(&self) -> [u8; 16] {
        self.shared.session
    }

    /// Seq of the next record.
    pub fn next_seq(&self) -> u64 {
        self.shared.lock().next_seq
    }

    /// Chain after the last record.
    pub fn chain(&self) -> Hash {
        self.shared.lock().chain
    }

    /// One past the last seq that is known to be on the disk.
    pub fn durable(&self) -> u64 {
        self.shared.lock().durable
    }

    fn check_process(&self) -> Result<()> {
        if self.generation == process::generation() {
            return Ok(());
        }
        let message = format!("{} was opened before fork; a child cannot write its log", self.shared.dir.display());
        Err(Error::other(&self.shared.dir, message).with_hint("let the parent process write, or fork the session"))
    }

    /// Write all records as one block; return the seq of the first. `durable`: only after `fdatasync`. At least
    /// `reserve` bytes stay allocated behind it, and appends by [`Self::append_one`] leave them alone.
    pub fn append(&self, records: &[Record<'_>], durable: bool, reserve: u64) -> Result<u64> {
        self.check_process()?;
        let mode = if durable { Mode::Durable } else { Mode::Lazy };
        let first = self.shared.write_block(self.shared.lock(), records, mode, Some(reserve))?;
        self.pack_if_due();
        if durable {
            self.shared.sync_to(first + records.len() as u64)?;
        }
        Ok(first)
    }

    /// Write one lazy record; return its seq.
    pub fn append_one(&self, record: &Record<'_>) -> Result<u64> {
        self.check_process()?;
        let seq = self.shared.write_block(self.shared.lock(), std::slice::from_ref(record), Mode::Lazy, None)?;
        self.pack_if_due();
        Ok(seq)
    }

    /// Lazy append that leaves the records' flags alone: for copies.
    pub(crate) fn append_as_is(&self, records: &[Record<'_>]) -> Result<u64> {
        self.check_process()?;
        self.shared.write_block(self.shared.lock(), records, Mode::AsIs, None)
    }

    /// Sync what was written before the call; return one past the last durable seq.
    pub fn sync(&self) -> Result<u64> {
        self.check_process()?;
        let next_seq = self.shared.lock().next_seq;
        self.shared.sync_to(next_seq)
    }

    /// Sync, seal, pack what is sealed, release the lock. Harmless the second time.
    pub fn close(&self) -> Result<()> {
        self.check_process()?;
        let shared = &self.shared;
        let mut state = shared.lock();
        if state.finished.is_some() && self.recovery.as_ref().is_some_and(|recovery| !recovery.sealed) {
            // Nothing came after what recovery has sealed.
            state.finished = None;
            let number = state.number;
            state.to_pack.push(number);
        }
        while state.syncing || state.packing {
            state = shared.synced.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.closed {
            return Ok(());
        }
        let sealed = match &state.poison {
            Some(poison) => Err(poison.clone()),
            None => shared.pack_rest(&mut state).and_then(|()| shared.seal_current(&mut state)),
        };
        state.closed = true;
        state.lock = None;
        shared.work.notify_all();
        sealed
    }

    /// Sync, say so in a mark, release the lock; nothing is sealed, so that the next writer can go on in this segment.
    /// For a log that many write to, each for a moment. Harmless the second time.
    pub fn leave(&self) -> Result<()> {
        self.check_process()?;
        let next_seq = {
            let state = self.shared.lock();
            if state.closed {
                return Ok(());
            }
            state.next_seq
        };
        let synced = self.shared.sync_to(next_seq);
        self.shared.dropped.store(true, Ordering::Release);
        let mut state = self.shared.lock();
        while state.syncing || state.packing {
            state = self.shared.synced.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.closed = true;
        state.lock = None;
        self.shared.work.notify_all();
        synced.map(drop)
    }
}

impl<D: Disk> Drop for Writer<D> {
    /// Without `close`, the log is left as a kill would leave it.
    fn drop(&mut self) {
        if self.generation != process::generation() {
            // A child's memory may hold the parent's locks for ever.
            return;
        }
        self.shared.dropped.store(true, Ordering::Release);
        let mut state = self.shared.lock();
        // Under the lock of another writer nothing may be packed any more.
        while state.packing {
            state = self.shared.synced.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.closed = true;
        state.lock = None;
        self.shared.work.notify_all();
    }
}
