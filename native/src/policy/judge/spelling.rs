//! A command rule against the ways a command may be spelled.

use crate::policy::command::CommandRule;
use crate::policy::shell::Form;

impl CommandRule {
    /// Does this allow rule speak of the command?
    pub(super) fn allows_form(&self, form: &Form) -> bool {
        self.allows_plain(&form.text) || self.matches_resolved(&form.guarded())
    }

    /// Does it speak of `form` with just the command in it that it wraps? `timeout *` says nothing of `timeout 5 rm x`.
    pub(super) fn allows_wrapper(&self, form: &Form, inner: &Form) -> bool {
        let (outer, inner_text) = (form.guarded(), inner.guarded());
        let Some(at) = outer.strip_suffix(&inner_text).map(str::len) else {
            return false;
        };
        let name = inner.words.first().map_or(0, |word| word.text.len());
        self.names_first(at + name) && self.matches_resolved(&outer)
    }

    /// Does this deny or ask rule speak of the command, wherever its program is?
    pub(super) fn denies_form(&self, form: &Form) -> bool {
        let joined = form.joined();
        if self.matches_bare(&joined) {
            return true;
        }
        let name = form.words.first().map_or("", |word| word.text.as_str());
        name.rfind('/').is_some_and(|slash| self.matches_bare(&joined[slash + 1..]))
    }

    /// May it speak of the command, once its unknown words are known?
    pub(super) fn may_deny_form(&self, form: &Form) -> bool {
        let joined = form.joined();
        joined.find(crate::policy::shell::UNKNOWN).is_some_and(|at| self.may_match(&joined[..at]))
    }
}
