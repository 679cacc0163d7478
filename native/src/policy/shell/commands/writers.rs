//! Which arguments are written by commands of which otherwise not much is known.

use super::subcommand::behind_git_options;
use crate::policy::shell::line::word::{Kind, Word};

/// A word of the arguments, and the bytes of it in front of the path.
pub(in crate::policy::shell) type Target = (Word, usize);

/// What a command writes.
#[derive(Default)]
pub(in crate::policy::shell) struct Writes {
    pub(in crate::policy::shell) paths: Vec<Target>,
    /// Of a folder, all that is below it too.
    pub(in crate::policy::shell) deep: bool,
}

pub(in crate::policy::shell) fn of(name: &str, args: &[Word]) -> Writes {
    let mut writes = Writes::default();
    match name {
        "tee" | "truncate" | "chmod" | "chown" | "chgrp" | "rm" | "rmdir" | "unlink" | "shred" | "mkdir" | "touch"
        | "mkfifo" | "mknod" | "mv" => {
            writes.paths = operands(args).map(|arg| (arg.clone(), 0)).collect();
            writes.deep = match name {
                "mv" => true,
                "rm" => flag(args, "rR", "--recursive"),
                _ => flag(args, "R", "--recursive"),
            };
        }
        "ln" | "cp" | "install" => {
            let all: Vec<_> = operands(args).collect();
            if let [_, .., last] = all[..] {
                writes.paths.push(((*last).clone(), 0));
            }
            valued(args, 't', "--target-directory", &mut writes.paths);
        }
        "dd" => {
            let out = args.iter().filter(|arg| arg.text.starts_with("of="));
            writes.paths = out.map(|arg| (arg.clone(), 3)).collect();
        }
        "sort" => valued(args, 'o', "--output", &mut writes.paths),
        "find" if args.iter().any(|arg| arg.text == "-delete") => {
            let roots = args.iter().take_while(|arg| !arg.text.starts_with(['-', '(', '!']));
            writes.paths = roots.map(|arg| (arg.clone(), 0)).collect();
            if writes.paths.is_empty() {
                writes.paths.push((Word::literal("."), 0));
            }
            writes.deep = true;
        }
        "sed" | "gsed" => writes.paths = texts(args).flat_map(|text| named(text, sed_targets)).collect(),
        "awk" | "gawk" | "mawk" | "nawk" => {
            writes.paths = texts(args).flat_map(|text| named(text, awk_targets)).collect();
        }
        "git" => writes.paths = git_config(args).into_iter().collect(),
        _ => {}
    }
    // Where a pattern or an expansion leads is for the judge of the command.
    writes.paths.retain(|(word, at)| match word.kind {
        Kind::Literal => true,
        Kind::Glob => word.path(*at).is_some_and(|folder| folder != "."),
        Kind::Names | Kind::Unknown => false,
    });
    writes
}

/// `git log --output=file`, `git archive -o file`, `git bundle create file`
pub(in crate::policy::shell) fn of_git(args: &[Word]) -> Vec<Target> {
    let Some((subcommand, rest)) = behind_git_options(args).split_first() else { return Vec::new() };
    let mut found = Vec::new();
    for (at, arg) in rest.iter().enumerate() {
        let (name, value) =
            arg.text.split_once('=').map_or((&*arg.text, None), |(name, _)| (name, Some(name.len() + 1)));
        let output = ["--output", "--output-directory"].iter().any(|long| name.len() > 3 && long.starts_with(name));
        if output {
            found.extend(value.map(|at| (arg.clone(), at)).or_else(|| Some((rest.get(at + 1)?.clone(), 0))));
        }
    }
    match subcommand.text.as_str() {
        "archive" | "format-patch" | "bugreport" | "diagnose" => valued(rest, 'o', "--output", &mut found),
        "bundle" if rest.first().is_some_and(|word| word.text == "create") => {
            found.extend(operands(&rest[1..]).next().map(|file| (file.clone(), 0)));
        }
        _ => {}
    }
    found
}

fn operands(args: &[Word]) -> impl Iterator<Item = &Word> {
    let dashes = args.iter().position(|arg| arg.text == "--").unwrap_or(args.len());
    let is_operand = move |at: usize, arg: &Word| at > dashes || at < dashes && !arg.text.starts_with('-');
    args.iter().enumerate().filter(move |(at, arg)| is_operand(*at, arg)).map(|(_, arg)| arg)
}

