//! The order of the tests for one command of a line.

use super::ruling::Ruling;
use super::{Effect, Judge, Mode, Sourced, Whole, brief};
use crate::policy::question::{Layer, PathFact};
use crate::policy::shell::{self, Access, Segment};

impl<'c, 'q: 'c> Judge<'c, 'q> {
    pub(super) fn segment(&self, segment: &Segment) -> Ruling<'c> {
        self.by_deny_or_ask(segment, Effect::Deny)
            .or_else(|| self.by_host(segment))
            .or_else(|| self.disguised(segment))
            .or_else(|| self.bypassed(segment))
            .or_else(|| self.beyond_plan(segment))
            .or_else(|| self.by_deny_or_ask(segment, Effect::Ask))
            .or_else(|| self.maybe_denied(segment))
            .or_else(|| self.guarded(segment))
            .or_else(|| self.by_letter(segment))
            .or_else(|| self.unclear(segment))
            .or_else(|| self.by_allow(segment))
            .or_else(|| self.read_only(segment))
            .or_else(|| self.edits(segment))
            .unwrap_or_else(|| self.asked(segment))
    }

    fn by_deny_or_ask(&self, segment: &Segment, effect: Effect) -> Option<Ruling<'c>> {
        let (rules, words) = match effect {
            Effect::Deny => (&self.case.deny, "is denied by the rule"),
            _ => (&self.case.ask, "must be asked for because of the rule"),
        };
        rules.iter().find_map(|rule| {
            let by_name = rule.rule.speaks_of_commands()
                && rule.rule.command().is_some_and(|command| {
                    segment.forms.iter().chain(&segment.also).any(|form| command.denies_form(form))
                        || segment.with_variables().iter().any(|text| command.matches_bare(text))
                });
            if by_name {
                return Some(Ruling::by_rule(effect, rule, &segment.text, words));
            }
            let path = self.denied_path(rule, segment)?;
            let reason = format!("`{path}` in `{}` {words} {} ({}).", brief(&segment.text), rule.text, rule.source);
            Some(Ruling { reason, ..Ruling::by_rule(effect, rule, &segment.text, words) })
        })
    }

    /// Words that are known only when it runs may make it what a rule denies.
    fn maybe_denied(&self, segment: &Segment) -> Option<Ruling<'c>> {
        let rule = self.case.deny.iter().chain(&self.case.ask).find(|rule| self.may_speak(rule, segment));
        if let Some(rule) = rule {
            let reason = format!(
                "It is not known whether {} ({}) speaks of `{}`.",
                rule.text,
                rule.source,
                brief(&segment.text)
            );
            return Some(Ruling::builtin(Effect::Ask, &segment.text, reason));
        }
        if let Some(ruling) = self.perhaps_host(segment) {
            return Some(ruling);
        }
        let rules = self.case.deny.iter().chain(&self.case.ask).filter(|rule| !self.is_kept_from(rule, segment));
        let (rule, path) = self.perhaps_denied_path(rules, segment)?;
        let reason = format!("{} ({}) speaks of what may be in `{path}`.", rule.text, rule.source);
        Some(Ruling::builtin(Effect::Ask, &segment.text, reason))
    }

    fn bypassed(&self, segment: &Segment) -> Option<Ruling<'c>> {
        if self.mode != Mode::BypassPermissions {
            return None;
        }
        // Nobody is asked and nothing is hidden here: what a deny rule may speak of is denied.
        if let Some((rule, path)) = self.perhaps_denied_path(self.case.deny.iter(), segment) {
            let reason = format!("{} ({}) speaks of what may be in `{path}`.", rule.text, rule.source);
            return Some(Ruling {
                reason,
                ..Ruling::by_rule(Effect::Deny, rule, &segment.text, "is denied by the rule")
            });
        }
        if let Some(ruling) = self.perhaps_host(segment) {
            return Some(ruling);
        }
        let reason = "Mode bypassPermissions allows whatever no rule denies.";
        Some(Ruling::mode(Effect::Allow, &segment.text, reason.into()))
    }

    fn beyond_plan(&self, segment: &Segment) -> Option<Ruling<'c>> {
        let plan = self.mode == Mode::Plan && !self.is_read_only(segment);
        let reason = || format!("Mode plan only reads, and {}.", self.doubt(segment));
        plan.then(|| Ruling::mode(Effect::Deny, &segment.text, reason()))
    }

    /// An allow rule that is the line, or this command, to the letter.
    fn by_letter(&self, segment: &Segment) -> Option<Ruling<'c>> {
        let rule = match self.whole {
            Some((rule, Whole::Letter)) => Some(rule),
            _ => self.case.allow.iter().find(|rule| {
                rule.rule.speaks_of_commands()
                    && rule.rule.command().is_some_and(|command| {
                        !segment.fed && command.is_whole(&segment.text)
                            || segment.forms.iter().any(|form| !form.text.is_empty() && command.is_whole(&form.text))
                    })
            }),
        }?;
        self.counts(rule, self.is_read_only(segment))
            .then(|| Ruling::by_rule(Effect::Allow, rule, &segment.text, "is allowed by the rule"))
    }

    fn unclear(&self, segment: &Segment) -> Option<Ruling<'c>> {
        if let Some(trouble) = &segment.trouble {
            let reason = format!("`{}` cannot be judged: {trouble}.", brief(&segment.text));
            return Some(Ruling::builtin(Effect::Ask, &segment.text, reason));
        }
        if self.whole.is_some() || self.case.allow.iter().any(|rule| allows_variables(rule, segment)) {
            return None;
        }
        let name = segment.risky.first()?;
        let reason = format!("`{}` sets {name}, which changes what commands do.", brief(&segment.text));
        Some(Ruling::builtin(Effect::Ask, &segment.text, reason))
    }

    fn by_allow(&self, segment: &Segment) -> Option<Ruling<'c>> {
        let rule = match self.whole {
            Some((rule, _)) => rule,
            None => self.case.allow.iter().find(|rule| self.allows(rule, segment))?,
        };
        if !self.counts(rule, self.is_read_only(segment)) {
            return None;
        }
        if let Some(given) = self.unwritable(segment) {
            let reason = format!("`{given}` is outside the workspace, where nothing is written unasked.");
            return Some(Ruling::builtin(Effect::Ask, &segment.text, reason));
        }
        if let Some(given) = self.whole.is_none().then(|| self.redirected(segment)).flatten() {
            let reason = format!(
                "`{}` writes `{given}`, and the rule {} says nothing of that.",
                brief(&segment.text),
                rule.text
            );
            return Some(Ruling::mode(Effect::Ask, &segment.text, reason));
        }
        Some(Ruling::by_rule(Effect::Allow, rule, &segment.text, "is allowed by the rule"))
    }

    fn allows(&self, rule: &Sourced<'q>, segment: &Segment) -> bool {
        let Some(command) = rule.rule.command().filter(|_| rule.rule.speaks_of_commands()) else {
            return false;
        };
        if !segment.coded && allows_variables(rule, segment) {
            return true;
        }
        if segment.environment || segment.coded || !segment.risky.is_empty() {
            return false;
        }
        let Some(innermost) = segment.forms.last() else {
            return false;
        };
        let last = segment.forms.len() - 1;
        let seen = segment.opaque.map_or(last, |opaque| opaque.min(last));
        segment.forms[..=seen].iter().enumerate().any(|(at, form)| {
            if at == last { command.allows_form(form) } else { command.allows_wrapper(form, innermost) }
        })
    }

    /// Does the rule let commands run unasked that may change something?
    pub(super) fn counts(&self, rule: &Sourced<'q>, read_only: bool) -> bool {
        read_only || self.case.question.sandboxed || matches!(rule.layer, Layer::CommandLine | Layer::Grant)
    }

    fn read_only(&self, segment: &Segment) -> Option<Ruling<'c>> {
        if !self.is_read_only(segment) {
            return None;
        }
        if segment.history && self.kept_from_read().is_some() {
            return None;
        }
        if let Some(given) = self.unreadable(segment) {
            let reason = format!("`{given}` is outside the workspace, and no rule allows to read it.");
            return Some(Ruling::builtin(Effect::Ask, &segment.text, reason));
        }
        let reason = format!("`{}` only reads.", brief(&segment.text));
        Some(Ruling::builtin(Effect::Allow, &segment.text, reason))
    }

    /// A command that changes just the files it names, where those may be edited.
    fn edits(&self, segment: &Segment) -> Option<Ruling<'c>> {
        let plain = segment.effect != shell::Effect::default() && !matches!(segment.effect, shell::Effect::Unknown(_));
        let writes = segment.uses.iter().any(|used| used.access == Access::Write);
        let sound = plain && writes && self.is_repository_known(segment) && self.unreadable(segment).is_none();
        if !sound || !self.case.question.sandboxed || self.of_the_workspace(segment).is_some() {
            return None;
        }
        let accepted = self.mode == Mode::AcceptEdits;
        if accepted && self.unwritable(segment).is_none() {
            let reason =
                format!("Mode acceptEdits allows `{}`, which edits files that may be edited.", brief(&segment.text));
            return Some(Ruling::mode(Effect::Allow, &segment.text, reason));
        }
        if self.only_writes_scratch(segment) {
            let reason = format!("`{}` writes to the session's own /tmp alone.", brief(&segment.text));
            return Some(Ruling::mode(Effect::Allow, &segment.text, reason));
        }
        let rule = self.edit_rule(segment)?;
        Some(Ruling::by_rule(Effect::Allow, rule, &segment.text, "is allowed by the rule"))
    }

    fn asked(&self, segment: &Segment) -> Ruling<'c> {
        let mode = self.mode.name();
        let text = brief(&segment.text);
        let allowed = self.case.allow.iter().any(|rule| self.allows(rule, segment)) || self.whole.is_some();
        let reason = if allowed && !self.case.question.sandboxed {
            format!("Commands are not confined here, so a rule in a settings file does not let `{text}` run unasked.")
        } else if matches!(segment.effect, shell::Effect::ReadOnly) && self.unwritable(segment).is_some() {
            format!("`{text}` writes outside the workspace.")
        } else {
            format!("No rule allows `{text}`, and mode {mode} asks: {}.", self.doubt(segment))
        };
        Ruling::mode(Effect::Ask, &segment.text, reason)
    }

    /// Known to change nothing.
    pub(super) fn is_read_only(&self, segment: &Segment) -> bool {
        segment.effect == shell::Effect::ReadOnly
            && segment.trouble.is_none()
            && segment.risky.is_empty()
            && !segment.is_altered()
            && self.of_the_workspace(segment).is_none()
            && !segment.uses.iter().any(|used| used.access == Access::Write)
            && self.is_repository_known(segment)
            && !(segment.interactive && self.has_terminal())
            && (!segment.stray || self.case.question.sandboxed)
    }

    /// A program of this command that is not the one that its name is known for: one that commands and edits may change.
    fn of_the_workspace(&self, segment: &Segment) -> Option<&'q PathFact> {
        segment.programs().find_map(|name| self.case.question.program(name))
    }

    /// A rule that keeps files from being read.
    fn kept_from_read(&self) -> Option<&'c Sourced<'q>> {
        let mut rules = self.case.deny.iter().chain(&self.case.ask);
        rules.find(|rule| rule.rule.speaks_of_reading() && rule.rule.path().is_some())
    }

    pub(super) fn has_terminal(&self) -> bool {
        self.case.question.arguments.get("pty").is_some_and(|pty| pty.as_bool() != Some(false))
    }

    /// Why it may change something.
    fn doubt(&self, segment: &Segment) -> String {
        if let Some(rule) = self.kept_from_read().filter(|_| segment.history && segment.trouble.is_none()) {
            return format!("it may show what {} ({}) keeps from being read", rule.text, rule.source);
        }
        if let Some(program) = self.of_the_workspace(segment).filter(|_| segment.trouble.is_none()) {
            return format!("`{}` is `{}` here, which anything may have put there", program.given, program.canonical);
        }
        let written = segment.uses.iter().find(|used| used.access == Access::Write);
        match (&segment.effect, &segment.trouble, segment.risky.first(), written) {
            (_, Some(trouble), ..) => trouble.clone(),
            (_, _, Some(name), _) => format!("it sets {name}"),
            _ if segment.coded => "it is given code, of which no rule speaks".into(),
            (shell::Effect::Unknown(why), ..) => why.clone(),
            (_, _, _, Some(used)) => format!("it writes `{}`", used.given),
            _ if segment.is_altered() => "a variable that is set may change what it does".into(),
            _ if segment.stray && !self.case.question.sandboxed => "names of files decide what it reads".into(),
            _ if segment.interactive && self.has_terminal() => "on a terminal it takes orders".into(),
            _ => "a repository's own settings decide what it runs".into(),
        }
    }
}

/// Does the rule name the variables that are set for the command, to the letter, and speak of the command with them?
fn allows_variables(rule: &Sourced<'_>, segment: &Segment) -> bool {
    let Some(command) = rule.rule.command().filter(|_| rule.rule.speaks_of_commands()) else { return false };
    let named = |set: &String| command.names_first_text(&format!("{set} "));
    let sets = segment.set.iter().flatten();
    sets.zip(segment.with_variables()).any(|(set, text)| named(set) && command.matches_resolved(&text))
}
