//! Recompute everything: every CRC, every link of the chain, parents included up to the fork.

use std::path::PathBuf;

use super::chain::{Hash, genesis};
use super::disk::Disk;
use super::error::{Error, ErrorKind, Result};
use super::frame::Records;
use super::known::Walk;
use super::reader::Reader;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Nothing is wrong.
    pub ok: bool,
    /// The log was closed cleanly.
    pub sealed: bool,
    /// Records that verify, inherited ones included.
    pub records: u64,
    /// One past the last of them that is durable.
    pub durable: u64,
    /// Chain after the last of them.
    pub chain: Hash,
    /// Bytes after the last sound block of a log that was not sealed: not damage.
    pub torn_bytes: u64,
    /// The first damage.
    pub error: Option<Error>,
}

impl Verification {
    /// Where the first damage is.
    pub fn place(&self) -> Option<(PathBuf, u64)> {
        self.error.as_ref().map(|error| {
            let offset = if let ErrorKind::Corrupt { offset, .. } = error.kind { offset } else { 0 };
            (error.path.clone(), offset)
        })
    }
}

impl<D: Disk> Reader<D> {
    /// Recompute everything. Damage is reported, not raised.
    pub fn verify(&mut self) -> Verification {
        let mut found = Verification {
            ok: false,
            sealed: self.view.is_sealed(),
            records: 0,
            durable: 0,
            chain: [0; 32],
            torn_bytes: 0,
            error: None,
        };
        match self.verify_into(None, &mut found) {
            Ok(()) => found.ok = true,
            Err(error) => found.error = Some(error),
        }
        found.durable = found.durable.min(found.records);
        found
    }

    /// Verify up to and without `stop`; of a log that has a fork, that is the fork's first seq.
    fn verify_into(&mut self, stop: Option<u64>, found: &mut Verification) -> Result<()> {
        let own = self.view.first_seq();
        match &mut self.inherited {
            Some((parent, reader)) => {
                let upto = stop.unwrap_or(own).min(own);
                reader.verify_into(Some(upto), found)?;
                let broken = upto == own && (parent.chain != found.chain || found.records != own);
                if broken || parent.seq + 1 != own || self.view.header().chain != parent.chain {
                    let path = self.view.path_of_first();
                    return Err(Error::corrupt(&path, 0, found.records, "the fork's header contradicts its parent"));
                }
            }
            None => {
                found.chain = genesis(&self.view.header().session);
                if own != 0 || self.view.header().chain != found.chain {
                    return Err(Error::corrupt(
                        &self.view.path_of_first(),
                        0,
                        0,
                        "the chain does not begin at genesis",
                    ));
                }
            }
        }
        if stop.is_some_and(|stop| stop <= own) {
            return Ok(());
        }
        let tip = self.view.refresh();
        let upto = stop.unwrap_or(u64::MAX);
        self.view.verify_own(upto, found)?;
        let tip = tip?;
        if let Some(stop) = stop {
            if found.records < stop {
                let what = format!("it ends before seq {stop}, which a fork of it inherits");
                return Err(Error::corrupt(&self.view.path_of_newest(), tip.offset, found.records, &what));
            }
            return Ok(());
        }
        found.durable = tip.durable;
        found.sealed = self.view.is_sealed();
        found.torn_bytes = self.view.torn()?;
        Ok(())
    }
}

impl<D: Disk> super::view::View<D> {
    fn verify_own(&mut self, stop: u64, found: &mut Verification) -> Result<()> {
        let first = self.first_seq();
        let mut broken = None;
        self.walk(first, stop, &|_| true, |block, bytes, before| {
            let mut chain = *before;
            let mut records = Records::of(bytes, block.count);
            let mut seq = block.first_seq;
            for record in records.by_ref() {
                chain = record.link(seq, &chain);
                seq += 1;
                if seq == stop {
                    break;
                }
            }
            let whole = seq == block.next_seq();
            if found.chain != *before || (whole && (chain != block.chain || !records.rest_is_padding())) {
                broken = Some(block.offset);
                return Ok(Walk::Stop);
            }
            if !whole && seq != stop {
                broken = Some(block.offset);
                return Ok(Walk::Stop);
            }
            (found.chain, found.records) = (chain, seq);
            Ok(if seq == stop { Walk::Stop } else { Walk::On })
        })?;
        match broken {
            Some(offset) => {
                let path = self.path_of(found.records);
                Err(Error::corrupt(&path, offset, found.records, "the chain of hashes is broken"))
            }
            None if stop == u64::MAX => self.check_end(found.records, &found.chain),
            None => Ok(()),
        }
    }
}
