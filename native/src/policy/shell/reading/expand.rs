//! From a node to the words that bash makes of it.

use tree_sitter::Node;

use super::glyph::{self, Glyph};
use super::reader::{Reader, Scope, State};
use super::{ansi, braces, tree};
use crate::policy::shell::line::word::{Kind, Word};

/// Text of these needs no second look.
fn is_simple(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"_-./,:+@%^".contains(&b)
}

pub(super) fn is_word(kind: &str) -> bool {
    matches!(
        kind,
        "word"
            | "number"
            | "string"
            | "raw_string"
            | "ansi_c_string"
            | "translated_string"
            | "concatenation"
            | "simple_expansion"
            | "expansion"
            | "command_substitution"
            | "process_substitution"
            | "arithmetic_expansion"
            | "brace_expression"
            | "variable_name"
            | "special_variable_name"
            | "test_operator"
    )
}

impl Reader {
    /// The words that this node becomes.
    pub(super) fn words(&mut self, scope: Scope<'_>, node: Node<'_>, state: &State) -> Vec<Word> {
        let text = &scope.source[node.byte_range()];
        if node.child_count() == 0 && matches!(node.kind(), "word" | "number") && text.bytes().all(is_simple) {
            return vec![Word { text: text.into(), kind: Kind::Literal, home: None, bare: true }];
        }
        if let Some(word) = self.listed(text, state) {
            return vec![word];
        }
        let mut glyphs = Vec::new();
        self.glyphs(scope, node, state, false, &mut glyphs);
        home_in_assignment(&mut glyphs, state.home);
        match braces::expand(glyphs) {
            Some(all) => all.iter().flat_map(|glyphs| glyph::words(glyphs)).collect(),
            None => vec![Word::unknown()],
        }
    }

    /// The name of a file that a loop over names has in this variable, which is all of the word.
    fn listed(&self, text: &str, state: &State) -> Option<Word> {
        let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let name = bare.unwrap_or(text).strip_prefix('$')?;
        let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
        let word = state.variables.get(name).filter(|word| word.kind == Kind::Names)?;
        (bare.is_some() || !self.splits).then(|| word.clone())
    }

    /// The one word of a redirection's target or an assignment's value.
    pub(super) fn word(&mut self, scope: Scope<'_>, node: Node<'_>, state: &State) -> Word {
        let mut words = self.words(scope, node, state);
        match (words.pop(), words.is_empty()) {
            (Some(word), true) => word,
            _ => Word::unknown(),
        }
    }

    pub(super) fn glyphs(
        &mut self,
        scope: Scope<'_>,
        node: Node<'_>,
        state: &State,
        quoted: bool,
        out: &mut Vec<Glyph>,
    ) {
        let text = &scope.source[node.byte_range()];
        match node.kind() {
            "word" | "number" | "variable_name" | "special_variable_name" | "test_operator" | "brace_expression" => {
                self.plain(text, state, out);
            }
            "raw_string" => literal(text.get(1..text.len() - 1).unwrap_or_default(), out),
            "ansi_c_string" => match ansi::decoded(text) {
                Some(text) => literal(&text, out),
                None => {
                    self.trouble("an escape in it is not understood");
                    out.push(Glyph::Unknown);
                }
            },
            "string" => self.string(scope, node, state, out),
            "translated_string" | "concatenation" => {
                let mut end = node.start_byte();
                for part in tree::children(node) {
                    if part.start_byte() != end {
                        self.trouble("its words may be split in two ways");
                    }
                    end = part.end_byte();
                    if part.kind() != "$" || node.kind() != "translated_string" {
                        self.glyphs(scope, part, state, quoted, out);
                    }
                }
            }
            "simple_expansion" => self.variable(text.get(1..).unwrap_or_default(), state, quoted, out),
            "expansion" => {
                self.inspect(scope, node, state);
                let name = text.get(2..text.len() - 1).unwrap_or_default();
                let simple = node.child_count() == 3 && !name.is_empty();
                if simple { self.variable(name, state, quoted, out) } else { out.push(Glyph::Unknown) }
            }
            "process_substitution" => {
                self.inspect(scope, node, state);
                literal("/dev/fd/63", out);
            }
            "command_substitution" | "arithmetic_expansion" => {
                self.inspect(scope, node, state);
                out.push(Glyph::Unknown);
            }
            "==" | "=~" | "=" | "!=" => literal(text, out),
            kind => {
                self.trouble(format!("it holds a {} that is not understood", kind.replace('_', " ")));
                self.inspect(scope, node, state);
                out.push(Glyph::Unknown);
            }
        }
    }

