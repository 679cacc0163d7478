//! Group commit: who calls `fdatasync`, who waits for it, and the thread that does it for lazy records.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::disk::{Disk, DiskFile};
use super::error::Result;
use super::frame;
use super::segment::write_all;
use super::state::{Shared, State};

/// Lazy records are synced within 200 ms; the thread starts in time for the sync to end by then.
const DELAY: Duration = Duration::from_millis(150);
/// Or as soon as this many bytes wait.
pub const BATCH: u64 = 1 << 20;

impl<D: Disk> Shared<D> {
    /// The state; a panic elsewhere cannot have left it half changed in a way that poisoning does not cover.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State<D>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Return once `next_seq` is durable. One caller syncs for all who came before it began; the others wait.
    pub(crate) fn sync_to(&self, next_seq: u64) -> Result<u64> {
        let mut state = self.lock();
        loop {
            state.check_usable(&self.dir)?;
            if state.durable >= next_seq {
                return Ok(state.durable);
            }
            if state.syncing {
                state = self.synced.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            state = self.sync_now(state)?;
        }
    }

    /// Sync what was written until now, without the lock, then write the mark. Nobody else may be syncing: two calls
    /// on one file would share its one error report, and the second would take a failure for success.
    fn sync_now<'a>(&'a self, mut state: MutexGuard<'a, State<D>>) -> Result<MutexGuard<'a, State<D>>> {
        let Some(current) = &state.current else {
            state.durable = state.next_seq;
            return Ok(state);
        };
        let (file, path, covered) = (Arc::clone(&current.file), current.path.clone(), state.next_seq);
        state.syncing = true;
        state.start_waiting();
        drop(state);
        let result = file.sync_data();
        let mut state = self.lock();
        state.syncing = false;
        self.synced.notify_all();
        if state.closed {
            // Dropped meanwhile: the lock may be another's by now.
            return Ok(state);
        }
        if let Err(error) = result {
            return Err(self.poison(&mut state, &path, "sync", &error));
        }
        self.publish(&mut state, covered)?;
        Ok(state)
    }

    /// Everything below `next_seq` is on the disk: say so in memory and in a mark behind the last block.
    pub(crate) fn publish(&self, state: &mut State<D>, next_seq: u64) -> Result<()> {
        if next_seq <= state.durable {
            return Ok(());
        }
        state.durable = next_seq;
        self.mark(state)
    }

    /// Write `durable` behind the last block.
    pub(crate) fn mark(&self, state: &mut State<D>) -> Result<()> {
        let Some(current) = &mut state.current else { return Ok(()) };
        frame::marks(&mut state.buffer, current.salt, current.tail, state.next_seq, state.durable, &state.chain);
        let written = write_all(&*current.file, &state.buffer, current.tail);
        current.tail += state.buffer.len() as u64;
        let path = current.path.clone();
        written.map_err(|error| self.poison(state, &path, "write", &error))
    }

    /// Until the writer is closed, dropped or poisoned: sync lazy records in time.
    pub(crate) fn sync_in_background(&self) {
        let mut state = self.lock();
        loop {
            if state.closed || state.poison.is_some() {
                return;
            }
            let Some(since) = state.waiting_since else {
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let waited = since.elapsed();
            if state.waiting_bytes < BATCH && waited < DELAY {
                state.looks_again = true;
                state = self.work.wait_timeout(state, DELAY - waited).unwrap_or_else(PoisonError::into_inner).0;
                state.looks_again = false;
                continue;
            }
            let next_seq = state.next_seq;
            drop(state);
            if self.sync_to(next_seq).is_err() {
                return;
            }
            state = self.lock();
        }
    }
}

impl<D: Disk> State<D> {
    /// Nothing waits for a sync any more, or all that does is covered by the one that begins.
    fn start_waiting(&mut self) {
        self.waiting_bytes = 0;
        self.waiting_since = None;
    }

    /// A lazy block was written; say whether the background thread must be told.
    pub(crate) fn note_lazy(&mut self, length: u64) -> bool {
        let before = self.waiting_bytes;
        self.waiting_bytes += length;
        let first = self.waiting_since.is_none();
        if first {
            self.waiting_since = Some(Instant::now());
        }
        (first && !self.looks_again) || (before < BATCH && self.waiting_bytes >= BATCH)
    }
}
