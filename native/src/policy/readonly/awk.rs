//! Is an awk program harmless? It is where no word or sign in it can read or write a file of its choice or run a
//! program. Whatever is in doubt is not: a slash may be a division or start a pattern, and behind a word that only some
//! awks know it is the one here and the other there.

/// Words that run a program, read a file or reach variables by name.
const REFUSED: [&str; 8] = ["system", "getline", "ARGV", "ARGC", "SYMTAB", "FUNCTAB", "extension", "popen"];
/// Keywords that a pattern may follow in every awk, so that a slash behind them is no division.
const BEFORE_PATTERN: [&str; 6] = ["print", "printf", "return", "else", "do", "exit"];
/// Words behind which a slash may be either: the other keywords, and functions, which some awks take without their
/// parentheses. What only one awk knows is a variable in the others.
const UNSURE: [&str; 56] = [
    "length",
    "next",
    "nextfile",
    "break",
    "continue",
    "function",
    "func",
    "BEGIN",
    "END",
    "BEGINFILE",
    "ENDFILE",
    "default",
    "delete",
    "switch",
    "case",
    "in",
    "isarray",
    "typeof",
    "mkbool",
    "and",
    "or",
    "xor",
    "compl",
    "lshift",
    "rshift",
    "asort",
    "asorti",
    "atan2",
    "bindtextdomain",
    "close",
    "cos",
    "dcgettext",
    "dcngettext",
    "exp",
    "fflush",
    "gensub",
    "gsub",
    "index",
    "int",
    "log",
    "match",
    "mktime",
    "patsplit",
    "rand",
    "sin",
    "split",
    "sprintf",
    "sqrt",
    "srand",
    "strftime",
    "strtonum",
    "sub",
    "substr",
    "systime",
    "tolower",
    "toupper",
];
/// Keywords with a condition in parentheses, behind which a statement follows.
const CONTROL: [&str; 4] = ["if", "while", "for", "switch"];

/// What stands in front of a slash.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Something that can be divided.
    Value,
    /// Something that a pattern may follow.
    Operator,
    Unsure,
    /// `if`, `while`, `for`: the next parenthesis is theirs.
    Control,
}

/// Check one program.
pub(super) fn check(program: &str) -> Result<(), String> {
    let before = Before::Operator;
    let mut scanner =
        Scanner { rest: program, before, parentheses: Vec::new(), braces: 0, functions: functions(program) };
    scanner.program().ok_or_else(|| {
        let near: String = scanner.rest.chars().take(20).collect();
        format!("a program that may do more than print, near {near:?}")
    })
}

/// The names that it may define as functions, wherever that is.
fn functions(program: &str) -> Vec<&str> {
    let words: Vec<_> =
        program.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
    words.windows(2).filter(|pair| matches!(pair[0], "function" | "func")).map(|pair| pair[1]).collect()
}

struct Scanner<'a> {
    rest: &'a str,
    before: Before,
    functions: Vec<&'a str>,
    /// Is it a condition's, for each that is open?
    parentheses: Vec<bool>,
    braces: usize,
}

