//! Recursive descent over one document. Recursion is bounded by `MAX_DEPTH`, so the stack is too.

use indexmap::IndexMap;

use super::MAX_DEPTH;
use super::error::{ArgumentsError, Problem, name};
use super::number::number;
use super::text::Text;
use super::value::Value;

pub(super) struct Parser<'a> {
    text: Text<'a>,
    depth: usize,
    /// Where we are, for messages: the open objects' keys and the open arrays' indices.
    path: Vec<Step>,
}

enum Step {
    Key(String),
    Index(usize),
}

type Parsed<T> = Result<T, ArgumentsError>;

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self::inside(text, 0)
    }

    /// For a text that stands in a value, below so many others.
    pub(super) fn inside(text: &'a str, depth: usize) -> Self {
        Self { text: Text::new(text), depth, path: Vec::new() }
    }

    pub(super) fn document(mut self) -> Parsed<Value> {
        self.text.skip_space();
        if self.text.byte().is_none() {
            return Ok(Value::Object(IndexMap::new()));
        }
        let start = self.text.offset();
        let value = self.value("a JSON object")?;
        if let Some(kind) = not_an_object(&value) {
            return Err(self.text.error_at(start, Problem::NotAnObject(kind)));
        }
        self.alone(value)
    }

    /// A value of any type.
    pub(super) fn any(mut self) -> Parsed<Value> {
        self.text.skip_space();
        let value = self.value("a JSON value")?;
        self.alone(value)
    }

    fn alone(mut self, value: Value) -> Parsed<Value> {
        self.text.skip_space();
        match self.text.char() {
            None => Ok(value),
            found => Err(self.text.error(Problem::Trailing(name(found)))),
        }
    }

    fn value(&mut self, expected: &'static str) -> Parsed<Value> {
        match self.text.byte() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => number(&mut self.text),
            Some(b't') if self.text.eat_word("true") => Ok(Value::Bool(true)),
            Some(b'f') if self.text.eat_word("false") => Ok(Value::Bool(false)),
            Some(b'n') if self.text.eat_word("null") => Ok(Value::Null),
            _ => Err(self.text.unexpected(expected)),
        }
    }

    fn nested(&mut self, inner: fn(&mut Self) -> Parsed<Value>) -> Parsed<Value> {
        if self.depth >= MAX_DEPTH {
            return Err(self.text.error(Problem::TooDeep));
        }
        self.depth += 1;
        self.text.skip(1);
        let value = inner(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Parsed<Value> {
        let mut entries = IndexMap::new();
        self.text.skip_space();
        if self.text.eat(b'}') {
            return Ok(Value::Object(entries));
        }
        loop {
            self.text.skip_space();
            if self.text.byte() != Some(b'"') {
                return Err(self.text.unexpected("a key in double quotes"));
            }
            let start = self.text.offset();
            let key = self.string()?;
            self.path.push(Step::Key(key.clone()));
            if entries.contains_key(&key) {
                return Err(self.text.error_at(start, Problem::DuplicateKey(self.shown_path())));
            }
            self.text.skip_space();
            if !self.text.eat(b':') {
                return Err(self.text.unexpected("`:` after a key"));
            }
            self.text.skip_space();
            let value = self.value("a value")?;
            entries.insert(key, value);
            self.path.pop();
            self.text.skip_space();
            if self.text.eat(b'}') {
                return Ok(Value::Object(entries));
            }
            if !self.text.eat(b',') {
                return Err(self.text.unexpected("`,` or `}` after a value"));
            }
        }
    }

    fn array(&mut self) -> Parsed<Value> {
        let mut items = Vec::new();
        self.text.skip_space();
        if self.text.eat(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            self.text.skip_space();
            self.path.push(Step::Index(items.len()));
            items.push(self.value("a value")?);
            self.path.pop();
            self.text.skip_space();
            if self.text.eat(b']') {
                return Ok(Value::Array(items));
            }
            if !self.text.eat(b',') {
                return Err(self.text.unexpected("`,` or `]` after an item"));
            }
        }
    }

    /// The string whose opening quote is next.
    fn string(&mut self) -> Parsed<String> {
        self.text.skip(1);
        let mut out = String::new();
        loop {
            out.push_str(self.text.plain());
            match self.text.char() {
                Some('"') => {
                    self.text.skip(1);
                    return Ok(out);
                }
                Some('\\') => out.push(self.escape()?),
                Some(c) => return Err(self.text.error(Problem::ControlCharacter(c))),
                None => return Err(self.text.unexpected("`\"` at the end of a string")),
            }
        }
    }

    fn escape(&mut self) -> Parsed<char> {
        let start = self.text.offset();
        self.text.skip(1);
        let Some(c) = self.text.char() else {
            return Err(self.text.unexpected("an escape sequence"));
        };
        self.text.skip(c.len_utf8());
        Ok(match c {
            '"' | '\\' | '/' => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.unicode_escape(start),
            _ => {
                return Err(self.text.error_at(start, Problem::BadEscape(self.text.since(start).into())));
            }
        })
    }

    /// The rest of `\uXXXX`, and the second half if this is the first of a surrogate pair.
    fn unicode_escape(&mut self, start: usize) -> Parsed<char> {
        let first = self.hex4()?;
        let paired = (0xD800..0xDC00).contains(&first) && self.text.eat_word("\\u");
        let units = [first, if paired { self.hex4()? } else { 0 }];
        let units = if paired { &units[..] } else { &units[..1] };
        match char::decode_utf16(units.iter().copied()).next() {
            Some(Ok(c)) => Ok(c),
            _ => Err(self.text.error_at(start, Problem::LoneSurrogate(format!("\\u{first:04x}")))),
        }
    }

    fn hex4(&mut self) -> Parsed<u16> {
        self.text.hex4().ok_or_else(|| self.text.unexpected("four hex digits after \\u"))
    }

    fn shown_path(&self) -> String {
        let mut shown = String::new();
        for step in &self.path {
            match step {
                Step::Index(i) => shown.push_str(&format!("[{i}]")),
                Step::Key(key) if shown.is_empty() => shown.push_str(key),
                Step::Key(key) => shown.push_str(&format!(".{key}")),
            }
        }
        format!("`{shown}`")
    }
}

fn not_an_object(value: &Value) -> Option<&'static str> {
    match value {
        Value::Object(_) => None,
        Value::Array(_) => Some("an array"),
        Value::String(_) => Some("a string"),
        Value::Null => Some("null"),
        Value::Bool(_) => Some("a boolean"),
        Value::Signed(_) | Value::Unsigned(_) | Value::Double(_) => Some("a number"),
    }
}
