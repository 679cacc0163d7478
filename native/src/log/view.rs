//! One log's own segments as a reader sees them: without a lock, while another process writes, seals, or recovers.

use std::path::{Path, PathBuf};

use super::chain::Hash;
use super::disk::Disk;
use super::error::{Error, Result};
use super::frame::{BlockHeader, Records};
use super::header::{CUT, DATA, SEAL_AT};
use super::known::{Ended, Kinds, Known, Place, Walk, note_place};
use super::recovery::check_sequence;
use super::scan::{Found, Scanner, beyond};
use super::segment::{self, Segment};

/// How far the newest segment has been walked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tip {
    /// One past the last record.
    pub(crate) next_seq: u64,
    /// One past the last durable record.
    pub(crate) durable: u64,
    /// Where the next block will begin, in the newest segment.
    pub(crate) offset: u64,
}

/// A log's own segments.
pub(crate) struct View<D: Disk> {
    disk: D,
    pub(crate) dir: PathBuf,
    segments: Vec<Known<D::File>>,
    tip: Option<Tip>,
    /// Whether bytes beyond the tip have been searched for sound blocks, and up to which tip.
    searched: Option<(u64, u64)>,
}

impl<D: Disk> View<D> {
    /// Read headers and seals; walk nothing yet.
    pub(crate) fn open(disk: D, dir: &Path) -> Result<Self> {
        let mut view = Self { disk, dir: dir.to_owned(), segments: Vec::new(), tip: None, searched: None };
        view.load()?;
        Ok(view)
    }

    /// Read headers and seals. While another seals or rolls, two segments may be read at different times: once more.
    fn load(&mut self) -> Result<()> {
        let mut attempt = 0;
        loop {
            match self.try_load() {
                Err(_) if attempt < 3 => attempt += 1,
                other => return other,
            }
        }
    }

    fn try_load(&mut self) -> Result<()> {
        let mut segments = Vec::new();
        for number in segment::list(&self.disk, &self.dir)? {
            segments.push(Segment::open(&self.disk, &self.dir, number, false)?);
        }
        check_sequence(&segments)?;
        self.segments = segments.into_iter().map(Known::new).collect();
        Ok(())
    }

    fn newest(&self) -> usize {
        self.segments.len() - 1
    }

    pub(crate) fn header(&self) -> &super::header::Header {
        &self.segments[0].segment.header
    }

    /// First seq that is this log's own.
    pub(crate) fn first_seq(&self) -> u64 {
        self.segments[0].first_seq()
    }

    /// Whether the newest segment is sealed.
    pub(crate) fn is_sealed(&self) -> bool {
        self.segments[self.newest()].segment.seal.is_some()
    }

    /// Bytes behind the newest segment's last sound block.
    pub(crate) fn torn(&self) -> Result<u64> {
        let newest = &self.segments[self.newest()];
        let (segment, end) = (&newest.segment, newest.end());
        let tip = self.tip.map_or(end, |tip| tip.offset);
        let found = beyond(&segment.file, segment.header.salt, tip, end);
        Ok(found.map_err(|error| Error::io(&segment.path, "read", &error))?.written_end - tip)
    }

    pub(crate) fn path_of_first(&self) -> PathBuf {
        self.segments[0].segment.path.clone()
    }

    pub(crate) fn path_of_newest(&self) -> PathBuf {
        self.segments[self.newest()].segment.path.clone()
    }

    /// The segment that holds this log's own `seq`.
    pub(crate) fn path_of(&self, seq: u64) -> PathBuf {
        let index = self.segments.partition_point(|known| known.first_seq() <= seq).max(1) - 1;
        self.segments[index].segment.path.clone()
    }

    /// The newest segment's header and seal must say what was recomputed: `next_seq` and the chain there.
    pub(crate) fn check_end(&self, next_seq: u64, chain: &Hash) -> Result<()> {
        let segment = &self.segments[self.newest()].segment;
        let wrong = |offset, what| Err(Error::corrupt(&segment.path, offset, next_seq, what));
        match segment.seal {
            Some(seal) if seal.next_seq != next_seq || seal.chain != *chain => {
                wrong(SEAL_AT, "the seal contradicts the records before it")
            }
            _ if segment.header.first_seq == next_seq && segment.header.chain != *chain => {
                wrong(0, "the header contradicts the records before it")
            }
            _ => Ok(()),
        }
    }

