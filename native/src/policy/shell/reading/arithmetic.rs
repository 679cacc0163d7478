//! `$((…))`: bash computes with what variables hold as if it were written there, and an index in it may run commands.

use std::collections::HashSet;

use tree_sitter::Node;

use super::reader::{Reader, Scope, State};
use super::tree::children;

impl Reader {
    /// What stands in `$((…))`, `((…))` or a test that compares numbers.
    pub(super) fn arithmetic(&mut self, scope: Scope<'_>, node: Node<'_>, state: &State) {
        for part in children(node) {
            self.inspect(scope, part, state);
        }
        let text = &scope.source[node.byte_range()];
        let inner = match node.kind() {
            "arithmetic_expansion" => text.strip_prefix("$((").and_then(|text| text.strip_suffix("))")),
            _ => None,
        };
        // The older form of it is `$[…]`.
        let older = || text.strip_prefix("$[").and_then(|text| text.strip_suffix(']'));
        self.expression(inner.or_else(older).unwrap_or(text));
    }

    /// Remember the names that a text computes with; see [`Reader::tainted`]. Quotes hide nothing: bash takes them away,
    /// or expands what stands between them, before it computes.
    pub(super) fn expression(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let word = rest.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            match c {
                '[' | '`' | '\\' => return self.trouble("it computes with an index"),
                '$' => {
                    let Some(length) = expansion(rest) else {
                        return self.trouble("it computes with what a command prints");
                    };
                    self.splice(&rest[..length]);
                    rest = &rest[length..];
                }
                '0'..='9' => rest = &rest[word..],
                _ if word > 0 => {
                    if let Some(why) = self.risk_of(&rest[..word]) {
                        self.trouble(why);
                    }
                    self.compute(&rest[..word]);
                    rest = &rest[word..];
                }
                c => rest = &rest[c.len_utf8()..],
            }
        }
    }

    fn compute(&mut self, name: &str) {
        if is_set_by_shell(name) || crate::policy::shell::line::environment::is_risky(name) {
            self.trouble("it computes with a variable that the shell itself sets");
        }
        self.computed.insert(name.to_owned());
    }

    /// `$name` in an expression is put there as text before it is computed.
    pub(super) fn splice(&mut self, text: &str) {
        let name = text.strip_prefix('$').unwrap_or(text);
        let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
        if matches!(name, "#" | "?" | "$" | "!") || name.strip_prefix('#').is_some_and(is_name) {
            return;
        }
        if !is_name(name) {
            return self.trouble("it computes with a value that is not known before it runs");
        }
        self.compute(name);
        self.spliced.insert(name.to_owned());
    }

    /// Does an expression compute with text that is not known? Bash computes with the names in a value as well, and
    /// with those in theirs.
    pub(super) fn computes_with_unknown(&self) -> bool {
        let mut waiting: Vec<&String> = self.computed.iter().collect();
        let mut seen: HashSet<&String> = waiting.iter().copied().collect();
        while let Some(name) = waiting.pop() {
            let names = self.referred.get(name);
            if self.tainted.contains(name) || names.is_some() && self.spliced.contains(name) {
                return true;
            }
            waiting.extend(names.into_iter().flatten().filter(|name| seen.insert(name)));
        }
        false
    }

    /// `name[index]`, outside of an expression.
    pub(super) fn subscript(&mut self, scope: Scope<'_>, node: Node<'_>, state: &State) {
        for part in children(node) {
            self.inspect(scope, part, state);
        }
        let text = &scope.source[node.byte_range()];
        let index = text.split_once('[').and_then(|(_, index)| index.strip_suffix(']'));
        match index {
            Some("@" | "*") => {}
            Some(index) => self.expression(index),
            None => self.trouble("it computes with an index"),
        }
    }

    /// `(… [index]=value …)`: what stands in brackets may be an index.
    pub(super) fn indices(&mut self, text: &str) {
        for part in text.split('[').skip(1) {
            let Some((index, _)) = part.split_once(']') else {
                return self.trouble("it computes with an index");
            };
            self.expression(index);
        }
    }
}

/// The length of the `$name`, `${name}`, `${#name}` or `$?` at the start; None if it is any other expansion.
fn expansion(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('$')?;
    let Some(braced) = inner.strip_prefix('{') else {
        return match inner.chars().next() {
            Some('(' | '[') => None,
            Some('_' | 'a'..='z' | 'A'..='Z') => {
                let end = inner.find(|c: char| c != '_' && !c.is_ascii_alphanumeric());
                Some(1 + end.unwrap_or(inner.len()))
            }
            c => Some(1 + c.map_or(0, char::len_utf8)),
        };
    };
    let end = braced.find('}')?;
    braced[..end].bytes().all(|b| b == b'_' || b == b'#' || b.is_ascii_alphanumeric()).then_some(end + 3)
}

pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic()) && names_in(text).next() == Some(text)
}

/// Whatever in a text could be a variable's name.
pub(super) fn names_in(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| c != '_' && !c.is_ascii_alphanumeric());
    words.map(|word| word.trim_start_matches(|c: char| c.is_ascii_digit())).filter(|word| !word.is_empty())
}

/// Variables that get their text from commands that ran before.
fn is_set_by_shell(name: &str) -> bool {
    matches!(name, "_" | "MAPFILE" | "FUNCNAME" | "COPROC" | "REPLY" | "OPTARG" | "READLINE_LINE")
}

/// Variables of the shell that hold a number: bash computes with the text they are given.
pub(super) fn is_integer(name: &str) -> bool {
    matches!(
        name,
        "BASHPID"
            | "BASH_SUBSHELL"
            | "EPOCHSECONDS"
            | "HISTCMD"
            | "LINENO"
            | "OPTIND"
            | "RANDOM"
            | "SECONDS"
            | "SRANDOM"
    )
}
