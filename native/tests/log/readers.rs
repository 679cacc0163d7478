//! Readers beside a writer: cursors, tails that recovery moves, tokens, forks, salvage.

use std::path::PathBuf;
use std::time::Duration;

use claw_native::log::fork::fork;
use claw_native::log::frame::RecordView;
use claw_native::log::{Error, ErrorKind, Options, Reader, Sizes, Writer, salvage};

use crate::sim::{Fault, SimDisk};
use crate::support::{KINDS, SESSION, append, folder, folder_of, options, payload, read_all};

fn create(disk: &SimDisk) -> Writer<SimDisk> {
    Writer::create(disk.clone(), &folder(), SESSION, options(1)).unwrap()
}

fn reader(disk: &SimDisk) -> Reader<SimDisk> {
    Reader::open(disk.clone(), &folder()).unwrap()
}

fn payloads(reader: &mut Reader<SimDisk>, start: u64) -> Result<Vec<Vec<u8>>, Error> {
    let batch = reader.read(start, None, &|_| true, 1000)?;
    Ok(batch.iter().map(|(_, record)| record.payload().to_vec()).collect())
}

#[test]
fn both_cursors_follow_the_writer() {
    let disk = SimDisk::new(1);
    let writer = create(&disk);
    let mut reader = reader(&disk);
    assert_eq!(reader.refresh().unwrap(), (0, 0));
    append(&writer, &[(0, 5), (1, 5)], false).unwrap();
    assert_eq!(reader.refresh().unwrap(), (2, 0));
    writer.sync().unwrap();
    assert_eq!(reader.refresh().unwrap(), (2, 2));
    append(&writer, &[(2, 5)], true).unwrap();
    append(&writer, &[(3, 5)], false).unwrap();
    assert_eq!(reader.refresh().unwrap(), (4, 3));
    writer.close().unwrap();
    assert_eq!(reader.refresh().unwrap(), (4, 4));
    let writer = Writer::open(disk.clone(), &folder(), options(2)).unwrap();
    for tag in 4..60 {
        append(&writer, &[(tag, 300)], false).unwrap();
        assert_eq!(reader.refresh().unwrap().0, tag + 1, "across segments");
        assert_eq!(payloads(&mut reader, tag).unwrap(), [payload(tag, 300)]);
    }
    assert!(reader.wait(59, Duration::ZERO).unwrap());
    assert!(!reader.wait(60, Duration::ZERO).unwrap());
}

#[test]
fn ranges_kinds_and_limits() {
    let disk = SimDisk::new(1);
    let writer = create(&disk);
    for block in 0..30 {
        let tags: Vec<(u64, usize)> = (block * 4..block * 4 + 4).map(|tag| (tag, 40)).collect();
        append(&writer, &tags, block % 5 == 0).unwrap();
    }
    let mut reader = reader(&disk);
    for start in 0..121 {
        for stop in [start, start + 1, start + 7, 119, 120, 500] {
            for kinds in [None, Some(vec![KINDS[1].as_bytes()]), Some(vec![]), Some(vec![&b"no.such"[..]])] {
                for limit in [1, 3, 1000] {
                    let among =
                        |record: &RecordView<'_>| kinds.as_ref().is_none_or(|kinds| kinds.contains(&record.kind()));
                    let batch = reader.read(start, Some(stop), &among, limit).unwrap();
                    let wanted = |tag: &u64| {
                        kinds.as_ref().is_none_or(|kinds| kinds.contains(&KINDS[*tag as usize % 3].as_bytes()))
                    };
                    let expected: Vec<u64> = (start..stop.min(120)).filter(wanted).take(limit).collect();
                    assert_eq!(batch.iter().map(|(seq, _)| seq).collect::<Vec<_>>(), expected);
                    let next = if expected.len() == limit { expected[limit - 1] + 1 } else { stop.min(120).max(start) };
                    assert_eq!(batch.next_seq, next, "{start}..{stop}, at most {limit}");
                }
            }
        }
    }
}

#[test]
fn a_block_that_is_being_written_is_not_there_yet() {
    let disk = SimDisk::new(1);
    let writer = create(&disk);
    append(&writer, &[(0, 5)], true).unwrap();
    disk.plan(1, Fault::Short);
    append(&writer, &[(1, 500)], false).unwrap_err();
    assert_eq!(payloads(&mut reader(&disk), 0).unwrap(), [payload(0, 5)]);
    let found = reader(&disk).verify();
    assert!(found.ok && found.torn_bytes > 0);
}

