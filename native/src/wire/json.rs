//! Whether a text is JSON: as Python's decoder reads it, which takes `NaN`, `Infinity`, control characters in strings and
//! half surrogate pairs, and as deep as that goes.

/// Python's own limit is 1 000 calls, some of which are taken.
const DEEPEST: usize = 900;

pub(super) fn is_json(text: &[u8]) -> bool {
    let mut reader = Reader { text, at: 0 };
    reader.space();
    let whole = reader.value(0);
    reader.space();
    whole && reader.at == text.len()
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.byte() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn word(&mut self, word: &[u8]) -> bool {
        let there = self.text[self.at..].starts_with(word);
        self.at += if there { word.len() } else { 0 };
        there
    }

    fn space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> bool {
        match self.byte() {
            Some(b'{' | b'[') if depth >= DEEPEST => false,
            Some(b'{') => self.items(b'}', |reader| {
                reader.space();
                let key = reader.string();
                reader.space();
                key && reader.eat(b':') && reader.spaced_value(depth + 1)
            }),
            Some(b'[') => self.items(b']', |reader| reader.spaced_value(depth + 1)),
            Some(b'"') => self.string(),
            Some(b'-') if self.word(b"-Infinity") => true,
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => [&b"true"[..], b"false", b"null", b"NaN", b"Infinity"].iter().any(|word| self.word(word)),
        }
    }

    fn spaced_value(&mut self, depth: usize) -> bool {
        self.space();
        self.value(depth)
    }

    /// What stands between the bracket that is next and its end.
    fn items(&mut self, end: u8, mut item: impl FnMut(&mut Self) -> bool) -> bool {
        self.at += 1;
        self.space();
        if self.eat(end) {
            return true;
        }
        loop {
            if !item(self) {
                return false;
            }
            self.space();
            if self.eat(end) {
                return true;
            }
            if !self.eat(b',') {
                return false;
            }
        }
    }

    fn string(&mut self) -> bool {
        if !self.eat(b'"') {
            return false;
        }
        while let Some(found) = memchr::memchr2(b'"', b'\\', &self.text[self.at..]) {
            self.at += found + 1;
            if self.text[self.at - 1] == b'"' {
                return true;
            }
            let escaped = self.byte();
            self.at += 1;
            let known = match escaped {
                Some(b'u') => {
                    let digits = self.text.get(self.at..self.at + 4);
                    self.at += 4;
                    digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
                }
                Some(byte) => b"\"\\/bfnrt".contains(&byte),
                None => false,
            };
            if !known {
                return false;
            }
        }
        false
    }

    fn number(&mut self) -> bool {
        self.eat(b'-');
        if !self.eat(b'0') && !self.digits() {
            return false;
        }
        if self.eat(b'.') && !self.digits() {
            return false;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _ = self.eat(b'+') || self.eat(b'-');
            return self.digits();
        }
        true
    }

    fn digits(&mut self) -> bool {
        let start = self.at;
        while matches!(self.byte(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at > start
    }
}

/// Follows a text that grows: whether every bracket that was opened is closed, without which it is no whole JSON.
#[derive(Default)]
pub(super) struct Balance {
    seen: usize,
    open: i64,
    in_string: bool,
    escaped: bool,
}

impl Balance {
    /// `text` is what it was, and more behind it.
    pub(super) fn is_closed(&mut self, text: &[u8]) -> bool {
        for byte in &text[self.seen..] {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'{' | b'[' if !self.in_string => self.open += 1,
                b'}' | b']' if !self.in_string => self.open -= 1,
                _ => {}
            }
        }
        self.seen = text.len();
        self.open == 0 && !self.in_string
    }
}
