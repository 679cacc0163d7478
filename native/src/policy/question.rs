//! What policy is asked, and what it answers.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::traits::Traits;

/// One call, and all that its verdict may depend on.
#[derive(Debug, Clone, Deserialize)]
pub struct Question {
    /// The tool's name.
    pub tool: String,
    /// Its arguments by name.
    #[serde(default)]
    pub arguments: HashMap<String, rmpv::Value>,
    /// The session's mode.
    pub mode: Mode,
    /// What the tool may do at most.
    pub footprint: Footprint,
    /// What else it declares; None: nobody declares it, and it is what settings files mean by its name.
    #[serde(default)]
    pub traits: Option<Traits>,
    /// What was found out about the call.
    #[serde(default)]
    pub facts: Facts,
    /// Rules from settings and flags, in order.
    #[serde(default)]
    pub rules: Vec<RuleText>,
    /// Rules that a person granted for this session; they rank with allow rules.
    #[serde(default)]
    pub grants: Vec<Grant>,
    /// The working directory, absolute: where `./x` and bare path rules start.
    pub cwd: String,
    /// The home directory, absolute.
    #[serde(default)]
    pub home: String,
    /// The workspace's root, absolute: where `/x` path rules start. `cwd` when it is not given.
    #[serde(default)]
    pub workspace: Option<String>,
    /// The worktrees that agents of the session have for themselves. What rules keep from calls where one was made, they
    /// keep from every call there and in it.
    #[serde(default)]
    pub twins: Vec<Twin>,
    /// Commands run confined. If not, what a settings file allows a command still asks, unless it is known to change
    /// nothing.
    #[serde(default)]
    pub sandboxed: bool,
}

/// A worktree.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Twin {
    /// Its root, absolute.
    pub tree: String,
    /// The root of the work tree that it was made from, absolute.
    pub top: String,
    /// Of a worktree that the caller works in, or that this one was made from: the folder where calls act that began
    /// where it was made, absolute. Else empty.
    #[serde(default)]
    pub workspace: String,
}

/// How much is allowed without a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// Reading inside the workspace.
    Default,
    /// Reading and editing files inside the workspace.
    AcceptEdits,
    /// Reading inside the workspace; everything that does more is denied.
    Plan,
    /// As `default`, but nobody is asked: what would ask is denied.
    DontAsk,
    /// Everything that no deny rule names.
    BypassPermissions,
}

impl Mode {
    /// The name that settings use.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Default => "default",
            Mode::AcceptEdits => "acceptEdits",
            Mode::Plan => "plan",
            Mode::DontAsk => "dontAsk",
            Mode::BypassPermissions => "bypassPermissions",
        }
    }
}

/// What a tool may do to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Footprint {
    /// It changes nothing.
    Read,
    /// It changes the files it names.
    Write,
    /// It may do anything.
    Execute,
    /// It gets something from the network, and changes nothing here.
    Network,
    /// It has no effect but events.
    None,
}

/// What was found on disk before the verdict, as the log records it.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Facts {
    /// Every path that the call names.
    #[serde(default)]
    pub paths: Vec<PathFact>,
}

/// What one path argument means.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct PathFact {
    /// Of which argument. `program`: what `given` names is a program, and this the file that has that name.
    #[serde(default)]
    pub parameter: String,
    /// The path as the model wrote it.
    pub given: String,
    /// Without links; relative to the workspace or absolute.
    pub canonical: String,
    /// Inside the workspace.
    pub inside: bool,
    /// Something is there.
    #[serde(default)]
    pub exists: bool,
    /// It is a directory.
    #[serde(default)]
    pub directory: bool,
    /// See [`super::is_protected`].
    #[serde(default)]
    pub protected: bool,
    /// It lies in the `/tmp` that the session has to itself where its commands are confined.
    #[serde(default)]
    pub scratch: bool,
    /// Other names of the same file, as `canonical` has them.
    #[serde(default)]
    pub names: Vec<String>,
    /// A file that may not be written to.
    #[serde(default)]
    pub read_only: bool,
}

/// The `parameter` of a fact about a program.
const PROGRAM: &str = "program";

/// A rule as settings hold it.
#[derive(Debug, Clone, Deserialize)]
pub struct RuleText {
    /// What follows when it matches.
    pub effect: Effect,
    /// Its text, as in `Bash(git log:*)`.
    pub rule: String,
    /// The file and line or the flag it came from.
    #[serde(default)]
    pub source: String,
    /// Which settings it is from.
    #[serde(default)]
    pub layer: Layer,
    /// The folder where its path starts if that begins with `/`; empty: the workspace.
    #[serde(default)]
    pub root: String,
    /// An allow rule of `additionalDirectories`: the absolute folder, without links, that is taken for a part of the
    /// workspace. Else empty.
    #[serde(default)]
    pub directory: String,
}

/// Where a rule comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// `/etc/claw`.
    Managed,
    /// A flag.
    CommandLine,
    /// The user's settings.
    #[default]
    #[serde(alias = "")]
    User,
    /// The user's own settings of a project.
    Local,
    /// The project's settings.
    Project,
    /// A person's answer in this session.
    #[serde(skip)]
    Grant,
}

/// A rule that was granted while the session ran.
#[derive(Debug, Clone, Deserialize)]
pub struct Grant {
    /// Its text.
    pub rule: String,
    /// Who or what granted it.
    #[serde(default)]
    pub source: String,
}