    /// First seqs behind each cut that recovery made, up to `seq`: there a reader may have to go back to.
    pub(crate) fn first_cut(&self, seq: u64) -> Option<u64> {
        let newest = self.newest();
        self.segments.iter().enumerate().find_map(|(index, known)| {
            let (cut_at, is_cut) = match &known.segment.seal {
                Some(seal) => (seal.next_seq, seal.flags & CUT != 0),
                // Followed but open: recovery is not through with it.
                None if index < newest => (self.segments[index + 1].first_seq(), true),
                None => return None,
            };
            (is_cut && cut_at <= seq).then_some(cut_at)
        })
    }

    /// Learn what was written since: the written and the durable end.
    pub(crate) fn refresh(&mut self) -> Result<Tip> {
        loop {
            let before = self.tip;
            let tip = self.extend()?;
            let grown = before.is_some_and(|before| tip.offset > before.offset);
            // Whether another segment follows can wait until this one brings nothing new.
            if grown || !self.follow()? {
                return Ok(tip);
            }
        }
    }

    /// Has the newest segment been sealed, or a further one begun? Then look again.
    fn follow(&mut self) -> Result<bool> {
        let newest = self.newest();
        let known = &mut self.segments[newest];
        let was_sealed = known.segment.seal.is_some();
        // The next one first: it is made before this one is sealed.
        let next = segment::path_of(&self.dir, known.segment.header.number + 1);
        let is_followed = match self.disk.open(&next, false) {
            Ok(_) => true,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
            Err(error) => return Err(Error::io(&next, "open", &error)),
        };
        known.segment.refresh_seal()?;
        let sealed_now = known.segment.seal.is_some() && !was_sealed;
        if sealed_now {
            if let Some(seal) = known.segment.seal {
                known.forget_from(seal.next_seq);
            }
            self.tip = None;
        }
        if !is_followed {
            // A seal that is just being written again looks broken; then the next segment is there by now.
            let followed_now = known.segment.cut_short.is_some() && self.disk.open(&next, false).is_ok();
            return if followed_now { Ok(true) } else { known.segment.check_newest().map(|()| sealed_now) };
        }
        let number = known.segment.header.number + 1;
        let following = Segment::open(&self.disk, &self.dir, number, false)?;
        known.segment.refresh_seal()?;
        known.forget_from(following.header.first_seq);
        if known
            .segment
            .seal
            .is_some_and(|seal| seal.next_seq != following.header.first_seq || seal.chain != following.header.chain)
        {
            let what = "the segment does not begin where the one in front of it ends";
            return Err(Error::corrupt(&following.path, 0, known.first_seq(), what));
        }
        self.segments.push(Known::new(following));
        self.tip = None;
        Ok(true)
    }

    /// Walk the newest segment from where the last walk ended.
    fn extend(&mut self) -> Result<Tip> {
        loop {
            let (tip, found) = self.advance()?;
            let newest = &self.segments[self.newest()];
            let header = newest.segment.header;
            let searched = self.searched.is_some_and(|(number, offset)| {
                number == header.number && (found == Found::Blank || offset == tip.offset)
            });
            if found == Found::End || searched {
                return Ok(tip);
            }
            // "Not yet", or a torn tail: unless a later block knows that what should be here was durable.
            let witness = beyond(&newest.segment.file, header.salt, tip.offset, header.allocated);
            let witness = witness.map_err(|error| Error::io(&newest.segment.path, "read", &error))?;
            if self.advance()?.0.offset > tip.offset {
                continue;
            }
            if witness.durable > tip.next_seq && !self.moved_on()? {
                let what = format!("records up to seq {} were durable", witness.durable - 1);
                return Err(Error::corrupt(&self.path_of_newest(), tip.offset, tip.next_seq, &what));
            }
            self.searched = Some((header.number, tip.offset));
            return Ok(tip);
        }
    }

