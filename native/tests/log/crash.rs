//! Whatever the disk loses in a crash: what was acknowledged durable is there, what remains is a prefix of what was
//! appended, and no seq ever holds anything else.

use claw_native::log::disk::Disk;
use claw_native::log::{ErrorKind, Options, Reader, Sizes, Writer};

use crate::sim::{Dice, Fault, SimDisk};
use crate::support::{SESSION, append, folder, options, payload, read_all};

/// One life after another of the same log, with the power going at some operation of each.
struct Life {
    disk: SimDisk,
    dice: Dice,
    seed: u64,
    /// What may be in the log: all that was ever handed to the writer at each seq since the last recovery.
    tried: Vec<Vec<u8>>,
    /// How many of them were acknowledged durable.
    acknowledged: usize,
    tag: u64,
    /// Its writers mostly leave without a seal, and go on in the segment of the one before.
    shared: bool,
}

impl Life {
    fn new(seed: u64, shared: bool) -> Self {
        Self {
            disk: SimDisk::new(seed),
            dice: Dice::new(seed ^ 0xABCD),
            seed,
            tried: Vec::new(),
            acknowledged: 0,
            tag: 0,
            shared,
        }
    }

    /// Some random operations; returns when one fails.
    fn work(&mut self, writer: &Writer<SimDisk>) {
        for _ in 0..self.dice.below(40) {
            let went_well = match self.dice.below(10) {
                0 => writer.sync().map(|durable| self.acknowledged = durable as usize),
                1 => return drop(writer.close().map(|()| self.acknowledged = self.tried.len())),
                2 => return,
                3 | 4 if self.shared => {
                    return drop(writer.leave().map(|()| self.acknowledged = self.tried.len()));
                }
                _ => self.append(writer),
            };
            if went_well.is_err() {
                return;
            }
        }
    }

    fn append(&mut self, writer: &Writer<SimDisk>) -> Result<(), claw_native::log::Error> {
        let durable = self.dice.below(3) == 0;
        let largest = if self.dice.below(20) == 0 { 9000 } else { 300 };
        let count = self.dice.below(5) + 1;
        let tags: Vec<(u64, usize)> =
            (0..count).map(|index| (self.tag + index, self.dice.below(largest) as usize)).collect();
        self.tag += count;
        let before = self.tried.len();
        // It may reach the disk even if the call fails.
        self.tried.extend(tags.iter().map(|(tag, length)| payload(*tag, *length)));
        let first = append(writer, &tags, durable)?;
        assert_eq!(first as usize, before, "seed {}: a seq was used twice or left out", self.seed);
        if durable {
            self.acknowledged = self.tried.len();
        }
        Ok(())
    }

    /// After a crash: recover, crashing in recovery too, and compare.
    fn recover(&mut self) -> Option<Writer<SimDisk>> {
        loop {
            if self.dice.below(3) == 0 {
                let after = self.dice.below(12) + 1;
                self.disk.plan(after, Fault::Crash);
            }
            self.tag += 1000;
            let options = Options { continues: self.shared, ..options(self.tag) };
            let opened = Writer::open(self.disk.clone(), &folder(), options);
            if self.disk.is_off() {
                drop(opened);
                self.disk.reboot();
                continue;
            }
            self.disk.no_faults();
            match opened {
                Ok(writer) => {
                    self.check(&writer);
                    return Some(writer);
                }
                Err(error) if error.kind == ErrorKind::NotFound && self.acknowledged == 0 => return None,
                Err(error) => panic!("seed {}: an honest crash is not corruption: {error}", self.seed),
            }
        }
    }

    fn check(&mut self, writer: &Writer<SimDisk>) {
        let seed = self.seed;
        let there = read_all(&self.disk, &folder()).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert!(there.len() >= self.acknowledged, "seed {seed}: {} of {}", there.len(), self.acknowledged);
        assert_eq!(there, self.tried[..there.len()], "seed {seed}: not a prefix");
        assert_eq!(writer.next_seq() as usize, there.len(), "seed {seed}");
        let report = writer.recovery().unwrap();
        assert_eq!(report.next_seq as usize, there.len(), "seed {seed}");
        let verified = Reader::open(self.disk.clone(), &folder()).unwrap().verify();
        assert!(verified.ok, "seed {seed}: {:?}", verified.error);
        assert_eq!((verified.records as usize, verified.chain), (there.len(), writer.chain()), "seed {seed}");
        self.tried.truncate(there.len());
        self.acknowledged = there.len();
    }
}

/// So many seeds; without optimisation fewer.
fn seeds(first: u64, count: u64) -> std::ops::Range<u64> {
    first..first + if cfg!(debug_assertions) { count / 4 } else { count }
}

