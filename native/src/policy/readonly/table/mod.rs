//! The table: usage lines by command, one file per family.
//!
//! An entry is one name or several (`egrep|grep`) and a usage line in pieces. A name with blanks is a subcommand. A
//! command with several entries is read-only if any of them says so.

mod archives;
mod coreutils;
mod data;
mod files;
mod git;
mod languages;
mod packages;
mod processes;
mod shell;
mod text;

use std::collections::HashMap;
use std::sync::OnceLock;

use super::grammar::Grammar;

/// Names and the pieces of a usage line.
pub(super) type Entry = (&'static str, &'static [&'static str]);

const FAMILIES: [&[Entry]; 10] = [
    archives::TABLE,
    coreutils::TABLE,
    data::TABLE,
    files::TABLE,
    git::TABLE,
    languages::TABLE,
    packages::TABLE,
    processes::TABLE,
    shell::TABLE,
    text::TABLE,
];

/// A usage line; parsed when it is first needed.
pub(super) struct Usage {
    pieces: &'static [&'static str],
    grammar: OnceLock<Grammar>,
}

impl Usage {
    pub(super) fn grammar(&self) -> &Grammar {
        self.grammar.get_or_init(|| Grammar::parse(self.pieces))
    }
}

type Table = HashMap<&'static str, Vec<Usage>>;

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = Table::new();
        for (names, pieces) in FAMILIES.into_iter().flatten() {
            for name in names.split('|') {
                table.entry(name).or_default().push(Usage { pieces, grammar: OnceLock::new() });
            }
        }
        table
    })
}

pub(super) fn lookup(name: &str) -> Option<&'static [Usage]> {
    table().get(name).map(Vec::as_slice)
}

/// Every command and subcommand in the table, in order: for tests that walk all of it.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = table().keys().copied().collect();
    names.sort_unstable();
    names
}

/// The usage lines of one name.
pub fn usage_of(name: &str) -> Vec<String> {
    lookup(name).unwrap_or_default().iter().map(|usage| usage.pieces.join(" ")).collect()
}
