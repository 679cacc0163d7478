//! Lists, pipes and groups: which command runs after which, and where.

use tree_sitter::Node;

use super::reader::{Reader, Scope, State};
use super::tree::children;
use crate::policy::shell::commands::names::{self, Names};
use crate::policy::shell::line::segment::Form;

impl Reader {
    /// Commands one after another. Whatever is no command must be a separator.
    pub(super) fn sequence(&mut self, scope: Scope<'_>, nodes: &[Node<'_>], state: &mut State) {
        for (at, node) in nodes.iter().enumerate() {
            match node.kind() {
                ";" | "\n" | "&" | "comment" => {}
                _ if !node.is_named() => self.trouble(format!("`{}` stands where no command can", node.kind())),
                _ => {
                    state.settle();
                    let background = nodes.get(at + 1).is_some_and(|next| next.kind() == "&");
                    if background {
                        self.statement(scope, *node, &mut state.clone(), &[]);
                    } else {
                        self.statement(scope, *node, state, &[]);
                    }
                }
            }
        }
    }

    /// One statement. `redirects` stand behind it and belong to its last command.
    pub(super) fn statement(&mut self, scope: Scope<'_>, node: Node<'_>, state: &mut State, redirects: &[Node<'_>]) {
        let reads = matches!(node.kind(), "command" | "redirected_statement" | "while_statement");
        if !reads || node.kind() == "while_statement" && !redirects.is_empty() {
            state.fed = None;
        }
        let nested = self.deeper(|reader| match node.kind() {
            "command" => reader.simple(scope, node, state, redirects),
            "redirected_statement" => reader.redirected(scope, node, state, redirects),
            "list" => reader.list(scope, node, state, redirects),
            "pipeline" => reader.pipeline(scope, &children(node), state, redirects),
            "negated_command" => reader.negated(scope, node, state, redirects),
            "variable_assignment" | "variable_assignments" | "declaration_command" | "unset_command" => {
                reader.assignments(scope, node, state, redirects);
            }
            _ => {
                reader.redirects_alone(scope, redirects, state);
                reader.compound(scope, node, state);
            }
        });
        if let Err(why) = nested {
            self.trouble(why);
        }
    }

    fn redirected(&mut self, scope: Scope<'_>, node: Node<'_>, state: &mut State, outer: &[Node<'_>]) {
        let parts = children(node);
        let (bodies, mut redirects): (Vec<_>, Vec<_>) =
            parts.into_iter().partition(|part| !part.kind().ends_with("_redirect"));
        redirects.extend(outer);
        match bodies[..] {
            [] => self.redirects_alone(scope, &redirects, state),
            [body] => self.statement(scope, body, state, &redirects),
            _ => self.trouble("a redirection in it is not understood"),
        }
    }

    /// `a && b || c`. The tree nests to the left, as deep as the list is long.
    fn list(&mut self, scope: Scope<'_>, node: Node<'_>, state: &mut State, redirects: &[Node<'_>]) {
        let mut links = Vec::new();
        let mut first = node;
        while first.kind() == "list" {
            let parts = children(first);
            let [left, operator, right] = parts[..] else {
                return self.trouble("a list in it is not understood");
            };
            if operator.kind() != "&&" && operator.kind() != "||" {
                return self.trouble("a list in it is not understood");
            }
            links.push((operator.kind(), right));
            first = left;
        }
        self.statement(scope, first, state, &[]);
        for (at, (operator, right)) in links.iter().enumerate().rev() {
            let last = if at == 0 { redirects } else { &[] };
            self.link(scope, operator, *right, state, last);
        }
    }

    /// The second half of `… && right` or `… || right`.
    pub(super) fn link(
        &mut self,
        scope: Scope<'_>,
        operator: &str,
        right: Node<'_>,
        state: &mut State,
        redirects: &[Node<'_>],
    ) {
        let good = state.places.clone();
        let bad = state.failed.take().unwrap_or_else(|| good.clone());
        let chained = operator == "&&";
        let perhaps = state.perhaps;
        state.places = if chained { good.clone() } else { bad.clone() };
        let before = state.variables.clone();
        self.statement(scope, right, state, redirects);
        // What may not have run leaves no value certain that it changed.
        state.variables.retain(|name, value| before.get(name) == Some(value));
        state.perhaps = perhaps;
        let failed = state.failed.take().unwrap_or_else(|| state.places.clone());
        if chained {
            state.failed = Some(failed.or(&bad));
        } else {
            state.places = state.places.or(&good);
            state.failed = Some(failed);
        }
        if state.failed.as_ref() == Some(&state.places) {
            state.failed = None;
        }
    }

    /// Every part runs in a subshell of its own (and the last may not).
    pub(super) fn pipeline(&mut self, scope: Scope<'_>, parts: &[Node<'_>], state: &mut State, redirects: &[Node<'_>]) {
        let last = parts.iter().rposition(|part| part.is_named() && part.kind() != "comment");
        let mut source: Option<Node<'_>> = None;
        let mut printed: Option<Names> = None;
        let mut resolved = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            match part.kind() {
                "|" | "|&" | "comment" => {}
                _ if !part.is_named() => self.trouble("a pipe in it is not understood"),
                _ => {
                    let mut inner = state.clone();
                    inner.settle();
                    let redirects = if Some(at) == last { redirects } else { &[] };
                    let before = self.segments.len();
                    inner.fed = printed.clone();
                    self.piped(scope, *part, &mut inner, redirects, source);
                    source = Some(*part);
                    printed = match self.segments.get(before..) {
                        Some(only @ [_]) => names::printed(only, printed.as_ref(), scope.outer.len()),
                        _ => None,
                    };
                    let command = self.segments.get(before).and_then(|segment| segment.forms.first());
                    resolved.push(command.map_or_else(String::new, Form::joined));
                }
            }
        }
        if let [first, .., last] = parts {
            self.pipes.extend(scope.source.get(first.start_byte()..last.end_byte()).map(str::to_owned));
            self.pipes.push(resolved.join(" | "));
        }
        state.settle();
    }

    fn piped(
        &mut self,
        scope: Scope<'_>,
        part: Node<'_>,
        state: &mut State,
        redirects: &[Node<'_>],
        source: Option<Node<'_>>,
    ) {
        let first = self.segments.len();
        self.statement(scope, part, state, redirects);
        if source.is_none() {
            return;
        }
        for at in first..self.segments.len() {
            self.fed(at);
        }
    }

    fn negated(&mut self, scope: Scope<'_>, node: Node<'_>, state: &mut State, redirects: &[Node<'_>]) {
        let parts = children(node);
        match parts[..] {
            [_, body] => {
                // In `! {` and `! (` the grammar takes the brace for a command.
                self.statement(scope, body, state, redirects);
                state.settle();
            }
            _ => self.trouble("a negation in it is not understood"),
        }
    }
}
