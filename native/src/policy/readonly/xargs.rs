//! `xargs`: where the command starts that it runs.

use super::Word;
use super::grammar::{Grammar, Takes};

/// Flags of GNU and BSD xargs that change nothing but how the command is run. `-a FILE` and `-P` with a reserved
/// word are left out.
static USAGE: &[&str] = &[
    "-0rtxo -n= -L= -l? -I= -i? -d= -P= -s= -E= -e? --null --no-run-if-empty --verbose --exit",
    "--max-args= --max-lines? --replace? --delimiter= --max-procs= --max-chars= --eof? --show-limits --open-tty",
];

/// The index of the argument with which the command starts, or the number of arguments if there is none (`echo` is run
/// then). `None` if a flag is not known. What xargs appends, or puts in place of the text of `-I`, is
/// [`Word::Unknown`] to the command.
pub fn xargs_command(args: &[Word<'_>]) -> Option<usize> {
    static GRAMMAR: std::sync::OnceLock<Grammar> = std::sync::OnceLock::new();
    let grammar = GRAMMAR.get_or_init(|| Grammar::parse(USAGE));
    let mut index = 0;
    loop {
        let text = match args.get(index) {
            None => return Some(index),
            Some(Word::Literal(text)) => *text,
            Some(_) => return None,
        };
        if text == "--" {
            return Some(index + 1);
        }
        if text.len() < 2 || !text.starts_with('-') {
            return Some(index);
        }
        let wants_value = match text.strip_prefix("--") {
            Some(_) => {
                let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
                match (grammar.find_word(name)?.1, value) {
                    (Takes::Nothing, Some(_)) => return None,
                    (Takes::Words(_), None) => true,
                    _ => false,
                }
            }
            None => cluster_wants_value(grammar, text)?,
        };
        if wants_value {
            index += 1;
            match args.get(index) {
                Some(Word::Literal(value)) if !value.starts_with('-') => {}
                _ => return None,
            }
        }
        index += 1;
    }
}

/// Does `xargs` with these flags, as many as there are before its command, take names apart at each NUL?
pub fn xargs_splits_at_nul(flags: &[Word<'_>]) -> bool {
    let mut apart = false;
    for flag in flags {
        let Word::Literal(text) = flag else { return false };
        if let Some(name) = text.strip_prefix("--") {
            apart |= name == "null";
            if name.starts_with("delimiter") {
                return false;
            }
        } else if let Some(letters) = text.strip_prefix('-') {
            let alone = letters.chars().take_while(|letter| "0rtxo".contains(*letter)).count();
            apart |= letters[..alone].contains('0');
            // The last of both counts.
            if letters[alone..].starts_with('d') {
                return false;
            }
        }
    }
    apart
}

/// Does the last flag of the cluster take its value from the next word?
fn cluster_wants_value(grammar: &Grammar, text: &str) -> Option<bool> {
    for (at, letter) in text.char_indices().skip(1) {
        match grammar.find_short(letter)? {
            Takes::Nothing => {}
            Takes::Attached(_) => return Some(false),
            Takes::Words(_) => return Some(at + letter.len_utf8() == text.len()),
        }
    }
    Some(false)
}
