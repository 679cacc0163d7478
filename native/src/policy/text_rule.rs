//! A rule about a text in a language that is not read: what it names is looked for in it.

use super::command::Pattern;

/// The text in the parentheses of a rule for such a tool.
#[derive(Debug, Clone)]
pub(super) struct TextRule {
    pattern: Pattern,
}

/// Where one statement may end and another begin, or a value may stand for something else.
const SIGNS: &[char] = &[';', '|', '&', '\n', '\r', '`', '$', '(', ')', '{', '}', '@', '<', '>', '"', '\'', '\\'];
/// What hides a word without changing it.
const HIDING: &[char] = &['`', '"', '\'', '^'];

impl TextRule {
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        Ok(Self { pattern: Pattern::as_written(&text.trim().to_lowercase())? })
    }

    /// Is this one plain statement that the rule names, or the rule's text to the letter?
    pub(super) fn allows(&self, text: &str) -> bool {
        let text = text.trim().to_lowercase();
        self.pattern.is_exactly(&text) || !text.contains(SIGNS) && self.pattern.matches(&text)
    }

    /// Does some statement in it match, or is the first word that the rule names anywhere in it?
    pub(super) fn denies(&self, text: &str) -> bool {
        let text: String = text.to_lowercase().chars().filter(|c| !HIDING.contains(c)).collect();
        let named = self.pattern.first().split_whitespace().next().unwrap_or_default();
        let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        let is_named = !named.is_empty()
            && text
                .match_indices(named)
                .any(|(at, found)| !text[..at].ends_with(is_part) && !text[at + found.len()..].starts_with(is_part));
        let statements = text.split([';', '|', '&', '\n', '\r', '(', ')', '{', '}']);
        is_named || self.pattern.matches(text.trim()) || statements.map(str::trim).any(|one| self.pattern.matches(one))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_rule_names() {
        let rule = TextRule::parse("Remove-Item:*").unwrap();
        for text in [
            "remove-item x",
            "Get-Item x | Remove-Item",
            "& 'Remove-Item' x",
            "Re`move-Item x",
            "if ($x) { Remove-Item $y }",
            "Invoke-Expression \"Remove-Item x\"",
        ] {
            assert!(rule.denies(text), "{text}");
        }
        for text in ["Remove-ItemProperty x", "Get-Item x", "x-remove-item"] {
            assert!(!rule.denies(text), "{text}");
        }
        let rule = TextRule::parse("Get-ChildItem:*").unwrap();
        for text in ["Get-ChildItem", "get-childitem -Path sub "] {
            assert!(rule.allows(text), "{text}");
        }
        for text in [
            "Get-ChildItem; rm x",
            "Get-ChildItem $(rm x)",
            "Get-ChildItem | rm",
            "Get-ChildItems",
            "Get-ChildItem\nrm x",
        ] {
            assert!(!rule.allows(text), "{text}");
        }
        assert!(TextRule::parse("a; b").unwrap().allows("A; b"), "to the letter");
    }
}
