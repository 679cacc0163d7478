//! Literal text and stars.

/// What a rule's text stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::policy) struct Pattern {
    /// The literal texts between the stars: one if there is no star.
    literals: Vec<String>,
    /// Any arguments may follow, at a word boundary.
    arguments: bool,
}

impl Pattern {
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        Self::escaped(text, "*\\()")
    }

    /// As [`Pattern::parse`], but a backslash before a parenthesis is one: who writes by hand may mean the shell's.
    pub(in crate::policy) fn as_written(text: &str) -> Result<Self, &'static str> {
        Self::escaped(text, "*\\")
    }

    /// A backslash before one of `signs` only says that it is meant literally.
    fn escaped(text: &str, signs: &str) -> Result<Self, &'static str> {
        let (text, arguments) = match text.strip_suffix(":*").or_else(|| text.strip_suffix(" *")) {
            Some(prefix) => (prefix.trim_end_matches(' '), true),
            None => (text, false),
        };
        if text.contains(":*") {
            return Err("has `:*` before its end; `:*` stands for any arguments and must come last");
        }
        if text.is_empty() {
            return Err("names no command before `:*`; write `Bash` for every command");
        }
        let mut literals = vec![String::new()];
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let escaped = c == '\\' && chars.peek().is_some_and(|next| signs.contains(*next));
            let c = if escaped { chars.next().unwrap_or(c) } else { c };
            match literals.last_mut() {
                Some(literal) if c != '*' || escaped => literal.push(c),
                _ => literals.push(String::new()),
            }
        }
        Ok(Self { literals, arguments })
    }

    pub(super) fn map_literals(&self, change: impl Fn(&str) -> String) -> Self {
        Self { literals: self.literals.iter().map(|l| change(l)).collect(), arguments: self.arguments }
    }

    /// Is this pattern just the text, without any wildcard?
    pub(in crate::policy) fn is_exactly(&self, text: &str) -> bool {
        !self.arguments && self.literals.len() == 1 && self.literals[0] == text
    }

    /// Is it nothing but stars?
    pub(super) fn is_anything(&self) -> bool {
        self.literals.len() > 1 && self.literals.iter().all(String::is_empty)
    }

    /// No wildcard in it, not even for arguments.
    pub(super) fn is_literal(&self) -> bool {
        !self.arguments && self.literals.len() == 1
    }

    /// Is there a star in it, besides one for arguments?
    pub(super) fn is_starred(&self) -> bool {
        self.literals.len() > 1
    }

    /// The text before the first star.
    pub(in crate::policy) fn first(&self) -> &str {
        self.literals.first().map_or("", String::as_str)
    }

    /// Could a text that begins like this match? What is behind the first star may always come.
    pub(super) fn may_match(&self, start: &str) -> bool {
        let first = self.first();
        let open = self.literals.len() > 1;
        first.starts_with(start) && (first.len() > start.trim_end().len() || open) || open && start.starts_with(first)
    }

    /// Does it begin with a star? Then it matches a text if it matches any end of it.
    pub(super) fn is_open(&self) -> bool {
        self.literals.len() > 1 && self.literals[0].is_empty()
    }

    pub(in crate::policy) fn matches(&self, text: &str) -> bool {
        if wild(&self.literals, text) {
            return true;
        }
        if !self.arguments {
            return false;
        }
        let mut longer = self.literals.clone();
        if let Some(last) = longer.last_mut() {
            last.push(' ');
        }
        longer.push(String::new());
        wild(&longer, text)
    }
}

/// The first literal starts the text, the last ends it, the others follow each other in between, each as early as it
/// can: a match that leaves the most room for the rest, so no other needs to be tried.
fn wild(literals: &[String], text: &str) -> bool {
    let Some((first, rest)) = literals.split_first() else {
        return text.is_empty();
    };
    let Some((last, middle)) = rest.split_last() else {
        return text == first;
    };
    let Some(mut text) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    for literal in middle {
        match text.find(literal.as_str()) {
            Some(at) => text = &text[at + literal.len()..],
            None => return false,
        }
    }
    text.ends_with(last.as_str())
}
