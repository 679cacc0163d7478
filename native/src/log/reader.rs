//! Reads one log and, through its lineage, its parents'. Takes no lock.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::batch::Batch;
use super::chain::Hash;
use super::disk::{Disk, RealDisk};
use super::error::{Error, ErrorKind, Result};
use super::frame::{RecordView, Records};
use super::header::Parent;
use super::known::{Kinds, Walk};
use super::random::uuid_text;
use super::view::View;

/// A batch ends when it holds this many bytes, whatever its limit.
const BATCH_BYTES: usize = 64 << 20;
/// Forks of forks of forks: far more than anyone makes, so that a lineage that bites its tail ends.
const DEEPEST: usize = 4096;

/// Whether a record is among those that are read.
pub type Wanted<'a> = &'a dyn Fn(&RecordView<'_>) -> bool;

/// Reads one log.
pub struct Reader<D: Disk = RealDisk> {
    pub(crate) view: View<D>,
    /// The parent, of a fork: its records up to and with `parent.seq`.
    pub(crate) inherited: Option<(Parent, Box<Reader<D>>)>,
}

impl<D: Disk> Reader<D> {
    /// Open the log in `dir` and those that it is a fork of, in the folders beside it.
    pub fn open(disk: D, dir: &Path) -> Result<Self> {
        Self::open_nested(disk, dir, 0)
    }

    fn open_nested(disk: D, dir: &Path, depth: usize) -> Result<Self> {
        let view = View::open(disk.clone(), dir)?;
        let header = *view.header();
        let inherited = match header.parent {
            None => None,
            Some(_) if depth == DEEPEST => return Err(Error::other(dir, "the log's lineage has no end")),
            Some(parent) => {
                let path = sibling(dir, &parent.session);
                let reader = Self::open_nested(disk, &path, depth + 1).map_err(|error| missing_parent(error, dir))?;
                Some((parent, Box::new(reader)))
            }
        };
        Ok(Self { view, inherited })
    }

    /// UUID of the session.
    pub fn session(&self) -> [u8; 16] {
        self.view.header().session
    }

    /// What it is a fork of.
    pub fn parent(&self) -> Option<Parent> {
        self.view.header().parent
    }

    /// (written, durable): one past the last seq in the kernel, one past the last on the disk.
    pub fn refresh(&mut self) -> Result<(u64, u64)> {
        let tip = self.view.refresh()?;
        Ok((tip.next_seq, tip.durable))
    }

    /// Those wanted of the records with `start <= seq < stop`, at most `limit` of them or 64 MiB. Fewer than the range
    /// holds when `next_seq` of the batch is below `stop` and below what is written.
    pub fn read(&mut self, start: u64, stop: Option<u64>, wanted: Wanted<'_>, limit: usize) -> Result<Batch> {
        self.read_kinds(start, stop, &|_| true, wanted, limit)
    }

    /// The same, where none is wanted of a kind that `kinds` does not name: what holds no others is not unpacked.
    pub fn read_kinds(
        &mut self,
        start: u64,
        stop: Option<u64>,
        kinds: Kinds<'_>,
        wanted: Wanted<'_>,
        limit: usize,
    ) -> Result<Batch> {
        let (written, _) = self.refresh()?;
        let stop = stop.unwrap_or(written).min(written);
        let mut batch = Batch::at(start);
        self.collect(stop, kinds, wanted, limit, &mut batch)?;
        Ok(batch)
    }

    fn collect(
        &mut self,
        stop: u64,
        kinds: Kinds<'_>,
        wanted: Wanted<'_>,
        limit: usize,
        batch: &mut Batch,
    ) -> Result<()> {
        let own = self.view.first_seq();
        if batch.next_seq < own.min(stop)
            && let Some((_, parent)) = &mut self.inherited
        {
            // What the fork inherits was durable when it was made; the parent's view may be older than that.
            parent.refresh_to(own.min(stop))?;
            parent.collect(own.min(stop), kinds, wanted, limit, batch)?;
        }
        if batch.next_seq < own || batch.next_seq >= stop || is_complete(batch, limit) {
            return Ok(());
        }
        let reached = self.view.walk(batch.next_seq, stop, kinds, |block, bytes, _| {
            let skip = batch.next_seq.saturating_sub(block.first_seq);
            for (record, seq) in Records::of(bytes, block.count).zip(block.first_seq..).skip(skip as usize) {
                if seq == stop || is_complete(batch, limit) {
                    return Ok(Walk::Stop);
                }
                if wanted(&record) {
                    batch.push(seq, &record);
                }
                batch.next_seq = seq + 1;
            }
            Ok(Walk::On)
        })?;
        if !is_complete(batch, limit) {
            batch.next_seq = batch.next_seq.max(reached);
        }
        Ok(())
    }

    fn refresh_to(&mut self, next_seq: u64) -> Result<()> {
        let (written, _) = self.refresh()?;
        if written < next_seq {
            let what = format!("it ends before seq {next_seq}, which a fork of it inherits");
            return Err(Error::corrupt(&self.view.path_of_newest(), 0, written, &what));
        }
        Ok(())
    }

    /// Wait at most `timeout` until `seq` is written; say whether it is.
    pub fn wait(&mut self, seq: u64, timeout: Duration) -> Result<bool> {
        let deadline = Instant::now().checked_add(timeout);
        let mut pause = Duration::from_micros(200);
        loop {
            if self.refresh()?.0 > seq {
                return Ok(true);
            }
            let left = deadline.map_or(pause, |deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Ok(false);
            }
            std::thread::sleep(pause.min(left));
            pause = (pause * 2).min(Duration::from_millis(5));
        }
    }

    /// Chain after `seq`, recomputed in the block that holds it; `None` when it is not written.
    pub fn chain_at(&mut self, seq: u64) -> Result<Option<Hash>> {
        if seq >= self.refresh()?.0 {
            return Ok(None);
        }
        if seq >= self.view.first_seq() {
            return self.view.chain_at(seq);
        }
        match &mut self.inherited {
            Some((parent, _)) if parent.seq == seq => Ok(Some(parent.chain)),
            Some((_, reader)) => reader.chain_at(seq),
            None => Ok(None),
        }
    }

    /// `None` while the log still holds the record whose token is (seq, chain); else one past the last seq that the
    /// holder of the token can still trust: where recovery cut first, at or before `seq`.
    pub fn rewound_to(&mut self, seq: u64, chain: &Hash) -> Result<Option<u64>> {
        let (written, _) = self.refresh()?;
        if self.chain_at(seq)?.is_some_and(|now| now == *chain) {
            return Ok(None);
        }
        let mut reader = self;
        while seq < reader.view.first_seq() {
            let Some((_, parent)) = &mut reader.inherited else { break };
            reader = parent;
        }
        let cut = reader.view.first_cut(seq);
        Ok(Some(cut.unwrap_or(if seq >= written { written } else { 0 })))
    }
}

fn is_complete(batch: &Batch, limit: usize) -> bool {
    batch.len() >= limit || batch.size() >= BATCH_BYTES
}

/// The folder of another session, beside `dir`.
pub(crate) fn sibling(dir: &Path, session: &[u8; 16]) -> PathBuf {
    dir.parent().unwrap_or(Path::new("")).join(uuid_text(session))
}

fn missing_parent(mut error: Error, fork: &Path) -> Error {
    if error.kind == ErrorKind::NotFound {
        error.message = format!("{} is a fork, and its parent {} is missing", fork.display(), error.path.display());
        error.hint = "put the parent's folder back where it was".to_owned();
    }
    error
}
