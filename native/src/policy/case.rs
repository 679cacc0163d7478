//! What a verdict is come to by: the question, and its rules, parsed, with where they are from.

use std::sync::Arc;

use super::question::{Effect, Grant, Layer, Question, RuleText};
use super::rule::{Rule, RuleError};

/// A rule and where it comes from.
pub(super) struct Sourced<'q> {
    pub(super) rule: Arc<Rule>,
    pub(super) text: &'q str,
    pub(super) source: &'q str,
    pub(super) layer: Layer,
    /// Where `/x` starts; empty: at the workspace.
    pub(super) root: &'q str,
}

impl<'q> Sourced<'q> {
    fn again(&self) -> Sourced<'q> {
        Sourced { rule: self.rule.clone(), ..*self }
    }
}

/// A question with its rules parsed.
pub(super) struct Case<'q> {
    pub(super) question: &'q Question,
    pub(super) deny: Vec<Sourced<'q>>,
    pub(super) ask: Vec<Sourced<'q>>,
    /// Allow rules, then grants.
    pub(super) allow: Vec<Sourced<'q>>,
}

impl<'q> Case<'q> {
    pub(super) fn new(question: &'q Question) -> Result<Self, RuleError> {
        let mut case = Self { question, deny: Vec::new(), ask: Vec::new(), allow: Vec::new() };
        for entry in &question.rules {
            let RuleText { rule: text, source, layer, root, .. } = entry;
            let rule =
                Sourced { rule: Rule::of_call(Rule::remembered(text)?, question), text, source, layer: *layer, root };
            match entry.effect {
                Effect::Deny => case.deny.push(rule),
                Effect::Ask => case.ask.push(rule),
                Effect::Allow if rule.rule.is_sweeping() => {}
                Effect::Allow => case.allow.push(rule),
            }
        }
        for Grant { rule: text, source } in &question.grants {
            let rule = Rule::of_call(Rule::remembered(text)?, question);
            if !rule.is_sweeping() {
                case.allow.push(Sourced { rule, text, source, layer: Layer::Grant, root: "" });
            }
        }
        Ok(case)
    }

    /// The same with one more allow rule.
    pub(super) fn with_allow<'r>(&'r self, rule: Sourced<'r>) -> Case<'r> {
        let again = |rules: &'r [Sourced<'q>]| rules.iter().map(Sourced::again).collect::<Vec<_>>();
        let mut case =
            Case { question: self.question, deny: again(&self.deny), ask: again(&self.ask), allow: again(&self.allow) };
        case.allow.push(rule);
        case
    }
}

/// The start of a long command, for a sentence.
pub(super) fn brief(part: &str) -> String {
    let line = part.lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(80).collect();
    if short.len() < part.len() {
        short.push('…');
    }
    short
}
