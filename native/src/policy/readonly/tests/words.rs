//! A notation for command lines in tests: words between blanks, `'…'` and `"…"` as quotes, an unquoted `*`, `?` or `[`
//! makes a pattern, an unquoted `$` an expansion, and `\` keeps the next character. `[` alone is a word.

use crate::policy::readonly::Word;

pub(super) struct Owned {
    text: String,
    glob: bool,
    unknown: bool,
}

impl Owned {
    pub(super) fn as_word(&self) -> Word<'_> {
        match (self.unknown, self.glob) {
            (true, _) => Word::Unknown,
            (false, true) if self.text != "[" => Word::Glob(&self.text),
            _ => Word::Literal(&self.text),
        }
    }
}

pub(super) fn split(line: &str) -> Vec<Owned> {
    let mut words = Vec::new();
    let mut letters = line.chars().peekable();
    loop {
        while letters.next_if_eq(&' ').is_some() {}
        if letters.peek().is_none() {
            return words;
        }
        let mut word = Owned { text: String::new(), glob: false, unknown: false };
        while let Some(letter) = letters.next_if(|c| *c != ' ') {
            match letter {
                '\\' => word.text.extend(letters.next()),
                '\'' | '"' => word.text.extend(letters.by_ref().take_while(|c| *c != letter)),
                '$' => word.unknown = true,
                _ => {
                    word.glob |= "*?[".contains(letter);
                    word.text.push(letter);
                }
            }
        }
        words.push(word);
    }
}
