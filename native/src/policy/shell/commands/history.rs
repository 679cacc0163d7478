//! Which commands of git show the content of files, and which: those that they name, or any.

use super::subcommand::behind_git_options;
use crate::policy::shell::line::word::Word;

/// With one of these there is no content in what is shown.
const SUMMARIES: [&str; 11] = [
    "--stat",
    "--shortstat",
    "--numstat",
    "--dirstat",
    "--summary",
    "--name-only",
    "--name-status",
    "--no-patch",
    "-s",
    "--compact-summary",
    "--quiet",
];
/// With one of these there is.
const PATCHES: [&str; 19] = [
    "-p",
    "-u",
    "--patch",
    "-c",
    "--cc",
    "--combined-all-paths",
    "--patch-with-stat",
    "--patch-with-raw",
    "--raw",
    "--binary",
    "--remerge-diff",
    "--word-diff",
    "--word-diff-regex",
    "--color-words",
    "--check",
    "--function-context",
    "--diff-merges",
    "--unified",
    "-m",
];

/// Options whose value may be the next word.
const VALUED: [&str; 14] = [
    "-S",
    "-G",
    "-n",
    "-L",
    "--grep",
    "--author",
    "--committer",
    "--since",
    "--after",
    "--until",
    "--before",
    "--format",
    "--skip",
    "--max-count",
];

/// What a command of git may show.
#[derive(Default)]
pub(in crate::policy::shell) struct Shown {
    /// Files whose paths stand nowhere in it.
    pub(in crate::policy::shell) anything: bool,
    pub(in crate::policy::shell) paths: Vec<Named>,
}

/// A path whose content, now or as it was, it may show.
pub(in crate::policy::shell) struct Named {
    pub(in crate::policy::shell) word: Word,
    /// Bytes of the word in front of the path.
    pub(in crate::policy::shell) at: usize,
    /// It starts at the top of the work tree, wherever git is started.
    pub(in crate::policy::shell) rooted: bool,
    /// Of a folder, what lies below it is shown.
    pub(in crate::policy::shell) deep: bool,
}

pub(in crate::policy::shell) fn shown(args: &[Word]) -> Shown {
    let behind = behind_git_options(args);
    let options = &args[..args.len() - behind.len()];
    let Some((subcommand, rest)) = behind.split_first() else { return Shown::default() };
    let name = subcommand.text.as_str();
    let elsewhere = options.iter().any(|arg| arg.text.starts_with("--git-dir") || arg.text.starts_with("--work-tree"));
    let pathspecs = !options.iter().any(|arg| arg.text.ends_with("-pathspecs"));
    let content = shows_content(name, rest);
    let query = Query { name, rest, content, pathspecs };
    let mut shown = match name {
        "show" | "cat-file" => query.objects(),
        "log" | "reflog" | "whatchanged" | "shortlog" | "stash" | "diff" | "diff-tree" | "diff-index"
        | "diff-files" => query.differences(),
        "range-diff" | "format-patch" => Shown { anything: content, paths: query.operands(rest, false) },
        "grep" => query.searched(),
        "blame" | "annotate" | "archive" => {
            let anything = rest.iter().any(|arg| !arg.is_literal());
            Shown { anything, paths: query.operands(rest, name == "archive") }
        }
        "config" => query.blob(),
        "status" | "for-each-ref" | "branch" | "tag" => Shown { anything: content, paths: Vec::new() },
        _ => Shown::default(),
    };
    shown.anything |= elsewhere && content;
    shown
}

fn shows_content(name: &str, rest: &[Word]) -> bool {
    let has = |flags: &[&str]| rest.iter().any(|arg| flags.contains(&arg.text.split('=').next().unwrap_or_default()));
    let patches = || has(&PATCHES) || rest.iter().any(asks_patch);
    match name {
        "show" | "diff" | "range-diff" | "format-patch" => patches() || !has(&SUMMARIES),
        "log" | "reflog" | "whatchanged" | "shortlog" | "stash" | "diff-tree" | "diff-index" | "diff-files" => {
            patches()
        }
        "cat-file" => !has(&["-t", "-s", "-e"]),
        "status" => rest.iter().any(|arg| {
            let short = arg.text.strip_prefix('-').filter(|flags| !flags.starts_with('-'));
            !arg.is_literal() || arg.text.starts_with("--v") || short.is_some_and(|flags| flags.contains('v'))
        }),
        "for-each-ref" | "branch" | "tag" => rest.iter().any(|arg| arg.text.contains("raw")),
        _ => true,
    }
}

/// An option that has differences shown, among others in its word.
fn asks_patch(arg: &Word) -> bool {
    let short = arg.text.strip_prefix('-').filter(|flags| !flags.starts_with('-'));
    let lettered = |flags: &str| {
        let value = flags.find(|flag| "SGOnlI".contains(flag)).unwrap_or(flags.len());
        flags[..value].contains(['p', 'u', 'U', 'L', 'W', 'c', 'm'])
    };
    !arg.is_literal() || short.is_some_and(lettered) || arg.text == "--submodule=diff"
}

struct Query<'a> {
    name: &'a str,
    rest: &'a [Word],
    content: bool,
    /// A path is what its text says, as long as no sign in it has a meaning.
    pathspecs: bool,
}

