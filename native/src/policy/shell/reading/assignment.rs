//! Variables: what sets them, and what is known of them after.

use tree_sitter::Node;

use super::arithmetic::{is_integer, names_in};
use super::reader::{Reader, Scope, State};
use super::tree::children;
use crate::policy::shell::line::environment;
use crate::policy::shell::line::segment::{Effect, Segment};
use crate::policy::shell::line::word::{Kind, UNKNOWN, Word};

/// `name=value` in front of a command or alone.
pub(super) struct Assignment {
    pub(super) name: String,
    /// What the variable then holds, if that is certain.
    pub(super) value: Option<Word>,
    /// The text behind the sign; None for `(…)`.
    given: Option<Word>,
}

impl Assignment {
    /// The variable matters, and its value is one that makes no difference.
    fn is_plain(&self) -> bool {
        let value = self.value.as_ref().and_then(Word::known);
        environment::is_risky(&self.name) && !environment::is_risky_as(&self.name, value)
    }
}

impl Reader {
    /// A variable gets this value, or one that is not known.
    pub(super) fn assigned(&mut self, name: &str, value: Option<&Word>) {
        let number = |word: &Word| word.known().is_some_and(|text| text.bytes().all(|b| b.is_ascii_digit()));
        self.splits |= name == "IFS";
        if is_integer(name) && !value.is_some_and(number) {
            self.trouble(format!("bash computes with what {name} is given"));
        }
        let plain = value.and_then(Word::known).filter(|text| !text.contains(['[', '$', '`']));
        let Some(text) = plain else {
            self.tainted.insert(name.to_owned());
            return;
        };
        let names: Vec<_> = names_in(text).map(str::to_owned).collect();
        if !names.is_empty() {
            self.referred.entry(name.to_owned()).or_default().extend(names);
        }
    }

    /// What speaks against setting it.
    pub(super) fn risk_of(&self, name: &str) -> Option<String> {
        let bare = name.split('[').next().unwrap_or(name);
        environment::is_risky(bare).then(|| format!("it sets {bare}, which changes what commands do"))
    }

    pub(super) fn assignment(&mut self, scope: Scope<'_>, node: Node<'_>, state: &State) -> Assignment {
        self.met.add(node);
        let mut assignment = Assignment { name: String::new(), value: None, given: None };
        let mut replaces = true;
        let mut number = false;
        for part in children(node) {
            match part.kind() {
                "variable_name" if assignment.name.is_empty() => {
                    assignment.name = scope.source[part.byte_range()].to_owned();
                }
                "subscript" => {
                    self.subscript(scope, part, state);
                    assignment.name = scope.source[part.byte_range()].split('[').next().unwrap_or_default().to_owned();
                    self.lists.insert(assignment.name.clone());
                    replaces = false;
                }
                "=" => assignment.value = replaces.then(|| Word::literal("")),
                "+=" => replaces = false,
                "array" => {
                    self.lists.insert(assignment.name.clone());
                    self.indices(&scope.source[part.byte_range()]);
                    for value in children(part) {
                        if value.is_named() {
                            self.inspect(scope, value, state);
                        }
                    }
                    assignment.value = None;
                }
                _ => {
                    let mut value = self.value_of(scope, part, state);
                    // A pattern in a value stays what it is.
                    if value.kind == Kind::Glob {
                        value.kind = Kind::Literal;
                    }
                    let text = &scope.source[part.byte_range()];
                    let counts = self.functions.is_empty() && prints_number(text);
                    number = replaces && (is_number(text, part.kind()) || counts);
                    assignment.given = Some(value.clone());
                    assignment.value = (replaces && value.kind == Kind::Literal).then_some(value);
                }
            }
        }
        if !number {
            self.assigned(&assignment.name, assignment.value.as_ref());
        }
        assignment
    }

    fn value_of(&mut self, scope: Scope<'_>, node: Node<'_>, state: &State) -> Word {
        let mut glyphs = Vec::new();
        self.glyphs(scope, node, state, false, &mut glyphs);
        // Braces do not expand in a value, and nothing is split.
        let split = glyphs.contains(&super::glyph::Glyph::Split);
        let colon = scope.source[node.byte_range()].contains(":~");
        match &super::glyph::words(&glyphs)[..] {
            [word] if !split && !colon => word.clone(),
            _ => Word::unknown(),
        }
    }

    pub(super) fn set(&mut self, state: &mut State, assignment: Assignment) {
        match assignment.value {
            Some(value) if !state.perhaps => drop(state.variables.insert(assignment.name, value)),
            _ => drop(state.variables.remove(&assignment.name)),
        }
    }

