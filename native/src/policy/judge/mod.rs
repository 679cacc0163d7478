//! The verdict on a command line: each of its commands is judged, and the strictest verdict wins.

mod hosts;
mod namesakes;
mod paths;
mod ruling;
mod segment;
mod spelling;

use super::case::{Case, Sourced, brief};
use super::question::{Effect, Mode, SegmentVerdict, Verdict};
use super::shell::{self, Line, Segment};
use super::{suggestion, visible};
use ruling::Ruling;

/// The verdict on a call of Bash.
pub(super) fn line(case: &Case<'_>, command: &str) -> Verdict {
    let pictured = visible::pictured(command);
    let mut line = shell::read(pictured.as_deref().unwrap_or(command));
    if pictured.is_some() {
        line.trouble = Some("it holds control characters".into());
    } else if !is_presentable(command) {
        line.trouble.get_or_insert("it holds characters that nobody can see".into());
    }
    let mut verdict = judged(case, command, &line, case.question.mode);
    if pictured.is_some() {
        // Its segments are for a person to read; no path in them is one that the command names.
        verdict.unresolved.clear();
    }
    if verdict.verdict != Effect::Ask {
        return verdict;
    }
    let suggestion = suggested(case, command, &line, &verdict);
    let wider = suggestion.iter().filter_map(|_| wider(case, command, &line, &verdict)).collect();
    Verdict { suggestion, wider, ..verdict }
}

fn judged(case: &Case<'_>, command: &str, line: &Line, mode: Mode) -> Verdict {
    let judge = Judge { case, mode, whole: None };
    let whole = judge.allowed_whole(command);
    let judge = Judge { whole, ..judge };
    let mut rulings: Vec<Ruling<'_>> = line.segments.iter().map(|segment| judge.segment(segment)).collect();
    let segments = rulings.iter().zip(&line.segments).map(|(ruling, segment)| ruling.of(&segment.text)).collect();
    let unresolved = judge.unresolved(line);
    let read_only = line.trouble.is_none() && line.segments.iter().all(|segment| judge.is_read_only(segment));
    rulings.extend(judge.whole_line(command, line));
    match judge.troubled(command, line) {
        // That nobody can read the line says more than what the mode asks about a part, and no hook answers it.
        Some(ruling) if ruling.verdict == Effect::Ask => {
            let by_rule = |ruling: &Ruling<'_>| ruling.verdict == Effect::Ask && ruling.rule.is_some();
            rulings.insert(0, ruling);
            if let Some(at) = rulings.iter().position(by_rule) {
                rulings.swap(0, at);
            }
        }
        ruling => rulings.extend(ruling),
    }
    if rulings.is_empty() {
        rulings.push(Ruling::builtin(Effect::Allow, command, "It runs nothing.".into()));
    }
    // Of equally strict ones the first decides; for an allowed line a rule says more than what is known anyway.
    let mut decided = 0;
    for (at, ruling) in rulings.iter().enumerate() {
        let best = &rulings[decided];
        let stricter = ruling.verdict > best.verdict;
        let telling = ruling.verdict == best.verdict
            && ruling.verdict == Effect::Allow
            && ruling.rule.is_some()
            && best.rule.is_none();
        if stricter || telling {
            decided = at;
        }
    }
    let ruling = rulings.swap_remove(decided);
    Verdict {
        verdict: ruling.verdict,
        rule: ruling.rule.map(|rule| rule.text.to_owned()),
        source: ruling.source.to_owned(),
        part: ruling.part,
        reason: ruling.reason,
        suggestion: None,
        wider: Vec::new(),
        segments,
        read_only,
        unresolved,
    }
}

/// The narrowest rule that would allow the line: for the one command that needs it, else for the whole line.
fn suggested(case: &Case<'_>, command: &str, line: &Line, verdict: &Verdict) -> Option<String> {
    let asking: Vec<_> = verdict.segments.iter().filter(|segment| segment.verdict == Effect::Ask).collect();
    let one = match asking[..] {
        [one] if verdict.segments.len() > 1 => suggestion::command(&one.text),
        _ => None,
    };
    [one, suggestion::command(command)].into_iter().flatten().find(|text| is_enough(case, command, line, text))
}

/// The rule that a person would write for the one command that needs it, if it would allow the line.
fn wider(case: &Case<'_>, command: &str, line: &Line, verdict: &Verdict) -> Option<String> {
    let mut asking = verdict.segments.iter().zip(&line.segments).filter(|(of, _)| of.verdict == Effect::Ask);
    let (_, one) = asking.next().filter(|_| asking.next().is_none())?;
    super::wider::command(one).filter(|text| is_enough(case, command, line, text))
}