    /// Take up the sound blocks that follow the tip; say what ended them.
    fn advance(&mut self) -> Result<(Tip, Found)> {
        let newest = self.newest();
        let known = &mut self.segments[newest];
        let header = known.segment.header;
        if let Some(seal) = known.segment.seal {
            let tip = Tip { next_seq: seal.next_seq, durable: seal.next_seq, offset: seal.end };
            self.tip = Some(tip);
            return Ok((tip, Found::End));
        }
        let start = Tip { next_seq: header.first_seq, durable: header.first_seq, offset: DATA };
        let mut tip = self.tip.unwrap_or(start);
        let mut scanner = Scanner::new(&known.segment.file, &header, header.allocated, tip.offset, tip.next_seq);
        let found = loop {
            match scanner.next().map_err(|error| Error::io(&known.segment.path, "read", &error))? {
                Found::Block(block) => {
                    tip = Tip {
                        next_seq: block.next_seq(),
                        durable: tip.durable.max(block.durable),
                        offset: block.end(),
                    };
                    note_place(&mut known.places, Place::after(&block));
                }
                other => break other,
            }
        };
        self.tip = Some(tip);
        Ok((tip, found))
    }

    /// Whether the newest segment's damage is a tail that recovery has retired meanwhile.
    fn moved_on(&mut self) -> Result<bool> {
        let newest = self.newest();
        let segment = &mut self.segments[newest].segment;
        segment.refresh_seal()?;
        let next = segment::path_of(&self.dir, segment.header.number + 1);
        Ok(segment.seal.is_some() || self.disk.open(&next, false).is_ok())
    }

    /// Visit all blocks that hold records of `start..stop`, in order, with the chain before each; some that hold no
    /// record of a kind that is wanted are left out. Say how far that went: unless the visitor stopped it, all there is.
    pub(crate) fn walk(
        &mut self,
        start: u64,
        stop: u64,
        kinds: Kinds<'_>,
        mut visit: impl FnMut(&BlockHeader, &[u8], &Hash) -> Result<Walk>,
    ) -> Result<u64> {
        let mut at = start;
        while at < stop {
            let index = self.segments.partition_point(|known| known.first_seq() <= at).max(1) - 1;
            let next = self.segments.get(index + 1).map(Known::first_seq);
            let limit = stop.min(next.unwrap_or(u64::MAX));
            let known = &mut self.segments[index];
            let (place, ended) = known.walk(at, limit, kinds, &mut visit)?;
            at = match ended {
                Ended::Stopped => return Ok(at),
                Ended::AtLimit => limit,
                Ended::At(found) => {
                    // Recovery may have retired this tail: the same records are then in the next segment.
                    if next.is_none() && self.follow()? {
                        at.max(place.seq)
                    } else if next.is_some() || place.seq < self.tip.map_or(0, |tip| tip.next_seq) {
                        let what = if let Found::Broken(why) = found { why } else { "zeros where a block was" };
                        return Err(Error::corrupt(&self.segments[index].segment.path, place.offset, place.seq, what));
                    } else {
                        return Ok(at.max(place.seq));
                    }
                }
            };
        }
        Ok(at)
    }

    /// Chain after `seq`, one of this log's own, recomputed in the block that holds it.
    pub(crate) fn chain_at(&mut self, seq: u64) -> Result<Option<Hash>> {
        let mut found = None;
        if let Some(seal) =
            self.segments.iter().filter_map(|known| known.segment.seal).find(|seal| seal.next_seq == seq + 1)
        {
            return Ok(Some(seal.chain));
        }
        self.walk(seq, seq + 1, &|_| true, |block, bytes, before| {
            let mut chain = *before;
            for (record, at) in Records::of(bytes, block.count).zip(block.first_seq..=seq) {
                chain = record.link(at, &chain);
            }
            found = Some(chain);
            Ok(Walk::Stop)
        })?;
        Ok(found)
    }
}
