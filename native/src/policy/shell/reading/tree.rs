//! The syntax tree of a command line, and where it must not be believed.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::ControlFlow;

use super::unread::Acts;
use crate::policy::shell::line::locale::neutral;
use tree_sitter::{Node, ParseOptions, Parser, Tree};

/// Longer lines are not read.
const LONGEST: usize = 128 * 1024;
/// The parser is stopped after this many times a hundred steps for each byte: a count, so that the answer never
/// depends on how fast the machine is.
const STEPS_PER_BYTE: usize = 2;
const STEPS: usize = 4096;

thread_local! {
    static PARSER: RefCell<Option<Parser>> = RefCell::new(bash());
}

fn bash() -> Option<Parser> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).is_ok().then_some(parser)
}

/// The tree; or why the line is not read at all.
pub(super) fn parse(source: &str) -> Result<Tree, &'static str> {
    if source.len() > LONGEST {
        return Err("it is too long to be read");
    }
    if source.bytes().any(|b| b.is_ascii_control() && b != b'\n' && b != b'\t') {
        return Err("it holds control characters");
    }
    if is_beyond_the_scanner(source) {
        return Err("it holds a brace that may be read in two ways");
    }
    PARSER.with_borrow_mut(|parser| {
        let parser = parser.as_mut().ok_or("there is no shell grammar")?;
        let mut steps = 0;
        let most = STEPS + STEPS_PER_BYTE * source.len();
        let mut progress = |_: &tree_sitter::ParseState| {
            steps += 1;
            if steps > most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let options = ParseOptions::new().progress_callback(&mut progress);
        let fed = readable(source);
        let bytes = fed.as_bytes();
        let mut text = |at: usize, _| bytes.get(at..).unwrap_or_default();
        let tree = neutral(|| parser.parse_with_options(&mut text, None, Some(options))).flatten();
        if tree.is_none() {
            parser.reset();
        }
        tree.ok_or("it is too tangled to be read")
    })
}

/// The text as the grammar can read it: a lone `-` in front of `<<` is lost to it, so another word takes its place. What
/// the words say is looked up in the source.
fn readable(source: &str) -> Cow<'_, str> {
    if !source.contains("<<") || !source.contains(" - ") {
        return Cow::Borrowed(source);
    }
    let mut fed = source.to_owned();
    for (at, _) in source.match_indices(" - ") {
        if source[at + 3..].trim_start_matches([' ', '\t']).starts_with("<<") {
            fed.replace_range(at + 1..at + 2, "_");
        }
    }
    Cow::Owned(fed)
}

/// The grammar's scanner looks for a range, `{1..9}`, with C's isdigit(3), which is undefined for the number of a
/// character above 255: it reads beyond a table, and may crash or take any character for a digit.
fn is_beyond_the_scanner(source: &str) -> bool {
    let after = |brace: &str| brace.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').chars().next();
    source.split('{').skip(1).any(|rest| after(rest).is_some_and(|c| u32::from(c) > 0xFF))
}

/// Does the tree say what bash would? Every byte must belong to a leaf or be a blank between two, and no leaf may hold
/// what bash would expand or split. Returns what in it acts, or what speaks against it.
pub(super) fn acts(tree: &Tree, source: &str) -> Result<Acts, &'static str> {
    if tree.root_node().has_error() {
        return Err("it cannot be parsed as bash");
    }
    let mut acts = Acts::default();
    let mut cursor = tree.walk();
    let mut end = 0;
    loop {
        let node = cursor.node();
        if node.child_count() == 0 || node.kind() == "heredoc_body" {
            let doubt = between(source, end, node).or_else(|| leaf(source, node)).or_else(|| process(source, node));
            if let Some(doubt) = doubt {
                return Err(doubt);
            }
            acts.translated |= is_translated(source, node);
            end = end.max(node.end_byte());
        } else {
            acts.add(node);
            cursor.goto_first_child();
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                let rest = source.get(end..).unwrap_or_default();
                return if is_blank(rest) { Ok(acts) } else { Err("a part of it is not understood") };
            }
        }
    }
}

