//! The order of the tests, from what outranks everything to what is left.

use super::case::{Case, Sourced, brief};
use super::credentials;
use super::judge;
use super::question::{Effect, Footprint, Mode, PathFact, Question, Verdict};
use super::rule::{RuleError, whole_part};
use super::suggestion;
use super::tools;
use super::traits::Subject;

/// The verdict on one call. Fails only if a rule does not parse.
pub fn evaluate(question: &Question) -> Result<Verdict, RuleError> {
    let case = Case::new(question)?;
    let command = question.command();
    let mut verdict = match command {
        Some(command) => judge::line(&case, command),
        None => case.call(),
    };
    if question.mode == Mode::DontAsk && verdict.verdict == Effect::Ask {
        verdict.verdict = Effect::Deny;
        verdict.reason.push_str(" Mode dontAsk denies what would be asked.");
    }
    Ok(verdict)
}

/// What a search must not look into, as gitignore patterns from the root of the file system: all that deny rules keep
/// from the tool, and what ask rules do unless the call is about just that. A verdict is about the directory that is
/// searched; this is about what lies in it.
pub fn exclusions(question: &Question) -> Result<Vec<String>, RuleError> {
    let case = Case::new(question)?;
    let asks = question.mode != Mode::BypassPermissions;
    let asked = case.ask.iter().filter(|r| asks && r.rule.part(Effect::Ask, question, r.root).is_none());
    let rules = case.deny.iter().chain(asked).filter(|r| r.rule.covers(question, Effect::Deny));
    let ruled = rules.filter_map(|r| Some(r.rule.path()?.absolute(question, r.root))).flatten();
    let searched = question.facts.paths.iter().filter(|_| asks && question.searches());
    let secret = searched.flat_map(|fact| credentials::below(&question.canonical(fact), &question.home));
    Ok(ruled.chain(secret).collect())
}

/// What rules keep every process from reading, and from changing: [`exclusions`] of what reads and what writes files.
pub fn kept_from_processes(question: &Question) -> Result<(Vec<String>, Vec<String>), RuleError> {
    // A rule for edits speaks of writing, too.
    Ok((exclusions(&question.as_tool(tools::READS))?, exclusions(&question.as_tool(tools::WRITES))?))
}

impl<'q> Case<'q> {
    /// The verdict on a call of any tool, judged as a whole.
    fn call(&self) -> Verdict {
        self.denied()
            .or_else(|| self.kept_from_local_networks())
            .or_else(|| self.bypassed())
            .or_else(|| self.beyond_plan())
            .or_else(|| self.asked())
            .or_else(|| self.unresolved())
            .or_else(|| self.guarded())
            .unwrap_or_else(|| self.allowed_or_asked())
    }

    fn denied(&self) -> Option<Verdict> {
        if let Some(verdict) = self.by_rule(&self.deny, Effect::Deny, "is denied by the rule") {
            return Some(verdict);
        }
        // Without paths a deny rule about paths cannot be held, so nothing may pass it.
        let speaks = |r: &&Sourced| r.rule.covers(self.question, Effect::Deny) && r.rule.path().is_some();
        let rule = self.deny.iter().find(speaks).filter(|_| self.lacks_paths())?;
        let reason =
            format!("The paths of this {} call are unknown, and {} denies some.", self.question.tool, rule.text);
        Some(self.verdict(Effect::Deny, Some(rule), &self.question.tool, reason))
    }

    fn bypassed(&self) -> Option<Verdict> {
        let reason = "Mode bypassPermissions allows whatever no rule denies.";
        (self.question.mode == Mode::BypassPermissions).then(|| self.by_mode(Effect::Allow, reason.into()))
    }

    fn beyond_plan(&self) -> Option<Verdict> {
        let plan = self.question.mode == Mode::Plan
            && matches!(self.question.footprint, Footprint::Write | Footprint::Execute);
        let reason = format!("Mode plan only reads, and {} may change something.", self.question.tool);
        plan.then(|| self.by_mode(Effect::Deny, reason))
    }

    fn asked(&self) -> Option<Verdict> {
        self.by_rule(&self.ask, Effect::Ask, "must be asked for because of the rule")
    }