    /// Text without quotes.
    fn plain(&mut self, text: &str, state: &State, out: &mut Vec<Glyph>) {
        let mut chars = text.chars().peekable();
        if text.starts_with('~') && out.is_empty() {
            chars.next();
            let home = matches!(chars.peek(), None | Some('/')) && state.home;
            out.push(if home { Glyph::Home } else { Glyph::Unknown });
        }
        if text.starts_with('#') && out.is_empty() {
            self.trouble("a `#` in it may be read in two ways");
        }
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some('\n') => {}
                    Some(c) => out.push(Glyph::Quoted(c)),
                    None => self.trouble("a backslash in it is not understood"),
                },
                ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')' | '`' | '"' | '\'' => {
                    self.trouble("a part of it is not understood");
                    out.push(Glyph::Unknown);
                }
                '$' if chars.peek().is_some_and(|c| c.is_ascii_alphanumeric() || "_{(['\"@*#?$!-\\".contains(*c)) => {
                    self.trouble("a part of it is not understood");
                    out.push(Glyph::Unknown);
                }
                c => out.push(Glyph::Plain(c)),
            }
        }
    }

    /// Text in double quotes: what stands between its expansions.
    fn string(&mut self, scope: Scope<'_>, node: Node<'_>, state: &State, out: &mut Vec<Glyph>) {
        let parts = tree::children(node);
        let (Some(open), Some(close)) = (parts.first(), parts.last()) else { return };
        if parts.len() < 2 || close.kind() != "\"" {
            return self.trouble("its quotes may be read in two ways");
        }
        out.push(Glyph::Empty);
        let mut end = open.end_byte();
        for part in &parts[1..] {
            // A lone `$` is text.
            let inner = !matches!(part.kind(), "string_content" | "\"" | "$");
            let last = part.end_byte() == close.end_byte();
            if !inner && !last {
                continue;
            }
            let text = scope.source.get(end..part.start_byte()).unwrap_or_default();
            if tree::expands(text) || tree::has_unescaped(text, "\"") || names_variable(text) {
                self.trouble("its quotes may be read in two ways");
            }
            unescaped(text, out);
            if inner {
                self.glyphs(scope, *part, state, true, out);
            }
            end = part.end_byte();
        }
    }

    fn variable(&mut self, name: &str, state: &State, quoted: bool, out: &mut Vec<Glyph>) {
        match name {
            "HOME" if state.home => return out.push(Glyph::Home),
            "PWD" => return out.push(Glyph::Quoted('.')),
            "IFS" if !quoted => return out.push(Glyph::Split),
            _ => {}
        }
        match state.variables.get(name) {
            Some(word) if !matches!(word.kind, Kind::Unknown | Kind::Names) => self.value(word, quoted, out),
            _ => out.push(Glyph::Unknown),
        }
    }

    /// What a variable is known to hold.
    fn value(&mut self, word: &Word, quoted: bool, out: &mut Vec<Glyph>) {
        if word.text.is_empty() {
            return out.push(if quoted { Glyph::Empty } else { Glyph::Unknown });
        }
        if (word.kind == Kind::Glob || self.splits) && !quoted {
            // Split again, it may become anything.
            return out.push(Glyph::Unknown);
        }
        for (at, c) in word.text.char_indices() {
            out.push(match c {
                _ if word.home == Some(at) => Glyph::Home,
                ' ' | '\t' | '\n' if !quoted => Glyph::Split,
                '*' | '?' | '[' | ']' if !quoted || word.kind == Kind::Glob => Glyph::Plain(c),
                c => Glyph::Quoted(c),
            });
        }
    }

    /// Read whatever an expression runs, without asking what it becomes.
    pub(super) fn inspect(&mut self, scope: Scope<'_>, node: Node<'_>, state: &State) {
        let mut waiting = vec![node];
        while let Some(node) = waiting.pop() {
            match node.kind() {
                "command_substitution" | "process_substitution" => {
                    let nested = self.deeper(|reader| reader.substitution(scope, node, state));
                    if let Err(why) = nested {
                        self.trouble(why);
                    }
                }
                "arithmetic_expansion" => self.arithmetic(scope, node, state),
                "expansion" => {
                    self.parameter(scope, node, state);
                    waiting.extend(tree::children(node).into_iter().rev());
                }
                _ => waiting.extend(tree::children(node).into_iter().rev()),
            }
        }
    }

    fn substitution(&mut self, scope: Scope<'_>, node: Node<'_>, state: &State) {
        self.met.add(node);
        let parts = tree::children(node);
        let ticks = parts.first().is_some_and(|open| open.kind() == "`");
        if ticks && scope.source[node.byte_range()].contains('\\') {
            self.trouble("a backslash between backticks may be read in two ways");
        }
        let mut inner = state.clone();
        inner.settle();
        let body = parts.get(1..parts.len().saturating_sub(1)).unwrap_or_default();
        let first = self.segments.len();
        match body {
            [only] if only.kind() == "file_redirect" => self.redirects_alone(scope, &[*only], &mut inner),
            _ => self.sequence(scope, body, &mut inner),
        }
        if parts.first().is_some_and(|open| open.kind() == ">(") {
            for at in first..self.segments.len() {
                self.fed_with(at, None);
            }
        }
    }

    /// `${…}`: which variable, and what is done with it.
    fn parameter(&mut self, scope: Scope<'_>, node: Node<'_>, state: &State) {
        let parts = tree::children(node);
        if parts.len() > 3 && has_doubtful_quotes(scope.source, &parts) {
            self.trouble("quotes in an expansion may be read in two ways");
        }
        let kind = |at: usize| parts.get(at).map_or("", |part| part.kind());
        if kind(1) == "!" {
            self.trouble("`${!…}` names a variable that is not known before it runs");
        }
        let name = parts.iter().find(|part| matches!(part.kind(), "variable_name" | "subscript"));
        let name = name.map_or("", |name| &scope.source[name.byte_range()]);
        for (at, part) in parts.iter().enumerate() {
            match part.kind() {
                "@" if kind(at + 1) == "P" => self.trouble("`${…@P}` runs what a variable holds"),
                "=" | ":=" => {
                    self.assigned(name, None);
                    if let Some(why) = self.risk_of(name) {
                        self.trouble(why);
                    }
                    if state.variables.contains_key(name) {
                        self.trouble("`${…=…}` changes a variable");
                    }
                }
                ":" => {
                    let end = node.end_byte().saturating_sub(1);
                    self.expression(scope.source.get(part.end_byte()..end).unwrap_or_default());
                }
                "subscript" => self.subscript(scope, *part, state),
                _ => {}
            }
        }
    }
}