    /// Assignments without a command, `export`, `declare` and their like, `unset`.
    pub(super) fn assignments(&mut self, scope: Scope<'_>, node: Node<'_>, state: &mut State, redirects: &[Node<'_>]) {
        self.met.add(node);
        self.redirects_alone(scope, redirects, state);
        let mut segment =
            Segment { text: scope.source[node.byte_range()].into(), effect: Effect::ReadOnly, ..Segment::default() };
        let kind = node.kind();
        let nodes = if kind == "variable_assignment" { vec![node] } else { children(node) };
        let flag = |part: &Node<'_>| part.kind() == "word" && scope.source[part.byte_range()].starts_with(['-', '+']);
        let lists = nodes.iter().any(|part| flag(part) && scope.source[part.byte_range()].contains(['a', 'A']));
        let mut exports = nodes.first().is_some_and(|first| first.kind() == "export");
        for part in nodes {
            let text = &scope.source[part.byte_range()];
            let mut names = None;
            match part.kind() {
                "variable_assignment" => {
                    let assignment = self.assignment(scope, part, state);
                    let plain = assignment.is_plain();
                    names = Some(assignment.name.clone()).filter(|_| !plain);
                    if kind == "declaration_command" {
                        self.declared(scope, &assignment, lists, state);
                    }
                    self.set(state, assignment);
                }
                "export" | "declare" | "typeset" | "local" | "readonly" | "unset" | "unsetenv" => {}
                "variable_name" => {
                    // What is exported or taken away is what its user or an assignment has set.
                    names = Some(text.to_owned())
                        .filter(|name| environment::is_risky_as(name, Some("")) || !environment::is_risky(name));
                    if lists {
                        self.lists.insert(text.to_owned());
                    }
                    if kind == "unset_command" {
                        state.variables.remove(text);
                    }
                }
                "word" if flag(&part) => {
                    exports |= text.contains('x');
                    // `-n` makes a variable another's name, `-i` computes, `-f` is about functions.
                    let odd = text.contains(['n', 'i', 'f', 'F', 'u', 'l', 'c']);
                    if odd && kind != "unset_command" || text.contains('n') {
                        segment.trouble = Some(format!("`{text}` changes what a variable means"));
                    }
                }
                _ => {
                    self.inspect(scope, part, state);
                    segment.trouble = Some("it sets a variable that is not known before it runs".into());
                }
            }
            let Some(name) = names else { continue };
            if environment::is_risky(&name) {
                state.home &= name != "HOME";
                state.searches |= name == "CDPATH";
                segment.risky.push(name);
            } else if !environment::is_harmless(&name) {
                state.environment |= exports;
                state.alter(&name);
            }
        }
        segment.hidden = crate::policy::shell::commands::hidden::variable(&segment.risky);
        self.push(segment);
    }

    /// `declare -a x='(…)'`: what a list is declared to be bash reads as it would without the quotes.
    fn declared(&mut self, scope: Scope<'_>, assignment: &Assignment, list: bool, state: &mut State) {
        let Some(given) = &assignment.given else { return };
        match given.known() {
            Some(text) if text.starts_with('(') && text.ends_with(')') => {
                let code = format!("{}={text}", assignment.name);
                self.nested(&code, scope.outer, scope.opaque, state, false);
            }
            _ if !given.text.starts_with(['(', UNKNOWN]) => {}
            None if list => self.trouble("it is not known what a list in it is declared to be"),
            _ => drop(self.redeclared.insert(assignment.name.clone())),
        }
    }
}

/// Does this value come out as a number, whatever it computes with?
fn is_number(text: &str, kind: &str) -> bool {
    kind == "arithmetic_expansion" && text.starts_with("$((") || matches!(text, "$?" | "$#" | "$$" | "$!")
}

/// Does what stands in this substitution end in a command that prints a number and nothing else?
fn prints_number(text: &str) -> bool {
    let Some(inner) = text.strip_prefix("$(").and_then(|text| text.strip_suffix(')')) else { return false };
    if inner.contains(['\n', ';', '&', '#', '`']) || inner.contains("$(") {
        return false;
    }
    let last = inner.rsplit('|').next().unwrap_or_default().trim();
    let pattern = |text: &str| {
        let bare = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or(text);
        !bare.is_empty()
            && bare.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.[] ^-".contains(&b))
            && (bare.len() < text.len() || !bare.contains([' ', '-']))
    };
    let counted = inner.contains('|');
    let plain_file = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(&b))
            && !text.starts_with('-')
    };
    match last {
        "wc -l" | "wc -c" | "wc -w" | "wc -m" => counted,
        "nproc" | "id -u" | "id -g" | "date +%s" => true,
        _ if !counted && last.strip_prefix("wc -l <").is_some_and(|file| plain_file(file.trim())) => true,
        last => counted && last.strip_prefix("grep -c ").is_some_and(pattern),
    }
}
