//! Shells: their names, and the code they are given.

use super::word::Word;
use super::wrapper::{Wrapped, base, code};

pub(super) const SHELLS: [&str; 11] =
    ["bash", "sh", "dash", "zsh", "ksh", "mksh", "ash", "rbash", "fish", "csh", "tcsh"];

pub(super) fn is_shell(name: &str) -> bool {
    SHELLS.contains(&base(name))
}

/// `bash -c code`. Of a script that is a file, nothing is known.
pub(super) fn shell(name: &str, words: &[Word]) -> Wrapped {
    let mut at = 1;
    let mut wants_code = false;
    while let Some(word) = words.get(at) {
        let Some(text) = word.known() else { break };
        match text {
            "--norc" | "--noprofile" | "--login" | "--posix" | "--verbose" => {}
            "-o" | "+o" | "-O" | "+O" => at += 1,
            "--" | "-" => {
                at += 1;
                break;
            }
            _ if text.starts_with("--") => return Wrapped::Nothing,
            _ if text.len() > 1 && text.starts_with(['-', '+']) => {
                wants_code |= text.starts_with('-') && text.contains('c');
                at += usize::from(text.ends_with('o'));
            }
            _ => break,
        }
        at += 1;
    }
    if !wants_code {
        return Wrapped::Nothing;
    }
    let other = !matches!(name, "bash" | "sh");
    let trouble = other.then(|| format!("{name} may read it otherwise than bash"));
    code(words.get(at).and_then(Word::known).map(str::to_owned), false, trouble)
}

/// Is this a shell or another interpreter that reads its code from standard input?
pub(super) fn reads_code(words: &[Word]) -> bool {
    let Some(name) = words.first().and_then(Word::known) else { return false };
    let name = base(name).trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let interpreter = SHELLS.contains(&name)
        || matches!(
            name,
            "python" | "perl" | "ruby" | "node" | "php" | "lua" | "deno" | "bun" | "psql" | "sqlite" | "mysql" | "ssh"
        );
    interpreter && words[1..].iter().all(|word| word.text.starts_with('-'))
        || matches!(name, "source" | "." | "xargs" | "parallel" | "at" | "batch" | "crontab")
}

/// Why commands that it is given to read may not have been seen.
pub(super) fn unseen(words: &[Word], read: bool) -> Option<&'static str> {
    let name = words.first().and_then(Word::known).map(base)?;
    let runs = is_shell(name) || matches!(name, "source" | "." | "parallel" | "at" | "batch" | "crontab");
    (runs && !read).then_some("the code that it reads is not known")
}
