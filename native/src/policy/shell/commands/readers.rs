//! Which arguments are read by commands of which otherwise not much is known.

use super::subcommand::behind_git_options;
use crate::policy::shell::line::word::{Kind, Word};

/// They read what their operands name, whatever their flags say.
const READERS: [&str; 52] = [
    "7z", "7za", "7zr", "ar", "ag", "ack", "base64", "bsdtar", "bzip2", "cat", "cmp", "cp", "curl", "cut", "diff",
    "file", "gcp", "grep", "gtar", "gzip", "head", "hexdump", "http", "install", "less", "lz4", "more", "nl", "od",
    "paste", "pax", "pigz", "rar", "rg", "rsync", "scp", "sftp", "shasum", "sort", "strings", "tac", "tail", "tar",
    "tree", "wc", "wget", "xxd", "xz", "zip", "zstd", "docker", "podman",
];

/// A word of the arguments, and the bytes of it in front of the path.
type Target = (Word, usize);

/// What an otherwise unknown command reads, each folder with all that is below it.
pub(in crate::policy::shell) fn of(name: &str, args: &[Word]) -> Vec<Target> {
    let mut found = Vec::new();
    if name == "git" {
        return archive(args);
    }
    let copies = args.first().is_some_and(|arg| arg.text == "cp");
    if !READERS.contains(&name) || matches!(name, "docker" | "podman") && !copies {
        return found;
    }
    // `tar cf x y`: the first word is flags.
    let flags = matches!(name, "tar" | "gtar" | "bsdtar" | "ar" | "7z" | "7za" | "7zr" | "rar")
        && args.first().is_some_and(|arg| !arg.text.starts_with('-'));
    let skipped = usize::from(copies || flags);
    for (at, arg) in args.iter().enumerate().skip(skipped) {
        let text = arg.text.as_str();
        let sent = name == "curl" && at > 0 && matches!(args[at - 1].text.as_str(), "-T" | "--upload-file");
        let start = match text.split_once('=') {
            _ if text.starts_with("file://") => "file://".len(),
            _ if matches!(name, "curl" | "http") && text.contains('@') => text.find('@').map_or(0, |at| at + 1),
            Some((flag, _)) if flag.starts_with("--") => flag.len() + 1,
            _ if name.ends_with("tar") && text.starts_with("-C") => 2,
            _ if sent => 0,
            _ if text.starts_with('-') || matches!(name, "curl" | "http" | "wget") => continue,
            _ => 0,
        };
        let path = &text[start..];
        // On another machine, or in a container.
        let elsewhere = path.contains("://")
            || path.contains(':') && matches!(name, "rsync" | "scp" | "sftp" | "docker" | "podman");
        let odd = path.is_empty() || path.len() > 1024 || path.contains(['\n', '\0']);
        if arg.kind != Kind::Unknown && !elsewhere && !odd {
            found.push((arg.clone(), start));
        }
    }
    // The last is written.
    if matches!(name, "cp" | "gcp" | "install") && !args.iter().any(takes_folder) {
        found.pop();
    }
    found
}

/// `-t FOLDER`: the last operand is none that is written.
fn takes_folder(arg: &Word) -> bool {
    let short = arg.text.strip_prefix('-').is_some_and(|flags| !flags.starts_with('-') && flags.contains('t'));
    short || arg.text.starts_with("--target")
}

/// `git archive` takes all of a commit, or what its operands name.
fn archive(args: &[Word]) -> Vec<Target> {
    match behind_git_options(args) {
        [name, ..] if name.text == "archive" => vec![(Word::literal("."), 0)],
        _ => Vec::new(),
    }
}
