//! Code that a command runs and that stands nowhere in the line, or where nothing reads it.

use super::interpreter::{is_shell, is_stream};
use super::subcommand;
use super::wrapped::base;
use crate::policy::shell::line::locale;
use crate::policy::shell::line::word::Word;

/// Why the command may run commands that are not seen.
pub(in crate::policy::shell) fn code(words: &[Word], risky: &[String]) -> Option<&'static str> {
    let (name, args) = words.split_first()?;
    let name = base(name.known()?);
    let flag = |flags: &str| {
        args.iter().any(|arg| {
            let short = arg.text.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
            !arg.is_literal() || short.is_some_and(|short| short.contains(|c| flags.contains(c)))
        })
    };
    if let Some(why) = variable(risky) {
        return Some(why);
    }
    match name {
        "mapfile" | "readarray" => flag("C").then_some("a word of it is a command"),
        "complete" | "compgen" => flag("CF").then_some("a word of it is a command"),
        "bind" => flag("xf").then_some("a word of it is a command"),
        "hash" => flag("p").then_some("it makes a name another command"),
        "enable" => flag("f").then_some("it makes a name another command"),
        "git" if subcommand::sets_command(words) => Some("a setting in it may be a command"),
        "source" | "." if args.first().is_some_and(is_stream) => Some("the code that it reads is not known"),
        _ if is_shell(name) => {
            let script = args.iter().find(|arg| !arg.is_literal() || !arg.text.starts_with(['-', '+']));
            script.is_some_and(is_stream).then_some("the code that it reads is not known")
        }
        _ => None,
    }
}

/// Why commands that these variables bring along are not seen.
pub(in crate::policy::shell) fn variable(risky: &[String]) -> Option<&'static str> {
    risky.iter().any(|name| holds_command(name)).then_some("a variable that it sets holds a command")
}

/// A variable whose value is run, or by which a line is read otherwise.
fn holds_command(name: &str) -> bool {
    const NAMES: [&str; 14] = [
        "BASH_ENV",
        "BROWSER",
        "ENV",
        "GIT_EXTERNAL_DIFF",
        "GIT_SSH",
        "LESSCLOSE",
        "LESSOPEN",
        "PS0",
        "PS1",
        "PS2",
        "PS4",
        "RSYNC_RSH",
        "SHELL",
        "VISUAL",
    ];
    NAMES.contains(&name)
        || locale::is_variable(name)
        || name.starts_with("BASH_FUNC_")
        || name.starts_with("GIT_CONFIG")
        || ["_COMMAND", "PAGER", "EDITOR", "_ASKPASS"].iter().any(|end| name.ends_with(end))
}
