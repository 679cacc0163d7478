//! `$((…))`: bash computes with what variables hold as if it were written there, and an index in it may run commands.

use std::collections::HashSet;

use tree_sitter::Node;

use super::reader::{Reader, Scope, State};
use super::tree::children;

impl Reader {
    /// Remember the names an expression computes with; see [`Reader::tainted`].
    pub(super) fn arithmetic(&mut self, scope: Scope<'_>, node: Node<'_>, state: &State) {
        let mut waiting = vec![node];
        while let Some(node) = waiting.pop() {
            let text = &scope.source[node.byte_range()];
            match node.kind() {
                "command_substitution" | "process_substitution" => {
                    self.trouble("it computes with what a command prints");
                    self.inspect(scope, node, state);
                }
                "subscript" => {
                    self.trouble("it computes with an index");
                    self.inspect(scope, node, state);
                }
                "simple_expansion" | "expansion" => {
                    self.splice(text);
                    if node.kind() == "expansion" {
                        self.inspect(scope, node, state);
                    }
                }
                "variable_assignment" => {
                    // `PATH=1` in it sets the variable as any other.
                    let name = children(node).first().map_or("", |name| &scope.source[name.byte_range()]);
                    if let Some(why) = self.risk_of(name) {
                        self.trouble(why);
                    }
                    waiting.extend(children(node));
                }
                "string" | "raw_string" | "ansi_c_string" | "translated_string" | "concatenation" => {
                    if text.contains('[') {
                        self.trouble("it computes with an index");
                    }
                    waiting.extend(children(node));
                }
                _ if node.child_count() == 0 => {
                    if text.contains(['[', '`']) && node.is_named() {
                        self.trouble("it computes with an index");
                    }
                    if node.is_named() && text.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic()) {
                        self.compute(text);
                    }
                }
                _ => waiting.extend(children(node)),
            }
        }
    }

    fn compute(&mut self, name: &str) {
        if is_set_by_shell(name) || super::environment::is_risky(name) {
            self.trouble("it computes with a variable that the shell itself sets");
        }
        self.computed.insert(name.to_owned());
    }

    /// `$name` in an expression is put there as text before it is computed.
    fn splice(&mut self, text: &str) {
        let name = text.trim_start_matches('$');
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
            let text = &scope.source[part.byte_range()];
            match part.kind() {
                "variable_name" | "[" | "]" | "number" => {}
                "word" if matches!(text, "@" | "*") || text.bytes().all(|b| b.is_ascii_digit()) => {}
                _ => self.arithmetic(scope, part, state),
            }
        }
    }
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
