//! The arguments of one invocation, read by a usage line.

use super::grammar::{Flag, Grammar, Role, Subcommand, Takes};
use super::{PathArg, Word};

/// Why a usage line is refused that is meant for other invocations.
pub(super) const NEEDS: &str = "without a flag that makes it read-only";

/// What an invocation says.
#[derive(Debug, Default)]
pub(super) struct Matched<'a> {
    pub(super) reads: Vec<PathArg>,
    pub(super) writes: Vec<PathArg>,
    pub(super) scripts: Vec<&'a str>,
    /// Text values and operands.
    pub(super) texts: Vec<&'a str>,
    /// Operands only, whatever their role.
    pub(super) operands: Vec<&'a str>,
    pub(super) flags: Vec<Flag>,
    /// The subcommand and where it stands.
    pub(super) subcommand: Option<(&'a str, usize)>,
    script_given: bool,
}

impl Matched<'_> {
    /// The arguments were read from this index on.
    pub(super) fn shift(&mut self, start: usize) {
        for path in self.reads.iter_mut().chain(&mut self.writes) {
            path.index += start;
        }
        if let Some((_, index)) = &mut self.subcommand {
            *index += start;
        }
    }
}

/// Read the arguments, or say what is not declared.
pub(super) fn read<'a>(grammar: &Grammar, args: &[Word<'a>]) -> Result<Matched<'a>, String> {
    let mut reader = Reader { grammar, args, matched: Matched::default(), operands: Vec::new(), behind_dashes: false };
    reader.run()?;
    Ok(reader.matched)
}

struct Reader<'g, 'w, 'a> {
    grammar: &'g Grammar,
    args: &'w [Word<'a>],
    matched: Matched<'a>,
    operands: Vec<usize>,
    behind_dashes: bool,
}

impl<'a> Reader<'_, '_, 'a> {
    fn run(&mut self) -> Result<(), String> {
        let mut index = 0;
        while let Some(word) = self.args.get(index) {
            index = match *word {
                Word::Literal(text) if self.is_flag(text)? => self.flag(text, index)?,
                Word::Literal("--") if !self.behind_dashes && !self.grammar.plain && !self.past_flags() => {
                    self.behind_dashes = true;
                    index + 1
                }
                Word::Literal(text) if self.grammar.subcommand.is_some() => {
                    if text.contains(' ') || self.behind_dashes {
                        return Err(format!("unknown subcommand {text:?}"));
                    }
                    self.matched.subcommand = Some((text, index));
                    break;
                }
                Word::Glob(text) => self.glob(text, index)?,
                Word::Names => self.names(index)?,
                Word::Unknown => self.unknown(index)?,
                Word::Literal(_) => self.operand(index),
            };
        }
        if self.grammar.subcommand == Some(Subcommand::Required) && self.matched.subcommand.is_none() {
            return Err("without a subcommand".into());
        }
        let needs = &self.grammar.needs;
        if !needs.iter().all(|group| self.matched.flags.iter().any(|flag| group.contains(flag))) {
            return Err(NEEDS.into());
        }
        self.assign()
    }

    fn is_flag(&self, text: &str) -> Result<bool, String> {
        if self.behind_dashes || self.grammar.plain || text.len() < 2 || !text.starts_with('-') || text == "--" {
            return Ok(false);
        }
        if self.past_flags() {
            if self.grammar.only_text() {
                return Ok(false);
            }
            return Err(format!("{text} behind an operand"));
        }
        Ok(true)
    }

    /// Where flags come first, even `--` is an operand behind one.
    fn past_flags(&self) -> bool {
        self.grammar.ordered && !self.operands.is_empty()
    }

    fn operand(&mut self, index: usize) -> usize {
        self.operands.push(index);
        index + 1
    }

    /// A pattern may become any names, those of flags too, unless its first character is known.
    fn glob(&mut self, text: &'a str, index: usize) -> Result<usize, String> {
        let known = &text[..text.find(['*', '?', '[']).unwrap_or(text.len())];
        if self.grammar.subcommand.is_some() {
            return Err("a pattern where a subcommand stands".into());
        }
        if self.behind_dashes || self.grammar.plain || (!known.is_empty() && !known.starts_with('-')) {
            return Ok(self.operand(index));
        }
        if let Some((name, _)) = known.split_once('=')
            && let Some((flag, Takes::Attached(Role::Text))) = self.one_text(name)
        {
            self.matched.flags.push(flag);
            return Ok(index + 1);
        }
        if (self.grammar.harmless || self.past_flags()) && known.is_empty() {
            return Ok(self.operand(index));
        }
        Err(format!("the pattern {text} may become a flag"))
    }

    /// A flag that has text behind its `=`.
    fn one_text(&self, name: &str) -> Option<(Flag, Takes)> {
        let (flag, takes) = self.grammar.find_word(name)?;
        let text = match takes {
            Takes::Attached(Role::Text) => true,
            Takes::Words(roles) => roles[..] == [Role::Text],
            _ => false,
        };
        text.then_some((flag, Takes::Attached(Role::Text)))
    }

    /// A file may be named like any flag.
    fn names(&mut self, index: usize) -> Result<usize, String> {
        let harmless = self.grammar.harmless || self.grammar.plain || self.behind_dashes || self.past_flags();
        if !harmless || self.grammar.subcommand.is_some() {
            return Err("a file's name may become a flag".into());
        }
        Ok(self.operand(index))
    }

    fn unknown(&mut self, index: usize) -> Result<usize, String> {
        let behind_flags = self.behind_dashes || self.past_flags();
        if self.grammar.only_text() && (self.grammar.harmless || self.grammar.plain || behind_flags) {
            return Ok(self.operand(index));
        }
        Err("an argument that is not known before it runs".into())
    }

