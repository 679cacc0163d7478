//! The worked examples of `docs/log-format.md` are what the writer writes, byte for byte.

use std::path::Path;

use claw_native::log::disk::RealDisk;
use claw_native::log::random::Salts;
use claw_native::log::{FLAG_DERIVED, FLAG_DURABLE, Options, Record, Writer};

const SESSION: [u8; 16] =
    [0x01, 0x90, 0x12, 0x34, 0x56, 0x78, 0x7a, 0xbc, 0x8d, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab];

/// Lines of sixteen bytes; lines of zeros are left out.
fn dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (line, chunk) in bytes.chunks(16).enumerate().filter(|(_, chunk)| chunk.iter().any(|byte| *byte != 0)) {
        let hex: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
        text.push_str(&format!("{:06x}  {}\n", line * 16, hex.join(" ")));
    }
    text
}

#[test]
fn the_documented_examples_are_what_is_written() {
    let folder = std::env::temp_dir().join(format!("claw-doc-{}", std::process::id()));
    let options = Options { background: false, salts: Some(Salts::from_seed(1)), ..Options::default() };
    let writer = Writer::create(RealDisk, &folder, SESSION, options).unwrap();
    let input = Record {
        kind: "input.received",
        version: 1,
        ts: 1_700_000_000_000_000_000,
        agent: 0,
        cause: None,
        flags: 0,
        payload: b"\x81\xa4text\xa2hi",
    };
    let request = Record {
        kind: "model.requested",
        cause: Some(0),
        flags: FLAG_DERIVED | FLAG_DURABLE,
        payload: b"\x80",
        ..input
    };
    writer.append(&[input], false, 0).unwrap();
    writer.append(&[Record { ts: input.ts + 1, flags: FLAG_DURABLE, ..input }, request], true, 0).unwrap();
    let segment = folder.join("00000001.seg");
    let plain = std::fs::read(&segment).unwrap();
    writer.close().unwrap();
    let packed = std::fs::read(&segment).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();

    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/log-format.md");
    let document = std::fs::read_to_string(document).unwrap();
    let missing: Vec<_> =
        [dump(&plain), dump(&packed)].into_iter().filter(|example| !document.contains(example)).collect();
    assert!(missing.is_empty(), "docs/log-format.md lacks these dumps:\n{}", missing.join("\n"));
    let chain: String = packed[544..576].iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(document.contains(&chain), "docs/log-format.md lacks the last chain hash {chain}");
}
