//! Shells: their names, and the code they are given.

use std::collections::HashMap;

use super::wrapped::{Code, Wrapped, base};
use crate::policy::shell::line::segment::{Access, Segment};
use crate::policy::shell::line::word::{Kind, Word};

pub(in crate::policy::shell) const SHELLS: [&str; 17] = [
    "bash", "sh", "dash", "zsh", "ksh", "mksh", "ash", "rbash", "fish", "csh", "tcsh", "yash", "posh", "oksh", "nu",
    "elvish", "xonsh",
];

/// Others that read code where they are given no file.
const INTERPRETERS: [&str; 44] = [
    "bun",
    "clisp",
    "clojure",
    "csi",
    "dc",
    "deno",
    "ed",
    "elixir",
    "erl",
    "ex",
    "expect",
    "gdb",
    "ghci",
    "gnuplot",
    "guile",
    "iex",
    "irb",
    "jshell",
    "julia",
    "lldb",
    "lua",
    "mariadb",
    "mongo",
    "mongosh",
    "mysql",
    "node",
    "nu",
    "ocaml",
    "octave",
    "osascript",
    "perl",
    "php",
    "psql",
    "pwsh",
    "python",
    "R",
    "racket",
    "redis-cli",
    "ruby",
    "sbcl",
    "sftp",
    "sqlite",
    "swipl",
    "tclsh",
];

pub(in crate::policy::shell) fn is_shell(name: &str) -> bool {
    SHELLS.contains(&base(name))
}

/// A shell, or another program that runs the code it is given; `python3.11` is one.
pub(in crate::policy) fn is_interpreter(name: &str) -> bool {
    let unversioned = base(name).trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    is_shell(name) || INTERPRETERS.contains(&unversioned)
}

/// `bash -c code`. Of a script that is a file, nothing is known.
pub(in crate::policy::shell) fn shell(name: &str, words: &[Word]) -> Wrapped {
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
    let text = words.get(at).and_then(Word::known).map(str::to_owned);
    let parameters = words.get(at + 1..).unwrap_or_default().to_vec();
    Wrapped::Code(Code { text, here: false, opaque: false, trouble, parameters })
}

/// Is this a shell or another interpreter that reads its code from standard input?
pub(in crate::policy::shell) fn reads_code(words: &[Word]) -> bool {
    let Some(name) = words.first().and_then(Word::known) else { return false };
    let name = base(name).trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let interpreter = SHELLS.contains(&name) || INTERPRETERS.contains(&name);
    is_shell(name) && reads_input(words)
        || (interpreter || name == "ssh") && words[1..].iter().all(|word| word.text.starts_with('-'))
        || starts_shell(name)
        || matches!(name, "source" | "." | "xargs" | "parallel" | "at" | "batch" | "crontab")
}

/// Is this shell given no file with its code, or told to read its input all the same?
fn reads_input(words: &[Word]) -> bool {
    let mut at = 1;
    while let Some(text) = words.get(at).and_then(Word::known).filter(|text| text.starts_with(['-', '+'])) {
        let flags = text.trim_start_matches('-');
        match text {
            "-" | "--" => return words.len() == at + 1,
            "-o" | "+o" | "-O" | "+O" => at += 1,
            _ if text.starts_with("--") => {}
            _ if flags.contains('c') => return false,
            _ if flags.contains('s') => return true,
            _ => at += usize::from(text.ends_with('o')),
        }
        at += 1;
    }
    // A number may belong to a redirection.
    words[at.min(words.len())..].iter().all(|word| word.text.bytes().all(|b| b.is_ascii_digit()))
}

/// Is `make` given code beside its files: by `--eval`, as a file that is a stream, or by a variable that it expands?
pub(in crate::policy::shell) fn is_given_code(words: &[Word]) -> bool {
    let Some((name, args)) = words.split_first() else { return false };
    if !matches!(base(&name.text), "make" | "gmake" | "bmake" | "remake" | "mingw32-make") {
        return false;
    }
    let stream = |word: &Word| word.text == "-" || is_stream(word);
    args.iter().enumerate().any(|(at, arg)| {
        let next = || args.get(at + 1).is_some_and(stream);
        if arg.text.starts_with("--") {
            let (name, value) =
                arg.text.split_once('=').map_or((&*arg.text, None), |(name, value)| (name, Some(value)));
            let is = |flag: &str, least: usize| name.len() >= least && flag.starts_with(name);
            let file = is("--file", 4) || is("--makefile", 4);
            return is("--eval", 4)
                || file && value.map_or_else(next, |value| stream(&Word { text: value.into(), ..arg.clone() }));
        }
        if let Some(flags) = arg.text.strip_prefix('-') {
            let valued = flags.find(|flag| "CIfjlWoE".contains(flag));
            return valued.is_some_and(|valued| match flags.as_bytes()[valued] {
                b'E' => true,
                b'f' if valued + 1 == flags.len() => next(),
                b'f' => stream(&Word { text: flags[valued + 1..].into(), ..arg.clone() }),
                _ => false,
            });
        }
        let Some((name, value)) = arg.text.split_once('=') else { return false };
        let special = ["SHELL", ".SHELLFLAGS", "MAKEFLAGS", "GNUMAKEFLAGS", "MAKEFILES", "MAKE"];
        special.contains(&name.trim_end_matches([':', '?', '+']))
            || name.ends_with('!')
            || value.contains(['$', '`', ';', '|', '&', '<', '>', '(', '\n'])
    })
}

