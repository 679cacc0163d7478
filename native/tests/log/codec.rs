//! Frames survive the round trip, and nothing else passes for one.

use claw_native::log::chain::genesis;
use claw_native::log::frame::{
    self, BLOCK_HEADER, BlockHeader, MARK, Record, RecordView, Records, SECTOR, body_is_sound, encode_record,
};
use claw_native::log::header::{HEADER, Header, Parent, Seal, Unreadable};
use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Debug, Clone)]
struct Owned {
    kind: String,
    version: u16,
    ts: i64,
    agent: u32,
    cause: Option<u64>,
    flags: u8,
    payload: Vec<u8>,
    salt: [u8; 16],
}

impl Owned {
    fn record(&self) -> Record<'_> {
        let Self { kind, version, ts, agent, cause, flags, payload, .. } = self;
        Record { kind, version: *version, ts: *ts, agent: *agent, cause: *cause, flags: *flags, payload }
    }
}

fn any_record() -> impl Strategy<Value = Owned> {
    let cause = prop::option::of(0..u64::MAX);
    let kind = "[a-zé._]{1,60}";
    (kind, any::<u16>(), any::<i64>(), any::<u32>(), cause, 0..8u8, vec(any::<u8>(), 0..400), any::<[u8; 16]>())
        .prop_map(|(kind, version, ts, agent, cause, flags, payload, salt)| Owned {
            kind,
            version,
            ts,
            agent,
            cause,
            flags,
            payload,
            salt,
        })
}

/// A whole block at `offset`.
fn block_of(records: &[Owned], salt: u64, offset: u64, first_seq: u64, sectors: bool) -> (Vec<u8>, BlockHeader) {
    let mut block = Vec::new();
    frame::start_block(&mut block);
    let mut chain = genesis(&[3; 16]);
    for (seq, record) in (first_seq..).zip(records) {
        chain = encode_record(&mut block, &record.record(), &record.salt, seq, &chain);
    }
    let header = BlockHeader {
        offset,
        length: frame::padded_len(block.len(), offset, sectors) as u32,
        count: records.len() as u32,
        first_seq,
        durable: first_seq / 2,
        chain,
    };
    frame::finish_block(&mut block, 0, salt, &header);
    (block, header)
}