fn between(source: &str, end: usize, node: Node<'_>) -> Option<&'static str> {
    // A here-document's text is read by itself, and the blanks at the start of quoted text belong to no leaf.
    if node.kind().starts_with("heredoc_") || node.start_byte() < end {
        return None;
    }
    let gap = source.get(end..node.start_byte()).unwrap_or("?");
    (!is_blank(gap)).then_some("a part of it is not understood")
}

/// Spaces, tabs, line breaks, and line breaks taken back by a backslash.
pub(super) fn is_blank(gap: &str) -> bool {
    let mut chars = gap.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' => {}
            '\\' if chars.next() == Some('\n') => {}
            _ => return false,
        }
    }
    true
}

fn leaf(source: &str, node: Node<'_>) -> Option<&'static str> {
    let text = &source[node.byte_range()];
    match node.kind() {
        "comment" => {
            let before = source[..node.start_byte()].chars().next_back();
            let apart = before.is_none_or(|c| " \t\n;|&()".contains(c));
            (!apart || text.contains('\n') || !text.starts_with('#')).then_some("a `#` in it may be read in two ways")
        }
        "raw_string" => {
            let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
            inner.is_none_or(|inner| inner.contains('\'')).then_some("its quotes may be read in two ways")
        }
        "ansi_c_string" | "heredoc_body" | "heredoc_content" => None,
        "string_content" => (expands(text) || has_unescaped(text, "\"")).then_some("a part of it is not understood"),
        kind if node.is_named() => {
            let invisible = text.chars().any(|c| c != '\n' && c != '\t' && crate::policy::visible::is_invisible(c));
            if invisible && kind != "regex" {
                return Some("it holds characters that nobody can see");
            }
            expands(text).then_some("a part of it is not understood")
        }
        _ => None,
    }
}

/// Does the sign of `$"…"` end here?
fn is_translated(source: &str, node: Node<'_>) -> bool {
    let mut behind = &source[node.end_byte()..];
    while let Some(rest) = behind.strip_prefix("\\\n") {
        behind = rest;
    }
    if !source[..node.end_byte()].ends_with('$') || !behind.starts_with('"') {
        return false; // said before the parent is asked for, which takes as long as the node is deep
    }
    let quoted = matches!(node.kind(), "comment" | "raw_string" | "ansi_c_string" | "string_content")
        || node.kind().starts_with("heredoc_")
        || node.parent().is_some_and(|parent| parent.kind() == "string");
    !quoted
}

/// `<(` and `>(` run a command nearly everywhere, also where the grammar knows nothing of them.
fn process(source: &str, node: Node<'_>) -> Option<&'static str> {
    if matches!(node.kind(), "<(" | ">(" | "comment" | "raw_string" | "ansi_c_string" | "string_content")
        || node.kind().starts_with("heredoc_")
    {
        return None;
    }
    let text = &source[node.byte_range()];
    if !text.contains(['<', '>']) {
        return None;
    }
    let mut behind = &source[node.end_byte()..];
    while let Some(rest) = behind.strip_prefix("\\\n") {
        behind = rest;
    }
    let text = text.replace("\\\n", "");
    let starts = text.contains("<(") || text.contains(">(") || text.ends_with(['<', '>']) && behind.starts_with('(');
    starts.then_some("a `<(` or `>(` in it is not understood")
}

/// Does the text hold the start of an expansion?
pub(super) fn expands(text: &str) -> bool {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            '`' => return true,
            '$' if matches!(chars.peek(), Some('(' | '{' | '[')) => return true,
            _ => {}
        }
    }
    false
}

/// Does one of these characters stand in it without a backslash?
pub(super) fn has_unescaped(text: &str, what: &str) -> bool {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if what.contains(c) {
            return true;
        }
    }
    false
}

pub(super) fn children<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    node.children(&mut node.walk()).collect()
}
