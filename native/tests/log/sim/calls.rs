//! The disk as the log sees it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::MutexGuard;

use claw_native::log::disk::{Disk, DiskFile};

use super::SimDisk;
use super::world::{Change, Fault, Inode, NameChange, World, apply, error};

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
