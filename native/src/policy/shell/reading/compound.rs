//! `if`, `case`, loops, functions and groups.

use tree_sitter::Node;

use super::reader::{Reader, Scope, State};
use super::tree::children;
use crate::policy::shell::commands::names;
use crate::policy::shell::line::places::Places;
use crate::policy::shell::line::word::{Kind, Word};

/// A loop over at most this many known words is read once for each.
const MOST_ROUNDS: usize = 8;

impl Reader {
    pub(super) fn compound(&mut self, scope: Scope<'_>, node: Node<'_>, state: &mut State) {
        let parts = children(node);
        match node.kind() {
            "compound_statement" if parts.first().is_some_and(|part| part.kind() == "((") => {
                self.arithmetic(scope, node, state);
            }
            "compound_statement" => self.sequence(scope, &within(&parts, "{", "}"), state),
            "subshell" => {
                self.sequence(scope, &within(&parts, "(", ")"), &mut state.clone());
                state.settle();
            }
            "if_statement" => self.branches(scope, node, state),
            "while_statement" => self.lines(scope, node, state),
            "case_statement" => self.cases(scope, &parts, state),
            "for_statement" => self.for_each(scope, node, &parts, state),
            "c_style_for_statement" => {
                for part in parts.iter().filter(|part| part.is_named() && !is_body(**part)) {
                    self.arithmetic(scope, *part, state);
                }
                self.repeated(scope, node, state);
            }
            "function_definition" => self.function(scope, &parts, state),
            "test_command" => self.test(scope, node, state),
            "comment" => {}
            kind => self.trouble(format!("it holds a {} that is not understood", kind.replace('_', " "))),
        }
    }

    /// Commands of which some run and some do not: each may be where any before it led.
    fn branches(&mut self, scope: Scope<'_>, node: Node<'_>, state: &mut State) {
        let perhaps = std::mem::replace(&mut state.perhaps, true);
        let before = state.variables.clone();
        self.commands_in(scope, node, state);
        state.settle();
        state.variables.retain(|name, value| before.get(name) == Some(value));
        state.perhaps = perhaps;
    }

    /// Commands that may run again after those behind them, so where those lead.
    fn repeated(&mut self, scope: Scope<'_>, node: Node<'_>, state: &mut State) {
        state.variables.clear();
        let before = state.places.clone();
        let (segments, pipes) = (self.segments.len(), self.pipes.len());
        self.branches(scope, node, state);
        if state.places != before {
            self.segments.truncate(segments);
            self.pipes.truncate(pipes);
            state.places = Places::Lost;
            self.branches(scope, node, state);
        }
        state.variables.clear();
    }

    /// The commands in a compound and its clauses, in order; all else must be a keyword.
    fn commands_in(&mut self, scope: Scope<'_>, node: Node<'_>, state: &mut State) {
        for part in children(node) {
            match part.kind() {
                "elif_clause" | "else_clause" | "do_group" => self.commands_in(scope, part, state),
                "if" | "then" | "elif" | "else" | "fi" | "while" | "until" | "do" | "done" | "for" | "select"
                | "in" | "((" | "))" | ";" | "\n" | "&" | "comment" => {}
                _ if !part.is_named() => self.trouble(format!("`{}` stands where no command can", part.kind())),
                _ if node.kind() == "c_style_for_statement" && !is_body(part) => {}
                _ => {
                    state.settle();
                    self.statement(scope, part, state, &[]);
                }
            }
        }
    }

