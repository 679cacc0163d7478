//! Commands that every shell reads as plain words.

/// Anywhere, quoted or not, these make a command more than words; a backslash may hide any of them.
const NEVER: &str = ";&|<>`$(){}\\";
/// These mean something unless they are quoted.
const QUOTED_ONLY: &str = "#!*?[]~";

/// The command with one space between its words and its quotes kept, if it is nothing but words: letters and digits of
/// any script, ``_-./,:+@%^=`` and quoted text without [`NEVER`]. The first word must hold no `=` (an assignment) and no
/// quote (a rule names commands bare), and no word may start with `=` (zsh).
pub(super) fn normalized(command: &str) -> Option<String> {
    let words = words(command)?;
    let first = words.first()?;
    if first.contains(['=', '"', '\'']) || words.iter().any(|word| word.starts_with('=')) {
        return None;
    }
    Some(words.join(" "))
}

fn words(command: &str) -> Option<Vec<String>> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in command.chars() {
        if super::super::visible::is_invisible(c) || NEVER.contains(c) {
            return None;
        }
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if QUOTED_ONLY.contains(c) => return None,
            None if !c.is_alphanumeric() && !" _-./,:+@%^=".contains(c) => return None,
            None => {}
        }
        if c == ' ' && quote.is_none() {
            words.push(String::new());
        } else {
            words.last_mut()?.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    quote.is_none().then_some(words)
}
