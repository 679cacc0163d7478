//! The first failure ends a writer; a full disk does not.

use std::sync::Barrier;
use std::thread;

use claw_native::log::{ErrorKind, Options, Sizes, Writer};

use crate::sim::{Fault, SimDisk};
use crate::support::{SESSION, append, folder, options, payload, read_all, record};

fn create(disk: &SimDisk) -> Writer<SimDisk> {
    Writer::create(disk.clone(), &folder(), SESSION, options(1)).unwrap()
}

#[test]
fn a_failed_sync_poisons_for_good() {
    let disk = SimDisk::new(1);
    let writer = create(&disk);
    append(&writer, &[(0, 10)], true).unwrap();
    // The write, then the sync.
    disk.plan(2, Fault::Error);
    assert_eq!(append(&writer, &[(1, 10)], true).unwrap_err().kind, ErrorKind::Poisoned);
    disk.no_faults();
    let operations = disk.operations();
    assert_eq!(append(&writer, &[(2, 10)], false).unwrap_err().kind, ErrorKind::Poisoned);
    assert_eq!(writer.append_one(&record(3, &payload(3, 1))).unwrap_err().kind, ErrorKind::Poisoned);
    assert_eq!(writer.sync().unwrap_err().kind, ErrorKind::Poisoned);
    assert_eq!(writer.close().unwrap_err().kind, ErrorKind::Poisoned);
    assert_eq!(disk.operations(), operations, "a dead writer touches nothing");
    assert_eq!(writer.durable(), 1);
}

#[test]
fn a_short_or_failed_write_poisons_and_its_seq_is_not_given_out() {
    for fault in [Fault::Short, Fault::Error, Fault::Full] {
        let disk = SimDisk::new(1);
        let writer = create(&disk);
        append(&writer, &[(0, 10)], true).unwrap();
        disk.plan(1, fault);
        assert_eq!(append(&writer, &[(1, 300)], false).unwrap_err().kind, ErrorKind::Poisoned, "{fault:?}");
        disk.no_faults();
        assert_eq!(append(&writer, &[(1, 300)], false).unwrap_err().kind, ErrorKind::Poisoned, "{fault:?}");
        drop(writer);
        disk.kill();
        // The half block is set aside; its seq goes to the next record.
        let writer = Writer::open(disk.clone(), &folder(), options(2)).unwrap();
        assert!(writer.recovery().unwrap().torn_bytes > 0, "{fault:?}");
        assert!(writer.recovery().unwrap().kept.is_some(), "{fault:?}");
        assert_eq!(append(&writer, &[(7, 10)], true).unwrap(), 1);
        assert_eq!(read_all(&disk, &folder()).unwrap(), [payload(0, 10), payload(7, 10)]);
    }
}

#[test]
fn a_mark_that_cannot_be_written_poisons() {
    let disk = SimDisk::new(1);
    let writer = create(&disk);
    disk.plan(3, Fault::Error);
    assert_eq!(append(&writer, &[(0, 10)], true).unwrap_err().kind, ErrorKind::Poisoned);
}

#[test]
fn a_failure_while_rolling_poisons_at_every_step() {
    // Block by block until the segment is full; then each operation of the roll fails once.
    let fill = |fail_at: Option<u64>| {
        let disk = SimDisk::new(1);
        let writer = create(&disk);
        let mut tag = 0;
        while disk.files().len() < 3 {
            if let (Some(at), 3) = (fail_at, tag) {
                disk.plan(at, Fault::Error);
            }
            if let Err(error) = append(&writer, &[(tag, 600)], false) {
                return (disk, Some(error.kind), tag);
            }
            tag += 1;
        }
        (disk, None, tag)
    };
    let (_, none, records) = fill(None);
    assert!(none.is_none() && records > 3);
    for at in 1..20 {
        let (disk, failed, tag) = fill(Some(at));
        let Some(kind) = failed else { continue };
        assert_eq!(kind, ErrorKind::Poisoned, "operation {at}");
        disk.reboot();
        let writer = Writer::open(disk.clone(), &folder(), options(2)).unwrap();
        let there = read_all(&disk, &folder()).unwrap();
        assert!(there.len() <= tag as usize + 1);
        assert_eq!(append(&writer, &[(50, 1)], true).unwrap() as usize, there.len());
    }
}

