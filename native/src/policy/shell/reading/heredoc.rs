//! Here-documents. The grammar is lenient about where they end, so their lines are counted out again.

use tree_sitter::Node;

use super::expand::is_word;
use super::reader::{Reader, Scope, State};
use super::redirect::{Input, Redirects};
use super::tree::{self, children};

const UNCLEAR: &str = "a here-document in it may be read in two ways";

impl Reader {
    pub(super) fn heredoc_redirect(
        &mut self,
        scope: Scope<'_>,
        node: Node<'_>,
        state: &mut State,
        out: &mut Redirects,
    ) {
        let parts = children(node);
        out.inputs += 1 + parts.iter().filter(|part| part.kind() == "file_descriptor").count();
        let document = document(scope.source, &parts);
        if document.is_none() {
            self.trouble(UNCLEAR);
        }
        let quoted = document.as_ref().is_none_or(|document| document.quoted);
        out.input = Some(match document {
            Some(document) if quoted || !document.text.contains(['$', '`', '\\']) => Input::Known(document.text),
            _ => Input::Unknown,
        });
        let mut operator = None;
        for part in &parts {
            match part.kind() {
                "<<" | "<<-" | "file_descriptor" | "heredoc_start" | "heredoc_end" => {}
                "heredoc_body" if quoted => {}
                "heredoc_body" => self.inspect(scope, *part, state),
                "file_redirect" | "herestring_redirect" => self.redirect(scope, *part, state, out),
                "pipeline" => self.behind_document(scope, *part, state),
                "&&" | "||" => operator = Some(part.kind()),
                _ if operator.is_some() && part.is_named() => {
                    if let Some(operator) = operator.take() {
                        self.link(scope, operator, *part, state, &[]);
                    }
                }
                kind if is_word(kind) => out.words.extend(self.words(scope, *part, state)),
                _ => self.trouble(UNCLEAR),
            }
        }
    }
}

impl Reader {
    /// `<<E | command`: what the command is fed is known only to the one that has the document.
    fn behind_document(&mut self, scope: Scope<'_>, node: Node<'_>, state: &State) {
        let first = self.segments.len();
        self.pipeline(scope, &children(node), &mut state.clone(), &[]);
        for at in first..self.segments.len() {
            if !self.segments[at].fed {
                self.fed_with(at, None);
            }
        }
    }
}

struct Document {
    text: String,
    /// Nothing in it is expanded.
    quoted: bool,
}

/// The text, if its last line is where the tree says, and whatever it expands is in the tree.
fn document(source: &str, parts: &[Node<'_>]) -> Option<Document> {
    let part = |kind: &str| parts.iter().find(|part| part.kind() == kind);
    let tabs = part("<<-").is_some();
    let start = part("heredoc_start")?;
    let end = part("heredoc_end")?;
    let written = &source[start.byte_range()];
    let plain =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.+ !".contains(&b));
    let stripped = ['\'', '"'].iter().find_map(|quote| written.strip_prefix(*quote)?.strip_suffix(*quote));
    let stripped = stripped.or_else(|| written.strip_prefix('\\'));
    let delimiter = stripped.unwrap_or(written);
    if !plain(delimiter) || stripped.is_none() && delimiter.contains(' ') {
        return None;
    }
    let line_end = start.end_byte() + source[start.end_byte()..].find('\n')?;
    let behind = source[start.end_byte()..line_end].replace("<<<", "");
    if behind.contains("<<") || behind.ends_with('\\') {
        return None;
    }
    let mut at = line_end + 1;
    let mut text = String::new();
    for line in source[at..].split('\n') {
        let bare = if tabs { line.trim_start_matches('\t') } else { line };
        if bare == delimiter {
            let found = end.start_byte() >= at && end.end_byte() == at + line.len();
            let quoted = stripped.is_some();
            let whole = source.get(line_end + 1..at)?;
            return (found && (quoted || expansions_are_known(source, line_end + 1, whole, parts)))
                .then_some(Document { text, quoted });
        }
        text.push_str(bare);
        text.push('\n');
        at += line.len() + 1;
    }
    None
}

/// Is every expansion in the text one that the tree has?
fn expansions_are_known(source: &str, start: usize, text: &str, parts: &[Node<'_>]) -> bool {
    let body = parts.iter().find(|part| part.kind() == "heredoc_body");
    let known = body.map_or_else(Vec::new, |body| children(*body));
    let known = known.iter().filter(|node| node.kind() != "heredoc_content");
    let mut at = start;
    for node in known {
        match source.get(at..node.start_byte()) {
            Some(gap) if !tree::expands(gap) => at = node.end_byte(),
            _ => return false,
        }
    }
    source.get(at..start + text.len()).is_some_and(|gap| !tree::expands(gap))
}
