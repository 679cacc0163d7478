//! A command rule against the ways a command may be spelled.

use crate::policy::command::CommandRule;
use crate::policy::shell::{Form, Kind, UNKNOWN};

impl CommandRule {
    /// Does this allow rule speak of the command?
    pub(super) fn allows_form(&self, form: &Form) -> bool {
        (self.allows_plain(&form.text) || self.matches_resolved(&form.guarded())) && self.stays(form)
    }

    /// Where a path in it leads out of folders again, does the rule speak of what that comes to? `./scripts/*` says
    /// nothing of `./scripts/../x`.
    fn stays(&self, form: &Form) -> bool {
        self.begins_with_parent() || form.straight().is_none_or(|words| self.matches_resolved(&words))
    }

    /// Does it speak of `form` with just the command in it that it wraps? `timeout *` says nothing of `timeout 5 rm x`.
    pub(super) fn allows_wrapper(&self, form: &Form, inner: &Form) -> bool {
        let (outer, inner_text) = (form.guarded(), inner.guarded());
        let Some(at) = outer.strip_suffix(&inner_text).map(str::len) else {
            return false;
        };
        let name = inner.words.first().map_or(0, |word| word.text.len());
        self.names_first(at + name) && self.matches_resolved(&outer) && self.stays(form)
    }

    /// Does this deny or ask rule speak of the command, wherever its program is?
    pub(in crate::policy) fn denies_form(&self, form: &Form) -> bool {
        let joined = form.joined();
        if self.matches_bare(&joined) || form.straight().is_some_and(|words| self.matches_bare(&words)) {
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
        let mut before = String::new();
        for (at, word) in form.words.iter().enumerate() {
            let next = || self.next_word(&before);
            if at > 0 && word.kind == Kind::Glob && next().is_some_and(|next| may_become(&word.text, next)) {
                return true;
            }
            if at > 0 {
                before.push(' ');
            }
            before.push_str(&word.text);
            if !self.begins_with(&before) {
                return false;
            }
        }
        false
    }
}

/// May a shell's pattern become this word? Brackets count as any one character.
fn may_become(pattern: &str, word: &str) -> bool {
    let signs = signs(pattern);
    // Which starts of the word may the signs so far have become?
    let letters: Vec<char> = word.chars().collect();
    let mut reached = vec![false; letters.len() + 1];
    reached[0] = true;
    for sign in signs {
        let before = std::mem::replace(&mut reached, vec![false; letters.len() + 1]);
        for (at, _) in before.iter().enumerate().filter(|(_, there)| **there) {
            match sign {
                Sign::Any => reached[at..].fill(true),
                Sign::One if at < letters.len() => reached[at + 1] = true,
                Sign::Letter(letter) if letters.get(at) == Some(&letter) => reached[at + 1] = true,
                _ => {}
            }
        }
    }
    reached[letters.len()]
}

#[derive(Clone, Copy)]
enum Sign {
    Any,
    One,
    Letter(char),
}

fn signs(pattern: &str) -> Vec<Sign> {
    let mut signs = Vec::new();
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        signs.push(match letter {
            '*' => Sign::Any,
            '?' => Sign::One,
            '[' => match rest.split_once(']') {
                Some((_, behind)) => {
                    rest = behind;
                    Sign::One
                }
                None => Sign::Letter(letter),
            },
            letter => Sign::Letter(letter),
        });
    }
    signs
}