/// A disk that has no room for more segments, and a writer with one.
fn cramped() -> (SimDisk, Writer<SimDisk>) {
    let disk = SimDisk::new(1);
    let sizes = Sizes { smallest: 16384, largest: 16384 };
    let writer = Writer::create(disk.clone(), &folder(), SESSION, Options { sizes, ..options(1) }).unwrap();
    disk.fill_up();
    (disk, writer)
}

#[test]
fn a_full_disk_is_met_before_a_record_is_accepted_and_the_writer_lives() {
    let (disk, writer) = cramped();
    let mut accepted = 0;
    while writer.append_one(&record(accepted, &payload(accepted, 300))).is_ok() {
        accepted += 1;
    }
    assert!(accepted > 0);
    let before = (writer.next_seq(), writer.chain());
    let refused = append(&writer, &[(accepted, 300)], true).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Full);
    assert!(refused.hint.contains("disk space"));
    assert_eq!((writer.next_seq(), writer.chain()), before);
    // What is there can be made durable, and room makes it go on.
    assert_eq!(writer.sync().unwrap(), accepted);
    disk.no_faults();
    assert_eq!(append(&writer, &[(accepted, 300)], true).unwrap(), accepted);
    writer.close().unwrap();
    assert_eq!(read_all(&disk, &folder()).unwrap().len() as u64, accepted + 1);
}

#[test]
fn what_was_reserved_is_there_for_the_last_word() {
    let (_disk, writer) = cramped();
    let (first, last) = (payload(0, 10), payload(99, 600));
    writer.append(&[record(0, &first)], true, last.len() as u64).unwrap();
    let mut tag = 1;
    while writer.append_one(&record(tag, &payload(tag, 40))).is_ok() {
        tag += 1;
    }
    assert!(tag > 1);
    // Lazy records were refused so that this one is not.
    assert_eq!(writer.append(&[record(99, &last)], true, 0).unwrap(), tag);
}

#[test]
fn without_a_reserve_the_last_word_may_find_no_room() {
    let (_disk, writer) = cramped();
    let (first, last) = (payload(0, 10), payload(99, 600));
    writer.append(&[record(0, &first)], true, 0).unwrap();
    let mut tag = 1;
    while writer.append_one(&record(tag, &payload(tag, 40))).is_ok() {
        tag += 1;
    }
    assert_eq!(writer.append(&[record(99, &last)], true, 0).unwrap_err().kind, ErrorKind::Full);
}

#[test]
fn a_reserve_that_cannot_be_had_refuses_the_append() {
    let (_disk, writer) = cramped();
    let refused = writer.append(&[record(0, &payload(0, 1))], true, 1 << 20).unwrap_err();
    assert_eq!((refused.kind, writer.next_seq()), (ErrorKind::Full, 0));
}

#[test]
fn a_record_larger_than_any_segment() {
    let disk = SimDisk::new(1);
    let writer = create(&disk);
    append(&writer, &[(0, 10)], false).unwrap();
    append(&writer, &[(1, 200_000)], true).unwrap();
    append(&writer, &[(2, 10), (3, 50_000)], false).unwrap();
    writer.close().unwrap();
    let expected = [payload(0, 10), payload(1, 200_000), payload(2, 10), payload(3, 50_000)];
    assert_eq!(read_all(&disk, &folder()).unwrap(), expected);
}

