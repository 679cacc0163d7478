//! Which read-only invocations may run programs that files in the repository name.

use super::Word;

/// Subcommands of git that look at no object and no index, so that no filter, hook, monitor or remote is involved.
const INERT: [&str; 8] =
    ["version", "config", "symbolic-ref", "check-ref-format", "count-objects", "remote", "show-ref", "bisect"];
/// Programs that take a toolchain, a plugin or a program to run from files in the working folder.
const CONFIGURED: [&str; 13] = [
    "cargo",
    "rustc",
    "rustup",
    "rustdoc",
    "rustfmt",
    "npm",
    "pnpm",
    "yarn",
    "go",
    "clippy-driver",
    "pip",
    "pip3",
    "uv",
];

/// May this invocation run a program that a configuration inside the repository names? In a repository that its user
/// trusts that is what they want; in a nested or fetched one it is somebody else's code.
pub fn runs_repository_config(name: &str, args: &[Word<'_>]) -> bool {
    if name != "git" {
        return CONFIGURED.contains(&name) && !only_asks_version(name, args);
    }
    let mut index = 0;
    loop {
        match args.get(index) {
            Some(Word::Literal("-C" | "--git-dir" | "--work-tree" | "-c" | "--namespace")) => index += 2,
            Some(Word::Literal("--version" | "-v" | "--help" | "-h")) | None => return false,
            Some(Word::Literal(text)) if text.starts_with('-') => index += 1,
            Some(Word::Literal(text)) => return !INERT.contains(text),
            Some(_) => return true,
        }
    }
}

/// rustup and yarn look at the folder before they answer even that.
fn only_asks_version(name: &str, args: &[Word<'_>]) -> bool {
    matches!(name, "npm" | "go" | "pip" | "pip3")
        && matches!(args, [Word::Literal("--version" | "-v" | "-V" | "version")])
}