#[test]
fn a_reader_stays_right_while_recovery_moves_the_tail() {
    for lost in [false, true] {
        let disk = SimDisk::new(1);
        let writer = create(&disk);
        append(&writer, &[(0, 50)], true).unwrap();
        append(&writer, &[(1, 50)], false).unwrap();
        append(&writer, &[(2, 50), (3, 50)], false).unwrap();
        let mut early = reader(&disk);
        assert_eq!(payloads(&mut early, 0).unwrap().len(), 4);
        let token = early.chain_at(3).unwrap().unwrap();
        if lost {
            // Half a block behind what was read.
            disk.plan(1, Fault::Short);
            append(&writer, &[(9, 900)], false).unwrap_err();
        }
        drop(writer);
        disk.kill();
        let mut late = reader(&disk);
        let writer = Writer::open(disk.clone(), &folder(), options(2)).unwrap();
        assert_eq!(writer.recovery().unwrap().durable, 1);
        append(&writer, &[(4, 50)], true).unwrap();
        let expected: Vec<Vec<u8>> = (0..5).map(|tag| payload(tag, 50)).collect();
        for reader in [&mut early, &mut late] {
            assert_eq!(payloads(reader, 4).unwrap(), expected[4..]);
            assert_eq!(payloads(reader, 0).unwrap(), expected);
            assert_eq!(reader.rewound_to(3, &token).unwrap(), None, "accepted records keep seq and chain");
            assert_eq!(reader.refresh().unwrap(), (5, 5));
            assert!(reader.verify().ok);
        }
    }
}

#[test]
fn a_token_of_a_lost_tail_is_told_where_to_go_back_to() {
    let mut rewound = 0;
    for seed in 0..60 {
        let disk = SimDisk::new(seed);
        let writer = create(&disk);
        append(&writer, &[(0, 50), (1, 50)], true).unwrap();
        for tag in 2..6 {
            append(&writer, &[(tag, 200)], false).unwrap();
        }
        let tokens: Vec<_> = (0..6).map(|seq| reader(&disk).chain_at(seq).unwrap().unwrap()).collect();
        drop(writer);
        disk.reboot();
        let writer = Writer::open(disk.clone(), &folder(), options(seed + 1000)).unwrap();
        let kept = writer.next_seq();
        for tag in 100..110 {
            append(&writer, &[(tag, 30)], false).unwrap();
        }
        let mut reader = reader(&disk);
        for (seq, token) in (0..).zip(&tokens) {
            let answer = reader.rewound_to(seq, token).unwrap();
            if seq < kept {
                assert_eq!(answer, None, "seed {seed}: {seq} is still there");
            } else {
                let trusted = answer.expect("it is gone");
                assert!(trusted <= kept && trusted >= 2, "seed {seed}: {trusted} of {kept}");
                rewound += 1;
            }
        }
    }
    assert!(rewound > 20, "the disk lost too little for this test");
}

/// A closed log whose one segment has several packed blocks; only the last one has the first kind.
fn large(disk: &SimDisk) -> (u64, Vec<Vec<u8>>) {
    let sizes = Sizes { smallest: 4 << 20, largest: 4 << 20 };
    let writer = Writer::create(disk.clone(), &folder(), SESSION, Options { sizes, ..options(1) }).unwrap();
    let tags = (0..1500u64).map(|tag| if tag < 1400 { tag * 3 + 1 } else { tag * 3 });
    let mut all = Vec::new();
    for tag in tags {
        append(&writer, &[(tag, 400)], false).unwrap();
        all.push(payload(tag, 400));
    }
    writer.close().unwrap();
    (all.len() as u64, all)
}

#[test]
fn a_packed_segment_is_read_from_anywhere_and_blocks_without_a_wanted_kind_are_passed_over() {
    let disk = SimDisk::new(1);
    let (count, all) = large(&disk);
    let path = folder().join("00000001.seg");
    assert!(disk.contents(&path).len() < 300_000, "{}", disk.contents(&path).len());
    assert_eq!(read_all(&disk, &folder()).unwrap(), all);
    for start in [0, 1, 700, 1399, 1400, 1499, 1500] {
        assert_eq!(
            payloads(&mut reader(&disk), start).unwrap()[..],
            all[start as usize..count.min(start + 1000) as usize]
        );
        let rare = |kind: &[u8]| kind == KINDS[0].as_bytes();
        let wanted = |record: &RecordView<'_>| rare(record.kind());
        let batch = reader(&disk).read_kinds(start, None, &rare, &wanted, 30).unwrap();
        let first = start.max(1400);
        let expected: Vec<u64> = (first..count.min(first + 30)).collect();
        assert_eq!(batch.iter().map(|(seq, _)| seq).collect::<Vec<_>>(), expected);
        assert_eq!(batch.next_seq, expected.last().map_or(count, |last| last + 1));
        let none = reader(&disk).read_kinds(start, None, &|_| false, &|_| false, 30).unwrap();
        assert_eq!((none.len(), none.next_seq), (0, count));
    }
}

