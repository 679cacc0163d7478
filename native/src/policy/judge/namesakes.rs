//! Commands that may be what a deny rule speaks of, by what stands in their words.

use super::ruling::Ruling;
use super::{Effect, Judge, Mode, Sourced, brief};
use crate::policy::command::CommandRule;
use crate::policy::shell::{self, Form, Segment, UNKNOWN};

/// Does a word of a command, of which it is not known what it does with it, hold what the rule speaks of?
fn holds_command(segment: &Segment, rule: &CommandRule) -> bool {
    let doubtful = matches!(segment.effect, shell::Effect::Unknown(_)) && !segment.is_understood();
    doubtful && !takes_text(segment) && in_words(segment, rule)
}

fn in_words(segment: &Segment, rule: &CommandRule) -> bool {
    let form = segment.forms.last();
    form.is_some_and(|form| form.words.iter().skip(1).any(|word| rule.stands_in(&word.text)))
}

/// It is given messages, and runs none of them.
pub(super) fn takes_text(segment: &Segment) -> bool {
    let words: Vec<_> = segment.forms.last().into_iter().flat_map(|form| &form.words).map(|word| &*word.text).collect();
    let text = matches!(
        words[..],
        ["git", "merge" | "notes" | "stash" | "revert" | "cherry-pick" | "log" | "config", ..]
            | ["gh" | "glab", ..]
            | ["claw" | "notify-send" | "logger" | "wall" | "mail", ..]
            | ["pytest" | "jq", ..]
            | ["npm", "version", ..]
    );
    text && segment.hidden.is_none() && segment.risky.is_empty()
}

impl<'c, 'q: 'c> Judge<'c, 'q> {
    /// Where nobody is asked, a command is denied that may be what a deny rule speaks of, as far as its words tell.
    pub(super) fn disguised(&self, segment: &Segment) -> Option<Ruling<'c>> {
        if self.mode != Mode::BypassPermissions {
            return None;
        }
        let rule = self.case.deny.iter().find(|rule| self.may_speak(rule, segment))?;
        let reason = format!(
            "Only its run would tell whether {} ({}) denies `{}`; write the command plainly.",
            rule.text,
            rule.source,
            brief(&segment.text)
        );
        Some(Ruling { reason, ..Ruling::by_rule(Effect::Deny, rule, &segment.text, "is denied by the rule") })
    }

    /// May this rule for commands speak of the command, by what is known only when it runs, or by what stands in its
    /// words? Where nobody is asked, a name that is a variable alone is what its user's environment says.
    pub(super) fn may_speak(&self, rule: &Sourced<'q>, segment: &Segment) -> bool {
        let Some(command) = rule.rule.command().filter(|_| rule.rule.speaks_of_commands()) else { return false };
        let bypass = self.mode == Mode::BypassPermissions;
        let may_be = |form: &Form| match form.words.first() {
            Some(name) if bypass && name.kind != shell::Kind::Literal => {
                is_unnamed(form, segment) && may_be(form, command)
            }
            _ => command.may_deny_form(form),
        };
        segment.hidden.is_some()
            || segment.forms.iter().chain(&segment.also).any(may_be)
            || holds_command(segment, command)
    }
}

/// Is its name made when it runs? A variable by itself is what its user's environment says.
fn is_unnamed(form: &Form, segment: &Segment) -> bool {
    let made = form.words.first().is_some_and(|name| name.kind != shell::Kind::Literal);
    let mut words = segment.text.split_whitespace().skip_while(|word| !word.starts_with('$') && word.contains('='));
    let by_variable = match segment.forms[..] {
        [_] => words.next().is_some_and(is_variable),
        _ => !segment.text.contains(['`', '(']) && words.any(is_variable),
    };
    made && !by_variable
}

/// `$NAME`, `"${NAME}"`, and a path behind it.
fn is_variable(word: &str) -> bool {
    let word = word.replace(['"', '{', '}'], "");
    let name = word.strip_prefix('$').map(|rest| rest.split('/').next().unwrap_or_default());
    name.is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// May the rule speak of it? Where the program's own name is known, only if that is the rule's.
fn may_be(form: &Form, rule: &CommandRule) -> bool {
    let name = form.words.first().map_or("", |name| name.text.as_str());
    let own = name.rsplit('/').next().unwrap_or_default();
    if own != name && !own.contains([UNKNOWN, '*', '?', '[']) {
        let joined = form.joined();
        return rule.matches_bare(&joined[name.len() - own.len()..]);
    }
    rule.may_match("")
}
