//! One rule: a tool, and perhaps which of its calls.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::command::CommandRule;
use super::path_rule::PathRule;
use super::question::{Effect, Question};
use super::target::Target;
use super::text_rule::TextRule;
use super::tools::{self, Specifies};
use super::traits::Subject;
use super::{domain, target, visible};

/// A rule that parsed.
#[derive(Debug, Clone)]
pub struct Rule {
    tool: String,
    specifier: Option<Specifier>,
}

#[derive(Debug, Clone)]
enum Specifier {
    Command(CommandRule),
    Text(TextRule),
    Path(PathRule),
    Domain(String),
    Name(&'static str, String),
}

/// A rule that does not parse, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// The rule's text.
    pub rule: String,
    /// What is wrong with it.
    pub problem: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the permission rule `{}` {}", self.rule, self.problem)
    }
}

impl std::error::Error for RuleError {}

/// Rules that were parsed before, by their text: a path rule costs a quarter of a millisecond, and every call asks for
/// all of them. Emptied when it is full.
static PARSED: Mutex<Option<HashMap<String, Arc<Rule>>>> = Mutex::new(None);
const MOST_PARSED: usize = 4096;

impl Rule {
    /// As [`Rule::parse`]; what was parsed once is remembered.
    pub(super) fn remembered(text: &str) -> Result<Arc<Self>, RuleError> {
        let mut parsed = PARSED.lock().unwrap_or_else(PoisonError::into_inner);
        let parsed = parsed.get_or_insert_default();
        if let Some(rule) = parsed.get(text) {
            return Ok(rule.clone());
        }
        let rule = Arc::new(Self::parse(text)?);
        if parsed.len() == MOST_PARSED {
            parsed.clear();
        }
        parsed.insert(text.to_owned(), rule.clone());
        Ok(rule)
    }

    /// Parse and check a whole rule.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let (tool, specifier) = split(text).map_err(|problem| error(text, problem))?;
        let specifier = specifier.map(|s| parse_specifier(tool, s)).transpose();
        let specifier = specifier.map_err(|problem| error(text, &problem))?;
        Ok(Self { tool: tool.into(), specifier })
    }

    /// Parse and check a rule; return the tool and the specifier as they are written.
    pub fn split(text: &str) -> Result<(&str, Option<&str>), RuleError> {
        Self::parse(text)?;
        split(text).map_err(|problem| error(text, problem))
    }

    /// The rule as it is for this call: one for a tool that runs command lines, other than the one that rules for all of
    /// those are named by, speaks of all of its lines.
    pub(super) fn of_call(rule: Arc<Self>, question: &Question) -> Arc<Self> {
        let other = rule.tool != tools::COMMANDS && rule.tool == question.tool;
        if !other || question.subject() != Subject::Command {
            return rule;
        }
        Arc::new(Self { tool: tools::COMMANDS.into(), specifier: rule.specifier.clone() })
    }

    /// Does it, as a rule of this effect, speak of the call's tool?
    pub(super) fn covers(&self, question: &Question, effect: Effect) -> bool {
        tools::covers(&self.tool, question, effect)
    }

    /// It speaks of what command lines do.
    pub(super) fn speaks_of_commands(&self) -> bool {
        self.is_named(&[tools::COMMANDS])
    }

    /// It speaks of what reads files, whichever tool does.
    pub(super) fn speaks_of_reading(&self) -> bool {
        self.is_named(&[tools::READS])
    }

    /// It speaks of what edits files, whichever tool does.
    pub(super) fn speaks_of_editing(&self) -> bool {
        self.is_named(&[tools::EDITS])
    }

    /// It speaks of what edits or writes files.
    pub(super) fn speaks_of_writing(&self) -> bool {
        self.is_named(&[tools::EDITS, tools::WRITES])
    }

    /// It speaks of what gets a URL.
    pub(super) fn speaks_of_hosts(&self) -> bool {
        self.is_named(&[tools::HOSTS])
    }

    fn is_named(&self, names: &[&str]) -> bool {
        self.tool == tools::EVERY || names.contains(&&*self.tool)
    }

    /// A rule about paths, where each of a call's paths is judged by itself.
    pub(super) fn path(&self) -> Option<&PathRule> {
        match &self.specifier {
            Some(Specifier::Path(rule)) => Some(rule),
            _ => None,
        }
    }

    /// A rule about commands; None for any other, and for one about all of them.
    pub(super) fn command(&self) -> Option<&CommandRule> {
        match &self.specifier {
            Some(Specifier::Command(rule)) => Some(rule),
            _ => None,
        }
    }

    /// Does it speak of what WebFetch would get from this host?
    pub(super) fn speaks_of_host(&self, host: &str) -> bool {
        matches!(&self.specifier, Some(Specifier::Domain(domain)) if domain::denies(domain, host))
    }

    /// It names this very place, and no other.
    pub(super) fn names_place(&self, place: &str) -> bool {
        matches!(&self.specifier, Some(Specifier::Domain(domain)) if domain == place)
    }

    /// It speaks of a host.
    pub(super) fn names_host(&self) -> bool {
        matches!(&self.specifier, Some(Specifier::Domain(_)))
    }

    /// It speaks of every call of its tools.
    pub(super) fn is_whole_tool(&self) -> bool {
        self.specifier.is_none()
    }

    /// It speaks of every tool or of every host, which a deny or ask rule may, and an allow rule must not.
    pub fn is_sweeping(&self) -> bool {
        self.tool == tools::EVERY
            || matches!(&self.specifier, Some(Specifier::Domain(domain)) if domain == domain::EVERY)
    }

    /// The part of the call that this deny or ask rule (`effect`) or allow rule matches. Of a call with several paths,
    /// one that matches is enough for a deny or ask rule; an allow rule for paths is judged path by path elsewhere.
    pub(super) fn part(&self, effect: Effect, question: &Question, root: &str) -> Option<String> {
        if !self.covers(question, effect) {
            return None;
        }
        let allow = effect == Effect::Allow;
        match &self.specifier {
            None if allow && !is_presentable(question) => None,
            None => Some(whole_part(question)),
            Some(Specifier::Command(rule)) => {
                let command = question.command()?;
                let matched = if allow { rule.allows(command).then_some(command) } else { rule.denies(command) };
                matched.map(str::to_owned)
            }
            Some(Specifier::Text(rule)) => {
                let program = question.script()?;
                let matched =
                    if allow { is_presentable(question) && rule.allows(program) } else { rule.denies(program) };
                matched.then(|| program.to_owned())
            }
            Some(Specifier::Path(_)) if allow => None,
            Some(Specifier::Path(rule)) => {
                let hit = question.facts.paths.iter().find(|fact| rule.denies(question, root, fact))?;
                Some(hit.canonical.clone())
            }
            Some(Specifier::Domain(domain)) => {
                let url = question.url()?;
                let matched = if allow { domain::allows(domain, url) } else { speaks_of(domain, url, question) };
                matched.then(|| url.to_owned())
            }
            Some(Specifier::Name(argument, name)) => {
                let given = question.text(argument)?;
                // Whoever looks the name up may take upper and lower case for the same.
                let matched = if allow { given == name } else { given.eq_ignore_ascii_case(name) };
                matched.then(|| given.to_owned())
            }
        }
    }
}

