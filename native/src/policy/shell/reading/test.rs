//! `[ … ]` and `[[ … ]]`: they look and compare, and some of what they compare is computed.

use tree_sitter::Node;

use super::reader::{Reader, Scope, State};
use super::tree::{children, has_unescaped};
use crate::policy::shell::line::segment::{Effect, Segment};

/// Stands for a part in quotes or of an expansion; never in a line that is read.
const HOLE: char = '\u{1}';
const NUMBERS: [&str; 6] = ["-eq", "-ne", "-lt", "-le", "-gt", "-ge"];

impl Reader {
    pub(super) fn test(&mut self, scope: Scope<'_>, node: Node<'_>, state: &mut State) {
        let text = &scope.source[node.byte_range()];
        let mut segment = Segment { text: text.into(), effect: Effect::ReadOnly, ..Segment::default() };
        let single = !text.starts_with("[[");
        let (bare, loose) = outside(scope, node);
        // In `[ ]` these are what they are everywhere, whatever the grammar took them for.
        let odd = if single { "<>&|();\n'\"`" } else { ";'\"`" };
        if has_unescaped(&bare, odd) || bare.contains("<(") || bare.contains(">(") {
            segment.trouble = Some("a test in it may be read in two ways".into());
        }
        self.inspect(scope, node, state);
        let words: Vec<_> = bare.split_whitespace().collect();
        let inner = text.trim_start_matches('[').trim_end_matches(']');
        if single {
            self.single(&words, &loose, inner);
        } else if words.iter().any(|word| matches!(*word, "-v" | "-R" | "-N") || NUMBERS.contains(word)) {
            self.expression(inner);
        }
        self.push(segment);
    }

    /// `[` is a command as any other: what its words become decides which of them are operators, and `-v` computes.
    fn single(&mut self, words: &[&str], loose: &[&str], inner: &str) {
        for part in loose {
            match part.strip_prefix("${").and_then(|name| name.strip_suffix('}')).or(part.strip_prefix('$')) {
                Some(name) if !name.starts_with(['(', '[']) => self.splice(&format!("${name}")),
                _ => self.trouble("what a command prints may become an operator of `[`"),
            }
        }
        let hole = |word: &str| word.contains(HOLE);
        if words.windows(2).any(|pair| hole(pair[0]) && hole(pair[1])) || words.contains(&"-v") || words.contains(&"-R")
        {
            self.expression(inner);
        }
    }
}

/// What stands outside of quotes and expansions, and the expansions that no quotes hold together.
fn outside<'s>(scope: Scope<'s>, node: Node<'_>) -> (String, Vec<&'s str>) {
    let mut bare = String::new();
    let mut loose = Vec::new();
    let mut waiting = vec![node];
    let mut end = node.start_byte();
    while let Some(node) = waiting.pop() {
        let kind = node.kind();
        let quotes = kind.ends_with("string");
        if quotes || kind.ends_with("expansion") || kind.ends_with("_substitution") {
            bare.push_str(scope.source.get(end..node.start_byte()).unwrap_or_default());
            bare.push(HOLE);
            end = node.end_byte().max(end);
            if !quotes && kind != "arithmetic_expansion" {
                loose.push(&scope.source[node.byte_range()]);
            }
        } else {
            waiting.extend(children(node).into_iter().rev());
        }
    }
    bare.push_str(scope.source.get(end..node.end_byte()).unwrap_or_default());
    (bare, loose)
}
