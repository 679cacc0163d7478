//! One verdict and who gave it.

use super::{Effect, SegmentVerdict, Sourced, brief};

pub(super) struct Ruling<'c> {
    pub(super) verdict: Effect,
    pub(super) rule: Option<&'c Sourced<'c>>,
    pub(super) source: &'c str,
    pub(super) part: String,
    pub(super) reason: String,
}

impl<'c> Ruling<'c> {
    pub(super) fn by_rule(verdict: Effect, rule: &'c Sourced<'_>, part: &str, words: &str) -> Self {
        let reason = format!("`{}` {words} {} ({}).", brief(part), rule.text, rule.source);
        Self { verdict, rule: Some(rule), source: rule.source, part: part.into(), reason }
    }

    pub(super) fn builtin(verdict: Effect, part: &str, reason: String) -> Self {
        Self { verdict, rule: None, source: "builtin", part: part.into(), reason }
    }

    pub(super) fn mode(verdict: Effect, part: &str, reason: String) -> Self {
        Self { verdict, rule: None, source: "mode", part: part.into(), reason }
    }

    pub(super) fn of(&self, text: &str) -> SegmentVerdict {
        SegmentVerdict {
            text: text.into(),
            verdict: self.verdict,
            rule: self.rule.map_or("", |rule| rule.text).into(),
            source: self.source.into(),
            reason: self.reason.clone(),
        }
    }
}