    fn cases(&mut self, scope: Scope<'_>, parts: &[Node<'_>], state: &mut State) {
        let perhaps = std::mem::replace(&mut state.perhaps, true);
        let before = state.variables.clone();
        for part in parts {
            match part.kind() {
                "case" | "in" | "esac" | ";" | "\n" | "comment" => {}
                "case_item" => {
                    let parts = children(*part);
                    let open = parts.iter().position(|part| part.kind() == ")").unwrap_or(0);
                    for pattern in parts[..open].iter().filter(|part| part.is_named()) {
                        self.inspect(scope, *pattern, state);
                    }
                    let body: Vec<_> = parts[open + 1..].to_vec();
                    let ends = |kind: &str| matches!(kind, ";;" | ";&" | ";;&");
                    let body: Vec<_> = body.into_iter().filter(|part| !ends(part.kind())).collect();
                    self.sequence(scope, &body, state);
                    state.settle();
                }
                _ if part.is_named() => self.inspect(scope, *part, state),
                kind => self.trouble(format!("`{kind}` stands where no command can")),
            }
        }
        state.variables.retain(|name, value| before.get(name) == Some(value));
        state.perhaps = perhaps;
    }

    fn for_each(&mut self, scope: Scope<'_>, node: Node<'_>, parts: &[Node<'_>], state: &mut State) {
        let name = parts.iter().find(|part| part.kind() == "variable_name");
        let name = name.map_or("", |name| &scope.source[name.byte_range()]).to_owned();
        let start = parts.iter().position(|part| part.kind() == "in").map_or(parts.len(), |at| at + 1);
        let values: Vec<_> = parts[start..]
            .iter()
            .take_while(|part| !matches!(part.kind(), ";" | "\n" | "do_group"))
            .flat_map(|value| self.values(scope, *value, state))
            .collect();
        let certain = !values.is_empty() && node.child(0).is_none_or(|first| first.kind() != "select");
        if certain {
            values.iter().for_each(|value| self.assigned(&name, Some(value)));
        } else {
            self.assigned(&name, None);
        }
        state.alter(&name);
        if let Some(why) = self.risk_of(&name) {
            self.trouble(why);
        }
        let body = parts.iter().find(|part| is_body(**part));
        let Some(body) = body else {
            return self.trouble("a loop in it is not understood");
        };
        state.variables.clear();
        let known = values.len() <= MOST_ROUNDS && values.iter().all(|value| value.kind != Kind::Unknown);
        // Its body may give the variable another value.
        let known = known && !sets(&scope.source[body.byte_range()], &name);
        if values.is_empty() || !known || node.child(0).is_some_and(|first| first.kind() == "select") {
            self.repeated(scope, *body, state);
        } else {
            for value in values {
                state.variables = [(name.clone(), value)].into();
                self.branches(scope, *body, state);
            }
        }
        state.variables.clear();
    }

    /// What a loop goes through: words, and names of files that a command prints.
    fn values(&mut self, scope: Scope<'_>, value: Node<'_>, state: &State) -> Vec<Word> {
        let before = self.segments.len();
        let found = self.words(scope, value, state);
        let printed = (value.kind() == "command_substitution" && !self.splits)
            .then(|| names::printed(&self.segments[before..], None, scope.outer.len()));
        printed.flatten().map_or(found, |names| names.words(false))
    }

    /// `while read -r name`, fed with names of files: the first thing that it does is to read one.
    fn lines(&mut self, scope: Scope<'_>, node: Node<'_>, state: &mut State) {
        let fed = state.fed.take();
        let reads = node.child(1).filter(|condition| condition.kind() == "command").is_some_and(|condition| {
            let text = &scope.source[condition.byte_range()];
            ["read ", "IFS= read ", "IFS='' read "].iter().any(|start| text.starts_with(start))
        });
        let words = fed.filter(|_| reads).map(|names| names.words(false));
        state.line = words.and_then(|mut words| words.pop().filter(|_| words.is_empty()));
        self.repeated(scope, node, state);
        state.line = None;
    }

    fn function(&mut self, scope: Scope<'_>, parts: &[Node<'_>], state: &mut State) {
        let mut inner = state.uncertain();
        if moves(scope.source) {
            inner.places = Places::Lost;
        }
        let mut named = false;
        for part in parts {
            match part.kind() {
                "function" | "(" | ")" | "comment" | "\n" => {}
                "word" if !named => {
                    named = true;
                    self.functions.insert(scope.source[part.byte_range()].to_owned());
                }
                kind if kind.ends_with("_redirect") => self.redirects_alone(scope, &[*part], state),
                _ if part.is_named() && named => self.statement(scope, *part, &mut inner, &[]),
                _ => self.trouble("a function in it is not understood"),
            }
        }
    }
}

/// What a loop repeats: `do … done`, or in braces.
fn is_body(part: Node<'_>) -> bool {
    matches!(part.kind(), "do_group" | "compound_statement")
}

/// What stands between the brackets.
fn within<'t>(parts: &[Node<'t>], open: &str, close: &str) -> Vec<Node<'t>> {
    parts.iter().filter(|part| part.kind() != open && part.kind() != close).copied().collect()
}

/// May this code change the folder?
fn moves(source: &str) -> bool {
    let plain = source.replace(['\\', '\'', '"'], "");
    plain.contains("cd") || plain.contains("pushd") || plain.contains("popd") || plain.contains("eval")
}

/// May this code set the variable?
fn sets(source: &str, name: &str) -> bool {
    const SETTERS: [&str; 9] = ["read", "eval", "let", "mapfile", "readarray", "getopts", "for", "select", "declare"];
    let assigns =
        [format!("{name}="), format!("{name}+="), format!("{name}["), format!("{name}:="), format!("{name}+")];
    let part = |c: char| c.is_ascii_alphanumeric() || "_-./=".contains(c);
    let mut words = source.split(|c| !part(c));
    assigns.iter().any(|text| source.contains(text.as_str()))
        || source.contains("((")
        || words.any(|word| SETTERS.contains(&word) || word == "unset" || word == "printf" && source.contains("-v"))
}
