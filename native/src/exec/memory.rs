//! What the starter's forks do without.
//!
//! A fork copies the tables of all memory that there is, and its end takes them apart: most of what a fork costs. What a
//! supervisor and a command's first moments need is this library, the C library, the heap and the stack. What else lies in
//! the starter, which is Python and its objects, is not inherited from it (madvise(2)).

use std::io;
use std::ops::Range;

/// One line of `/proc/self/maps` (proc_pid_maps(5)).
struct Mapping<'a> {
    range: Range<usize>,
    /// The file's device and inode; None for memory without one.
    file: Option<(&'a str, &'a str)>,
    name: &'a str,
}

/// Bytes of what is inherited whatever it is: the C library has some of it, and a fork hardly notices.
const SMALL: usize = 128 * 1024;

/// Where the C library's heaps of other threads begin. One thread gets what another has allocated once that was freed.
const ARENA: usize = 64 << 20;

/// Keep from later forks what they have no use for. Whatever cannot be told apart, they inherit.
///
/// # Safety
/// In a process with one thread, whose forks run only code of this library and the C library.
pub(super) unsafe fn give_up_others() -> io::Result<()> {
    let table = std::fs::read_to_string("/proc/self/maps")?;
    let mappings: Vec<_> = table.lines().filter_map(parsed).collect();
    // So large that it does not come from what this thread has freed.
    let allocated = vec![0u8; 4096];
    let here = 0u8;
    // SAFETY: plain questions.
    let (errno, loader) = unsafe { (libc::__errno_location() as usize, libc::getauxval(libc::AT_BASE) as usize) };
    // Thread-local values, the heap that is allocated from, the stack.
    let data = [errno, allocated.as_ptr() as usize, &raw const here as usize];
    let code = [give_up_others as *const () as usize, libc::fork as *const () as usize, loader];
    let holding = |address: usize| mappings.iter().find(move |mapping| mapping.range.contains(&address));
    let files: Vec<_> = code.into_iter().filter_map(|address| holding(address)?.file).collect();
    let mut behind = None;
    for mapping in &mappings {
        let kept = match mapping.file {
            Some(file) => files.contains(&file),
            // What a file's data goes on with follows it.
            None => {
                mapping.range.len() < SMALL
                    || mapping.range.start.is_multiple_of(ARENA)
                    || mapping.name.starts_with('[')
                    || behind == Some(mapping.range.start)
                    || data.iter().any(|address| mapping.range.contains(address))
            }
        };
        behind = kept.then_some(mapping.range.end).filter(|_| mapping.file.is_some());
        if !kept {
            let (start, size) = (mapping.range.start as *mut libc::c_void, mapping.range.len());
            // SAFETY: the memory stays as it is; by the caller's promise no fork looks there.
            unsafe { libc::madvise(start, size, libc::MADV_DONTFORK) };
        }
    }
    Ok(())
}

fn parsed(line: &str) -> Option<Mapping<'_>> {
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let number = |digits| usize::from_str_radix(digits, 16).ok();
    let (device, inode) = (fields.nth(2)?, fields.next()?);
    let file = (inode != "0").then_some((device, inode));
    Some(Mapping { range: number(start)?..number(end)?, file, name: fields.next().unwrap_or_default() })
}