#[test]
fn what_cannot_be_written_is_refused_whole() {
    let disk = SimDisk::new(1);
    let writer = create(&disk);
    let bytes = payload(0, 1);
    let good = record(0, &bytes);
    let long = "k".repeat(256);
    for bad in [
        claw_native::log::Record { kind: "", ..good },
        claw_native::log::Record { kind: &long, ..good },
        claw_native::log::Record { flags: 8, ..good },
        claw_native::log::Record { cause: Some(u64::MAX), ..good },
    ] {
        assert_eq!(writer.append(&[good, bad], false, 0).unwrap_err().kind, ErrorKind::Other);
    }
    assert_eq!(writer.next_seq(), 0);
    assert_eq!(writer.append(&[], true, 0).unwrap(), 0);
    writer.append(&[good], true, 0).unwrap();
    writer.close().unwrap();
    assert_eq!(writer.append(&[good], true, 0).unwrap_err().kind, ErrorKind::Other, "closed");
}

#[test]
fn every_waiter_gets_the_error_and_no_acknowledged_record_is_lost() {
    for seed in 0..50 {
        let disk = SimDisk::new(seed);
        let writer = create(&disk);
        let start = Barrier::new(4);
        disk.plan(10 + seed, Fault::Error);
        let acknowledged: Vec<u64> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4u64)
                .map(|thread| {
                    let (writer, start) = (&writer, &start);
                    scope.spawn(move || {
                        start.wait();
                        let mut last = None;
                        for count in 0..20 {
                            match append(writer, &[(thread * 100 + count, 20)], true) {
                                Ok(seq) => last = Some(seq),
                                Err(error) => {
                                    assert_eq!(error.kind, ErrorKind::Poisoned, "seed {seed}");
                                    return last;
                                }
                            }
                        }
                        panic!("seed {seed}: nobody told thread {thread} of the failure");
                    })
                })
                .collect();
            threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect()
        });
        drop(writer);
        disk.reboot();
        let there = read_all(&disk, &folder()).unwrap();
        assert!(acknowledged.iter().all(|seq| (*seq as usize) < there.len()), "seed {seed}");
    }
}

#[test]
fn a_sync_covers_only_what_was_written_before_it_began() {
    for seed in 0..40 {
        let disk = SimDisk::new(seed);
        let writer = create(&disk);
        let gate = disk.hold_next_sync();
        thread::scope(|scope| {
            let durable = scope.spawn(|| append(&writer, &[(0, 20)], true));
            gate.begun.wait();
            // Appends do not wait for a sync; this one comes too late for it.
            assert_eq!(append(&writer, &[(1, 20)], false).unwrap(), 1);
            gate.end.wait();
            durable.join().unwrap().unwrap();
        });
        assert_eq!((writer.durable(), writer.next_seq()), (1, 2));
        drop(writer);
        disk.reboot();
        let writer = Writer::open(disk.clone(), &folder(), options(2)).unwrap();
        assert!(writer.next_seq() >= 1, "seed {seed}");
    }
}

#[test]
fn a_full_segment_waits_for_the_sync_that_runs_on_it() {
    let disk = SimDisk::new(1);
    let writer = create(&disk);
    let gate = disk.hold_next_sync();
    thread::scope(|scope| {
        let durable = scope.spawn(|| append(&writer, &[(0, 20)], true));
        gate.begun.wait();
        let rolling = scope.spawn(|| append(&writer, &[(1, 9000)], true));
        gate.end.wait();
        assert_eq!(durable.join().unwrap().unwrap(), 0);
        assert_eq!(rolling.join().unwrap().unwrap(), 1);
    });
    assert_eq!(writer.durable(), 2);
    assert_eq!(read_all(&disk, &folder()).unwrap().len(), 2);
}

#[test]
fn a_second_writer_is_refused_and_told_who_has_it() {
    let disk = SimDisk::new(1);
    let _writer = create(&disk);
    let refused = Writer::open(disk, &folder(), options(2)).map(|_| ()).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Locked);
    assert!(refused.message.contains("process 1"), "{refused}");
}
