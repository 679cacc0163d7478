//! Everything in a command line that might be run, found without a grammar: too much rather than too little.

use crate::policy::shell::runs_its_arguments;

/// Words of the shell's grammar that a command may follow.
const KEYWORDS: [&str; 9] = ["if", "then", "elif", "else", "while", "until", "do", "!", "time"];
/// Arguments of `find` that a command follows.
const EXEC_FLAGS: [&str; 4] = ["-exec", "-execdir", "-ok", "-okdir"];

/// Does `matches` hold for any possible command in the line? It is given each without quotes, with one space between
/// its words, up to the end of its segment; or only whole segments, where that is as good.
pub(super) fn any(command: &str, whole: bool, matches: impl Fn(&str) -> bool) -> bool {
    // A backslash before a line break joins the lines; `$IFS` is a space in disguise; `>&` and `&>` are no `&`.
    let command = spaced(&command.replace("\\\r\n", "").replace("\\\n", "")).replace(">&", ">").replace("&>", ">");
    let holds = |segment: &str| {
        let segment = Segment::new(segment);
        let starts = if whole { vec![0] } else { segment.starts() };
        starts.into_iter().any(|offset| matches(&segment.text[offset..]))
    };
    // Behind a `!` an editor runs a command.
    let is_end = |c: char| matches!(c, ';' | '&' | '|' | '\n' | '\r' | '(' | ')' | '{' | '}' | '`' | '!');
    // `{rm,x}` is `rm x`.
    let braced = |segment: &str| segment.contains(',') && holds(&segment.replace(',', " "));
    command.split(is_end).any(holds)
        || command.split("<<<").skip(1).any(|text| text.split(is_end).next().is_some_and(holds))
        || command.split('{').skip(1).any(|text| text.split(is_end).next().is_some_and(braced))
}

/// With blanks where the shell puts some; make's own `$$` is its `$`.
pub(super) fn spaced(text: &str) -> String {
    text.replace("$${IFS}", " ").replace("${IFS}", " ").replace("$IFS", " ")
}

/// Without quotes, backslashes, and the `$` of `$'…'` and `$"…"`.
pub(super) fn unquoted(text: &str) -> String {
    text.replace("$'", "'").replace("$\"", "\"").replace(['\'', '"', '\\'], "")
}

/// A piece of the line between two separators. Every command in it is one of its suffixes.
struct Segment {
    text: String,
    /// Where each word starts and ends.
    words: Vec<(usize, usize)>,
}

impl Segment {
    fn new(raw: &str) -> Self {
        let mut text = String::new();
        let mut words = Vec::new();
        for word in unquoted(raw).split_whitespace() {
            if !text.is_empty() {
                text.push(' ');
            }
            words.push((text.len(), text.len() + word.len()));
            text.push_str(word);
        }
        Self { text, words }
    }

    fn word(&self, index: usize) -> Option<&str> {
        self.words.get(index).map(|&(start, end)| &self.text[start..end])
    }

    /// The offsets at which a command may start. Each word is looked at once, however the wrappers nest.
    fn starts(&self) -> Vec<usize> {
        let mut seen = vec![false; self.words.len()];
        let mut passed = seen.clone();
        let mut waiting = vec![0];
        waiting.extend((0..self.words.len()).filter(|&i| self.word(i).is_some_and(|w| EXEC_FLAGS.contains(&w))));
        let mut starts = Vec::new();
        while let Some(index) = waiting.pop() {
            let index = self.behind_preamble(index);
            let Some(&(start, end)) = self.words.get(index) else { continue };
            if std::mem::replace(&mut seen[index], true) {
                continue;
            }
            starts.push(start);
            let word = &self.text[start..end];
            let name = start + word.rfind('/').map_or(0, |slash| slash + 1);
            if name != start {
                starts.push(name);
            }
            if runs_its_arguments(&self.text[name..end]) {
                self.behind_options(index + 1, &mut passed, &mut waiting);
            }
        }
        starts
    }

    /// Skip keywords, assignments and redirections in front of a command, and the `-exec` that announces one.
    fn behind_preamble(&self, mut index: usize) -> usize {
        while let Some(word) = self.word(index) {
            let redirection = word.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(['<', '>']);
            let skipped = redirection || is_assignment(word) || KEYWORDS.contains(&word) || EXEC_FLAGS.contains(&word);
            if !skipped {
                break;
            }
            index += if redirection && word.ends_with(['<', '>']) { 2 } else { 1 };
        }
        index
    }

    /// A wrapper's command starts behind its options, each of which may take a value, or behind numbers. Words that
    /// another wrapper has `passed` lead where they led then.
    fn behind_options(&self, first: usize, passed: &mut [bool], waiting: &mut Vec<usize>) {
        let is_option = |index: usize| self.word(index).is_some_and(|word| word.starts_with('-'));
        let mut index = first;
        waiting.push(index);
        while let Some(word) = self.word(index) {
            let value = index > first && is_option(index - 1);
            let number = word.starts_with(|c: char| c.is_ascii_digit());
            let skipped = word.starts_with('-') || is_assignment(word) || number || value;
            if !skipped || (index > first && std::mem::replace(&mut passed[index], true)) {
                break;
            }
            index += 1;
            waiting.push(index);
        }
    }
}

/// `NAME=`, `NAME+=` or `NAME[…]=`, and what follows.
fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        let name = name.strip_suffix('+').unwrap_or(name);
        let name = name.split('[').next().unwrap_or(name);
        !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
    })
}