impl Query<'_> {
    /// `show` and `cat-file`: `revision:path` is one file, or the list of a folder; any other name is all of a commit, or
    /// the file whose content has it.
    fn objects(&self) -> Shown {
        let operands: Vec<_> = self.rest.iter().filter(|arg| !arg.text.starts_with('-')).collect();
        let at_path = |arg: &&Word| arg.is_literal() && arg.text.contains(':') && !arg.text.starts_with(":/");
        let all = !operands.is_empty() && operands.iter().all(at_path);
        let content = self.content || operands.iter().any(|arg| may_be_object(arg));
        Shown { anything: content && !all, paths: self.operands(self.rest, false) }
    }

    /// Whatever shows differences shows those of the paths behind `--`, or all.
    fn differences(&self) -> Shown {
        let (before, after) = self.halves();
        let wider = |arg: &Word| {
            arg.text.starts_with("-L")
                || matches!(arg.text.as_str(), "--follow" | "--full-diff" | "--stdin" | "--no-index")
                || !arg.text.starts_with('-') && (may_be_object(arg) && self.name.starts_with("diff") || is_tree(arg))
        };
        let bounded = self.are_plain(after) && !before.iter().any(wider);
        let mut paths = self.operands(before, false);
        paths.extend(self.operands(after, self.content));
        Shown { anything: self.content && !bounded, paths }
    }

    /// `grep [--cached] [-e] pattern [revision…] [--] [path…]`
    fn searched(&self) -> Shown {
        let (before, after) = self.halves();
        let apart = after.is_some();
        let given = |arg: &Word| {
            let short = arg.text.strip_prefix('-').filter(|flags| !flags.starts_with('-'));
            short.is_some_and(|flags| {
                let value = flags.find(|flag| "ABCmefO".contains(flag));
                value.is_some_and(|value| flags[value..].starts_with(['e', 'f']))
            })
        };
        let pattern = usize::from(!before.iter().any(given));
        let is_value = |at: usize| at > 0 && is_search_option(&before[at - 1].text);
        let operands: Vec<_> =
            (0..before.len()).filter(|at| !before[*at].text.starts_with('-') && !is_value(*at)).skip(pattern).collect();
        // No sandbox hides what the index holds.
        let index = before.iter().any(|arg| arg.text.len() > 3 && "--cached".starts_with(arg.text.as_str()));
        let trees = index || operands.iter().any(|at| may_be_object(&before[*at]) || is_tree(&before[*at]));
        let mut paths = Vec::new();
        for at in operands {
            paths.extend(self.named(&before[at], true).filter(|named| !apart || named.rooted || named.at > 0));
        }
        paths.extend(self.operands(after, true));
        let anything = if apart { trees || !self.are_plain(after) } else { trees };
        Shown { anything, paths }
    }

    /// `config --blob=object`
    fn blob(&self) -> Shown {
        let mut shown = Shown::default();
        for (at, arg) in self.rest.iter().enumerate() {
            let (name, value) =
                arg.text.split_once('=').map_or((&*arg.text, None), |(name, value)| (name, Some(value)));
            if name.len() < 4 || !"--blob".starts_with(name) {
                continue;
            }
            let object = match value {
                Some(value) => Some(Word { text: value.into(), ..arg.clone() }),
                None => self.rest.get(at + 1).cloned(),
            };
            match object.as_ref().and_then(|object| self.named(object, false)).filter(|named| named.at > 0) {
                Some(named) => shown.paths.push(named),
                None => shown.anything = true,
            }
        }
        shown
    }

    /// What stands before `--`, and what behind it, if it is there.
    fn halves(&self) -> (&[Word], Option<&[Word]>) {
        match self.rest.iter().position(|arg| arg.text == "--") {
            Some(dashes) => (&self.rest[..dashes], Some(&self.rest[dashes + 1..])),
            None => (self.rest, None),
        }
    }

    /// Are these paths, and each no more than itself and what is below it?
    fn are_plain<'w>(&self, paths: impl Into<Option<&'w [Word]>>) -> bool {
        let plain = |word: &Word| {
            word.is_literal()
                && !word.text.is_empty()
                && !word.text.starts_with(':')
                && !word.text.contains(['*', '?', '[', '\\'])
        };
        paths.into().is_some_and(|paths| self.pathspecs && !paths.is_empty() && paths.iter().all(plain))
    }

    fn operands<'w>(&self, words: impl Into<Option<&'w [Word]>>, deep: bool) -> Vec<Named> {
        let words = words.into().unwrap_or_default();
        let is_value = |at: usize| at > 0 && VALUED.contains(&words[at - 1].text.as_str());
        let operands = (0..words.len()).filter(|at| !words[*at].text.starts_with('-') && !is_value(*at));
        operands.filter_map(|at| self.named(&words[at], deep)).collect()
    }

    /// `path`, `revision:path` and `:path`, which is the index's.
    fn named(&self, word: &Word, deep: bool) -> Option<Named> {
        if !word.is_literal() || word.text.is_empty() {
            return None;
        }
        let at = word.text.rfind(':').map_or(0, |colon| colon + 1);
        let path = &word.text[at..];
        let here = at == 0 || path.starts_with("./") || path.starts_with("../") || matches!(path, "." | "..");
        Some(Named { word: word.clone(), at, rooted: !here, deep })
    }
}

/// Options of `grep` that take the next word.
fn is_search_option(option: &str) -> bool {
    let long = ["--context", "--after-context", "--before-context", "--max-count", "--max-depth", "--threads"];
    let short = option
        .strip_prefix('-')
        .is_some_and(|flags| !flags.starts_with('-') && flags.ends_with(['A', 'B', 'C', 'm', 'e', 'f']));
    short || long.contains(&option)
}

/// The name of an object, which may be a file's content or a folder's list. What is said of a commit ends otherwise.
fn may_be_object(word: &Word) -> bool {
    !word.is_literal() || word.text.len() >= 4 && word.text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A folder as a commit has it, in which paths begin anew.
fn is_tree(word: &Word) -> bool {
    word.text.contains(':')
}
