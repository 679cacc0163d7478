//! A disk that keeps what was synced and, after a crash, only some of the rest.
//!
//! Each sector holds, after a crash, any one of the versions that it had since its file was last synced: writes are lost,
//! torn and reordered. Names that were not synced survive as any prefix of the changes (a journal keeps their order).
//! A failed sync keeps some sectors and marks all of them clean, as Linux does: no later sync writes the others.

mod calls;
mod dice;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Barrier, Mutex, MutexGuard};

pub use dice::Dice;
pub use world::Fault;
use world::{Gate, Inode, World, apply};

/// The disk; clones are the same disk.
#[derive(Debug, Clone)]
pub struct SimDisk(Arc<Mutex<World>>);

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
