//! `find`: its expression is a language of its own. Tests and printing are harmless; `-exec` is judged by the caller.

use std::ops::Range;

use super::{Effect, PathArg, Word};

/// Predicates without an argument.
const ALONE: [&str; 41] = [
    "-a",
    "-and",
    "-d",
    "-daystart",
    "-depth",
    "-empty",
    "-executable",
    "-false",
    "-follow",
    "-ignore_readdir_race",
    "-ls",
    "-mount",
    "-nogroup",
    "-noignore_readdir_race",
    "-noleaf",
    "-not",
    "-nouser",
    "-nowarn",
    "-o",
    "-or",
    "-print",
    "-print0",
    "-prune",
    "-quit",
    "-readable",
    "-true",
    "-warn",
    "-writable",
    "-xdev",
    "!",
    "(",
    ")",
    ",",
    "-E",
    "-H",
    "-L",
    "-P",
    "-X",
    "-x",
    "-s",
    "-help",
];
/// Predicates that one text follows.
const TEXT: [&str; 33] = [
    "-amin",
    "-atime",
    "-cmin",
    "-context",
    "-ctime",
    "-fstype",
    "-gid",
    "-group",
    "-ilname",
    "-iname",
    "-inum",
    "-ipath",
    "-iregex",
    "-iwholename",
    "-links",
    "-lname",
    "-maxdepth",
    "-mindepth",
    "-mmin",
    "-mtime",
    "-name",
    "-newermt",
    "-path",
    "-perm",
    "-printf",
    "-regex",
    "-regextype",
    "-size",
    "-type",
    "-uid",
    "-used",
    "-user",
    "-wholename",
];
/// More of them; `-newerXt` compares with a time.
const TEXT_TOO: [&str; 4] = ["-xtype", "-newerat", "-newerct", "-newerBt"];
/// Predicates that a file follows, whose times are looked at.
const PATH: [&str; 4] = ["-anewer", "-cnewer", "-newer", "-samefile"];
/// Predicates that a command follows.
const COMMAND: [&str; 4] = ["-exec", "-execdir", "-ok", "-okdir"];

/// What `find` does, its `-exec` parts included: with one it is unknown.
pub(super) fn effect(args: &[Word<'_>]) -> Effect {
    match read(args) {
        Ok((_, commands)) if !commands.is_empty() => Effect::Unknown("find: it runs a command".into()),
        Ok((reads, _)) => Effect::ReadOnly { reads },
        Err(why) => Effect::Unknown(format!("find: {why}")),
    }
}

/// What `find` does apart from the commands that [`find_commands`] names. They run with file names below the start
/// folders in place of `{}`, so that word must be judged as [`Word::Unknown`].
pub fn effect_without_exec(args: &[Word<'_>]) -> Effect {
    match read(args) {
        Ok((reads, _)) => Effect::ReadOnly { reads },
        Err(why) => Effect::Unknown(format!("find: {why}")),
    }
}

/// Where the commands of `-exec`, `-execdir`, `-ok` and `-okdir` stand, each without its `;` or `+`. Empty also where
/// `find` itself is not understood.
pub fn find_commands(args: &[Word<'_>]) -> Vec<Range<usize>> {
    read(args).map(|(_, commands)| commands).unwrap_or_default()
}

fn read(args: &[Word<'_>]) -> Result<(Vec<PathArg>, Vec<Range<usize>>), String> {
    let mut reads = Vec::new();
    let mut commands = Vec::new();
    let mut index = 0;
    let mut in_expression = false;
    while let Some(word) = args.get(index) {
        let text = match *word {
            Word::Literal(text) => text,
            Word::Glob(text) if !in_expression && !text.starts_with(['-', '*', '?', '[', '(', '!', ',']) => {
                reads.push(PathArg { index, offset: 0 });
                index += 1;
                continue;
            }
            Word::Glob(text) => return Err(format!("the pattern {text} may become a flag")),
            Word::Names | Word::Unknown => return Err("an argument that is not known before it runs".into()),
        };
        let is_path = !in_expression && !text.starts_with('-') && !matches!(text, "(" | ")" | "!" | ",");
        if is_path {
            reads.push(PathArg { index, offset: 0 });
        } else if COMMAND.contains(&text) {
            let end = end_of_command(args, index + 1).ok_or("a command without its end")?;
            commands.push(index + 1..end);
            in_expression = true;
            index = end;
        } else if ALONE.contains(&text) {
            in_expression |= !matches!(text, "-H" | "-L" | "-P");
        } else if TEXT.contains(&text) || TEXT_TOO.contains(&text) || PATH.contains(&text) {
            in_expression = true;
            index += 1;
            match args.get(index) {
                Some(Word::Literal(_)) => {}
                Some(Word::Glob(glob)) if !PATH.contains(&text) && !may_become_predicate(glob) => {}
                _ => return Err(format!("the value of {text} is missing or not known before it runs")),
            }
            if PATH.contains(&text) {
                reads.push(PathArg { index, offset: 0 });
            }
        } else {
            return Err(format!("unknown predicate {text}"));
        }
        index += 1;
    }
    Ok((reads, commands))
}

/// An unquoted `*.py` may become several names. None of them can be a predicate that acts if it ends in text that no
/// predicate ends in.
fn may_become_predicate(glob: &str) -> bool {
    let known = &glob[..glob.find(['*', '?', '[']).unwrap_or(glob.len())];
    let known_end = glob.rfind(['*', '?', ']']).map_or("", |at| &glob[at + 1..]);
    (known.is_empty() || known.starts_with(['-', '(', '!', ','])) && !known_end.contains('.')
}

/// Where the `;` or the `+` behind a `{}` is.
fn end_of_command(args: &[Word<'_>], start: usize) -> Option<usize> {
    (start..args.len()).find(|&index| match args[index] {
        Word::Literal(";") => true,
        Word::Literal("+") => index > start && args[index - 1] == Word::Literal("{}"),
        _ => false,
    })
}