fn live(seed: u64, lose_power: bool, shared: bool) {
    let mut life = Life::new(seed, shared);
    let writer = Writer::create(life.disk.clone(), &folder(), SESSION, options(seed)).unwrap();
    let mut next = Some(writer);
    for _ in 0..6 {
        let Some(writer) = next.take() else { return };
        let after = life.dice.below(60) + 1;
        let fault = [Fault::Crash, Fault::Crash, Fault::Error, Fault::Short][life.dice.below(4) as usize];
        life.disk.plan(after, fault);
        life.work(&writer);
        drop(writer);
        // With the kernel alive, its cache may hold what no failed sync ever wrote.
        if life.disk.is_off() || (lose_power && life.dice.below(2) == 0) {
            life.disk.reboot();
        } else {
            life.disk.kill();
        }
        next = life.recover();
    }
}

#[test]
fn nothing_is_lost_where_writers_leave_and_the_next_goes_on_in_their_segment() {
    for seed in seeds(90_000, 4000) {
        live(seed, seed % 2 == 0, true);
    }
}

#[test]
fn who_goes_on_where_a_writer_left_makes_no_segment_and_no_seal() {
    let disk = SimDisk::new(3);
    let mut tag = 0;
    let mut turn = |writer: Writer<SimDisk>| {
        assert_eq!(append(&writer, &[(tag, 40)], true).unwrap(), tag);
        tag += 1;
        writer.leave().unwrap();
        writer.leave().unwrap();
        assert!(append(&writer, &[(tag, 40)], true).is_err(), "its lock is gone");
    };
    let sizes = Sizes { smallest: 1 << 16, largest: 1 << 16 };
    turn(Writer::create(disk.clone(), &folder(), SESSION, Options { sizes, ..options(1) }).unwrap());
    for seed in 2..40 {
        let options = Options { continues: true, sizes, ..options(seed) };
        turn(Writer::open(disk.clone(), &folder(), options).unwrap());
    }
    assert_eq!(read_all(&disk, &folder()).unwrap().len(), 39);
    let names = disk.list(&folder()).unwrap();
    assert_eq!(names.iter().filter(|name| name.ends_with(".seg")).count(), 1, "{names:?}");
    // The seal of a clean close ends it as any other.
    let last = Writer::open(disk.clone(), &folder(), Options { continues: true, sizes, ..options(99) }).unwrap();
    last.close().unwrap();
    let verified = Reader::open(disk.clone(), &folder()).unwrap().verify();
    assert!(verified.ok && verified.sealed, "{:?}", verified.error);
    assert_eq!(verified.records, 39);
}

#[test]
fn nothing_acknowledged_is_lost_whatever_the_disk_loses() {
    for seed in seeds(0, 4000) {
        live(seed, true, false);
    }
}

#[test]
fn a_cache_that_outlived_a_failed_sync_is_not_trusted() {
    for seed in seeds(10_000, 2000) {
        live(seed, false, false);
    }
}

#[test]
fn power_lost_at_every_operation_of_one_life() {
    let life = |crash_at: Option<u64>| {
        let disk = SimDisk::new(crash_at.unwrap_or(0));
        if let Some(at) = crash_at {
            disk.plan(at, Fault::Crash);
        }
        let mut acknowledged = 0;
        let mut work = || -> Result<(), claw_native::log::Error> {
            let writer = Writer::create(disk.clone(), &folder(), SESSION, options(1))?;
            for tag in 0..40 {
                append(&writer, &[(tag, 200)], tag % 3 == 0)?;
                if tag % 3 == 0 {
                    acknowledged = tag as usize + 1;
                }
            }
            writer.close()?;
            acknowledged = 40;
            let writer = Writer::open(disk.clone(), &folder(), options(2))?;
            append(&writer, &[(40, 200)], true)?;
            acknowledged = 41;
            writer.close()
        };
        let ended = work();
        (disk, acknowledged, ended)
    };
    let (whole, _, ended) = life(None);
    ended.unwrap();
    for at in 1..=whole.operations() {
        let (disk, acknowledged, ended) = life(Some(at));
        assert!(ended.is_err(), "operation {at} failed and nobody was told");
        disk.reboot();
        match Writer::open(disk.clone(), &folder(), options(3)) {
            Ok(writer) => {
                let there = read_all(&disk, &folder()).unwrap();
                assert!(there.len() >= acknowledged, "operation {at}");
                let expected: Vec<Vec<u8>> = (0..there.len()).map(|tag| payload(tag as u64, 200)).collect();
                assert_eq!(there, expected, "operation {at}");
                assert_eq!(append(&writer, &[(there.len() as u64, 200)], true).unwrap(), there.len() as u64);
            }
            Err(error) => assert!(error.kind == ErrorKind::NotFound && acknowledged == 0, "operation {at}: {error}"),
        }
    }
}
