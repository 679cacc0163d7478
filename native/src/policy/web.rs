//! Calls that reach this machine or a private network by a URL.
//!
//! No page of the internet, and no text of one, leads there unasked: not by an address in any form, not by a name that
//! was looked up. It takes an allow rule of the user's own that names the very place, or a person's yes to a question
//! that names it. A rule for all of the web, or for the name that leads there, is not enough, since whoever owns the name
//! says where it leads.

use super::case::{Case, Sourced};
use super::question::{Effect, Footprint, Layer, Mode, Verdict};
use super::suggestion;
use super::target::Target;
use super::traits::Subject;

impl Case<'_> {
    /// The verdict on one that nobody has allowed; None for all others.
    pub(super) fn kept_from_local_networks(&self) -> Option<Verdict> {
        let question = self.question;
        if question.subject() != Subject::Url {
            return None;
        }
        let target = Target::of(question.url()?).ok()?;
        let places = target.local_places(&question.facts);
        let place = places.iter().find(|place| !self.is_allowed(place))?;
        if question.mode == Mode::Plan && matches!(question.footprint, Footprint::Write | Footprint::Execute) {
            return None;
        }
        let leads = if target.is_local { String::new() } else { format!(" leads to `{place}`, which") };
        let mut reason = format!("`{}`{leads} belongs to this machine or to a private network.", target.host);
        if question.mode == Mode::BypassPermissions {
            reason.push_str(&format!(" Only the rule WebFetch(domain:{place}) allows that in this mode."));
            return Some(self.by_mode(Effect::Deny, reason));
        }
        let mut verdict = self.builtin(&target.host, reason);
        verdict.suggestion = suggestion::place(question, place);
        Some(verdict)
    }

    /// A repository's own rules open nothing of the user's networks.
    fn is_allowed(&self, place: &str) -> bool {
        let names = |r: &&Sourced<'_>| r.layer != Layer::Project && r.rule.names_place(place);
        self.allow.iter().any(|r| names(&r) && r.rule.covers(self.question, Effect::Allow))
    }
}