    fn by_rule(&self, rules: &[Sourced<'q>], effect: Effect, words: &str) -> Option<Verdict> {
        rules.iter().find_map(|r| {
            let part = r.rule.part(effect, self.question, r.root)?;
            let reason = format!("`{}` {words} {} ({}).", brief(&part), r.text, r.source);
            Some(self.verdict(effect, Some(r), &part, reason))
        })
    }

    fn lacks_paths(&self) -> bool {
        self.question.subject() == Subject::Path && self.question.facts.paths.is_empty()
    }

    fn unresolved(&self) -> Option<Verdict> {
        let reason = format!("It is not known which path this {} call is about.", self.question.tool);
        self.lacks_paths().then(|| self.builtin(&self.question.tool, reason))
    }

    /// Writes, and reads of credentials, that no allow rule lets pass.
    fn guarded(&self) -> Option<Verdict> {
        if self.question.subject() == Subject::Url {
            return None;
        }
        let paths = &self.question.facts.paths;
        if self.question.footprint == Footprint::Read {
            let secret = |fact: &&PathFact| {
                let (place, home) = (self.question.canonical(fact), &self.question.home);
                credentials::is_of_the_user(&place, home)
                    || !self.question.is_within(fact) && credentials::holds_secrets(&place, home)
            };
            let fact = paths.iter().find(secret)?;
            let reason = format!("`{}` can hold keys, tokens or passwords.", fact.canonical);
            return Some(self.builtin(&fact.canonical, reason));
        }
        if let Some(fact) = paths.iter().find(|fact| fact.protected) {
            let reason = format!(
                "`{}` is protected: it can hold credentials, make other programs run code, or belongs to claw.",
                fact.canonical
            );
            return Some(self.builtin(&fact.canonical, reason));
        }
        if let Some(fact) = paths.iter().find(|fact| fact.read_only) {
            let reason = format!("`{}` is write-protected.", fact.canonical);
            return Some(self.builtin(&fact.canonical, reason));
        }
        let fact = paths.iter().find(|fact| !self.question.is_within(fact) && !self.question.is_scratch(fact))?;
        let reason = format!("`{}` is outside the workspace, where nothing is written unasked.", fact.canonical);
        Some(self.builtin(&fact.canonical, reason))
    }

    fn allowed_or_asked(&self) -> Verdict {
        let paths = &self.question.facts.paths;
        if let Some(verdict) = self.by_rule(&self.allow, Effect::Allow, "is allowed by the rule") {
            return verdict;
        }
        if paths.is_empty() || self.question.subject() == Subject::Url {
            return if self.mode_allows_pathless() { self.mode_allows() } else { self.mode_asks(&[]) };
        }
        let rules: Vec<_> = paths.iter().map(|fact| self.rule_for(fact)).collect();
        if let Some(all) = rules.iter().copied().collect::<Option<Vec<_>>>() {
            return self.allowed_path(&paths[0], all[0]);
        }
        let undecided: Vec<_> = paths
            .iter()
            .zip(&rules)
            .filter(|(fact, rule)| rule.is_none() && !self.mode_allows_path(fact))
            .map(|(fact, _)| fact)
            .collect();
        let by_rule = paths.iter().zip(&rules).find(|(fact, _)| !self.mode_allows_path(fact));
        match by_rule {
            _ if !undecided.is_empty() => self.mode_asks(&undecided),
            Some((fact, Some(rule))) => self.allowed_path(fact, rule),
            _ => self.mode_allows(),
        }
    }

    fn rule_for(&self, fact: &PathFact) -> Option<&Sourced<'q>> {
        let covers = |r: &&Sourced| {
            r.rule.covers(self.question, Effect::Allow)
                && r.rule.path().is_some_and(|path| path.allows(self.question, r.root, fact))
        };
        self.allow.iter().find(covers)
    }

    fn allowed_path(&self, fact: &PathFact, rule: &Sourced<'q>) -> Verdict {
        let reason = format!("`{}` is allowed by the rule {} ({}).", fact.canonical, rule.text, rule.source);
        self.verdict(Effect::Allow, Some(rule), &fact.canonical, reason)
    }

    fn mode_allows_pathless(&self) -> bool {
        self.changes_nothing()
    }

    fn changes_nothing(&self) -> bool {
        matches!(self.question.footprint, Footprint::Read | Footprint::None) && !self.question.is_foreign()
    }

    fn mode_allows_path(&self, fact: &PathFact) -> bool {
        if self.question.is_scratch(fact) {
            return self.changes_nothing()
                || self.question.footprint == Footprint::Write && !self.question.is_foreign();
        }
        self.question.is_within(fact)
            && match self.question.footprint {
                Footprint::Read | Footprint::None => self.changes_nothing(),
                Footprint::Write => self.question.mode == Mode::AcceptEdits && self.question.edits_files(),
                Footprint::Execute | Footprint::Network => false,
            }
    }

    fn mode_allows(&self) -> Verdict {
        let paths = &self.question.facts.paths;
        let what = match (self.question.footprint, paths.is_empty()) {
            _ if !paths.is_empty() && paths.iter().all(|fact| self.question.is_scratch(fact)) => {
                "what stays in the session's own /tmp"
            }
            (Footprint::Read | Footprint::None, true) => "tools that change nothing",
            (Footprint::Read, false) => "reading inside the workspace",
            _ => "editing files inside the workspace",
        };
        self.by_mode(Effect::Allow, format!("Mode {} allows {what}.", self.question.mode.name()))
    }

    fn mode_asks(&self, undecided: &[&PathFact]) -> Verdict {
        let tool = &self.question.tool;
        let mode = self.question.mode.name();
        let (part, reason) = match undecided.first() {
            Some(fact) if !self.question.is_within(fact) => (
                fact.canonical.clone(),
                format!("`{}` is outside the workspace, and no rule allows it.", fact.canonical),
            ),
            Some(fact) => (
                fact.canonical.clone(),
                format!("No rule allows {tool} on `{}`, and mode {mode} asks.", fact.canonical),
            ),
            None => (whole_part(self.question), format!("No rule allows this {tool} call, and mode {mode} asks.")),
        };
        let mut verdict = self.verdict(Effect::Ask, None, &part, reason);
        verdict.source = "mode".into();
        verdict.suggestion = suggestion::narrowest(self.question, undecided);
        verdict.wider = suggestion::wider(self.question, undecided);
        verdict
    }

    pub(super) fn by_mode(&self, effect: Effect, reason: String) -> Verdict {
        let mut verdict = self.verdict(effect, None, &whole_part(self.question), reason);
        verdict.source = "mode".into();
        verdict
    }

    pub(super) fn builtin(&self, part: &str, reason: String) -> Verdict {
        self.verdict(Effect::Ask, None, part, reason)
    }

    fn verdict(&self, verdict: Effect, rule: Option<&Sourced<'q>>, part: &str, reason: String) -> Verdict {
        Verdict {
            verdict,
            rule: rule.map(|r| r.text.to_owned()),
            source: rule.map_or("builtin", |r| r.source).to_owned(),
            part: part.to_owned(),
            reason,
            suggestion: None,
            wider: Vec::new(),
            segments: Vec::new(),
            read_only: self.changes_nothing(),
            unresolved: Vec::new(),
        }
    }
}