#[test]
fn a_damaged_block_of_a_packed_segment_costs_what_is_behind_it_only() {
    let disk = SimDisk::new(1);
    let (count, all) = large(&disk);
    let path = folder().join("00000001.seg");
    let mut bytes = disk.contents(&path);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    disk.put(&path, &bytes);
    let found = reader(&disk).verify();
    assert!(!found.ok && found.records > 0 && found.records < count);
    assert_eq!(payloads(&mut reader(&disk), 0).unwrap_err().path, path);
    let (copied, left) = salvage(disk.clone(), &folder(), &folder_of(&[5; 16]), [5; 16], options(5)).unwrap();
    assert!(copied == found.records && left > 0);
    assert_eq!(read_all(&disk, &folder_of(&[5; 16])).unwrap(), all[..copied as usize]);
}

#[test]
fn who_has_a_segment_open_goes_on_while_a_packed_one_takes_its_name() {
    let disk = SimDisk::new(1);
    let writer = create(&disk);
    for tag in 0..40 {
        append(&writer, &[(tag, 200)], false).unwrap();
    }
    let mut early = reader(&disk);
    assert_eq!(payloads(&mut early, 0).unwrap().len(), 40);
    let token = early.chain_at(39).unwrap().unwrap();
    writer.close().unwrap();
    let writer = Writer::open(disk.clone(), &folder(), options(2)).unwrap();
    append(&writer, &[(40, 200)], true).unwrap();
    let expected: Vec<Vec<u8>> = (0..41).map(|tag| payload(tag, 200)).collect();
    for reader in [&mut early, &mut reader(&disk)] {
        assert_eq!(reader.refresh().unwrap(), (41, 41));
        assert_eq!(payloads(reader, 0).unwrap(), expected);
        assert_eq!((reader.rewound_to(39, &token).unwrap(), reader.verify().ok), (None, true));
    }
}

#[test]
fn a_token_from_beyond_the_end_is_rewound_to_the_end() {
    let disk = SimDisk::new(1);
    let writer = create(&disk);
    assert_eq!(reader(&disk).rewound_to(0, &[0; 32]).unwrap(), Some(0));
    append(&writer, &[(0, 50), (1, 50)], true).unwrap();
    assert_eq!(reader(&disk).rewound_to(7, &[0; 32]).unwrap(), Some(2));
}

const CHILD: [u8; 16] = [8; 16];
const GRANDCHILD: [u8; 16] = [9; 16];

#[test]
fn forks_share_what_came_before_and_nothing_behind() {
    let disk = SimDisk::new(1);
    let writer = create(&disk);
    for block in 0..20u64 {
        append(&writer, &[(block * 2, 100), (block * 2 + 1, 100)], true).unwrap();
    }
    // In the middle of a block, of a segment, while the parent is being written.
    let child = fork(disk.clone(), &folder_of(&CHILD), CHILD, &folder(), 20, options(2)).unwrap();
    append(&writer, &[(40, 100)], true).unwrap();
    assert_eq!(append(&child, &[(500, 10), (501, 10)], true).unwrap(), 21);
    let expected = |upto: u64, more: &[Vec<u8>]| {
        let mut all: Vec<Vec<u8>> = (0..upto).map(|tag| payload(tag, 100)).collect();
        all.extend_from_slice(more);
        all
    };
    let own = [payload(500, 10), payload(501, 10)];
    assert_eq!(read_all(&disk, &folder_of(&CHILD)).unwrap(), expected(21, &own));
    // Of the fork's own records, and of those that it inherits.
    for (at, session, prefix) in [(21, GRANDCHILD, expected(21, &own[..1])), (5, [10; 16], expected(6, &[]))] {
        let nested = fork(disk.clone(), &folder_of(&session), session, &folder_of(&CHILD), at, options(3)).unwrap();
        assert_eq!(append(&nested, &[(900, 10)], false).unwrap(), at + 1);
        let mut all = prefix;
        all.push(payload(900, 10));
        assert_eq!(read_all(&disk, &folder_of(&session)).unwrap(), all);
        nested.close().unwrap();
        let mut reader = Reader::open(disk.clone(), &folder_of(&session)).unwrap();
        let found = reader.verify();
        assert!(found.ok, "{:?}", found.error);
        assert_eq!(found.records, at + 2);
        let parent = Reader::open(disk.clone(), &folder_of(&CHILD)).unwrap().chain_at(at).unwrap();
        assert_eq!(reader.chain_at(at).unwrap(), parent, "one chain runs through the lineage");
    }
    assert_eq!(read_all(&disk, &folder()).unwrap(), expected(41, &[]));
}

