//! Which read-only invocations may run programs that files in the repository name.

use super::Word;

/// Files by which a repository has a command run a program of its choice.
#[derive(Debug, PartialEq, Eq)]
pub struct Settings {
    /// Obeyed in the folder of the command and in all above it.
    pub anywhere: &'static [&'static str],
    /// They make a folder a repository of its own, whose configuration is obeyed. That of the workspace is its user's.
    pub nested: &'static [&'static str],
}

/// A repository is a folder with a `.git`, or one that is itself what a `.git` would be.
static GIT: Settings = Settings { anywhere: &[], nested: &[".git", "HEAD"] };
/// rustup runs the toolchain that a file names by its path, and cargo the compiler that its configuration names.
static RUST: Settings = Settings {
    anywhere: &["rust-toolchain", "rust-toolchain.toml", ".cargo/config", ".cargo/config.toml"],
    nested: &[],
};
/// Up to version 6 npm loads the module that its configuration names (`onload-script`).
static NPM: Settings = Settings { anywhere: &[".npmrc"], nested: &[] };
/// Nothing: it only matters in which folder it runs.
static PLAIN: Settings = Settings { anywhere: &[], nested: &[] };

/// Subcommands of git that look at no object and no index, so that no filter, hook, monitor or remote is involved.
const INERT: [&str; 9] =
    ["version", "config", "symbolic-ref", "check-ref-format", "count-objects", "remote", "show-ref", "bisect", "var"];

/// What this invocation obeys of what a repository brings along; None: nothing.
pub fn repository_settings(name: &str, args: &[Word<'_>]) -> Option<&'static Settings> {
    match name {
        "git" => git_obeys(args).then_some(&GIT),
        "cargo" | "rustc" | "rustup" | "rustdoc" | "rustfmt" | "clippy-driver" => Some(&RUST),
        // In a main package it asks git for the state of the folder it is started in.
        "go" => (!only_asks_version(args)).then_some(&GIT),
        "npm" => (!only_asks_version(args)).then_some(&NPM),
        "pip" | "pip3" => (!only_asks_version(args)).then_some(&PLAIN),
        _ => None,
    }
}

fn git_obeys(args: &[Word<'_>]) -> bool {
    let mut index = 0;
    loop {
        match args.get(index) {
            Some(Word::Literal("-C" | "--git-dir" | "--work-tree" | "-c" | "--namespace")) => index += 2,
            Some(Word::Literal("--version" | "-v")) | None => return false,
            // It shows a manual, by the program that the configuration names.
            Some(Word::Literal("--help" | "-h")) => return true,
            Some(Word::Literal(text)) if text.starts_with('-') => index += 1,
            Some(Word::Literal(text)) => return !INERT.contains(text),
            Some(_) => return true,
        }
    }
}

fn only_asks_version(args: &[Word<'_>]) -> bool {
    matches!(args, [Word::Literal("--version" | "-v" | "-V" | "version")])
}
