//! Which commands of git show the content of files that they do not name.

use super::subcommand::behind_git_options;
use super::word::Word;

/// With one of these there is no content in what is shown.
const SUMMARIES: [&str; 12] = [
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
    "--check",
];
/// With one of these there is.
const PATCHES: [&str; 12] = [
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
];

/// May it show files whose paths stand nowhere in it?
pub(super) fn shows(args: &[Word]) -> bool {
    let Some((subcommand, rest)) = behind_git_options(args).split_first() else { return false };
    let has = |flags: &[&str]| rest.iter().any(|arg| flags.contains(&arg.text.split('=').next().unwrap_or_default()));
    let patches = has(&PATCHES)
        || rest.iter().any(|arg| {
            let short = arg.text.strip_prefix('-').filter(|flags| !flags.starts_with('-'));
            !arg.is_literal()
                || short.is_some_and(|flags| flags.starts_with(['U', 'L']) || flags.ends_with(['p', 'u']))
                || arg.text.starts_with("--unified")
                || arg.text.starts_with("--diff-merges")
        });
    match subcommand.text.as_str() {
        "show" => (patches || !has(&SUMMARIES)) && !names_all(rest),
        "diff" | "range-diff" | "format-patch" => (patches || !has(&SUMMARIES)) && !is_bounded(rest),
        "log" | "reflog" | "whatchanged" | "shortlog" => patches && (lines(rest) || !is_bounded(rest)),
        "stash" | "diff-tree" | "diff-index" | "diff-files" => patches && !is_bounded(rest),
        "cat-file" => !has(&["-t", "-s", "-e"]) && !names_all(rest),
        _ => false,
    }
}

/// `-L` takes a path with it.
fn lines(rest: &[Word]) -> bool {
    rest.iter().any(|arg| arg.text.starts_with("-L"))
}

/// Does it name plain paths, and show no others?
fn is_bounded(rest: &[Word]) -> bool {
    let Some(dashes) = rest.iter().position(|arg| arg.text == "--") else { return false };
    let plain = |word: &Word| word.is_literal() && !word.text.starts_with(':') && !word.text.contains(['*', '?', '[']);
    dashes + 1 < rest.len() && rest[dashes + 1..].iter().all(plain)
}

/// Is everything that it shows named as `revision:path`?
fn names_all(rest: &[Word]) -> bool {
    let mut operands = rest.iter().filter(|arg| !arg.text.starts_with('-')).peekable();
    operands.peek().is_some()
        && operands.all(|arg| arg.is_literal() && arg.text.contains(':') && !arg.text.starts_with(':'))
}
