//! Usage lines: how the table says which flags, values and operands a command may have.
//!
//! ```text
//! -abc            flags without a value; they may be joined
//! -n=  --width=   a value follows, in the same word or in the next
//! -i?  --color?   a value may follow, in the same word only
//! --arg=TEXT,PATH two values, each a word of its own
//! --sort=a|b      one of these values; `-i?|`: none, not even in the same word
//! --[no-]pager    both `--pager` and `--no-pager`
//! @-json          a whole word with a single dash; `@-f=` with a value
//! -#              a number: `-5`
//! PATH TEXT WRITE SCRIPT +TEXT   an operand, `*` behind it: any number. Values may have these roles too: `-f=PATH`
//! COMMAND         the first operand is a subcommand with a usage line of its own; `COMMAND?`: or there is none
//! NEED:-t,--list  refused without one of these; more than once: one of each
//! GNU             --help and --version
//! HARMLESS        no flag that any such program has can change anything
//! ORDERED         flags stand before the operands only
//! WORDS           every argument is text, flags are not told apart
//! ```
//!
//! `SCRIPT` is a first operand that a flag may bring instead (`grep -e`), `SCRIPTFILE` a file that does. `WRITE` is a
//! path that is written, `CHANGED` one that is read and written.

/// What a value or an operand is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Text,
    /// Text that starts with `+`.
    Plus,
    Path,
    Write,
    Changed,
    Script,
    ScriptFile,
    /// One of the words between the bars.
    Choice(&'static str),
}

/// What follows a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    Attached(Role),
    Words(Vec<Role>),
}

/// A flag that was declared, and then seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Flag {
    Short(char),
    /// With its dashes.
    Word(&'static str),
    /// `-5`
    Number,
}

/// A usage line, parsed.
#[derive(Debug, Default)]
pub(super) struct Grammar {
    shorts: Vec<(char, Takes)>,
    words: Vec<(String, Flag, Takes)>,
    pub(super) numbers: bool,
    /// Operands before the one that may be there any number of times.
    pub(super) heads: Vec<Role>,
    pub(super) many: Option<Role>,
    pub(super) tails: Vec<Role>,
    pub(super) subcommand: Option<Subcommand>,
    /// One of each group must be there.
    pub(super) needs: Vec<Vec<Flag>>,
    pub(super) harmless: bool,
    pub(super) ordered: bool,
    pub(super) plain: bool,
}

/// Must a subcommand follow?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subcommand {
    Required,
    Optional,
}

impl Grammar {
    /// The table is ours: a usage line that does not parse is a mistake in it, and a test walks all of them.
    pub(super) fn parse(usage: &'static [&'static str]) -> Self {
        let mut grammar = Self::default();
        for token in usage.iter().flat_map(|part| part.split_ascii_whitespace()) {
            grammar.declare(token);
        }
        grammar.shorts.sort_by_key(|(flag, _)| *flag);
        grammar.words.sort_by(|a, b| a.0.cmp(&b.0));
        grammar
    }

    fn declare(&mut self, token: &'static str) {
        if let Some(exact) = token.strip_prefix('@') {
            self.word(exact);
        } else if token == "-#" {
            self.numbers = true;
        } else if token.starts_with("--") {
            self.word(token);
        } else if let Some(short) = token.strip_prefix('-') {
            self.short(short);
        } else if let Some(flags) = token.strip_prefix("NEED:") {
            self.needs.push(flags.split(',').map(flag).collect());
        } else {
            self.operand_or_property(token);
        }
    }

    fn word(&mut self, token: &'static str) {
        let (name, takes) = name_and_values(token);
        if let Some(rest) = name.strip_prefix("--[no-]") {
            let no = [("--", Takes::Nothing), ("--no-", Takes::Nothing)];
            for (prefix, nothing) in no {
                let takes = if prefix == "--" { takes.clone() } else { nothing };
                self.words.push((format!("{prefix}{rest}"), Flag::Word(name), takes));
            }
        } else {
            self.words.push((name.to_owned(), Flag::Word(name), takes));
        }
    }

    fn short(&mut self, token: &'static str) {
        let (names, takes) = name_and_values(token);
        assert!(takes == Takes::Nothing || names.chars().count() == 1, "usage: -{token}");
        self.shorts.extend(names.chars().map(|name| (name, takes.clone())));
    }

    fn operand_or_property(&mut self, token: &'static str) {
        match token {
            "GNU" => ["--help", "--version"].into_iter().for_each(|word| self.word(word)),
            "HARMLESS" => self.harmless = true,
            "ORDERED" => self.ordered = true,
            "WORDS" => self.plain = true,
            "COMMAND" => self.subcommand = Some(Subcommand::Required),
            "COMMAND?" => self.subcommand = Some(Subcommand::Optional),
            _ => match token.strip_suffix('*') {
                Some(name) => {
                    assert!(self.many.is_none(), "usage: {token} behind another `*`");
                    self.many = Some(role(name));
                }
                None if self.many.is_some() => self.tails.push(role(token)),
                None => self.heads.push(role(token)),
            },
        }
    }

    pub(super) fn find_short(&self, name: char) -> Option<&Takes> {
        let at = self.shorts.binary_search_by_key(&name, |(flag, _)| *flag).ok()?;
        Some(&self.shorts[at].1)
    }

    pub(super) fn find_word(&self, name: &str) -> Option<(Flag, &Takes)> {
        let at = self.words.binary_search_by(|(word, ..)| word.as_str().cmp(name)).ok()?;
        Some((self.words[at].1, &self.words[at].2))
    }

    /// Every operand is text: nothing that stands among them can be a path.
    pub(super) fn only_text(&self) -> bool {
        let mut roles = self.heads.iter().chain(&self.many).chain(&self.tails);
        self.plain || (self.many == Some(Role::Text) && roles.all(|role| *role == Role::Text))
    }

    /// A role that a `SCRIPT` flag was given for is no operand any more.
    pub(super) fn heads(&self, script_given: bool) -> impl ExactSizeIterator<Item = Role> + '_ {
        let skip = usize::from(script_given && self.heads.first() == Some(&Role::Script));
        self.heads[skip..].iter().copied()
    }
}

fn name_and_values(token: &'static str) -> (&'static str, Takes) {
    // `=` may stand for the flag itself nowhere, so the first one ends the name.
    let Some(at) = token.find(['=', '?']) else { return (token, Takes::Nothing) };
    let (name, values) = (&token[..at], &token[at + 1..]);
    let takes = if token.as_bytes()[at] == b'?' {
        Takes::Attached(role(values))
    } else {
        Takes::Words(values.split(',').map(role).collect())
    };
    (name, takes)
}

fn role(name: &'static str) -> Role {
    match name {
        "" | "TEXT" => Role::Text,
        "+TEXT" => Role::Plus,
        "PATH" => Role::Path,
        "WRITE" => Role::Write,
        "CHANGED" => Role::Changed,
        "SCRIPT" => Role::Script,
        "SCRIPTFILE" => Role::ScriptFile,
        _ => {
            assert!(!name.contains(|c: char| c.is_ascii_uppercase()), "usage: no such role: {name}");
            Role::Choice(name)
        }
    }
}

fn flag(name: &'static str) -> Flag {
    let mut letters = name.chars().skip(1);
    match (letters.next(), letters.next()) {
        (Some('#'), None) => Flag::Number,
        (Some(letter), None) => Flag::Short(letter),
        _ => Flag::Word(name),
    }
}
