//! Where other processes listen on local sockets: a read-only mount does not keep anybody from connecting (unix(7)).

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

/// The sockets that have a name in the file system, as far as it leads to them: what was renamed or has a second name
/// is not found here.
pub(super) fn listening() -> Vec<PathBuf> {
    let table = std::fs::read("/proc/net/unix").unwrap_or_default();
    let (absolute, relative): (Vec<_>, Vec<_>) = names(&table).into_iter().partition(|name| name.starts_with(b"/"));
    let mut found: BTreeSet<PathBuf> = absolute.iter().filter_map(|name| socket(Path::new(path(name)))).collect();
    if !relative.is_empty() {
        let folders = working_folders();
        let places = relative.iter().flat_map(|name| folders.iter().map(|folder| folder.join(path(name))));
        found.extend(places.filter_map(|place| socket(&place)));
    }
    found.into_iter().collect()
}

/// As it is on disk, without links; None if it is not there.
pub(super) fn canonical(path: &Path) -> Option<PathBuf> {
    // One call says that it is not there; following it takes one for each folder above it.
    path.symlink_metadata().ok()?;
    std::fs::canonicalize(path).ok()
}

fn path(name: &[u8]) -> &OsStr {
    OsStr::from_bytes(name)
}

fn socket(path: &Path) -> Option<PathBuf> {
    canonical(path).filter(|path| path.metadata().is_ok_and(|found| found.file_type().is_socket()))
}

/// The names in proc_net(5): the rest of an entry behind seven fields. A name may hold line breaks, so a line that does
/// not begin as an entry does belongs to the name before it. Abstract ones begin with `@`.
fn names(table: &[u8]) -> Vec<Vec<u8>> {
    let mut names: Vec<Vec<u8>> = Vec::new();
    let mut named = false;
    for line in table.split(|byte| *byte == b'\n').skip(1) {
        match name(line) {
            Some(name) => {
                named = !name.is_empty();
                names.extend(named.then(|| name.to_vec()));
            }
            None => {
                if let Some(last) = names.last_mut().filter(|_| named) {
                    last.push(b'\n');
                    last.extend_from_slice(line);
                }
            }
        }
    }
    // The table ends with a line break.
    if let Some(last) = names.last_mut().filter(|_| named)
        && last.last() == Some(&b'\n')
    {
        last.pop();
    }
    names
}

/// The name in a line that begins an entry, which may be empty.
fn name(line: &[u8]) -> Option<&[u8]> {
    let hex = |field: &[u8]| !field.is_empty() && field.iter().all(u8::is_ascii_hexdigit);
    let (number, mut rest) = line.split_at_checked(line.iter().position(|byte| *byte == b':')?)?;
    rest = &rest[1..];
    let mut fields = 0;
    while fields < 6 {
        rest = rest.trim_ascii_start();
        let end = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
        if !rest[..end].iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        rest = &rest[end..];
        fields += 1;
    }
    hex(number).then(|| rest.strip_prefix(b" ").unwrap_or(rest))
}

/// Where a relative name may begin: its owner's folder is the owner's alone to know, so every process's is tried.
fn working_folders() -> BTreeSet<PathBuf> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter_map(|process| std::fs::read_link(process.path().join("cwd")).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_name_is_all_that_is_left_of_its_entry() {
        let table = b"Num       RefCount Protocol Flags    Type St Inode Path\n\
            0000000000000000: 00000002 00000000 00010000 0001 01 20001 /run/plain\n\
            0000000000000000: 00000002 00000000 00000000 0002 01 20002\n\
            ffff8880034b1400: 00000002 00000000 00010000 0001 01   203 with blank/s \n\
            0000000000000000: 00000003 00000000 00000000 0001 03 20004 /a\n\
            b\n\n\
            0000000000000000: 00000003 00000000 00000000 0001 03 20005 @abstract\n\
            0000000000000000: 00000003 00000000 00000000 0001 03 20006 ./last\n";
        let expected: [&[u8]; 5] = [b"/run/plain", b"with blank/s ", b"/a\nb\n", b"@abstract", b"./last"];
        assert_eq!(names(table), expected);
    }
}