/// Whether quotes in `${…}` are quotes depends on what stands around it and on what is done with the variable: what they
/// hold must be the same in both readings.
fn has_doubtful_quotes(source: &str, parts: &[Node<'_>]) -> bool {
    let mut waiting = parts.to_vec();
    while let Some(node) = waiting.pop() {
        let text = &source[node.byte_range()];
        let doubtful = match node.kind() {
            "command_substitution" | "process_substitution" => false,
            "string_content" => text.contains(['<', '>', '(', ')', '&', ';', '|', '\'']),
            "raw_string" | "ansi_c_string" => {
                let quoted = text.trim_start_matches('$').trim_matches('\'');
                quoted.contains(['$', '`', '\\', '"', '}', '\''])
            }
            _ if node.child_count() > 0 => {
                waiting.extend(tree::children(node));
                false
            }
            _ => node.is_named() && text.contains(['\'', '"', '`', '}']),
        };
        if doubtful {
            return true;
        }
    }
    false
}

/// `name=~/x` as an argument: bash looks for home there too, and behind each `:`.
fn home_in_assignment(glyphs: &mut [Glyph], home: bool) {
    let Some(equals) = glyphs.iter().position(|glyph| *glyph == Glyph::Plain('=')) else { return };
    let name = |glyph: &Glyph| matches!(glyph, Glyph::Plain(c) if c.is_ascii_alphanumeric() || *c == '_' || *c == '+');
    if equals == 0 || !glyphs[..equals].iter().all(name) {
        return;
    }
    for at in equals + 1..glyphs.len() {
        let starts = at == equals + 1 || glyphs[at - 1] == Glyph::Plain(':');
        if starts && glyphs[at] == Glyph::Plain('~') {
            let whole = matches!(glyphs.get(at + 1), None | Some(Glyph::Plain('/' | ':')));
            glyphs[at] = if whole && home { Glyph::Home } else { Glyph::Unknown };
        }
    }
}

/// Does a `$` in it stand before what could be a variable's name?
fn names_variable(text: &str) -> bool {
    text.match_indices('$').any(|(at, _)| {
        let escaped = text[..at].chars().rev().take_while(|c| *c == '\\').count() % 2 == 1;
        !escaped && text[at + 1..].starts_with(|c: char| c.is_ascii_alphanumeric() || "_{([@*#?$!-\\".contains(c))
    })
}

fn literal(text: &str, out: &mut Vec<Glyph>) {
    out.push(Glyph::Empty);
    out.extend(text.chars().map(Glyph::Quoted));
}

/// Text in double quotes, its backslashes taken away where bash does.
fn unescaped(text: &str, out: &mut Vec<Glyph>) {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('\n')) => drop(chars.next()),
            ('\\', Some(&next @ ('$' | '`' | '"' | '\\'))) => {
                chars.next();
                out.push(Glyph::Quoted(next));
            }
            _ => out.push(Glyph::Quoted(c)),
        }
    }
}
