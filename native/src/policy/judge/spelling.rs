//! A command rule against the ways a command may be spelled.

use crate::policy::command::CommandRule;
use crate::policy::shell::{Form, Kind, UNKNOWN};

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
        let unknown = joined.find(UNKNOWN);
        unknown.is_some_and(|at| self.may_match(&joined[..at])) || self.may_deny_names(form)
    }

    /// A pattern may become a word that the rule spells out, if there is a file of that name.
    fn may_deny_names(&self, form: &Form) -> bool {
        let patterns = form.words.iter().enumerate().skip(1).filter(|(_, word)| word.kind == Kind::Glob);
        patterns.into_iter().any(|(at, pattern)| {
            let before = Form { text: String::new(), words: form.words[..at].to_vec() }.joined();
            self.next_word(&before).is_some_and(|word| may_become(&pattern.text, word))
        })
    }
}

/// May a shell's pattern become this word? Brackets count as any one character.
fn may_become(pattern: &str, word: &str) -> bool {
    let (mut rest, mut pattern) = (word, pattern);
    while let Some(sign) = pattern.chars().next() {
        let behind = &pattern[sign.len_utf8()..];
        match sign {
            '*' => return (0..=rest.len()).any(|at| rest.is_char_boundary(at) && may_become(behind, &rest[at..])),
            '[' if behind.contains(']') => pattern = behind.split_once(']').map_or("", |(_, behind)| behind),
            _ => pattern = behind,
        }
        let Some(letter) = rest.chars().next().filter(|letter| *letter == sign || matches!(sign, '?' | '[')) else {
            return false;
        };
        rest = &rest[letter.len_utf8()..];
    }
    rest.is_empty()
}