/// A script that is no file but what another command writes, or that is not known.
pub(in crate::policy::shell) fn is_stream(word: &Word) -> bool {
    let stream = ["/dev/fd/", "/dev/stdin", "/proc/self/fd/", "/proc/thread-self/fd/"];
    !word.is_literal() || stream.iter().any(|start| word.text.starts_with(start))
}

/// Started without a command, they start a shell.
fn starts_shell(name: &str) -> bool {
    matches!(name, "su" | "sudo" | "doas" | "unshare" | "nsenter" | "newgrp" | "script" | "nix-shell" | "pwsh")
}

/// Does this shell do nothing but run the code that it is given to read?
pub(in crate::policy::shell) fn only_runs_input(name: &str, args: &[Word]) -> bool {
    let plain = |text: &str| {
        text == "-s" || text.strip_prefix('-').is_some_and(|flags| flags.chars().all(|c| "eux".contains(c)))
    };
    matches!(name, "bash" | "sh") && args.iter().all(|arg| arg.known().is_some_and(plain))
}

/// Might a command in the code that a shell reads from its input take some of that code for its own input? What is left
/// would be other code.
pub(in crate::policy::shell) fn may_be_eaten(text: &str, segments: &[Segment]) -> bool {
    const DEAF: [&str; 17] = [
        "ls", "echo", "printf", "pwd", "cd", "true", "false", ":", "find", "stat", "du", "date", "uname", "id",
        "whoami", "which", "tree",
    ];
    const DEAF_WITH_FILES: [&str; 7] = ["cat", "head", "tail", "wc", "grep", "sed", "sort"];
    const DEAF_GIT: [&str; 9] = ["status", "log", "diff", "show", "branch", "tag", "remote", "rev-parse", "ls-files"];
    let words = |segment: &Segment| -> Vec<String> {
        segment.forms.last().into_iter().flat_map(|form| &form.words).map(|word| word.text.clone()).collect()
    };
    let deaf = |segment: &Segment| {
        let words = words(segment);
        let texts: Vec<_> = words.iter().map(String::as_str).collect();
        let file = segment.uses.iter().any(|used| used.access == Access::Read && texts.contains(&used.given.as_str()));
        let streams = texts.iter().any(|word| {
            matches!(*word, "-" | "--stdin" | "-ok" | "-okdir") || word.ends_with("=-") || word.starts_with("/dev/")
        });
        match texts[..] {
            [] => true,
            ["git", subcommand, ..] => DEAF_GIT.contains(&subcommand) && !streams,
            [name, ..] => !streams && (DEAF.contains(&name) || file && DEAF_WITH_FILES.contains(&name)),
        }
    };
    // `exec < file` gives the shell other code to read.
    segments.iter().any(|segment| words(segment) == ["exec"])
        || text.trim_end().contains('\n') && !segments.iter().all(deaf)
}

/// `$0`, `$1` and so on, as far as it is certain which is which while this code runs.
pub(in crate::policy::shell) fn positional(text: &str, parameters: &[Word]) -> HashMap<String, Word> {
    const CHANGES: [&str; 6] = ["shift", "set", "eval", "function", "source", "."];
    let plain = text.replace(['\\', '\'', '"'], "");
    let mut words = plain.split(|c: char| c.is_whitespace() || ";&|(){},`<>".contains(c));
    // These give them other values, and so does a function to its body.
    if plain.contains("()") || text.contains("$'") || words.any(|word| CHANGES.contains(&word)) {
        return HashMap::new();
    }
    let single = parameters.iter().take_while(|word| word.is_literal()).count();
    let certain = parameters.iter().take(single + 1).filter(|word| matches!(word.kind, Kind::Literal | Kind::Glob));
    certain.enumerate().take(10).map(|(at, word)| (at.to_string(), word.clone())).collect()
}

/// Why commands that it is given to read may not have been seen.
pub(in crate::policy::shell) fn unseen(words: &[Word], read: bool) -> Option<&'static str> {
    let name = words.first().and_then(Word::known).map(base)?;
    let runs = is_shell(name)
        || starts_shell(name)
        || matches!(name, "source" | "." | "parallel" | "at" | "batch" | "crontab");
    (runs && !read).then_some("the code that it reads is not known")
}