    fn flag(&mut self, text: &'a str, index: usize) -> Result<usize, String> {
        if self.grammar.numbers && text[1..].bytes().all(|b| b.is_ascii_digit()) {
            self.matched.flags.push(Flag::Number);
            return Ok(index + 1);
        }
        let (name, value) = match text.split_once('=') {
            Some((name, _)) => (name, Some(name.len() + 1)),
            None => (text, None),
        };
        if let Some((flag, takes)) = self.grammar.find_word(name) {
            self.matched.flags.push(flag);
            return match (takes, value) {
                (Takes::Nothing, None) | (Takes::Attached(_), None) => Ok(index + 1),
                (Takes::Nothing, Some(_)) => Err(format!("{name} takes no value")),
                (Takes::Attached(role), Some(at)) => self.value(*role, index, at).map(|()| index + 1),
                (Takes::Words(roles), Some(at)) => match roles[..] {
                    [role] => self.value(role, index, at).map(|()| index + 1),
                    _ => Err(format!("{name} takes its values as words")),
                },
                (Takes::Words(roles), None) => self.following(roles, index, name),
            };
        }
        if text.starts_with("--") {
            return Err(format!("`{name}` is not known to only read"));
        }
        self.cluster(text, index)
    }

    fn cluster(&mut self, text: &'a str, index: usize) -> Result<usize, String> {
        for (at, letter) in text.char_indices().skip(1) {
            let Some(takes) = self.grammar.find_short(letter) else {
                return Err(format!("`-{letter}` is not known to only read"));
            };
            self.matched.flags.push(Flag::Short(letter));
            let rest = at + letter.len_utf8();
            match takes {
                Takes::Nothing => {}
                Takes::Attached(role) => {
                    if rest < text.len() {
                        self.value(*role, index, rest)?;
                    }
                    return Ok(index + 1);
                }
                Takes::Words(roles) if rest < text.len() => {
                    let [role] = roles[..] else { return Err(format!("-{letter} takes its values as words")) };
                    self.value(role, index, rest)?;
                    return Ok(index + 1);
                }
                Takes::Words(roles) => return self.following(roles, index, &text[at..]),
            }
        }
        Ok(index + 1)
    }

    /// The values of a flag in the words behind it. Another program of that name may know the flag without a value,
    /// so that word must not be a flag.
    fn following(&mut self, roles: &[Role], index: usize, name: &str) -> Result<usize, String> {
        for (step, role) in roles.iter().enumerate() {
            match self.args.get(index + 1 + step) {
                Some(Word::Literal(text)) if self.grammar.harmless || !looks_like_flag(text) => {}
                Some(Word::Literal(text)) => return Err(format!("{text} as the value of {name}")),
                Some(_) => return Err(format!("the value of {name} is not known before it runs")),
                None => return Err(format!("{name} without its value")),
            }
            self.value(*role, index + 1 + step, 0)?;
        }
        Ok(index + 1 + roles.len())
    }

    fn value(&mut self, role: Role, index: usize, offset: usize) -> Result<(), String> {
        let Word::Literal(word) = self.args[index] else {
            return match role {
                Role::Write | Role::Changed if self.args[index] == Word::Names => {
                    Err("which files it changes is not known before it runs".into())
                }
                Role::Text => Ok(()),
                Role::Path | Role::Write | Role::Changed => {
                    self.path(role, PathArg { index, offset });
                    Ok(())
                }
                _ => Err("an argument that is not known before it runs".into()),
            };
        };
        let text = &word[offset..];
        match role {
            Role::Text => self.matched.texts.push(text),
            Role::Plus if text.starts_with('+') => {}
            Role::Choice(words) if words.split('|').any(|word| word == text) => {}
            Role::Plus | Role::Choice(_) => return Err(format!("unknown value {text}")),
            Role::Script => {
                self.matched.scripts.push(text);
                self.matched.script_given = true;
            }
            Role::Path | Role::Write | Role::Changed | Role::ScriptFile => {
                self.matched.script_given |= role == Role::ScriptFile;
                if text != "-" || matches!(role, Role::Write | Role::Changed) {
                    self.path(role, PathArg { index, offset });
                }
            }
        }
        Ok(())
    }

    fn path(&mut self, role: Role, path: PathArg) {
        if role != Role::Write {
            self.matched.reads.push(path);
        }
        if matches!(role, Role::Write | Role::Changed) {
            self.matched.writes.push(path);
        }
    }

    /// Give each operand its role.
    fn assign(&mut self) -> Result<(), String> {
        let operands = std::mem::take(&mut self.operands);
        if self.grammar.plain {
            return Ok(());
        }
        let heads: Vec<Role> = self.grammar.heads(self.matched.script_given).collect();
        let tails = &self.grammar.tails;
        let count = operands.len();
        for (position, index) in operands.into_iter().enumerate() {
            let from_end = count - 1 - position;
            let role = match (heads.get(position), self.grammar.many) {
                (Some(role), _) => *role,
                (None, Some(_)) if from_end < tails.len() => tails[tails.len() - 1 - from_end],
                (None, Some(role)) => role,
                (None, None) => return Err("an operand too many".into()),
            };
            let fixed = position < heads.len() || self.grammar.many.is_none() || from_end < tails.len();
            if fixed && matches!(self.args[index], Word::Glob(_) | Word::Names) && !self.grammar.only_text() {
                return Err("a pattern that may become several arguments".into());
            }
            if let Word::Literal(text) | Word::Glob(text) = self.args[index] {
                self.matched.operands.push(text);
            }
            self.value(role, index, 0)?;
        }
        Ok(())
    }
}

fn looks_like_flag(text: &str) -> bool {
    let number = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
    text.len() > 1 && text.strip_prefix('-').is_some_and(|rest| !number(rest))
}
