//! Which read-only invocations may run programs that files in the repository name.

use super::Word;

/// Files by which a repository has a command run a program of its choice.
#[derive(Debug, PartialEq, Eq)]
pub struct Settings {
    /// Obeyed in the folder of the command and in all above it.
    pub anywhere: &'static [&'static str],
    /// They make a folder a repository of its own, whose configuration is obeyed. That of the workspace is its user's.
    pub nested: &'static [&'static str],
    /// It goes into the repositories below as well, and where those are cannot be looked up by name.
    pub below: bool,
}

/// A repository is a folder with a `.git`, or one that is itself what a `.git` would be.
static GIT: Settings = Settings { anywhere: &[], nested: &[".git", "HEAD"], below: false };
/// git runs itself in each submodule, where the configuration of that one counts.
static BELOW: Settings = Settings { anywhere: &[], nested: &[".git", "HEAD"], below: true };
/// rustup runs the toolchain that a file names by its path, and cargo the compiler that its configuration names.
static RUST: Settings = Settings {
    anywhere: &["rust-toolchain", "rust-toolchain.toml", ".cargo/config", ".cargo/config.toml"],
    nested: &[],
    below: false,
};
/// Up to version 6 npm loads the module that its configuration names (`onload-script`).
static NPM: Settings = Settings { anywhere: &[".npmrc"], nested: &[], below: false };
/// Nothing: it only matters in which folder it runs.
static PLAIN: Settings = Settings { anywhere: &[], nested: &[], below: false };

/// Subcommands of git that look at no object and no index, so that no filter, hook, monitor or remote is involved.
const INERT: [&str; 9] =
    ["version", "config", "symbolic-ref", "check-ref-format", "count-objects", "remote", "show-ref", "bisect", "var"];

/// What this invocation obeys of what a repository brings along; None: nothing.
pub fn repository_settings(name: &str, args: &[Word<'_>]) -> Option<&'static Settings> {
    match name {
        "git" => match subcommand(args) {
            Subcommand::None => None,
            Subcommand::Known(at) => match args.get(at) {
                Some(Word::Literal(name)) if INERT.contains(name) => None,
                Some(Word::Literal(name)) => Some(entered(name, &args[at + 1..])),
                _ => Some(&GIT),
            },
        },
        "cargo" | "rustc" | "rustup" | "rustdoc" | "rustfmt" | "clippy-driver" => Some(&RUST),
        // In a main package it asks git for the state of the folder it is started in.
        "go" => (!only_asks_version(args)).then_some(&GIT),
        "npm" => (!only_asks_version(args)).then_some(&NPM),
        "pip" | "pip3" => (!only_asks_version(args)).then_some(&PLAIN),
        _ => None,
    }
}

/// What this invocation obeys besides where there is a terminal: git shows what is long by the pager that a repository
/// names.
pub fn terminal_settings(name: &str, args: &[Word<'_>]) -> Option<&'static Settings> {
    let pages = name == "git" && matches!(subcommand(args), Subcommand::Known(_));
    pages.then_some(&GIT)
}

/// Which of git's subcommands it is.
enum Subcommand {
    /// None: git only says something of itself.
    None,
    /// The word at this index, or a manual, which is shown by the program that the configuration names.
    Known(usize),
}

fn subcommand(args: &[Word<'_>]) -> Subcommand {
    let mut index = 0;
    loop {
        match args.get(index) {
            Some(Word::Literal("-C" | "--git-dir" | "--work-tree" | "-c" | "--namespace")) => index += 2,
            Some(Word::Literal("--version" | "-v")) | None => return Subcommand::None,
            Some(Word::Literal("--help" | "-h")) => return Subcommand::Known(index),
            Some(Word::Literal(text)) if text.starts_with('-') => index += 1,
            Some(_) => return Subcommand::Known(index),
        }
    }
}

/// How far this subcommand goes into submodules.
fn entered(name: &str, args: &[Word<'_>]) -> &'static Settings {
    let has = |wanted: fn(&str) -> bool| args.iter().any(|arg| matches!(arg, Word::Literal(text) if wanted(text)));
    let asks = |text: &str| {
        text.starts_with("--submodule")
            || text.starts_with("--recurse-submodules")
            || text.starts_with("--ignore-submodules=") && !keeps_out(text)
    };
    if has(asks) {
        return &BELOW;
    }
    let out = has(keeps_out);
    match name {
        // These heed no configuration of what to ignore, which is how claw keeps others out of submodules.
        "diff-files" if !out => &BELOW,
        "diff-index" if !out && !has(|text| text == "--cached") => &BELOW,
        "describe" if has(|text| text.starts_with("--dirty") || text.starts_with("--broken")) => &BELOW,
        _ => &GIT,
    }
}

/// Only the commit that is checked out in a submodule counts, or nothing of it.
fn keeps_out(text: &str) -> bool {
    matches!(text, "--ignore-submodules" | "--ignore-submodules=all" | "--ignore-submodules=dirty")
}

fn only_asks_version(args: &[Word<'_>]) -> bool {
    matches!(args, [Word::Literal("--version" | "-v" | "-V" | "version")])
}
