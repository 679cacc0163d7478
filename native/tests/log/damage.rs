//! Every byte cut, every bit flipped, every sector zeroed: a valid prefix with every record that was acknowledged
//! durable, or a loud error that names the place. Never a wrong event.

use std::path::{Path, PathBuf};

use claw_native::log::{Error, ErrorKind, Reader, Writer};

use crate::sim::SimDisk;
use crate::support::{SESSION, append, folder, options, payload, read_all};

struct Sample {
    files: Vec<(PathBuf, Vec<u8>)>,
    records: Vec<Vec<u8>>,
    acknowledged: usize,
}

/// Two segments, lazy and durable blocks, marks. Unsealed, its end is one of: a durable append and its mark, a lazy block
/// behind that, or a lazy block that `sync` has made durable.
fn sample(ending: &str) -> Sample {
    let disk = SimDisk::new(1);
    let writer = Writer::create(disk.clone(), &folder(), SESSION, options(1)).unwrap();
    let mut records = Vec::new();
    let add = |tags: &[(u64, usize)], durable: bool, records: &mut Vec<Vec<u8>>| {
        append(&writer, tags, durable).unwrap();
        records.extend(tags.iter().map(|(tag, length)| payload(*tag, *length)));
    };
    for tag in 0..8 {
        add(&[(tag, 120), (100 + tag, 10)], tag % 3 == 0, &mut records);
    }
    add(&[(8, 0)], true, &mut records);
    let mut acknowledged = records.len();
    match ending {
        "durable" => {}
        "lazy" => add(&[(9, 50), (10, 60)], false, &mut records),
        "synced" => {
            add(&[(9, 50), (10, 60)], false, &mut records);
            writer.sync().unwrap();
            acknowledged = records.len();
        }
        _ => {
            writer.close().unwrap();
            acknowledged = records.len();
        }
    }
    drop(writer);
    let segments = disk.files().into_iter().filter(|path| path.extension().is_some_and(|end| end == "seg"));
    let files: Vec<_> = segments.map(|path| (path.clone(), disk.contents(&path))).collect();
    assert!(files.len() >= 2, "the sample must have a finished segment");
    Sample { files, records, acknowledged }
}

impl Sample {
    /// Put the log on a disk, one file changed, and look at it in every way.
    fn check(&self, file: usize, what: &str, change: impl Fn(&mut Vec<u8>)) {
        let disk = || {
            let disk = SimDisk::new(2);
            for (index, (path, bytes)) in self.files.iter().enumerate() {
                let mut bytes = bytes.clone();
                if index == file {
                    change(&mut bytes);
                }
                disk.put(path, &bytes);
            }
            disk
        };
        let (damaged, path) = (disk(), &self.files[file].0);
        let read = read_all(&damaged, &folder());
        self.judge(&format!("{what}, read"), path, &read);
        let verified = Reader::open(damaged.clone(), &folder()).map(|mut reader| reader.verify());
        match verified {
            Ok(found) if found.ok => {
                assert!(found.records as usize >= self.acknowledged, "{what}: verify misses durable records");
                assert_eq!(
                    Some(found.records as usize),
                    read.ok().map(|read| read.len()),
                    "{what}: verify and read differ"
                );
            }
            Ok(found) => loud(&format!("{what}, verify"), path, &found.error.unwrap()),
            Err(error) => loud(&format!("{what}, open"), path, &error),
        }
        match Writer::open(damaged.clone(), &folder(), options(3)) {
            Ok(writer) => {
                let there = read_all(&damaged, &folder());
                self.judge(&format!("{what}, recovered"), path, &there);
                if let Ok(there) = there {
                    assert_eq!(append(&writer, &[(999, 5)], true).unwrap() as usize, there.len(), "{what}");
                    assert_eq!(read_all(&damaged, &folder()).unwrap().len(), there.len() + 1, "{what}");
                }
            }
            Err(error) => loud(&format!("{what}, recover"), path, &error),
        }
    }

