//! A simple command: assignments, words, redirections; then what it starts.

use tree_sitter::Node;

use super::assignment::Assignment;
use super::expand::is_word;
use super::reader::{Reader, Scope, State};
use super::redirect::{Input, Redirects};
use super::tree;
use crate::policy::shell::commands::names::{self, Names};
use crate::policy::shell::commands::wrapped::Wrapped;
use crate::policy::shell::commands::wrapper;
use crate::policy::shell::line::environment;
use crate::policy::shell::line::segment::{Effect, Form, Segment};
use crate::policy::shell::line::word::Word;

/// The shell's own words: as a command, the grammar took something else for one.
const RESERVED: [&str; 21] = [
    "if", "then", "elif", "else", "fi", "do", "done", "case", "esac", "while", "until", "for", "in", "function",
    "select", "{", "}", "!", "[[", "]]", "((",
];

/// A command about to be started.
pub(super) struct Call<'c> {
    pub(super) words: Vec<Word>,
    /// What is known of it before its name is looked at: text, redirections, assignments.
    pub(super) segment: Segment,
    pub(super) input: Option<Input>,
    /// What it reads from the pipe before it, as far as that is names.
    pub(super) names: Option<Names>,
    pub(super) scope: Scope<'c>,
}

impl Reader {
    pub(super) fn simple(&mut self, scope: Scope<'_>, node: Node<'_>, state: &mut State, behind: &[Node<'_>]) {
        self.met.add(node);
        let mut names = state.fed.take();
        let mut words = Vec::new();
        let mut assignments: Vec<Assignment> = Vec::new();
        let mut redirects = Redirects::default();
        let parts = tree::children(node);
        let mut end: Option<usize> = None;
        for part in &parts {
            let kind = part.kind();
            if !kind.ends_with("_redirect") {
                if let Some(end) = end
                    && !self.apart(scope.source, end, part.start_byte())
                {
                    self.trouble("its words may be split in two ways");
                }
                end = Some(part.end_byte());
            }
            match kind {
                "variable_assignment" => assignments.push(self.assignment(scope, *part, state)),
                // An index may hold blanks, which the grammar takes for the end of a command's name.
                "command_name" if is_indexed(&scope.source[part.byte_range()]) => {
                    self.trouble("a command in it may be an assignment");
                }
                "command_name" => match part.child(0) {
                    Some(name) => words.extend(self.words(scope, name, state)),
                    None => self.trouble("a command in it has no name"),
                },
                "subshell" | "comment" => self.trouble("a command in it is not understood"),
                kind if kind.ends_with("_redirect") => self.redirect(scope, *part, state, &mut redirects),
                kind if is_word(kind) || matches!(kind, "==" | "=~" | "=" | "!=") => {
                    let before = self.segments.len();
                    let found = self.words(scope, *part, state);
                    let printed = (kind == "command_substitution")
                        .then(|| names::printed(&self.segments[before..], None, scope.outer.len()));
                    words.extend(printed.flatten().map_or(found, |names| names.words(false)));
                }
                _ => self.trouble("a command in it is not understood"),
            }
        }
        for redirect in behind {
            self.redirect(scope, *redirect, state, &mut redirects);
        }
        words.append(&mut redirects.words);
        let end = behind.iter().map(|part| part.end_byte()).max().unwrap_or(0).max(node.end_byte());
        let text = whole(scope.source, node.start_byte(), end, behind);
        let mut segment =
            Segment { text, environment: state.environment, altered: state.altered, ..Segment::default() };
        let input = redirects.input.take();
        if redirects.inputs > 0 {
            names = None;
        }
        let input = input.map(|input| if redirects.inputs == 1 { input } else { input.doubted() });
        self.use_redirects(&mut segment, redirects, state);
        if words.is_empty() {
            segment.effect = Effect::ReadOnly;
            if !assignments.is_empty() {
                segment.trouble = Some("it has no command".into());
            }
            return self.push(segment);
        }
        segment.set = set_for_it(&assignments, &parts, scope.source).filter(|_| !state.environment && !state.altered);
        let mut inner = state.clone();
        for assignment in assignments.iter().filter(|assignment| !is_idle(assignment, &words[0])) {
            note(&mut segment, &mut inner, &assignment.name);
        }
        if words[0].bare && RESERVED.contains(&words[0].text.as_str()) {
            segment.trouble = Some(format!("`{}` stands where no command can", words[0].text));
        }
        let home = std::mem::replace(&mut state.home, inner.home);
        self.call(Call { words, segment, input, names, scope }, Vec::new(), state);
        state.home = home;
    }

    /// Bash and the grammar agree that words end here only if there is a blank that no backslash takes back.
    fn apart(&self, source: &str, end: usize, start: usize) -> bool {
        source.get(end..start).is_some_and(|gap| gap.replace("\\\n", "").contains([' ', '\t']))
    }

    /// Start a command: take off what wraps it, or judge it.
    pub(super) fn call(&mut self, mut call: Call<'_>, mut forms: Vec<Form>, state: &mut State) {
        let text = if forms.is_empty() { call.segment.text.clone() } else { String::new() };
        forms.push(Form { text, words: call.words.clone() });
        if self.depth + forms.len() > 60 {
            call.segment.trouble = Some("it is nested too deeply to be read".into());
            return self.finish(call, forms, state);
        }
        match wrapper::unwrap(&call.words, call.names.as_ref()) {
            Wrapped::Nothing => self.finish(call, forms, state),
            Wrapped::Command(inner) => {
                call.segment.lasting |= inner.lasting;
                if inner.opaque {
                    call.segment.opaque = Some(forms.len() - 1);
                    self.perhaps_started(&call.words, &mut call.segment);
                }
                let mut elsewhere = state.clone();
                for name in &inner.sets {
                    self.assigned(name, None);
                    note(&mut call.segment, &mut elsewhere, name);
                }
                if let Some(word) = &inner.folder {
                    elsewhere.places = match word.path(0).filter(|_| word.is_literal()) {
                        Some(path) => state.places.below(&path),
                        None => crate::policy::shell::line::places::Places::Lost,
                    };
                }
                if let Some(why) = inner.trouble {
                    call.segment.trouble.get_or_insert(why);
                }
                let own = inner.opaque || inner.folder.is_some() || !inner.sets.is_empty();
                call.words = inner.words;
                self.call(call, forms, if own { &mut elsewhere } else { state });
            }
            Wrapped::Find => self.find(call, forms, state),
            Wrapped::Code(code) => self.code(call, forms, code, state),
        }
    }
}

/// Does it begin as `name[index]` does?
fn is_indexed(text: &str) -> bool {
    let text = text.replace("\\\n", "");
    text.split_once('[').is_some_and(|(name, _)| super::arithmetic::is_name(name))
}

/// The command with its redirections, without the text of here-documents.
fn whole(source: &str, start: usize, end: usize, behind: &[Node<'_>]) -> String {
    let text = source.get(start..end).unwrap_or_default();
    let heredoc = behind.iter().any(|part| part.kind() == "heredoc_redirect");
    if heredoc { text.lines().next().unwrap_or_default().to_owned() } else { text.to_owned() }
}

/// The assignments in front of a command, as written and as they come out; None if not all of that is known.
fn set_for_it(assignments: &[Assignment], parts: &[Node<'_>], source: &str) -> Option<[String; 2]> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || "\\~$`*?[".contains(c);
    let mut plain = Vec::new();
    for assignment in assignments {
        let value = assignment.value.as_ref()?.known().filter(|value| !value.contains(odd))?;
        plain.push(format!("{}={value}", assignment.name));
    }
    let written = parts.iter().filter(|part| part.kind() == "variable_assignment");
    let written: Vec<_> = written.filter_map(|part| source.get(part.byte_range())).collect();
    let whole = written.iter().all(|text| !text.contains(odd)) && written.len() == plain.len();
    (whole && !plain.is_empty()).then(|| [written.join(" "), plain.join(" ")])
}

/// An assignment that makes no difference to what runs: how `read` alone splits a line, a pager that only prints.
fn is_idle(assignment: &Assignment, command: &Word) -> bool {
    let Some(value) = &assignment.value else { return false };
    match assignment.name.as_str() {
        "IFS" => command.known() == Some("read"),
        "PAGER" | "GIT_PAGER" | "MANPAGER" | "SYSTEMD_PAGER" | "GH_PAGER" | "AWS_PAGER" => value.known() == Some("cat"),
        name => environment::is_risky(name) && !environment::is_risky_as(name, value.known()),
    }
}

/// A variable is set for this command alone.
fn note(segment: &mut Segment, state: &mut State, name: &str) {
    if environment::is_risky(name) {
        state.home &= name != "HOME";
        segment.risky.push(name.to_owned());
    } else if !environment::is_harmless(name) {
        segment.environment = true;
    }
}
