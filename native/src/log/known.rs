//! One segment as a reader knows it: where its blocks are, as far as it has walked them.

use super::chain::Hash;
use super::disk::DiskFile;
use super::error::{Error, Result};
use super::frame::BlockHeader;
use super::header::DATA;
use super::scan::{Found, Scanner};
use super::segment::Segment;

/// What a walk tells its visitor to do.
pub(crate) enum Walk {
    /// Go on.
    On,
    /// Stop; the walk may be taken up again.
    Stop,
}

/// Whether records of this kind are wanted.
pub(crate) type Kinds<'a> = &'a dyn Fn(&[u8]) -> bool;

/// A place to start walking from, remembered every so many bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// Of the block that begins there.
    pub(crate) seq: u64,
    pub(crate) offset: u64,
    /// Before it.
    pub(crate) chain: Hash,
}

const NOT_PACKED: &str = "a packed block that holds no records";
const PLACE_EVERY: u64 = 256 << 10;

/// A segment and the places that are known in it.
pub(crate) struct Known<F> {
    pub(crate) segment: Segment<F>,
    /// In order; the first is the segment's start.
    pub(crate) places: Vec<Place>,
    /// Where the last walk ended: the next one often goes on there.
    last: Place,
}

impl<F: DiskFile> Known<F> {
    pub(crate) fn new(segment: Segment<F>) -> Self {
        let start = Place { seq: segment.header.first_seq, offset: DATA, chain: segment.header.chain };
        Self { segment, places: vec![start], last: start }
    }

    pub(crate) fn first_seq(&self) -> u64 {
        self.segment.header.first_seq
    }

    pub(crate) fn end(&self) -> u64 {
        self.segment.seal.map_or(self.segment.header.allocated, |seal| seal.end)
    }

    fn place_before(&self, seq: u64) -> Place {
        let index = self.places.partition_point(|place| place.seq <= seq).max(1) - 1;
        let place = self.places[index];
        if self.last.seq <= seq && self.last.offset > place.offset { self.last } else { place }
    }

    /// Forget everything from `seq` on: recovery wrote it elsewhere.
    pub(crate) fn forget_from(&mut self, seq: u64) {
        self.places.retain(|place| place.seq <= seq);
        self.last = self.places[0];
    }
}

/// Why a walk through a segment ended.
pub(crate) enum Ended {
    /// The visitor wanted no more.
    Stopped,
    /// At the seq where it was to end.
    AtLimit,
    /// At something that is no block.
    At(Found),
}

impl Place {
    pub(crate) fn after(block: &BlockHeader) -> Self {
        Self { seq: block.next_seq(), offset: block.end(), chain: block.chain }
    }
}

/// Remember a place, if the last one is far enough.
pub(crate) fn note_place(places: &mut Vec<Place>, place: Place) {
    if places.last().is_none_or(|last| place.offset >= last.offset + PLACE_EVERY) {
        places.push(place);
    }
}

impl<F: DiskFile> Known<F> {
    /// Visit all blocks with records of `start..stop`, but for those of which it is known beforehand that they hold no
    /// record of a kind that is wanted; say where the walk ended, and why.
    pub(crate) fn walk(
        &mut self,
        start: u64,
        stop: u64,
        kinds: Kinds<'_>,
        visit: &mut impl FnMut(&BlockHeader, &[u8], &Hash) -> Result<Walk>,
    ) -> Result<(Place, Ended)> {
        let mut place = self.place_before(start);
        let end = self.end();
        let Segment { file, header, path, .. } = &self.segment;
        let mut scanner = Scanner::new(file, header, end, place.offset, place.seq);
        let ended = loop {
            if place.seq >= stop {
                break Ended::AtLimit;
            }
            let block = match scanner.next().map_err(|error| Error::io(path, "read", &error))? {
                Found::Block(block) => block,
                other => break Ended::At(other),
            };
            if block.next_seq() > start && block.count > 0 && scanner.may_hold(kinds) {
                let Some(records) = scanner.records() else { break Ended::At(Found::Broken(NOT_PACKED)) };
                if let Walk::Stop = visit(&block, records, &place.chain)? {
                    break Ended::Stopped;
                }
            }
            place = Place::after(&block);
            note_place(&mut self.places, place);
        };
        self.last = place;
        Ok((place, ended))
    }
}