#[test]
fn a_fork_waits_until_the_parent_is_durable() {
    let disk = SimDisk::new(1);
    let writer = create(&disk);
    append(&writer, &[(0, 100), (1, 100)], false).unwrap();
    drop(writer);
    disk.kill();
    // Nobody writes it: it is recovered, and so on the disk before the fork names it.
    let child = fork(disk.clone(), &folder_of(&CHILD), CHILD, &folder(), 1, options(2)).unwrap();
    append(&child, &[(2, 100)], true).unwrap();
    drop(child);
    disk.reboot();
    let expected: Vec<Vec<u8>> = (0..3).map(|tag| payload(tag, 100)).collect();
    assert_eq!(read_all(&disk, &folder_of(&CHILD)).unwrap(), expected);
}

#[test]
fn a_fork_of_what_is_not_there_is_refused() {
    let disk = SimDisk::new(1);
    let writer = create(&disk);
    append(&writer, &[(0, 100)], true).unwrap();
    let refuse = |parent: &std::path::Path, at| {
        fork(disk.clone(), &folder_of(&CHILD), CHILD, parent, at, options(2)).map(|_| ()).unwrap_err().kind
    };
    assert_eq!(refuse(&folder(), 1), ErrorKind::Other);
    assert_eq!(refuse(&folder_of(&GRANDCHILD), 0), ErrorKind::NotFound);
    assert!(disk.files().iter().all(|path| path.parent() != Some(&folder_of(&CHILD))), "nothing is left behind");
}

#[test]
fn damage_in_the_parent_is_found_from_the_fork() {
    let disk = SimDisk::new(1);
    let writer = create(&disk);
    for tag in 0..4 {
        append(&writer, &[(tag, 100)], false).unwrap();
    }
    writer.close().unwrap();
    let writer = Writer::open(disk.clone(), &folder(), options(2)).unwrap();
    append(&writer, &[(4, 100), (5, 100)], true).unwrap();
    writer.close().unwrap();
    let child = fork(disk.clone(), &folder_of(&CHILD), CHILD, &folder(), 3, options(3)).unwrap();
    append(&child, &[(4, 100)], true).unwrap();
    child.close().unwrap();
    let verify = |path: &PathBuf| {
        let copy = disk.copy(1);
        let mut bytes = copy.contents(path);
        bytes[1024 + 200] ^= 1;
        copy.put(path, &bytes);
        let mut reader = Reader::open(copy, &folder_of(&CHILD)).unwrap();
        (reader.verify(), reader.read(0, None, &|_| true, 100).map(|batch| batch.len()))
    };
    let inherited = folder().join("00000001.seg");
    let (found, read) = verify(&inherited);
    assert!(!found.ok && read.is_err());
    assert_eq!(found.place(), Some((inherited, 1024)));
    let (found, read) = verify(&folder().join("00000002.seg"));
    assert!(found.ok, "what lies behind the fork is not the fork's: {:?}", found.error);
    assert_eq!(read.unwrap(), 5);
}

#[test]
fn salvage_copies_what_is_before_the_damage() {
    let disk = SimDisk::new(1);
    let writer = create(&disk);
    for tag in 0..30 {
        append(&writer, &[(tag, 200)], tag % 2 == 0).unwrap();
    }
    writer.close().unwrap();
    let child = fork(disk.clone(), &folder_of(&CHILD), CHILD, &folder(), 20, options(2)).unwrap();
    append(&child, &[(21, 200), (22, 200)], true).unwrap();
    child.close().unwrap();
    let expected: Vec<Vec<u8>> = (0..30).map(|tag| payload(tag, 200)).collect();
    // Nothing is damaged: a copy, of a fork one that needs no parent.
    for (from, count) in [(SESSION, 30), (CHILD, 23)] {
        let into = folder_of(&[count as u8; 16]);
        let counts = salvage(disk.clone(), &folder_of(&from), &into, [count as u8; 16], options(4)).unwrap();
        assert_eq!(counts, (count, 0));
        assert_eq!(read_all(&disk, &into).unwrap(), expected[..count as usize]);
        let found = Reader::open(disk.clone(), &into).unwrap().verify();
        assert!(found.ok && found.sealed, "{:?}", found.error);
    }
    let segments: Vec<_> = disk
        .files()
        .into_iter()
        .filter(|path| path.parent() == Some(&folder()) && path.extension().is_some())
        .collect();
    assert!(segments.len() > 1);
    for path in segments {
        let copy = disk.copy(1);
        let mut bytes = copy.contents(&path);
        bytes[1024 + 300] ^= 1;
        copy.put(&path, &bytes);
        let found = Reader::open(copy.clone(), &folder()).unwrap().verify();
        let (copied, left) = salvage(copy.clone(), &folder(), &folder_of(&[5; 16]), [5; 16], options(5)).unwrap();
        assert_eq!(copied, found.records);
        assert!(left > 0 && copied < 30);
        assert_eq!(read_all(&copy, &folder_of(&[5; 16])).unwrap(), expected[..copied as usize]);
    }
}
