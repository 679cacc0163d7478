//! Claims about single commands, one a line.

mod cases;
mod properties;
mod words;

use super::{Effect, PathArg, Word, effect};
use words::split;

/// The effect of a command line in the notation of [`words`].
fn judge(line: &str) -> Effect {
    let words = split(line);
    let args: Vec<Word<'_>> = words[1..].iter().map(|word| word.as_word()).collect();
    let Word::Literal(name) = words[0].as_word() else { panic!("the name of {line:?} is not literal") };
    effect(name, &args)
}

/// The text of each path that is read or written.
fn paths(line: &str, found: &[PathArg]) -> Vec<String> {
    let words = split(line);
    found
        .iter()
        .map(|path| match words[path.index + 1].as_word() {
            Word::Literal(text) | Word::Glob(text) => text[path.offset..].to_owned(),
            Word::Names | Word::Unknown => "$".to_owned(),
        })
        .collect()
}

#[track_caller]
fn check_reads(line: &str, expected: &[&str]) {
    match judge(line) {
        Effect::ReadOnly { reads } => assert_eq!(paths(line, &reads), expected, "{line}"),
        other => panic!("{line}: {other:?}"),
    }
}

#[track_caller]
fn check_edits(line: &str, reads_expected: &[&str], writes_expected: &[&str]) {
    match judge(line) {
        Effect::Edits { reads, writes } => {
            assert_eq!(paths(line, &reads), reads_expected, "{line}");
            assert_eq!(paths(line, &writes), writes_expected, "{line}");
        }
        other => panic!("{line}: {other:?}"),
    }
}
