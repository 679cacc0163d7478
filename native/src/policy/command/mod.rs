//! Rules for command lines, without a shell grammar.
//!
//! `git log:*` and `git log *` are that command with any arguments, `npm run test` is exactly that, and a `*` anywhere
//! else is any text. `\*` is a star and `\\` a backslash.
//!
//! An **allow** rule matches a command of plain words only (`plain`), or one that is the rule's text to the letter.
//! A **deny** or **ask** rule matches if anything that could be a command in it does (`candidates`): text in quotes,
//! behind `sudo` or `xargs`, in a subshell. Both may be wrong, each in the direction that harms nobody; a command that
//! is built at run time (`$x`, `eval`, base64) escapes a deny rule, which is one reason why Bash asks by default.

mod candidates;
mod pattern;
mod plain;

use pattern::Pattern;

/// A command rule that parsed.
#[derive(Debug, Clone)]
pub struct CommandRule {
    text: String,
    pattern: Pattern,
    /// The same without quotes and backslashes, as candidates are.
    bare: Pattern,
}

impl CommandRule {
    /// Parse what stands in the parentheses of `Bash(…)`.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let pattern = Pattern::parse(text)?;
        let bare = pattern.map_literals(candidates::unquoted);
        Ok(Self { text: text.into(), pattern, bare })
    }

    /// May this rule allow the command?
    pub fn allows(&self, command: &str) -> bool {
        let command = command.trim_matches(' ');
        if command.chars().any(super::visible::is_invisible) {
            return false;
        }
        command == self.text
            || self.pattern.is_exactly(command)
            || plain::normalized(command).is_some_and(|words| self.pattern.matches(&words))
    }

    /// The command itself if this rule speaks against any part of it.
    pub fn denies<'c>(&self, command: &'c str) -> Option<&'c str> {
        let trimmed = command.trim();
        let whole = trimmed == self.text || self.pattern.matches(trimmed);
        (whole || candidates::any(command, self.bare.is_open(), |c| self.bare.matches(c))).then_some(command)
    }
}
