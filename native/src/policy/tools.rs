//! Which tools a rule speaks of, and what its specifier means for them.

/// What the text in a rule's parentheses is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// A command line.
    Command,
    /// A path.
    Path,
    /// `domain:` and the host of a URL.
    Domain,
    /// The text of this argument, exactly.
    Name(&'static str),
    /// Such rules have no specifier.
    Nothing,
}

const EDITING: [&str; 4] = ["Edit", "Write", "MultiEdit", "NotebookEdit"];
const READING: [&str; 5] = ["Read", "Glob", "Grep", "LS", "NotebookRead"];

/// Stands for every tool.
pub(super) const EVERY: &str = "*";

/// Changes the files it names, and nothing else.
pub(super) fn edits_files(tool: &str) -> bool {
    EDITING.contains(&tool)
}

/// Its verdict depends on the paths it names, so it has none before they are resolved.
pub(super) fn names_paths(tool: &str) -> bool {
    edits_files(tool) || READING.contains(&tool)
}

/// Comes from an MCP server, whose word on what it does is not taken.
pub(super) fn is_foreign(tool: &str) -> bool {
    tool.starts_with("mcp__")
}

pub(super) fn subject(tool: &str) -> Subject {
    match tool {
        "Bash" => Subject::Command,
        "WebFetch" => Subject::Domain,
        "Agent" | "Task" => Subject::Name("subagent_type"),
        "Skill" => Subject::Name("skill"),
        "SlashCommand" => Subject::Name("command"),
        tool if names_paths(tool) => Subject::Path,
        _ => Subject::Nothing,
    }
}

/// Does a rule for `rule` speak of calls of `call`? `Edit` stands for every tool that edits files and `Read` for every
/// one that reads them; `mcp__server` and `mcp__server__*` for every tool of that server.
pub(super) fn covers(rule: &str, call: &str) -> bool {
    if rule == call || rule == EVERY {
        return true;
    }
    if let Some(prefix) = rule.strip_suffix('*') {
        return is_foreign(rule) && call.starts_with(prefix);
    }
    match rule {
        "Edit" => edits_files(call),
        "Read" => READING.contains(&call),
        "Agent" | "Task" => matches!(call, "Agent" | "Task"),
        // A rule for one tool has a second `__`; without it, it is a whole server's.
        _ if is_foreign(rule) && !rule["mcp__".len()..].contains("__") => {
            call.strip_prefix(rule).is_some_and(|rest| rest.starts_with("__"))
        }
        _ => false,
    }
}
