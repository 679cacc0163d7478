//! What a command line does, read with a grammar before it runs.
//!
//! [`read`] gives one [`Segment`] for each simple command that the line may run, wherever it stands: in lists, pipes,
//! subshells, substitutions, functions, here-documents for a shell, `bash -c`, `eval`, behind `sudo`, `xargs` or
//! `find -exec`. tree-sitter-bash reads the line; since it forgives what bash does not, `reading::tree` refuses whatever it
//! understood in another way than bash could. What is not understood is said in `trouble`, and is asked for.

mod commands;
mod line;
mod reading;

pub(super) use commands::interpreter::is_interpreter;
pub(super) use commands::subcommand::has_subcommands;
pub(super) use commands::wrappers::runs_its_arguments;
pub(super) use line::segment::{Access, Effect, Form, Line, Segment, Use};
pub(super) use line::word::{Kind, UNKNOWN};
pub(super) use reading::reader::read;

pub use line::locale::is_plain as is_plain_locale;

/// A command of these words as it may also be spelled: as given first.
pub(super) fn spelled(words: &[&str]) -> Vec<Form> {
    let words: Vec<_> = words.iter().map(|word| line::word::Word::literal(*word)).collect();
    let mut forms = commands::spellings::spellings(&words);
    forms.insert(0, Form { text: String::new(), words });
    forms
}

/// At most this many paths of a line are looked up.
const MOST_PATHS: usize = 256;

/// Every path whose fact a verdict on this command looks up, as the fact's `given`: absolute, from `~/`, or relative to
/// the folder the shell starts in. Without duplicates, in order of appearance. First those that the command is about,
/// then files that must not be there if it shall run nothing that a repository names, at last names of programs.
pub fn lookups(command: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
    let line = read(command);
    let uses = line.segments.iter().flat_map(|segment| &segment.uses);
    let paths = uses.filter(|used| used.access != Access::Named).map(|used| used.given.clone());
    let configured = line.segments.iter().filter_map(|segment| segment.repository.as_ref());
    let probes = configured.flat_map(|configured| configured.places.iter().flat_map(|place| configured.probes(place)));
    let programs = line.segments.iter().flat_map(Segment::programs).map(str::to_owned);
    (distinct(paths), distinct(probes), distinct(programs))
}

fn distinct(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    all.filter(|given| seen.insert(given.clone())).take(MOST_PATHS).collect()
}

/// The first of [`lookups`].
pub fn paths(command: &str) -> Vec<String> {
    lookups(command).0
}
