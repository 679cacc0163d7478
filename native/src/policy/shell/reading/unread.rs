//! Every command of the syntax tree must have been read: one that a construct hides from the reader is trouble.

use std::sync::OnceLock;

use tree_sitter::Node;

/// What runs a command, declares something or opens a file.
const ACTING: [&str; 7] = [
    "command",
    "declaration_command",
    "unset_command",
    "command_substitution",
    "process_substitution",
    "file_redirect",
    "herestring_redirect",
];

/// Nodes of one tree that act: where each starts, and its kind.
#[derive(Default)]
pub(super) struct Acts {
    nodes: Vec<(usize, u16)>,
    /// Some text is looked up in a catalogue, `$"…"`.
    pub(super) translated: bool,
}

impl Acts {
    /// Remember the node if it acts.
    pub(super) fn add(&mut self, node: Node<'_>) {
        let kind = node.kind_id();
        if is_acting(kind) {
            self.nodes.push((node.start_byte(), kind));
        }
    }

    /// Is one of `others` missing?
    pub(super) fn misses(&mut self, others: &Self) -> bool {
        self.nodes.sort_unstable();
        others.nodes.iter().any(|other| self.nodes.binary_search(other).is_err())
    }
}

fn is_acting(kind: u16) -> bool {
    static KINDS: OnceLock<Vec<bool>> = OnceLock::new();
    let kinds = KINDS.get_or_init(|| {
        let language = tree_sitter::Language::from(tree_sitter_bash::LANGUAGE);
        let known = 0..u16::try_from(language.node_kind_count()).unwrap_or(u16::MAX);
        known.map(|kind| language.node_kind_for_id(kind).is_some_and(|name| ACTING.contains(&name))).collect()
    });
    kinds.get(usize::from(kind)).is_none_or(|acting| *acting)
}
