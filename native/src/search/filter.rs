//! The lines of a text that match.

use grep_matcher::Matcher;
use grep_regex::RegexMatcher;

use super::SearchError;

/// The lines of `text` in which `pattern` is found, as they stand there; in time linear in the text.
pub fn matching_lines(text: &str, pattern: &str) -> Result<String, SearchError> {
    let matcher =
        RegexMatcher::new(pattern).map_err(|error| SearchError::Pattern(format!("bad regular expression: {error}")))?;
    let matches = |line: &&str| matcher.is_match(line.trim_end_matches(['\r', '\n']).as_bytes()).unwrap_or(false);
    Ok(text.split_inclusive('\n').filter(matches).collect())
}
