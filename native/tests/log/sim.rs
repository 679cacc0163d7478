//! A disk that keeps what was synced and, after a crash, only some of the rest.
//!
//! Each sector holds, after a crash, any one of the versions that it had since its file was last synced: writes are lost,
//! torn and reordered. Names that were not synced survive as any prefix of the changes (a journal keeps their order).
//! A failed sync keeps some sectors and marks all of them clean, as Linux does: no later sync writes the others.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Barrier, Mutex, MutexGuard};

use claw_native::log::disk::{Disk, DiskFile};

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
struct Inode {
    live: Vec<u8>,
    disk: Vec<u8>,
    /// What changed since the last sync, oldest first.
    pending: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Debug, Clone)]
enum NameChange {
    Link(PathBuf, usize),
    Rename(PathBuf, PathBuf),
    Unlink(PathBuf),
}

/// xorshift64*: small, seeded, good enough to choose faults.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 33) % bound
    }
}

#[derive(Debug)]
struct World {
    inodes: Vec<Inode>,
    names: BTreeMap<PathBuf, usize>,
    disk_names: BTreeMap<PathBuf, usize>,
    name_changes: Vec<NameChange>,
    folders: BTreeSet<PathBuf>,
    locks: BTreeSet<PathBuf>,
    /// Counts boots: handles of an earlier one are dead.
    boot: u64,
    operations: u64,
    fault_at: Option<(u64, Fault)>,
    off: bool,
    full: bool,
    gate: Option<Arc<Gate>>,
    dice: Dice,
}

/// Holds one sync: it meets the test at `begun`, and returns when the test comes to `end`.
#[derive(Debug)]
pub struct Gate {
    pub begun: Barrier,
    pub end: Barrier,
}

/// The disk; clones are the same disk.
#[derive(Debug, Clone)]
pub struct SimDisk(Arc<Mutex<World>>);

pub struct SimFile {
    disk: SimDisk,
    inode: usize,
    boot: u64,
}

pub struct SimLock {
    disk: SimDisk,
    path: PathBuf,
    boot: u64,
}

impl Drop for SimLock {
    fn drop(&mut self) {
        let mut world = self.disk.world();
        if world.boot == self.boot {
            world.locks.remove(&self.path);
        }
    }
}

fn error() -> io::Error {
    io::Error::from_raw_os_error(5)
}

