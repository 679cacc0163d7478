//! Names of files that one command prints and another takes for its arguments: `find … | xargs`, `wc -l $(git ls-files)`.

use crate::policy::shell::line::segment::{Access, Effect, Segment};
use crate::policy::shell::line::word::{Kind, UNKNOWN, Word};

/// What may be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::policy::shell) struct Names {
    /// The folders that the names are in or start with, as words of the command that prints them.
    folders: Vec<String>,
    /// Each name starts with its folder, and there is a way to tell where it ends.
    ended: bool,
}

impl Names {
    /// As arguments, if they are taken apart where they end; else a name with a blank in it is several words, and those
    /// may be anything.
    pub(in crate::policy::shell) fn words(&self, apart: bool) -> Vec<Word> {
        let word = |folder: &String| match apart && self.ended {
            true => Word { kind: Kind::Glob, ..Word::literal(format!("{}/*", folder.trim_end_matches('/'))) },
            false => Word { kind: Kind::Names, ..Word::literal(format!("{UNKNOWN}{folder}")) },
        };
        self.folders.iter().map(word).collect()
    }
}

/// The names that these commands print, one after another in a pipe, if the first was given `before` to read. All
/// of them are started by as many commands `outer`.
pub(in crate::policy::shell) fn printed(segments: &[Segment], before: Option<&Names>, outer: usize) -> Option<Names> {
    let mut names = before.cloned();
    for segment in segments {
        names = match names {
            Some(names) if is_filter(segment, outer) => Some(Names { ended: false, ..names }),
            Some(mut names) => {
                names.folders.extend(listed(segment, outer)?.folders);
                Some(Names { ended: false, ..names })
            }
            None => Some(listed(segment, outer)?),
        };
    }
    names
}

/// The words of a command that is known to read and that nothing else wraps.
fn plain(segment: &Segment, outer: usize) -> Option<Vec<&str>> {
    let Some([form]) = segment.forms.get(outer..) else { return None };
    let sound = segment.effect == Effect::ReadOnly && segment.trouble.is_none() && segment.risky.is_empty();
    let known = |word: &Word| matches!(word.kind, Kind::Literal | Kind::Glob) && word.home.is_none();
    let known = form.words.iter().all(known);
    (sound && known).then(|| form.words.iter().map(|word| word.text.as_str()).collect())
}

/// Some commands print a text that their flags give them, too; with those they list nothing.
fn listed(segment: &Segment, outer: usize) -> Option<Names> {
    let words = plain(segment, outer)?;
    let (name, args) = words.split_first()?;
    let any = |flags: &[&str]| args.iter().any(|arg| flags.contains(arg));
    // One word of flags without values, with one of these among them.
    let short = |wanted: &str, others: &str| {
        args.iter().filter_map(|arg| arg.strip_prefix('-')).any(|letters| {
            letters.contains(|c| wanted.contains(c))
                && letters.chars().all(|c| wanted.contains(c) || others.contains(c))
        })
    };
    let long =
        |part: &[&str]| args.iter().any(|arg| arg.starts_with("--") && part.iter().any(|part| arg.contains(part)));
    let names = match *name {
        "find" => return find(args),
        "ls" => {
            !long(&["-"])
                && args.iter().all(|arg| !arg.starts_with('-') || arg[1..].chars().all(|c| "1aAdrRtSuUXv".contains(c)))
        }
        "fd" | "fdfind" => !long(&["path-separator", "color"]),
        "rg" if long(&["separator", "json", "format", "color", "replace"]) => false,
        "rg" => any(&["--files", "--files-with-matches", "--files-without-match"]) || short("l", "iwFnuSPUx."),
        "grep" if long(&["label", "separator", "color"]) => false,
        "grep" => short("lL", "rinwxEFGPvIs"),
        "git" if long(&["format", "pretty", "prefix", "indicator", "color"]) => false,
        "git" => match args.iter().find(|arg| !arg.starts_with('-')) {
            Some(&"ls-files") => !any(&["-s", "-u", "--stage", "--unmerged", "--debug"]),
            Some(&("diff" | "ls-tree")) => any(&["--name-only"]),
            Some(&"grep") => any(&["-l", "-L", "--files-with-matches", "--name-only"]),
            _ => false,
        },
        _ => false,
    };
    names.then(|| around(args))
}

/// Names below the start folders, each of which begins like its folder.
fn find(args: &[&str]) -> Option<Names> {
    if args.iter().any(|arg| matches!(*arg, "-printf" | "-ls")) {
        return None;
    }
    let options = args.iter().take_while(|arg| matches!(**arg, "-H" | "-L" | "-P")).count();
    let roots = args[options..].iter().take_while(|arg| !arg.starts_with(['-', '(', '!']));
    let mut folders: Vec<String> = roots.map(|root| (*root).to_owned()).collect();
    if folders.is_empty() {
        folders.push(".".into());
    }
    let plain = !folders.iter().any(|folder| folder.contains(['*', '?', '[']));
    Some(Names { folders, ended: plain && args.contains(&"-print0") })
}

/// Names in this folder, and those that begin like the arguments.
fn around(args: &[&str]) -> Names {
    let is_path =
        |arg: &&&str| !arg.starts_with('-') && arg.contains('/') && !arg.contains(['*', '?', '[', '|', '\\', ' ']);
    let paths = args.iter().filter(is_path).map(|path| (*path).to_owned());
    Names { folders: [".".to_owned()].into_iter().chain(paths).collect(), ended: false }
}

/// Does it print lines that it is given, each whole, and nothing else?
fn is_filter(segment: &Segment, outer: usize) -> bool {
    let Some(words) = plain(segment, outer) else { return false };
    let reads = segment.uses.iter().any(|used| used.access != Access::List);
    let flag =
        |letters: &str| words[1..].iter().any(|arg| arg.starts_with('-') && arg.contains(|c| letters.contains(c)));
    !reads
        && match words[0] {
            "grep" => !flag("oOcnbHhTZRlLf"),
            "head" | "tail" => !flag("cbv"),
            "sort" => !words[1..].iter().any(|arg| arg.starts_with("--")),
            "uniq" => words.len() == 1 || words[1..] == ["-u"],
            _ => false,
        }
}
