//! What a program's file says about how it is started (elf(5)).

use std::fs::File;
use std::os::unix::fs::FileExt;

const SHARED_OBJECT: u64 = 3;
const PT_DYNAMIC: u64 = 2;
const PT_INTERP: u64 = 3;
const DT_FLAGS_1: u64 = 0x6fff_fffb;
const DF_1_PIE: u64 = 0x0800_0000;
/// Of a table: more are in no file that the kernel starts.
const MOST_BYTES: u64 = 64 * 1024;

/// Is it a shared object that starts without an interpreter and was not linked as a program? That is a dynamic loader
/// (ld.so(8)), whatever it is called and wherever it was copied to.
pub(super) fn is_loader(file: &File) -> bool {
    loads(file).unwrap_or(false)
}

fn loads(file: &File) -> Option<bool> {
    let header = bytes(file, 0, 64)?;
    if !header.starts_with(b"\x7fELF") || *header.get(5)? != 1 {
        return None;
    }
    // Offsets of what is read, for files of 64 and of 32 bit.
    let wide = *header.get(4)? == 2;
    let word = if wide { 8 } else { 4 };
    let (table_at, size_at, offset_at, length_at) = if wide { (32, 54, 8, 32) } else { (28, 42, 4, 16) };
    let (table, size, count) =
        (number(&header, table_at, word)?, number(&header, size_at, 2)?.max(1), number(&header, size_at + 2, 2)?);
    if number(&header, 16, 2)? != SHARED_OBJECT {
        return Some(false);
    }
    let table = bytes(file, table, size * count)?;
    let segment = |kind: u64| table.chunks_exact(size as usize).find(|entry| number(entry, 0, 4) == Some(kind));
    if segment(PT_INTERP).is_some() {
        return Some(false);
    }
    let Some(dynamic) = segment(PT_DYNAMIC) else { return Some(true) };
    let dynamic = bytes(file, number(dynamic, offset_at, word)?, number(dynamic, length_at, word)?)?;
    let mut entries = dynamic.chunks_exact(2 * word);
    let flags = entries.find(|entry| number(entry, 0, word) == Some(DT_FLAGS_1));
    Some(flags.and_then(|entry| number(entry, word, word)).is_none_or(|flags| flags & DF_1_PIE == 0))
}

fn bytes(file: &File, at: u64, count: u64) -> Option<Vec<u8>> {
    let mut found = vec![0; count.min(MOST_BYTES) as usize];
    file.read_exact_at(&mut found, at).ok()?;
    Some(found)
}

/// A number of that many bytes, the lowest first.
fn number(bytes: &[u8], at: usize, size: usize) -> Option<u64> {
    Some(bytes.get(at..at + size)?.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}