proptest! {
    #[test]
    fn a_block_gives_back_what_was_put_in(
        records in vec(any_record(), 0..6), salt in 1..u64::MAX, at in 0..1000u64, seq in 0..1_000_000u64, sectors: bool
    ) {
        let (block, header) = block_of(&records, salt, at * 8, seq, sectors);
        prop_assert_eq!(BlockHeader::parse(&block, salt, at * 8), Some(header));
        prop_assert!(body_is_sound(&block));
        prop_assert!(block.len() >= MARK && block.len().is_multiple_of(8));
        prop_assert!(!sectors || (at as usize * 8 + block.len()).is_multiple_of(SECTOR));
        let mut views = Records::of(&block, header.count);
        let mut chain = genesis(&[3; 16]);
        for (index, (record, view)) in records.iter().zip(views.by_ref()).enumerate() {
            prop_assert_eq!(view.kind(), record.kind.as_bytes());
            prop_assert_eq!((view.version(), view.ts(), view.agent()), (record.version, record.ts, record.agent));
            prop_assert_eq!((view.cause(), view.flags(), view.payload()), (record.cause, record.flags, &record.payload[..]));
            chain = view.link(seq + index as u64, &chain);
        }
        prop_assert_eq!(chain, header.chain);
        prop_assert!(views.next().is_none() && views.rest_is_padding());
    }

    #[test]
    fn one_changed_byte_makes_a_block_unsound(
        records in vec(any_record(), 1..4), at: prop::sample::Index, change in 1..=255u8
    ) {
        let (mut block, _) = block_of(&records, 77, 1024, 5, false);
        let at = at.index(block.len());
        block[at] ^= change;
        let header = BlockHeader::parse(&block, 77, 1024);
        prop_assert!(header.is_none_or(|header| header.length as usize != block.len() || !body_is_sound(&block)));
        prop_assert!(at >= BLOCK_HEADER || header.is_none());
    }

    #[test]
    fn a_block_elsewhere_or_of_another_segment_is_none(records in vec(any_record(), 1..3), move_by in 1..100u64) {
        let (block, _) = block_of(&records, 77, 1024, 5, false);
        prop_assert_eq!(BlockHeader::parse(&block, 77, 1024 + move_by * 8), None);
        prop_assert_eq!(BlockHeader::parse(&block, 77 + move_by, 1024), None);
    }

    #[test]
    fn every_part_of_a_record_is_in_its_link(record in any_record(), at: prop::sample::Index, change in 1..=255u8) {
        let mut bytes = Vec::new();
        let before = genesis(&[3; 16]);
        let link = encode_record(&mut bytes, &record.record(), &record.salt, 9, &before);
        prop_assert_ne!(RecordView::parse(&bytes).map(|view| view.link(10, &before)), Some(link));
        // All but body_len and form, which the frame checks.
        let at = 5 + at.index(bytes.len() - 5);
        bytes[at] ^= change;
        prop_assert_ne!(RecordView::parse(&bytes).map(|view| view.link(9, &before)), Some(link));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..600)) {
        let _ = BlockHeader::parse(&bytes, 1, 0);
        let _ = RecordView::parse(&bytes);
        if bytes.len() >= MARK {
            let found = Records::of(&bytes, u32::MAX).count();
            prop_assert!(found < bytes.len());
        }
    }

    #[test]
    fn headers_and_seals_give_back_what_was_put_in(
        salt in 1..u64::MAX, session: [u8; 16], number in 1..u64::MAX, first_seq: u64, chain: [u8; 32],
        allocated: u64, parent in prop::option::of((any::<[u8; 16]>(), any::<u64>(), any::<[u8; 32]>())),
        flags in 0..4u32, at in 0..HEADER, bit in 0..8u32
    ) {
        let parent = parent.map(|(session, seq, chain)| Parent { session, seq, chain });
        let header = Header { packed: flags & 1 == 1, salt, session, number, first_seq, chain, allocated, parent };
        let mut bytes = header.encode();
        prop_assert_eq!(Header::decode(&bytes), Ok(header));
        bytes[at] ^= 1u8 << bit;
        prop_assert!(matches!(Header::decode(&bytes), Err(Unreadable::Damaged(_))));
        let seal = Seal { end: allocated, next_seq: first_seq, chain, flags };
        let mut bytes = seal.encode(salt);
        prop_assert_eq!(Seal::decode(&bytes, salt), Ok(Some(seal)));
        bytes[at] ^= 1u8 << bit;
        prop_assert!(Seal::decode(&bytes, salt).is_err());
    }
}

#[test]
fn a_mark_shares_no_sector_with_what_it_vouches_for() {
    for tail in (1024..4096).step_by(8) {
        let mut marks = Vec::new();
        frame::marks(&mut marks, 5, tail, 10, 10, &[1; 32]);
        let mut at = 0;
        let mut last = tail;
        while at < marks.len() {
            let header = BlockHeader::parse(&marks[at..], 5, tail + at as u64).unwrap();
            assert_eq!((header.count, header.first_seq, header.durable), (0, 10, 10));
            assert!(body_is_sound(&marks[at..at + header.length as usize]));
            last = header.offset;
            at += header.length as usize;
        }
        assert!(last / SECTOR as u64 > (tail - 1) / SECTOR as u64, "mark at {last} for records up to {tail}");
    }
}

#[test]
fn a_newer_version_or_an_unknown_feature_is_not_damage() {
    let header = Header {
        packed: false,
        salt: 1,
        session: [1; 16],
        number: 1,
        first_seq: 0,
        chain: [0; 32],
        allocated: 4096,
        parent: None,
    };
    for (at, value) in [(8, 3u32), (8, 0), (12, 1), (12, 1 << 31)] {
        let mut bytes = header.encode();
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..508]);
        bytes[508..].copy_from_slice(&crc.to_le_bytes());
        assert!(matches!(Header::decode(&bytes), Err(Unreadable::TooNew(_))));
    }
}