/// The three verdicts, least strict first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// The call may act.
    Allow,
    /// A person decides.
    Ask,
    /// The call must not act.
    Deny,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What follows.
    pub verdict: Effect,
    /// The rule that decided, if one did.
    pub rule: Option<String>,
    /// Where that rule comes from; else `mode` or `builtin`.
    pub source: String,
    /// The part of the call that decided: a command of the line, a path, or the tool's name.
    pub part: String,
    /// Why, in one sentence.
    pub reason: String,
    /// The narrowest rule that would have allowed this call; none where no rule can.
    pub suggestion: Option<String>,
    /// Rules that cover more than this call and would have allowed it, too, narrowest first.
    pub wider: Vec<String>,
    /// Bash: the verdict on each command of the line alone, in order.
    pub segments: Vec<SegmentVerdict>,
    /// The call changes nothing, as far as is known.
    pub read_only: bool,
    /// Paths whose fact is missing, as `given`. Then no rule allows the call.
    pub unresolved: Vec<String>,
}

/// The verdict on one command of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SegmentVerdict {
    /// As written.
    pub text: String,
    /// What follows for it alone.
    pub verdict: Effect,
    /// The rule that decided; else empty.
    pub rule: String,
    /// Where that comes from; else `mode` or `builtin`.
    pub source: String,
    /// Why, in one sentence.
    pub reason: String,
}

impl Question {
    pub(super) fn workspace(&self) -> &Path {
        Path::new(self.workspace.as_deref().unwrap_or(&self.cwd))
    }

    /// Where a fact's path really is.
    pub(super) fn canonical(&self, fact: &PathFact) -> PathBuf {
        lexical(&self.workspace().join(&fact.canonical))
    }

    /// Where the path that the model wrote points if no link is followed.
    pub(super) fn given(&self, fact: &PathFact) -> PathBuf {
        self.place(&fact.given)
    }

    /// Where a path points if no link is followed.
    pub(super) fn place(&self, given: &str) -> PathBuf {
        let home = given.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'));
        match home {
            Some(rest) if !self.home.is_empty() => lexical(Path::new(&format!("{}{rest}", self.home))),
            _ => lexical(&Path::new(&self.cwd).join(given)),
        }
    }

    /// The folders that settings take for parts of the workspace.
    pub(super) fn directories(&self) -> impl Iterator<Item = &Path> {
        let added = self.rules.iter().filter(|rule| rule.effect == Effect::Allow && !rule.directory.is_empty());
        added.map(|rule| Path::new(&rule.directory))
    }

    /// Does the file lie in the workspace, or in a folder that is taken for a part of it?
    pub(super) fn is_within(&self, fact: &PathFact) -> bool {
        fact.inside || self.part_with(&self.canonical(fact)).is_some()
    }

    /// The folder with this place in it that is taken for a part of the workspace.
    pub(super) fn part_with(&self, place: &Path) -> Option<&Path> {
        self.directories().find(|folder| place.starts_with(folder))
    }

    /// What is known of this path.
    pub(super) fn fact(&self, given: &str) -> Option<&PathFact> {
        self.facts.paths.iter().find(|fact| fact.given == given && fact.parameter != PROGRAM)
    }

    /// The file that a program's name leads to, where that is one which commands and edits may change.
    pub(super) fn program(&self, name: &str) -> Option<&PathFact> {
        self.facts.paths.iter().find(|fact| fact.given == name && fact.parameter == PROGRAM)
    }

    /// Does only this session see the file, and are those that it leaves there gone with it?
    pub(super) fn is_scratch(&self, fact: &PathFact) -> bool {
        self.sandboxed && fact.scratch
    }

    /// The path, and, where it lies in a worktree, its places in all work trees that this was made from.
    pub(super) fn with_twins(&self, path: &Path) -> Vec<PathBuf> {
        twins_of(path, |place| {
            let below = |twin: &Twin| Some(Path::new(&twin.top).join(place.strip_prefix(&twin.tree).ok()?));
            self.twins.iter().filter_map(below).collect()
        })
    }

    /// The path, and its places in all worktrees that were made from where it lies.
    pub(super) fn with_copies(&self, path: &Path) -> Vec<PathBuf> {
        twins_of(path, |place| {
            let below = |twin: &Twin| Some(Path::new(&twin.tree).join(place.strip_prefix(&twin.top).ok()?));
            self.twins.iter().filter_map(below).collect()
        })
    }

    /// Where calls act in the work trees that the caller's worktree was made from.
    pub(super) fn twin_workspaces(&self) -> impl Iterator<Item = PathBuf> {
        self.twins.iter().filter(|twin| !twin.workspace.is_empty()).map(|twin| lexical(Path::new(&twin.workspace)))
    }

    /// Where the file lies under its other names.
    pub(super) fn other_places(&self, fact: &PathFact) -> impl Iterator<Item = PathBuf> {
        fact.names.iter().map(|name| lexical(&self.workspace().join(name)))
    }

    /// A text argument.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.arguments.get(name)?.as_str()
    }
}

/// The place, and all that are `next` to it, and so on.
fn twins_of(path: &Path, next: impl Fn(&Path) -> Vec<PathBuf>) -> Vec<PathBuf> {
    let mut found = vec![path.to_path_buf()];
    let mut at = 0;
    while at < found.len() {
        let more = next(&found[at]);
        found.extend(more.into_iter().filter(|place| !found.contains(place)).collect::<Vec<_>>());
        at += 1;
    }
    found
}

/// Without `.` and `..`, by name only.
pub(super) fn lexical(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}