    fn judge(&self, what: &str, path: &Path, read: &Result<Vec<Vec<u8>>, Error>) {
        match read {
            Ok(there) => {
                assert!(there.len() >= self.acknowledged, "{what}: {} of {}", there.len(), self.acknowledged);
                assert_eq!(there[..], self.records[..there.len()], "{what}: a wrong event");
            }
            Err(error) => loud(what, path, error),
        }
    }

    fn each_file(&self, mut visit: impl FnMut(usize, usize)) {
        for (index, (_, bytes)) in self.files.iter().enumerate() {
            visit(index, bytes.len());
        }
    }
}

/// Damage is called damage, in a file of the log, with an offset.
fn loud(what: &str, path: &Path, error: &Error) {
    assert!(matches!(error.kind, ErrorKind::Corrupt { .. }), "{what}: {error}");
    assert_eq!(error.path.parent(), path.parent(), "{what}: {error}");
    assert!(error.hint.contains("claw fsck --salvage 07070707-"), "{what}: {}", error.hint);
}

fn exhaust(ending: &str) {
    let sample = sample(ending);
    sample.each_file(|file, length| {
        for cut in 0..length {
            sample.check(file, &format!("{ending}: file {file} cut at {cut}"), |bytes| bytes.truncate(cut));
        }
        for sector in 0..length / 512 {
            let zero = |bytes: &mut Vec<u8>| bytes[sector * 512..(sector + 1) * 512].fill(0);
            sample.check(file, &format!("{ending}: file {file}, sector {sector} zeroed"), zero);
        }
        // Without optimisation, one bit of each byte; all of them with `cargo test --release`.
        let every = |bit: &usize| !cfg!(debug_assertions) || bit / 8 % 8 == bit % 8;
        for bit in (0..length * 8).filter(every) {
            let flip = |bytes: &mut Vec<u8>| bytes[bit / 8] ^= 1 << (bit % 8);
            sample.check(file, &format!("{ending}: file {file}, bit {bit} flipped"), flip);
        }
    });
}

#[test]
fn sealed_log() {
    exhaust("sealed");
}

#[test]
fn unsealed_log_that_ends_with_a_durable_append() {
    exhaust("durable");
}

#[test]
fn unsealed_log_that_ends_with_a_lazy_append() {
    exhaust("lazy");
}

#[test]
fn unsealed_log_that_ends_with_a_sync() {
    exhaust("synced");
}

#[test]
fn a_missing_segment_is_named() {
    for ending in ["sealed", "lazy"] {
        let sample = sample(ending);
        for gone in 0..sample.files.len() {
            let disk = SimDisk::new(1);
            for (_, (path, bytes)) in sample.files.iter().enumerate().filter(|(index, _)| *index != gone) {
                disk.put(path, bytes);
            }
            let error = read_all(&disk, &folder()).unwrap_err();
            assert_eq!(error.path, sample.files[gone].0, "{error}");
            loud(ending, &sample.files[gone].0, &error);
            let error = Writer::open(disk, &folder(), options(1)).map(|_| ()).unwrap_err();
            loud(ending, &sample.files[gone].0, &error);
        }
    }
}

#[test]
fn damage_is_reported_where_it_is() {
    let sample = sample("sealed");
    // A payload byte of the first block of each segment.
    sample.each_file(|file, _| {
        let disk = SimDisk::new(1);
        for (index, (path, bytes)) in sample.files.iter().enumerate() {
            let mut bytes = bytes.clone();
            if index == file {
                bytes[1024 + 150] ^= 1;
            }
            disk.put(path, &bytes);
        }
        let found = Reader::open(disk, &folder()).unwrap().verify();
        assert_eq!(found.place(), Some((sample.files[file].0.clone(), 1024)));
        assert!(!found.ok && (found.records as usize) < sample.records.len());
    });
}