impl Scanner<'_> {
    fn program(&mut self) -> Option<()> {
        while let Some(letter) = self.rest.chars().next() {
            match letter {
                'a'..='z' | 'A'..='Z' | '_' => self.word()?,
                '0'..='9' | '.' => self.number()?,
                ' ' | '\t' | '\r' => self.advance(1),
                '"' => self.string()?,
                '/' => self.slash()?,
                '#' => self.rest = self.rest.find('\n').map_or("", |end| &self.rest[end..]),
                _ => self.sign(letter)?,
            }
        }
        (self.braces == 0 && self.parentheses.is_empty()).then_some(())
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn word(&mut self) -> Option<()> {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let word = &self.rest[..end];
        if REFUSED.contains(&word) {
            return None;
        }
        self.before = if BEFORE_PATTERN.contains(&word) {
            Before::Operator
        } else if CONTROL.contains(&word) {
            Before::Control
        } else if UNSURE.contains(&word) || self.functions.contains(&word) {
            Before::Unsure
        } else {
            Before::Value
        };
        self.advance(end);
        Some(())
    }

    /// Digits and an exponent. `2system()` is a number and a word, so no letter may stand behind one.
    fn number(&mut self) -> Option<()> {
        let digits = |text: &str| text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let mut rest = &self.rest[self.rest.len() - digits(self.rest)..];
        if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            rest = &exponent[exponent.len() - digits(exponent)..];
        }
        self.rest = rest;
        self.before = Before::Value;
        (!rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')).then_some(())
    }

    fn string(&mut self) -> Option<()> {
        let end = self.end_of('"')?;
        self.advance(end + 1);
        self.before = Before::Value;
        Some(())
    }

    /// Where the text that starts with a quote or slash ends, on its line.
    fn end_of(&self, delimiter: char) -> Option<usize> {
        let mut letters = self.rest.char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\\' => {
                    letters.next().filter(|(_, c)| *c != '\n')?;
                }
                '\n' => return None,
                _ if letter == delimiter => return Some(at),
                _ => {}
            }
        }
        None
    }

    fn slash(&mut self) -> Option<()> {
        match self.before {
            Before::Unsure | Before::Control => None,
            Before::Value => {
                self.advance(1);
                self.before = Before::Operator;
                Some(())
            }
            // A pattern that begins with `=` is an assignment to some.
            Before::Operator if self.rest.starts_with("/=") => None,
            Before::Operator => {
                let end = self.end_of('/')?;
                brackets_close(&self.rest[1..end]).then_some(())?;
                self.advance(end + 1);
                self.before = Before::Value;
                Some(())
            }
        }
    }

    fn sign(&mut self, sign: char) -> Option<()> {
        let double = self.rest[sign.len_utf8()..].starts_with(sign);
        let was = std::mem::replace(&mut self.before, Before::Operator);
        match sign {
            '(' => self.parentheses.push(was == Before::Control),
            ')' => self.before = if self.parentheses.pop()? { Before::Unsure } else { Before::Value },
            '{' => {
                self.parentheses.is_empty().then_some(())?;
                self.braces += 1;
            }
            '}' => self.braces = self.braces.checked_sub(1)?,
            ']' => self.before = Before::Value,
            '+' | '-' if double => {
                self.before = Before::Unsure;
                self.advance(1);
            }
            '|' | '&' => {
                double.then_some(())?;
                self.advance(1);
            }
            '>' if self.rest.starts_with(">=") => {}
            // In braces it is a comparison only between parentheses: `print a > b` writes.
            '>' => (!double && (self.braces == 0 || !self.parentheses.is_empty())).then_some(())?,
            '\n' | ';' | ',' | '$' | '!' | '~' | '?' | ':' | '<' | '=' | '[' | '+' | '-' | '*' | '%' | '^' => {}
            _ => return None,
        }
        self.advance(sign.len_utf8());
        Some(())
    }
}

/// Is each bracket expression closed? If so, all awks agree on which slash ends the expression. One with a backslash in
/// front of a bracket is refused.
fn brackets_close(expression: &str) -> bool {
    let mut rest = expression;
    while let Some(at) = rest.find(['\\', '[']) {
        let escaped = rest[at..].starts_with('\\');
        rest = &rest[at + 1..];
        if escaped {
            rest = rest.get(rest.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default();
            continue;
        }
        rest = rest.strip_prefix('^').unwrap_or(rest);
        rest = rest.strip_prefix(']').unwrap_or(rest);
        let Some(end) = end_of_bracket(rest) else { return false };
        rest = &rest[end..];
    }
    true
}

/// Behind the `]` that closes what `inner` starts in.
fn end_of_bracket(inner: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = &inner[at..];
        let next = rest.find([']', '[', '\\'])?;
        let from = &rest[next..];
        if from.starts_with(']') {
            return Some(at + next + 1);
        }
        if from.starts_with("\\]") || from.starts_with("\\[") {
            return None;
        }
        at += next + if from.starts_with("[:") { from.find(":]")? + 2 } else { 1 };
    }
}