/// A deny rule takes a URL by its text, by the host that a client reads in it, and by where that led.
fn speaks_of(domain: &str, url: &str, question: &Question) -> bool {
    let read = || {
        let target = Target::of(url).ok()?;
        let places = target.local_places(&question.facts);
        Some(domain::denies(domain, &target.host) || places.iter().any(|place| domain == place))
    };
    domain::denies(domain, url) || read().unwrap_or(false)
}

/// What a call is about when no part of it stands out.
pub(super) fn whole_part(question: &Question) -> String {
    if let Some(url) = question.url() {
        return url.into();
    }
    match (question.command().or_else(|| question.script()), question.facts.paths.first()) {
        (Some(command), _) => command.into(),
        (None, Some(fact)) => fact.canonical.clone(),
        (None, None) => question.tool.clone(),
    }
}

/// A command with characters that nobody can see is never allowed unseen; line breaks and tabs are plain to see.
fn is_presentable(question: &Question) -> bool {
    !question
        .command()
        .or_else(|| question.script())
        .is_some_and(|c| c.chars().any(|c| !matches!(c, '\n' | '\t') && visible::is_invisible(c)))
}

fn error(rule: &str, problem: &str) -> RuleError {
    RuleError { rule: rule.into(), problem: problem.into() }
}

fn split(text: &str) -> Result<(&str, Option<&str>), &'static str> {
    let text = text.trim();
    let (tool, specifier) = match text.split_once('(') {
        None => (text, None),
        Some((tool, rest)) => match rest.strip_suffix(')') {
            None => return Err("has no `)` at its end"),
            Some(inner) if inner.trim().is_empty() => {
                return Err("has nothing between its parentheses; write the tool's name alone for all its calls");
            }
            Some(inner) => (tool, Some(inner)),
        },
    };
    let name = if tools::is_of_servers(tool) { tool.strip_suffix('*').unwrap_or(tool) } else { tool };
    if name.is_empty() || tool == "mcp__" {
        return Err("names no tool");
    }
    if tool == tools::EVERY && specifier.is_none() {
        return Ok((tool, None));
    }
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.:/".contains(c)) {
        return Err("has a tool name with characters other than letters, digits, `_`, `-`, `.`, `:` and `/`");
    }
    Ok((tool, specifier))
}

fn parse_specifier(tool: &str, text: &str) -> Result<Specifier, String> {
    match tools::specifies(tool) {
        Specifies::Command => CommandRule::parse(text).map(Specifier::Command).map_err(Into::into),
        Specifies::Text => TextRule::parse(text).map(Specifier::Text).map_err(Into::into),
        Specifies::Path => PathRule::parse(text).map(Specifier::Path),
        Specifies::Domain => match text.trim().strip_prefix("domain:") {
            Some(domain) if domain == domain::EVERY || domain::is_valid(domain) => {
                Ok(Specifier::Domain(target::normal(domain)))
            }
            Some(_) => Err("names no valid domain; write it as `domain:example.com`".into()),
            None => Err("must name a domain, as `domain:example.com`".into()),
        },
        Specifies::Name(argument) => Ok(Specifier::Name(argument, text.trim().into())),
        Specifies::Nothing => Err(format!("has a specifier, which rules for {tool} do not take; write `{tool}`")),
    }
}
