//! Redirections: reads and writes of their targets.

use tree_sitter::Node;

use super::expand::is_word;
use super::reader::{Reader, Scope, State};
use super::tree::children;
use crate::policy::shell::line::segment::{Access, Effect, Segment};
use crate::policy::shell::line::word::{Kind, Word};

/// What stands behind a command besides its words.
#[derive(Default)]
pub(super) struct Redirects {
    pub(super) targets: Vec<(Word, Access)>,
    pub(super) trouble: Option<String>,
    /// Words of the command that stand behind a target.
    pub(super) words: Vec<Word>,
    /// What the command is given to read, if all of it is known.
    pub(super) input: Option<Input>,
    /// How many of them may change what it is given to read.
    pub(super) inputs: usize,
}

pub(super) enum Input {
    /// This text, and nothing else.
    Known(String),
    /// Perhaps this text.
    Perhaps(String),
    Unknown,
}

impl Input {
    /// Another redirection may have taken its place.
    pub(super) fn doubted(self) -> Self {
        match self {
            Self::Known(text) => Self::Perhaps(text),
            other => other,
        }
    }
}

impl Reader {
    pub(super) fn redirect(&mut self, scope: Scope<'_>, node: Node<'_>, state: &mut State, out: &mut Redirects) {
        self.met.add(node);
        match node.kind() {
            "file_redirect" => self.file_redirect(scope, node, state, out),
            "heredoc_redirect" => self.heredoc_redirect(scope, node, state, out),
            "herestring_redirect" => {
                out.inputs += 1;
                for part in children(node) {
                    if is_word(part.kind()) {
                        let word = self.word(scope, part, state);
                        out.input = Some(word.known().map_or(Input::Unknown, |text| Input::Known(text.to_owned())));
                    } else if part.kind() == "file_descriptor" {
                        out.inputs += 1;
                    } else if part.kind() != "<<<" {
                        out.trouble = Some("a redirection in it is not understood".into());
                    }
                }
            }
            _ => out.trouble = Some("a redirection in it is not understood".into()),
        }
    }

    fn file_redirect(&mut self, scope: Scope<'_>, node: Node<'_>, state: &mut State, out: &mut Redirects) {
        if names_variable(&scope.source[..node.start_byte()]) {
            out.trouble = Some("a variable gets the number of a descriptor".into());
        }
        let mut operator = "";
        let mut descriptor = None;
        let mut end = 0;
        for part in children(node) {
            match part.kind() {
                "file_descriptor" => {
                    descriptor = Some(part.end_byte());
                    out.inputs += usize::from(!matches!(&scope.source[part.byte_range()], "1" | "2"));
                }
                kind if is_word(kind) && !operator.is_empty() => {
                    let words = self.words(scope, part, state);
                    if end == 0 {
                        self.target(operator, words, out)
                    } else {
                        out.words.extend(words)
                    }
                    if end == part.start_byte() {
                        out.trouble = Some("its words may be split in two ways".into());
                    }
                    end = part.end_byte();
                }
                "<" | ">" | ">>" | "&>" | "&>>" | "<&" | ">&" | ">|" | "<&-" | ">&-" if operator.is_empty() => {
                    operator = part.kind();
                    out.inputs += usize::from(operator.starts_with('<'));
                    if descriptor.is_some_and(|end| end != part.start_byte()) {
                        out.trouble = Some("a redirection in it may be read in two ways".into());
                    }
                }
                _ => out.trouble = Some("a redirection in it is not understood".into()),
            }
        }
        if operator.is_empty() || end == 0 && !operator.ends_with("&-") {
            out.trouble = Some("a redirection in it is not understood".into());
        }
    }

    fn target(&mut self, operator: &str, mut words: Vec<Word>, out: &mut Redirects) {
        let word = match (words.pop(), words.is_empty()) {
            (Some(word), true) if word.kind == Kind::Literal || word.kind == Kind::Names && operator == "<" => word,
            _ => {
                out.trouble = Some("it is not known which file a redirection in it is about".into());
                return;
            }
        };
        let number = !word.text.is_empty() && word.text.trim_end_matches('-').bytes().all(|b| b.is_ascii_digit());
        let duplicates = matches!(operator, "<&" | ">&") && (number || word.text == "-");
        if duplicates || operator.ends_with("&-") {
            return;
        }
        if word.text.starts_with("/dev/tcp/") || word.text.starts_with("/dev/udp/") {
            out.trouble = Some(format!("`{}` is a connection to the network", word.text));
            return;
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-./,:+@%^".contains(&b);
        if operator.ends_with('&') && operator.len() == 2 && !word.text.bytes().all(plain) {
            out.trouble = Some(format!("bash expands what stands behind `{operator}` twice"));
            return;
        }
        if operator == "<" && word.text.starts_with("/dev/fd/") {
            // What a process substitution prints.
            out.input = Some(Input::Unknown);
        }
        let access = if operator.starts_with('<') { Access::Read } else { Access::Write };
        out.targets.push((word, access));
    }

    /// Redirections of a group, or of nothing at all.
    pub(super) fn redirects_alone(&mut self, scope: Scope<'_>, nodes: &[Node<'_>], state: &mut State) {
        let [first, .., last] = nodes else {
            if let [only] = nodes {
                self.redirects_alone_in(scope, nodes, &scope.source[only.byte_range()], state);
            }
            return;
        };
        let text = scope.source.get(first.start_byte()..last.end_byte()).unwrap_or_default();
        self.redirects_alone_in(scope, nodes, text, state);
    }

    fn redirects_alone_in(&mut self, scope: Scope<'_>, nodes: &[Node<'_>], text: &str, state: &mut State) {
        let mut redirects = Redirects::default();
        for node in nodes {
            self.redirect(scope, *node, state, &mut redirects);
        }
        if !redirects.words.is_empty() {
            redirects.trouble.get_or_insert("a redirection in it is not understood".into());
        }
        let mut segment = Segment { text: text.into(), effect: Effect::ReadOnly, ..Segment::default() };
        self.use_redirects(&mut segment, redirects, state);
        if !segment.uses.is_empty() || segment.trouble.is_some() {
            self.push(segment);
        }
    }

    /// Before the command's own words are looked at.
    pub(super) fn use_redirects(&mut self, segment: &mut Segment, redirects: Redirects, state: &State) {
        for (word, access) in &redirects.targets {
            segment.stray |= word.kind == Kind::Names;
            self.use_path(segment, word, 0, *access, state);
        }
        let written = segment.uses.iter().filter(|used| used.access == Access::Write);
        segment.outputs = written.map(|used| used.given.clone()).collect();
        if let Some(why) = redirects.trouble {
            segment.trouble.get_or_insert(why);
        }
    }
}

/// `{name}` in front of a redirection sets that variable.
fn names_variable(before: &str) -> bool {
    let Some((before, name)) = before.strip_suffix('}').and_then(|text| text.rsplit_once('{')) else { return false };
    let name = name.split('[').next().unwrap_or_default();
    !before.ends_with('$') && super::arithmetic::is_name(name)
}