fn flag(args: &[Word], letters: &str, long: &str) -> bool {
    args.iter().any(|arg| match arg.text.strip_prefix('-') {
        Some(word) if word.starts_with('-') => word.len() > 2 && long[1..].starts_with(word),
        Some(short) => short.contains(|c| letters.contains(c)),
        None => false,
    })
}

/// The value of a flag: in its word or the next.
fn valued(args: &[Word], letter: char, long: &str, out: &mut Vec<Target>) {
    for (at, arg) in args.iter().enumerate() {
        let next = || args.get(at + 1).map(|next| (next.clone(), 0));
        let (name, value) =
            arg.text.split_once('=').map_or((&*arg.text, None), |(name, _)| (name, Some(name.len() + 1)));
        if name.len() > 2 && name.starts_with("--") && long.starts_with(name) {
            out.extend(value.map(|at| (arg.clone(), at)).or_else(next));
        } else if let Some(found) =
            arg.text.find(letter).filter(|_| arg.text.starts_with('-') && !arg.text.starts_with("--"))
        {
            let rest = found + letter.len_utf8();
            out.extend(if rest == arg.text.len() { next() } else { Some((arg.clone(), rest)) });
        }
    }
}

fn texts(args: &[Word]) -> impl Iterator<Item = &str> {
    args.iter().filter_map(Word::known)
}

fn named(text: &str, targets: fn(&str) -> Vec<&str>) -> Vec<Target> {
    targets(text).into_iter().map(|path| (Word::literal(path), 0)).collect()
}

/// Whatever stands behind a `w` and a blank, up to the end of the line.
fn sed_targets(script: &str) -> Vec<&str> {
    let starts = script.match_indices(['w', 'W']).map(|(at, _)| &script[at + 1..]);
    let paths = starts.filter(|rest| rest.starts_with([' ', '\t'])).filter_map(|rest| rest.lines().next());
    paths.map(str::trim).filter(|path| !path.is_empty()).collect()
}

/// Text in quotes behind a `>`.
fn awk_targets(program: &str) -> Vec<&str> {
    let behind = program.match_indices('>').map(|(at, _)| program[at + 1..].trim_start_matches(['>', ' ', '\t']));
    behind.filter_map(|rest| rest.strip_prefix('"')?.split('"').next()).filter(|path| !path.is_empty()).collect()
}

/// `git config` in any form that is not known to read.
fn git_config(args: &[Word]) -> Option<Target> {
    let behind = behind_git_options(args);
    let (_, rest) = behind.split_first().filter(|(name, _)| name.text == "config")?;
    let file = rest.iter().enumerate().find_map(|(at, arg)| match arg.text.as_str() {
        "-f" | "--file" => rest.get(at + 1).map(|file| (file.clone(), 0)),
        text => text.starts_with("--file=").then(|| (arg.clone(), "--file=".len())),
    });
    let with = |name: &str| rest.iter().any(|arg| arg.text == name);
    Some(match file {
        Some(file) => file,
        None if with("--global") => (Word { home: Some(0), ..Word::literal("~/.gitconfig") }, 0),
        None if with("--system") => (Word::literal("/etc/gitconfig"), 0),
        None => (of_repository(&args[..args.len() - behind.len()]), 0),
    })
}

/// The configuration of the repository that git's own options lead to.
fn of_repository(options: &[Word]) -> Word {
    let is_absolute = |word: &Word| word.text.starts_with('/') || word.home == Some(0);
    let below = |folder: &Word, name: &str| Word { text: format!("{}/{name}", folder.text), ..folder.clone() };
    let mut folder: Option<Word> = None;
    let mut git = None;
    for (at, option) in options.iter().enumerate() {
        let next = options.get(at + 1);
        match (option.text.as_str(), next) {
            ("-C", Some(next)) => {
                let onto = folder.filter(|_| next.is_literal() && !is_absolute(next));
                folder = Some(onto.map_or_else(|| next.clone(), |folder| below(&folder, &next.text)));
            }
            ("--git-dir", Some(next)) => git = Some(next.clone()),
            (text, _) => {
                let value = text.strip_prefix("--git-dir=");
                git = value.map(|text| Word { text: text.into(), home: None, ..option.clone() }).or(git);
            }
        }
    }
    let git = git.unwrap_or_else(|| Word::literal(".git"));
    match folder {
        Some(folder) if git.is_literal() && !is_absolute(&git) => below(&folder, &format!("{}/config", git.text)),
        _ => below(&git, "config"),
    }
}
