//! Records that were read together: their payloads in one piece of memory.

use super::frame::RecordView;

/// Some records, in order.
#[derive(Debug, Default, Clone)]
pub struct Batch {
    entries: Vec<Entry>,
    bytes: Vec<u8>,
    /// Where to go on reading.
    pub next_seq: u64,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    seq: u64,
    start: usize,
    end: usize,
}

impl Batch {
    /// An empty one that goes on at `next_seq`.
    pub fn at(next_seq: u64) -> Self {
        Self { next_seq, ..Self::default() }
    }

    pub(crate) fn push(&mut self, seq: u64, record: &RecordView<'_>) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(record.bytes());
        self.entries.push(Entry { seq, start, end: self.bytes.len() });
    }

    /// How many records.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes that it holds.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The record at `index`, with its seq.
    pub fn get(&self, index: usize) -> Option<(u64, RecordView<'_>)> {
        let entry = self.entries.get(index)?;
        Some((entry.seq, RecordView::parse(&self.bytes[entry.start..entry.end])?))
    }

    /// All records, with their seqs.
    pub fn iter(&self) -> impl Iterator<Item = (u64, RecordView<'_>)> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}
