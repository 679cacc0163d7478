//! Rules that cover more than the call that is asked about, as a person would write them: all of one subcommand, all
//! edits in the workspace, all reading in one folder.

use std::path::Path;

use super::question::{PathFact, Question};
use super::shell::{Segment, has_subcommands, is_interpreter};
use super::tools::{COMMANDS, EDITS, READS};
use super::twin::escape;
use super::visible;

/// Programs that do one thing, whatever they are told.
const ALONE: [&str; 26] = [
    "biome",
    "black",
    "clang-format",
    "ctest",
    "eslint",
    "flake8",
    "gofmt",
    "isort",
    "jest",
    "mkdir",
    "mocha",
    "mypy",
    "nox",
    "phpunit",
    "prettier",
    "pylint",
    "pyright",
    "pytest",
    "rspec",
    "rubocop",
    "ruff",
    "rustfmt",
    "shellcheck",
    "touch",
    "tox",
    "vitest",
];
/// Others with subcommands than those whose options are known.
const MORE_SUBCOMMANDS: [&str; 10] = ["bun", "deno", "dotnet", "git", "gradle", "just", "make", "mix", "rake", "task"];
/// Subcommands that only say where the name of what is run comes next.
const NAMES_NEXT: [(&str, &str); 11] = [
    ("bun", "run"),
    ("bundle", "exec"),
    ("deno", "task"),
    ("docker", "compose"),
    ("npm", "run"),
    ("npm", "run-script"),
    ("pnpm", "run"),
    ("podman", "compose"),
    ("poetry", "run"),
    ("uv", "run"),
    ("yarn", "run"),
];
/// Subcommands that run whatever follows, or set what others run.
const NEVER: [&str; 13] = [
    "alias",
    "config",
    "dlx",
    "eval",
    "exec",
    "filter-branch",
    "plugin",
    "run",
    "set",
    "shell",
    "ssh",
    "submodule",
    "x",
];

/// `Bash(git commit:*)` for one that begins so; none where a prefix would say nothing about what is run.
pub(super) fn command(segment: &Segment) -> Option<String> {
    if segment.forms.len() != 1 {
        return None;
    }
    let mut words = segment.text.split_ascii_whitespace();
    let program = words.next().filter(|word| is_name(word))?;
    if ALONE.contains(&program) {
        return Some(format!("{COMMANDS}({program}:*)"));
    }
    if !has_subcommands(program) && !MORE_SUBCOMMANDS.contains(&program) {
        return None;
    }
    let subcommand = words.next().filter(|word| is_name(word))?;
    if NAMES_NEXT.contains(&(program, subcommand)) {
        let named = words.next().filter(|word| is_name(word) && !is_interpreter(word))?;
        return Some(format!("{COMMANDS}({program} {subcommand} {named}:*)"));
    }
    (!NEVER.contains(&subcommand)).then(|| format!("{COMMANDS}({program} {subcommand}:*)"))
}

/// All edits in the workspace, or all reading in the folder of what is read elsewhere.
pub(super) fn path(question: &Question, fact: &PathFact) -> Option<String> {
    let (family, folder) = match (question.edits_files(), question.is_within(fact)) {
        (true, true) => {
            let part = if fact.inside { None } else { question.part_with(&question.canonical(fact)) };
            (EDITS, part.unwrap_or(question.workspace()).to_owned())
        }
        (false, false) if question.reads_files() => (READS, question.canonical(fact).parent()?.to_owned()),
        _ => return None,
    };
    let text = format!("{family}({}/**)", escape(&format!("/{}", folder.to_str()?)));
    (is_narrow(question, &folder) && !text.chars().any(visible::is_invisible)).then_some(text)
}

/// The workspace, or a folder that holds neither the home nor the workspace and is not one of the first below the root.
fn is_narrow(question: &Question, folder: &Path) -> bool {
    let outer = |inner: &Path| inner.starts_with(folder);
    let home = Path::new(&question.home);
    let below = folder.components().count();
    (folder == question.workspace() && below > 1)
        || (below > 2 && !outer(question.workspace()) && (question.home.is_empty() || !outer(home)))
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'))
}
