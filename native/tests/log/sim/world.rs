//! What is on the disk, what processes see of it, and what is left of both after a crash.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Barrier};

use super::dice::Dice;

const SECTOR: usize = 512;

/// What goes wrong at some operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails; a sync has then lost what it was to write.
    Error,
    /// A write stops half way.
    Short,
    /// There is no room, now and later.
    Full,
    /// The power goes: this and everything after it fails.
    Crash,
}

#[derive(Debug, Clone, Default)]
pub struct Inode {
    pub live: Vec<u8>,
    pub disk: Vec<u8>,
    /// What changed since the last sync, oldest first.
    pub pending: Vec<Change>,
}

#[derive(Debug, Clone)]
pub enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Debug, Clone)]
pub enum NameChange {
    Link(PathBuf, usize),
    Rename(PathBuf, PathBuf),
    Unlink(PathBuf),
}

#[derive(Debug)]
pub struct World {
    pub inodes: Vec<Inode>,
    pub names: BTreeMap<PathBuf, usize>,
    pub disk_names: BTreeMap<PathBuf, usize>,
    pub name_changes: Vec<NameChange>,
    pub folders: BTreeSet<PathBuf>,
    pub locks: BTreeSet<PathBuf>,
    /// Counts boots: handles of an earlier one are dead.
    pub boot: u64,
    pub operations: u64,
    pub fault_at: Option<(u64, Fault)>,
    pub off: bool,
    pub full: bool,
    pub gate: Option<Arc<Gate>>,
    pub dice: Dice,
}

/// Holds one sync: it meets the test at `begun`, and returns when the test comes to `end`.
#[derive(Debug)]
pub struct Gate {
    pub begun: Barrier,
    pub end: Barrier,
}

pub fn error() -> io::Error {
    io::Error::from_raw_os_error(5)
}

impl World {
    /// Count an operation that changes something; say what goes wrong with it.
    pub fn operation(&mut self) -> io::Result<Option<Fault>> {
        if self.off {
            return Err(error());
        }
        self.operations += 1;
        match self.fault_at {
            Some((at, fault)) if at == self.operations => {
                match fault {
                    Fault::Crash => self.off = true,
                    Fault::Full => self.full = true,
                    Fault::Error | Fault::Short => {}
                }
                Ok(Some(fault))
            }
            _ => Ok(None),
        }
    }

    /// The file after a crash: for each sector one of its versions since the last sync.
    pub fn survive(&mut self, inode: usize) -> Vec<u8> {
        let Inode { disk, pending, .. } = self.inodes[inode].clone();
        let mut lengths = vec![disk.len()];
        lengths.extend(pending.iter().map(|change| match change {
            Change::Length(length) => *length,
            Change::Write { offset, bytes } => offset + bytes.len(),
        }));
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let mut versions: Vec<Vec<usize>> = vec![Vec::new(); longest.div_ceil(SECTOR)];
        for (index, change) in pending.iter().enumerate() {
            let touched = match change {
                Change::Write { offset, bytes } => offset / SECTOR..(offset + bytes.len()).div_ceil(SECTOR),
                Change::Length(length) => length / SECTOR..versions.len(),
            };
            for sector in touched {
                versions[sector].push(index);
            }
        }
        let mut image = disk.clone();
        image.resize(longest, 0);
        for (sector, changes) in versions.iter().enumerate().filter(|(_, changes)| !changes.is_empty()) {
            let (start, end) = (sector * SECTOR, ((sector + 1) * SECTOR).min(longest));
            let kept = self.dice.below(changes.len() as u64 + 1) as usize;
            for index in &changes[..kept] {
                match &pending[*index] {
                    Change::Write { offset, bytes } => {
                        let (from, to) = (start.max(*offset), end.min(offset + bytes.len()));
                        image[from..to].copy_from_slice(&bytes[from - offset..to - offset]);
                    }
                    Change::Length(length) => image[start.max(*length).min(end)..end].fill(0),
                }
            }
        }
        // Only explicit changes of length can shorten a file; growing writes are journaled like them.
        let mut length = disk.len();
        let changes: Vec<usize> = lengths[1..].to_vec();
        let kept = self.dice.below(changes.len() as u64 + 1) as usize;
        for (change, new) in pending.iter().zip(changes).take(kept) {
            length = match change {
                Change::Length(_) => new,
                Change::Write { .. } => length.max(new),
            };
        }
        image.truncate(length);
        image
    }

    pub fn revive(&mut self) {
        self.locks.clear();
        self.boot += 1;
        self.recover_from_faults();
    }

    pub fn recover_from_faults(&mut self) {
        self.off = false;
        self.full = false;
        self.fault_at = None;
    }
}

pub fn apply(names: &mut BTreeMap<PathBuf, usize>, change: &NameChange) {
    match change {
        NameChange::Link(path, inode) => {
            names.insert(path.clone(), *inode);
        }
        NameChange::Rename(from, to) => {
            if let Some(inode) = names.remove(from) {
                names.insert(to.clone(), inode);
            }
        }
        NameChange::Unlink(path) => {
            names.remove(path);
        }
    }
}

impl Change {
    pub fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes: new } => {
                let end = offset + new.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*offset..end].copy_from_slice(new);
            }
            Self::Length(length) => bytes.resize(*length, 0),
        }
    }
}
