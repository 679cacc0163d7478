//! Rules for command lines.
//!
//! `git log:*` and `git log *` are that command with any arguments, `npm run test` is exactly that, and a `*` anywhere
//! else is any text. `\*` is a star, `\\` a backslash, and `\(` and `\)` are parentheses: agents write them so into
//! settings files. A rule that has them speaks of the command with these backslashes, too.
//!
//! Each command that the shell's grammar finds in a line is matched by itself. Besides, a **deny** or **ask** rule
//! matches if anything that could be a command in the line's text does (`candidates`): text in quotes, behind `sudo` or
//! `xargs`, in a subshell. That needs no grammar, so it holds where the grammar is wrong.

mod candidates;
mod pattern;
mod plain;

pub(super) use pattern::Pattern;

/// A command rule that parsed.
#[derive(Debug, Clone)]
pub struct CommandRule {
    text: String,
    pattern: Pattern,
    /// The same with the backslashes before parentheses.
    written: Pattern,
    /// The same without quotes and backslashes, as candidates are.
    bare: Pattern,
}

impl CommandRule {
    /// Parse what stands in the parentheses of `Bash(…)`.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let pattern = Pattern::parse(text)?;
        let bare = pattern.map_literals(candidates::unquoted);
        Ok(Self { text: text.into(), pattern, written: Pattern::as_written(text)?, bare })
    }

    /// May this rule allow the command, read as plain words or to the letter?
    pub fn allows(&self, command: &str) -> bool {
        self.is_whole(command) || self.allows_plain(command)
    }

    /// Is the rule the command's text to the letter?
    pub(super) fn is_whole(&self, command: &str) -> bool {
        let command = command.trim_matches(' ');
        !command.chars().any(super::visible::is_invisible) && (command == self.text || self.pattern.is_exactly(command))
    }

    /// Does it speak of every command?
    pub(super) fn is_everything(&self) -> bool {
        self.pattern.is_anything()
    }

    pub(super) fn allows_plain(&self, command: &str) -> bool {
        let command = command.trim_matches(' ');
        !command.chars().any(super::visible::is_invisible)
            && plain::normalized(command).is_some_and(|words| self.pattern.matches(&words))
    }

    /// Against words after expansion, with a space between them.
    pub(super) fn matches_resolved(&self, words: &str) -> bool {
        self.pattern.matches(words)
    }

    /// The same without regard to quotes in the rule.
    pub(super) fn matches_bare(&self, words: &str) -> bool {
        self.bare.matches(words) || self.pattern.matches(words)
    }

    /// Could a text that begins like this match?
    pub(super) fn may_match(&self, start: &str) -> bool {
        self.bare.may_match(start)
    }

    /// The word that the rule spells out behind these.
    pub(super) fn next_word(&self, before: &str) -> Option<&str> {
        let rest = self.bare.first().strip_prefix(before)?.strip_prefix(' ')?;
        rest.split(' ').next().filter(|word| !word.is_empty())
    }

    /// The program that the rule names; None where a star or an assignment stands in its place.
    pub(super) fn program(&self) -> Option<&str> {
        let first = self.bare.first();
        let (name, whole) = first.split_once(' ').map_or((first, !self.bare.is_starred()), |(name, _)| (name, true));
        (whole && !name.is_empty() && !name.contains('=')).then_some(name)
    }

    /// Does the rule's text begin with these words?
    pub(super) fn begins_with(&self, words: &str) -> bool {
        self.bare.first().starts_with(words)
    }

    /// Does the rule itself spell out a path that leads out of a folder?
    pub(super) fn begins_with_parent(&self) -> bool {
        self.pattern.first().split([' ', '/']).any(|part| part == "..")
    }

    /// Does the rule spell out at least this many bytes of a command, or all of it?
    pub(super) fn names_first(&self, bytes: usize) -> bool {
        self.pattern.is_literal() || self.pattern.first().len() >= bytes
    }

    /// Does the rule spell out a text that begins with this?
    pub(super) fn names_first_text(&self, start: &str) -> bool {
        self.pattern.first().starts_with(start)
    }

    /// Is the line as a whole what the rule says?
    pub(super) fn is_or_matches(&self, command: &str) -> bool {
        let trimmed = command.trim();
        trimmed == self.text || self.pattern.matches(trimmed) || self.written.matches(trimmed)
    }

    /// Does an argument of another command hold what the rule speaks of, as a text to be run would? The words stand
    /// alone in it, and more than they is there, or a sign that has a command run.
    pub(super) fn stands_in(&self, argument: &str) -> bool {
        let argument = candidates::spaced(argument);
        let text = candidates::unquoted(&argument).split_whitespace().collect::<Vec<_>>().join(" ");
        let first = self.bare.first().trim_end();
        if first.is_empty() {
            return false;
        }
        text.match_indices(first).any(|(at, _)| {
            let (before, behind) = (&text[..at], &text[at + first.len()..]);
            let part_of_word = |c: char| c.is_alphanumeric() || "_-.".contains(c);
            let runs = before.ends_with(['!', '|', ';', '&', '(', '`']) || before.ends_with("exec=");
            let called = runs || text.contains(' ') && (argument != first || first.contains(' '));
            let alone = !before.ends_with(part_of_word) && !behind.starts_with(part_of_word);
            called && alone && (!self.bare.is_starred() || self.bare.matches(&text[at..]))
        })
    }

    /// The command itself if this rule speaks against any part of it.
    pub fn denies<'c>(&self, command: &'c str) -> Option<&'c str> {
        (self.is_or_matches(command) || candidates::any(command, self.bare.is_open(), |c| self.bare.matches(c)))
            .then_some(command)
    }
}
