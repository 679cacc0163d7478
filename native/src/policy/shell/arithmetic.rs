//! `$((…))`: bash computes with what variables hold as if it were written there, and an index in it may run commands.

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
                    self.computed.insert(text.trim_matches(['$', '{', '}']).to_owned());
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
                        self.computed.insert(text.to_owned());
                        if super::environment::is_risky(text) {
                            self.trouble("it computes with a variable that changes what commands do");
                        }
                    }
                }
                _ => waiting.extend(children(node)),
            }
        }
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
