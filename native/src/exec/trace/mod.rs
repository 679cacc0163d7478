//! Deny rules for commands, held where a program starts and not only in the text of a line.
//!
//! ```text
//! claw ── a thread traces ──▶ command ──▶ whatever it starts: threads, vforks, sessions and daemons too
//!                               each execve stops before the new program's first instruction
//! ```
//!
//! A thread of claw's attaches to the command before it begins (ptrace(2), `PTRACE_SEIZE`), and by that to all that
//! descends from it. Each execve is met when it is done ([`tracer`]): the kernel then says which file runs, and the
//! arguments lie in memory that nothing else can reach ([`image`]). They are held against the rules ([`Starts`]), and
//! what one denies is killed there and then. What the rules name was looked up before ([`programs`]): a link, another
//! path, the dynamic loader, an interpreter or a descriptor in front of it change nothing about which file it is.
//!
//! The command's own shell is claw's, and no rule speaks of it. `CLONE_UNTRACED`, the one way to make a process that
//! nobody traces, is refused: by the sandbox's filter, or by one of its own where nothing confines the command
//! ([`held`]). If claw dies, or this thread, the kernel kills all that is traced. A traced program gets no privileges
//! of another user, and cannot trace others.
//!
//! *Not covered*: a copy of the program under another name, and a program that does the same by other means; a process
//! that another service starts on the command's behalf.

mod elf;
mod held;
mod image;
mod programs;
mod tracer;

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::policy::{DeniedCommand, DeniedCommands};
pub(super) use held::{hold, wait_for_tracer};
use image::Image;
use programs::Program;
pub(super) use tracer::Tracer;
pub use tracer::available as can_trace;

/// Programs whose first argument says what they are (or what follows `--coreutils-prog=`), whatever they are called.
const MULTICALL: [&str; 3] = ["busybox", "toybox", "coreutils"];

/// What was not let start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its words, with a space between them; of a long one the beginning.
    pub command: String,
    /// The rule's text; empty where the program could not be looked at, so that no rule could be held against it.
    pub rule: String,
    /// Where that rule is from.
    pub source: String,
}

/// What may not be started, and the files that this speaks of.
#[derive(Debug)]
pub(super) struct Starts {
    rules: DeniedCommands,
    programs: Vec<Program>,
}

impl Starts {
    /// Look up the programs that these rules name: along the environment's PATH, and where systems have theirs.
    pub(super) fn new(rules: &DeniedCommands, cwd: &Path, env: &[(OsString, OsString)]) -> Self {
        let variable = |name: &str| env.iter().find(|(key, _)| key == name).map_or(OsStr::new(""), |(_, value)| value);
        let places = programs::Places::new(variable("PATH"), variable("HOME"), cwd);
        let named = rules.rules().iter().enumerate().filter_map(|(at, rule)| Some((at, rule.program()?)));
        let programs = named.map(|(at, name)| Program::find(at, name, &places)).collect();
        Self { rules: rules.clone(), programs }
    }

    /// The rule that denies what has just been executed, and the first of the words that it speaks of: a script's words
    /// begin behind its interpreter.
    fn denying(&self, image: &Image) -> Option<(&DeniedCommand, usize)> {
        let words: Vec<&str> = image.argv.iter().map(String::as_str).collect();
        let (name, args) =
            words.split_first().map_or(("", &[][..]), |(name, args)| (name.trim_start_matches('-'), args));
        let mut found = self.rules.denying(&[&[name], args].concat());
        if base(name) != image.name {
            found = found.or_else(|| self.rules.denying(&[&[image.name.as_str()], args].concat()));
        }
        if let (None, Some(at)) = (found, image.script)
            && let Some(rule) = self.rules.denying(&words[at..])
        {
            return Some((rule, at));
        }
        if self.is_multicall(image, name) {
            found = found.or_else(|| self.rules.denying(args)).or_else(|| self.rules.denying(&applet(args)?));
        }
        found.or_else(|| self.by_file(image, name, args)).map(|rule| (rule, 0))
    }

    fn is_multicall(&self, image: &Image, name: &str) -> bool {
        MULTICALL.iter().any(|known| base(name).starts_with(known) || image.name.starts_with(known))
            || self.programs.iter().any(|program| program.has_names(&image.files))
    }

    /// What the program's file says, whatever it was called; and those of its arguments, if it loads or interprets them.
    fn by_file(&self, image: &Image, name: &str, args: &[&str]) -> Option<&DeniedCommand> {
        let loader = is_loader(&image.name) || !args.is_empty() && image.is_loader();
        self.programs.iter().find_map(|program| {
            let rule = self.rules.rules().get(program.rule)?;
            let denies = |args: &[&str]| rule.denies(&[&[program.name.as_str()], args].concat());
            let run = program.is(&image.files, base(name)) && denies(args);
            let loads = loader || program.is_run_by(&image.files);
            let given = |at: usize| denies(&args[at + 1..]) && program.has(&image.files_of(args[at]));
            let loaded = loads && (0..args.len()).any(given);
            // A file of that name is meant too, wherever it lies.
            let named = |at: usize| args[at].contains('/') && rule.denies(&args[at..]);
            (run || loaded || loader && (0..args.len()).any(named)).then_some(rule)
        })
    }
}

/// `--coreutils-prog=rm x` is `rm x`.
fn applet<'a>(args: &[&'a str]) -> Option<Vec<&'a str>> {
    let (first, rest) = args.split_first()?;
    let name = first.strip_prefix("--coreutils-prog=").or_else(|| first.strip_prefix("--coreutils-prog-shebang="))?;
    Some([&[name], rest].concat())
}

/// Is this how a dynamic loader (ld.so(8)) is called, which runs the program that it is given?
fn is_loader(name: &str) -> bool {
    ["ld-", "ld.so", "ld64", "libc.so", "libc.musl"].iter().any(|start| name.starts_with(start))
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}