impl World {
    /// Count an operation that changes something; say what goes wrong with it.
    fn operation(&mut self) -> io::Result<Option<Fault>> {
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
    fn survive(&mut self, inode: usize) -> Vec<u8> {
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
}

impl SimDisk {
    pub fn new(seed: u64) -> Self {
        let world = World {
            inodes: Vec::new(),
            names: BTreeMap::new(),
            disk_names: BTreeMap::new(),
            name_changes: Vec::new(),
            folders: BTreeSet::from([PathBuf::from("/")]),
            locks: BTreeSet::new(),
            boot: 0,
            operations: 0,
            fault_at: None,
            off: false,
            full: false,
            gate: None,
            dice: Dice::new(seed),
        };
        Self(Arc::new(Mutex::new(world)))
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    /// Let `fault` happen `after` more operations.
    pub fn plan(&self, after: u64, fault: Fault) {
        let mut world = self.world();
        world.fault_at = Some((world.operations + after, fault));
    }

    pub fn no_faults(&self) {
        let mut world = self.world();
        world.fault_at = None;
        world.full = false;
    }

    /// No room for more files from now on.
    pub fn fill_up(&self) {
        self.world().full = true;
    }

    /// Hold the next sync.
    pub fn hold_next_sync(&self) -> Arc<Gate> {
        let gate = Arc::new(Gate { begun: Barrier::new(2), end: Barrier::new(2) });
        self.world().gate = Some(Arc::clone(&gate));
        gate
    }

    /// How many operations there were.
    pub fn operations(&self) -> u64 {
        self.world().operations
    }

    pub fn is_off(&self) -> bool {
        self.world().off
    }

    /// Power comes back: only what the disk kept is there.
    pub fn reboot(&self) {
        let mut world = self.world();
        for inode in 0..world.inodes.len() {
            let image = world.survive(inode);
            world.inodes[inode] = Inode { live: image.clone(), disk: image, pending: Vec::new() };
        }
        let changes = std::mem::take(&mut world.name_changes);
        let kept = world.dice.below(changes.len() as u64 + 1) as usize;
        for change in &changes[..kept] {
            apply(&mut world.disk_names, change);
        }
        world.names = world.disk_names.clone();
        world.revive();
    }

    /// The writing process is killed (its writer must be dropped); the kernel and all readers live on.
    pub fn kill(&self) {
        let mut world = self.world();
        assert!(world.locks.is_empty(), "a writer is still alive");
        world.recover_from_faults();
    }

    /// A file's bytes as a process sees them.
    pub fn contents(&self, path: &Path) -> Vec<u8> {
        let world = self.world();
        world.inodes[world.names[path]].live.clone()
    }

    /// Names of all files.
    pub fn files(&self) -> Vec<PathBuf> {
        self.world().names.keys().cloned().collect()
    }

    /// Put a file there, on the disk.
    pub fn put(&self, path: &Path, bytes: &[u8]) {
        let mut world = self.world();
        world.inodes.push(Inode { live: bytes.to_vec(), disk: bytes.to_vec(), pending: Vec::new() });
        let inode = world.inodes.len() - 1;
        world.names.insert(path.to_owned(), inode);
        world.disk_names.insert(path.to_owned(), inode);
        world.folders.extend(path.ancestors().skip(1).map(Path::to_owned));
    }

    /// Another disk that holds the same files, all of them synced.
    pub fn copy(&self, seed: u64) -> Self {
        let copy = Self::new(seed);
        for path in self.files() {
            copy.put(&path, &self.contents(&path));
        }
        copy
    }
}

impl World {
    fn revive(&mut self) {
        self.locks.clear();
        self.boot += 1;
        self.recover_from_faults();
    }

    fn recover_from_faults(&mut self) {
        self.off = false;
        self.full = false;
        self.fault_at = None;
    }
}

fn apply(names: &mut BTreeMap<PathBuf, usize>, change: &NameChange) {
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

impl SimFile {
    fn world(&self) -> io::Result<MutexGuard<'_, World>> {
        let world = self.disk.world();
        if world.boot == self.boot { Ok(world) } else { Err(error()) }
    }

    fn sync(&self) -> io::Result<()> {
        let gate = self.world()?.gate.take();
        let covered = self.world()?.inodes[self.inode].pending.len();
        if let Some(gate) = gate {
            gate.begun.wait();
            gate.end.wait();
        }
        let mut world = self.world()?;
        match world.operation()? {
            None => {
                let inode = &mut world.inodes[self.inode];
                // What came after the sync began is not covered.
                for change in inode.pending.drain(..covered) {
                    change.apply(&mut inode.disk);
                }
                Ok(())
            }
            Some(Fault::Crash) => Err(error()),
            Some(_) => {
                let image = world.survive(self.inode);
                let inode = &mut world.inodes[self.inode];
                inode.disk = image;
                inode.pending.clear();
                Err(error())
            }
        }
    }

    fn change(&self, change: Change) -> io::Result<usize> {
        let mut world = self.world()?;
        let fault = world.operation()?;
        let mut change = change;
        if let (Change::Write { bytes, .. }, Some(_)) = (&mut change, fault) {
            let kept = bytes.len() / 2;
            bytes.truncate(kept);
        }
        let written = if let Change::Write { bytes, .. } = &change { bytes.len() } else { 0 };
        let inode = &mut world.inodes[self.inode];
        change.apply(&mut inode.live);
        inode.pending.push(change);
        match fault {
            None | Some(Fault::Short) => Ok(written),
            Some(Fault::Full) => Err(io::ErrorKind::StorageFull.into()),
            Some(_) => Err(error()),
        }
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
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

impl DiskFile for SimFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let world = self.world()?;
        let bytes = &world.inodes[self.inode].live;
        let start = (offset as usize).min(bytes.len());
        let count = buffer.len().min(bytes.len() - start);
        buffer[..count].copy_from_slice(&bytes[start..start + count]);
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.change(Change::Write { offset: offset as usize, bytes: bytes.to_vec() })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.sync()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.sync()
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.change(Change::Length(length as usize)).map(|_| ())
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.world()?.inodes[self.inode].live.len() as u64)
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        if self.world()?.full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.change(Change::Length(length as usize)).map(|_| ())
    }
}

impl Disk for SimDisk {
    type File = SimFile;
    type Lock = SimLock;

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.operation()?;
        if world.folders.insert(path.to_owned()) { Ok(()) } else { Err(io::ErrorKind::AlreadyExists.into()) }
    }

    fn create(&self, path: &Path) -> io::Result<SimFile> {
        let mut world = self.world();
        if world.operation()?.is_some() {
            return Err(error());
        }
        world.inodes.push(Inode::default());
        let inode = world.inodes.len() - 1;
        world.names.insert(path.to_owned(), inode);
        world.name_changes.push(NameChange::Link(path.to_owned(), inode));
        Ok(SimFile { disk: self.clone(), inode, boot: world.boot })
    }

    fn open(&self, path: &Path, _write: bool) -> io::Result<SimFile> {
        let world = self.world();
        if world.off {
            return Err(error());
        }
        let inode = *world.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(SimFile { disk: self.clone(), inode, boot: world.boot })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut world = self.world();
        if world.operation()?.is_some() {
            return Err(error());
        }
        let change = NameChange::Rename(from.to_owned(), to.to_owned());
        apply(&mut world.names, &change);
        world.name_changes.push(change);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut world = self.world();
        if world.operation()?.is_some() {
            return Err(error());
        }
        let change = NameChange::Unlink(path.to_owned());
        apply(&mut world.names, &change);
        world.name_changes.push(change);
        Ok(())
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.operation()?;
        world.folders.remove(path);
        Ok(())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let world = self.world();
        if !world.folders.contains(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let inside = world.names.keys().filter(|name| name.parent() == Some(path));
        Ok(inside.filter_map(|name| Some(name.file_name()?.to_string_lossy().into_owned())).collect())
    }

    fn sync_dir(&self, _path: &Path) -> io::Result<()> {
        let mut world = self.world();
        if world.operation()?.is_some() {
            return Err(error());
        }
        for change in std::mem::take(&mut world.name_changes) {
            apply(&mut world.disk_names, &change);
        }
        Ok(())
    }

    fn try_lock(&self, path: &Path) -> io::Result<Result<SimLock, String>> {
        let mut world = self.world();
        if world.off {
            return Err(error());
        }
        if !world.locks.insert(path.to_owned()) {
            return Ok(Err("1".to_owned()));
        }
        Ok(Ok(SimLock { disk: self.clone(), path: path.to_owned(), boot: world.boot }))
    }
}
