//! Which tools a rule speaks of, and what its specifier means.
//!
//! What a call is about its tool declares. Names of tools stand here only for what settings files mean by them: in a
//! rule, and of a tool that nobody declares.

use super::question::{Effect, Footprint, Question};
use super::traits::{Performer, Subject};

/// What the text in a rule's parentheses is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Specifies {
    /// A command line.
    Command,
    /// A program in a language that policy does not read.
    Text,
    /// A path.
    Path,
    /// `domain:` and the host of a URL.
    Domain,
    /// The text of this argument, exactly.
    Name(&'static str),
    /// Such rules have no specifier.
    Nothing,
}

/// Stands for every tool.
pub(super) const EVERY: &str = "*";
/// Stands for every tool that runs command lines.
pub(super) const COMMANDS: &str = "Bash";
/// Stands for every tool that gets a URL.
pub(super) const HOSTS: &str = "WebFetch";
/// Stands for every tool that reads files.
pub(super) const READS: &str = "Read";
/// Stands for every tool that edits files.
pub(super) const EDITS: &str = "Edit";
/// What else rules call the writing of files.
pub(super) const WRITES: &str = "Write";
const EDITING: [&str; 5] = [EDITS, WRITES, "MultiEdit", "NotebookEdit", "apply_patch"];
/// Of those, what changes only files that there are.
const CHANGING: [&str; 2] = [EDITS, "NotebookEdit"];
const READING: [&str; 5] = [READS, "Glob", "Grep", "LS", "NotebookRead"];
const SEARCHING: [&str; 2] = ["Glob", "Grep"];
const AGENTS: [&str; 2] = ["Agent", "Task"];

/// The names that settings files have for tools, with what each stands for: what runs commands, gets a URL, reads or edits
/// files, changes nothing on this machine, or calls of which rules say nothing more.
pub fn names() -> Vec<(&'static str, &'static str)> {
    let others = ["BashOutput", "KillShell", "Skill", "SlashCommand"];
    let whole = others.into_iter().chain(AGENTS).map(|name| (name, "call"));
    let harmless = ["WebSearch", "TodoWrite"].map(|name| (name, "harmless"));
    [(COMMANDS, "command"), (HOSTS, "url")]
        .into_iter()
        .chain(READING.map(|name| (name, "read")))
        .chain(EDITING.map(|name| (name, "edit")))
        .chain(harmless)
        .chain(whole)
        .collect()
}

/// What a rule for tools of this name may have in its parentheses.
pub(super) fn specifies(rule: &str) -> Specifies {
    match rule {
        COMMANDS => Specifies::Command,
        HOSTS => Specifies::Domain,
        "PowerShell" => Specifies::Text,
        "Skill" => Specifies::Name("skill"),
        "SlashCommand" => Specifies::Name("command"),
        rule if AGENTS.contains(&rule) => Specifies::Name("subagent_type"),
        rule if EDITING.contains(&rule) || READING.contains(&rule) => Specifies::Path,
        _ => Specifies::Nothing,
    }
}

/// Is it a rule's name for tools of MCP servers?
pub(super) fn is_of_servers(rule: &str) -> bool {
    rule.starts_with("mcp__")
}

impl Question {
    /// What the permission for the call is about.
    pub(super) fn subject(&self) -> Subject {
        let Some(traits) = &self.traits else {
            return match specifies(&self.tool) {
                Specifies::Command => Subject::Command,
                Specifies::Text => Subject::Text,
                Specifies::Path => Subject::Path,
                Specifies::Domain => Subject::Url,
                Specifies::Name(_) => Subject::Name,
                Specifies::Nothing => Subject::None,
            };
        };
        traits.subject
    }

    /// The command line, of a tool that runs such.
    pub(super) fn command(&self) -> Option<&str> {
        self.named(Subject::Command, "command")
    }

    /// The program, of a tool that runs such in a language that policy does not read.
    pub(super) fn script(&self) -> Option<&str> {
        self.named(Subject::Text, "command")
    }

    /// The URL, of a tool that gets such.
    pub(super) fn url(&self) -> Option<&str> {
        self.named(Subject::Url, "url")
    }

    /// The text of the argument that a call about such a subject declares; `assumed` is its name where none is declared.
    fn named(&self, subject: Subject, assumed: &str) -> Option<&str> {
        let argument = self.traits.as_ref().map_or(assumed, |traits| &traits.argument);
        (self.subject() == subject).then(|| self.text(argument)).flatten()
    }

    /// Changes the files it names, and nothing else.
    pub(super) fn edits_files(&self) -> bool {
        match &self.traits {
            Some(traits) => traits.subject == Subject::Path && self.footprint == Footprint::Write,
            None => EDITING.contains(&&*self.tool),
        }
    }

    /// Reads the files it names, and changes nothing.
    pub(super) fn reads_files(&self) -> bool {
        match &self.traits {
            Some(traits) => traits.subject == Subject::Path && self.footprint == Footprint::Read,
            None => READING.contains(&&*self.tool),
        }
    }

    /// Looks at all that lies below the paths it names.
    pub(super) fn searches(&self) -> bool {
        self.traits.as_ref().map_or_else(|| SEARCHING.contains(&&*self.tool), |traits| traits.searches)
    }

    /// Comes from a server, whose word on what it does is not taken.
    pub(super) fn is_foreign(&self) -> bool {
        is_of_servers(&self.tool) || self.traits.as_ref().is_some_and(|traits| traits.performer == Performer::Server)
    }

    /// The same about a tool that settings files know by this name.
    pub(super) fn as_tool(&self, name: &str) -> Self {
        Self { tool: name.to_owned(), traits: None, ..self.clone() }
    }
}

/// Does a rule for `rule` speak of this call? `Bash` stands for every tool that runs command lines, `Edit` for every one
/// that edits files and `Read` for every one that reads them; `mcp__server` and `mcp__server__*` for every tool of that
/// server. What denies `Write` speaks of every tool that makes files. A tool that names files and may do anything with them is held by what denies either, and allowed by neither.
pub(super) fn covers(rule: &str, question: &Question, effect: Effect) -> bool {
    let call = &*question.tool;
    if rule == call || rule == EVERY {
        return true;
    }
    if let Some(prefix) = rule.strip_suffix('*') {
        return is_of_servers(rule) && call.starts_with(prefix);
    }
    let anything = || {
        let declared = question.traits.is_some() && question.subject() == Subject::Path;
        effect != Effect::Allow && declared && !question.edits_files() && !question.reads_files()
    };
    match rule {
        COMMANDS if effect != Effect::Allow => matches!(question.subject(), Subject::Command | Subject::Text),
        COMMANDS => question.subject() == Subject::Command,
        HOSTS => question.subject() == Subject::Url,
        EDITS => question.edits_files() || anything(),
        // Whoever lets nothing be written there means what makes files by another name as well.
        WRITES => effect != Effect::Allow && question.edits_files() && !CHANGING.contains(&call),
        READS => question.reads_files() || anything(),
        rule if AGENTS.contains(&rule) => AGENTS.contains(&call),
        // A rule for one tool has a second `__`; without it, it is a whole server's.
        _ if is_of_servers(rule) && !rule["mcp__".len()..].contains("__") => {
            call.strip_prefix(rule).is_some_and(|rest| rest.starts_with("__"))
        }
        _ => false,
    }
}
