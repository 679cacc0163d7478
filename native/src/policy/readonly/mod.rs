//! Which invocations of the common tools change nothing: a declared table with a grammar for the flags of each command.
//!
//! Only what is declared counts as known. A command that is not in the table, a flag that its usage line does not name
//! (an abbreviation of a declared flag included), a script that is not understood: each is [`Effect::Unknown`], and
//! the caller asks. The table knows GNU, BSD and busybox programs by the same name, so a word is accepted only where
//! it is harmless in all of them: the value of a flag in the next word must not look like a flag itself.
//!
//! What the table cannot see, and the caller and the sandbox must:
//!
//! - The program behind the name. `ls` is what `PATH` finds, and aliases, functions and `PATH=` come before it.
//! - Links below a folder: `cat src/*`, `grep -R`, `find -L` read what a link there points to.
//! - **Programs that a repository's own files name.** `git` runs what `core.fsmonitor`, `core.hooksPath`, `diff.*.textconv`,
//!   `filter.*`, `gpg.program` or `core.pager` of the repository's configuration say, and cargo what `.cargo/config.toml`
//!   says. [`repository_settings`] tells which invocations may, and by which files.
//! - `git status`, `git diff` and `git describe --dirty` note in git's index when files were changed, where they may
//!   write it. What the index says of the files stays the same.
//! - A tool's own caches and logs in the home folder (`npm ls` keeps a log of each run).
//! - A folder as the target of `cp` or `mv`: what changes is the entry in it that is named like the source.

mod arguments;
mod awk;
mod find;
mod grammar;
mod repository;
mod sed;
mod special;
mod table;
mod xargs;

pub use find::{effect_without_exec, find_commands};
pub use repository::{Settings, repository_settings, terminal_settings};
pub use table::{names, usage_of};
pub use xargs::{xargs_command, xargs_splits_at_nul};

use arguments::{Matched, NEEDS, read};

/// One argument as the grammar of the shell saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word<'a> {
    /// Text that is known, without quotes.
    Literal(&'a str),
    /// An unquoted pattern (`*`, `?`, `[…]`); it may become any number of file names.
    Glob(&'a str),
    /// Any number of file names that another command prints. They may look like flags.
    Names,
    /// An expansion that is not known before it runs; it may become any number of words.
    Unknown,
}

/// A path among the arguments: the rest of a word from a byte on (`--file=x`, `-fx`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathArg {
    /// Which argument.
    pub index: usize,
    /// Bytes of it that stand before the path.
    pub offset: usize,
}

/// What a command does to files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// It changes nothing and reads these paths.
    ReadOnly {
        /// Folders are read with all that is below them.
        reads: Vec<PathArg>,
    },
    /// A plain file command: it changes these paths and nothing else.
    Edits {
        /// Paths that it reads.
        reads: Vec<PathArg>,
        /// Paths that it makes, changes or removes.
        writes: Vec<PathArg>,
    },
    /// It may do anything; why that is not known to be harmless.
    Unknown(String),
}

/// What the command `name args…` does. Wrappers (`env`, `sudo`, `xargs` with a command) have been taken off by the
/// caller, and `name` is a bare command name.
pub fn effect(name: &str, args: &[Word<'_>]) -> Effect {
    let judged = match name {
        "find" => return find::effect(args),
        "test" | "[" => special::test(name, args),
        "tar" | "bsdtar" => special::tar(name, args),
        _ => judge(name, args),
    };
    match judged {
        Ok(Matched { mut reads, mut writes, .. }) => {
            reads.sort_unstable();
            writes.sort_unstable();
            if writes.is_empty() { Effect::ReadOnly { reads } } else { Effect::Edits { reads, writes } }
        }
        Err(why) => Effect::Unknown(why),
    }
}

/// Follow the subcommands down the table, then apply what a usage line cannot say.
fn judge<'a>(name: &str, args: &[Word<'a>]) -> Result<Matched<'a>, String> {
    let mut name = name.to_owned();
    let mut start = 0;
    let mut outer: Vec<PathArg> = Vec::new();
    loop {
        let Some(usages) = table::lookup(&name) else {
            return Err(format!("`{name}` is not known to be read-only"));
        };
        let rest = &args[start..];
        let mut matched = first_that_fits(&name, usages, rest).map_err(|why| format!("{name}: {why}"))?;
        matched.shift(start);
        match matched.subcommand {
            None => {
                special::below_folder_change(&outer, &matched.reads, args)?;
                matched.reads.append(&mut outer);
                return Ok(matched);
            }
            Some((word, index)) => {
                outer.append(&mut matched.reads);
                name = format!("{name} {word}");
                start = index + 1;
            }
        }
    }
}

/// Read by each usage line in turn. If none fits, the reason is that of the one that was meant.
fn first_that_fits<'a>(name: &str, usages: &[table::Usage], args: &[Word<'a>]) -> Result<Matched<'a>, String> {
    let mut reason = NEEDS.to_owned();
    for usage in usages {
        match read(usage.grammar(), args).and_then(|matched| special::refine(name, matched, args)) {
            Err(why) if reason == NEEDS => reason = why,
            Err(_) => {}
            matched => return matched,
        }
    }
    Err(reason)
}

#[cfg(test)]
mod tests;