fn is_enough(case: &Case<'_>, command: &str, line: &Line, text: &str) -> bool {
    let Ok(rule) = super::Rule::parse(text) else { return false };
    let rule = Sourced { rule: rule.into(), text, source: "", layer: super::question::Layer::Grant, root: "" };
    let granted = case.with_allow(rule);
    judged(&granted, command, line, Mode::Default).verdict == Effect::Allow
}

/// Characters that nobody can see are never allowed unseen; line breaks and tabs are plain to see.
fn is_presentable(command: &str) -> bool {
    !command.chars().any(|c| !matches!(c, '\n' | '\t') && visible::is_invisible(c))
}

/// Who judges, and by what.
struct Judge<'c, 'q> {
    case: &'c Case<'q>,
    mode: Mode,
    /// The rule that allows the whole line.
    whole: Option<(&'c Sourced<'q>, Whole)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    /// It is the line to the letter.
    Letter,
    /// It allows every command.
    Everything,
}

impl<'c, 'q> Judge<'c, 'q> {
    fn allowed_whole(&self, command: &str) -> Option<(&'c Sourced<'q>, Whole)> {
        self.case.allow.iter().filter(|rule| rule.rule.speaks_of_commands()).find_map(|rule| {
            let letter = rule.rule.command().is_some_and(|rule| rule.is_whole(command));
            let everything = rule.rule.is_whole_tool() || rule.rule.command().is_some_and(|rule| rule.is_everything());
            match (letter, everything) {
                (true, _) => Some((rule, Whole::Letter)),
                (_, true) => Some((rule, Whole::Everything)),
                _ => None,
            }
        })
    }

    /// What is said of the line and of none of its commands.
    fn whole_line(&self, command: &str, line: &Line) -> Vec<Ruling<'c>>
    where
        'q: 'c,
    {
        let mut rulings = Vec::new();
        // Where all is understood, text in quotes is only text.
        let quiet = line.trouble.is_none() && line.segments.iter().all(Segment::is_understood);
        let speaks = |rule: &&Sourced<'q>| {
            let rule = &rule.rule;
            rule.speaks_of_commands()
                && (rule.is_whole_tool()
                    || rule.command().is_some_and(|rule| {
                        rule.is_or_matches(command)
                            || !quiet && rule.denies(command).is_some()
                            || line.pipes.iter().any(|pipe| rule.matches_bare(pipe))
                    }))
        };
        if let Some(rule) = self.case.deny.iter().find(speaks) {
            rulings.push(Ruling::by_rule(Effect::Deny, rule, command, "is denied by the rule"));
        }
        let bypassed = self.mode == Mode::BypassPermissions;
        if let Some(rule) = self.case.ask.iter().find(speaks).filter(|_| !bypassed) {
            rulings.push(Ruling::by_rule(Effect::Ask, rule, command, "must be asked for because of the rule"));
        }
        rulings
    }

    /// What follows if the line, or a part of it, cannot be read.
    fn troubled(&self, command: &str, line: &Line) -> Option<Ruling<'c>> {
        let reason = format!("This command cannot be judged: {}.", line.trouble.as_ref()?);
        let unseen = line.hidden.filter(|_| self.mode == Mode::BypassPermissions);
        if let Some((why, rule)) = unseen.and_then(|why| Some((why, self.denies_commands()?))) {
            let reason = format!("{} ({}) may speak of what it runs: {why}.", rule.text, rule.source);
            return Some(Ruling { reason, ..Ruling::by_rule(Effect::Deny, rule, command, "is denied by the rule") });
        }
        Some(match self.mode {
            Mode::BypassPermissions => {
                Ruling::mode(Effect::Allow, command, "Mode bypassPermissions allows whatever no rule denies.".into())
            }
            Mode::Plan => Ruling::mode(Effect::Deny, command, reason),
            _ => match self.whole {
                Some((rule, Whole::Letter)) if self.counts(rule, false) => {
                    Ruling::by_rule(Effect::Allow, rule, command, "is allowed by the rule")
                }
                _ => Ruling::builtin(Effect::Ask, command, reason),
            },
        })
    }

    fn denies_commands(&self) -> Option<&'c Sourced<'q>> {
        self.case.deny.iter().find(|rule| rule.rule.speaks_of_commands() && rule.rule.command().is_some())
    }

    fn unresolved(&self, line: &Line) -> Vec<String> {
        let mut missing: Vec<String> = Vec::new();
        for used in line.segments.iter().flat_map(|segment| &segment.uses) {
            let named = used.access == shell::Access::Mention || used.access.is_memory();
            let needed = !named && self.case.question.fact(&used.given).is_none();
            if needed && !missing.contains(&used.given) {
                missing.push(used.given.clone());
            }
        }
        missing
    }
}
