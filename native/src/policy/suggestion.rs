//! The narrowest rule that would have allowed a call.

use super::question::{Effect, PathFact, Question};
use super::rule::Rule;
use super::target::Target;
use super::tools::{self, COMMANDS, EDITS, HOSTS, READS, Specifies};
use super::traits::Subject;
use super::twin::escape;
use super::{visible, wider};

/// A rule for exactly this call, where `undecided` are the paths that nothing allowed; for edits of several files, one
/// for all edits in the workspace. It is offered only if it does allow the call; there is none for text that cannot be
/// shown.
pub(super) fn narrowest(question: &Question, undecided: &[&PathFact]) -> Option<String> {
    let text = match (question.subject(), undecided) {
        (Subject::Command, _) => format!("{COMMANDS}({})", literal(question.command()?.trim())),
        (Subject::Text, _) => format!("{}({})", question.tool, literal(question.script()?.trim())),
        (Subject::Path, [fact]) if question.edits_files() => format!("{EDITS}({})", path_pattern(question, fact)?),
        (Subject::Path, [fact]) if question.reads_files() => format!("{READS}({})", path_pattern(question, fact)?),
        (Subject::Path, [fact, _, ..]) if question.edits_files() => wider::path(question, fact)?,
        (Subject::Path, _) => return None,
        (Subject::Url, _) => format!("{HOSTS}(domain:{})", host(question.url()?)?),
        (Subject::Name | Subject::None, _) => match tools::specifies(&question.tool) {
            Specifies::Name(argument) => format!("{}({})", question.tool, question.text(argument)?),
            _ => question.tool.clone(),
        },
    };
    if text.chars().any(visible::is_invisible) {
        return None;
    }
    allows(question, undecided, &text).then_some(text)
}

/// A rule for this place of the user's own networks, where that is all that the call lacks.
pub(super) fn place(question: &Question, place: &str) -> Option<String> {
    let text = format!("{HOSTS}(domain:{place})");
    let allows = |text: &str| Rule::parse(text).is_ok_and(|rule| rule.part(Effect::Allow, question, "").is_some());
    let allowed = question.rules.iter().filter(|rule| rule.effect == Effect::Allow).map(|rule| rule.rule.as_str());
    let granted = question.grants.iter().map(|grant| grant.rule.as_str());
    (allows(&text) || allowed.chain(granted).any(allows)).then_some(text)
}

/// Rules that cover more than this call of a tool for paths, and allow it.
pub(super) fn wider(question: &Question, undecided: &[&PathFact]) -> Vec<String> {
    let [fact] = undecided else { return Vec::new() };
    wider::path(question, fact).into_iter().filter(|text| allows(question, undecided, text)).collect()
}

fn allows(question: &Question, undecided: &[&PathFact], text: &str) -> bool {
    let Ok(rule) = Rule::parse(text) else { return false };
    match rule.path() {
        Some(path) => undecided.iter().all(|fact| path.allows(question, "", fact)),
        None => rule.part(Effect::Allow, question, "").is_some(),
    }
}

/// A rule for exactly this command; none for text that cannot be shown.
pub(super) fn command(text: &str) -> Option<String> {
    let text = format!("{COMMANDS}({})", literal(text.trim()));
    (!text.chars().any(visible::is_invisible)).then_some(text)
}

fn path_pattern(question: &Question, fact: &PathFact) -> Option<String> {
    // From the root of the file system: kept in the user's settings, it must mean this file and no other workspace's.
    let anchored = format!("/{}", question.canonical(fact).to_str()?);
    (!anchored.ends_with(' ')).then(|| escape(&anchored))
}

fn host(url: &str) -> Option<String> {
    Target::of(url).ok().map(|target| target.host)
}

/// A command in which no star is a wildcard. Without stars it needs no escapes: a rule also matches its own text.
fn literal(command: &str) -> String {
    if command.contains('*') { command.replace('\\', "\\\\").replace('*', "\\*") } else { command.to_owned() }
}
