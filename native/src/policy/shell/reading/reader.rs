//! The state of reading one command line.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::tree;
use super::unread::Acts;
use crate::policy::shell::commands::names::Names;
use crate::policy::shell::line::environment;
use crate::policy::shell::line::places::Places;
use crate::policy::shell::line::segment::{Form, Line, Segment};
use crate::policy::shell::line::word::Word;

/// Deeper nesting is not read.
const DEEPEST: usize = 50;
/// Nor are more segments.
const MOST_SEGMENTS: usize = 4096;

/// Lists that the shell itself keeps. (Others among them must not be set at all.)
const LISTS: [&str; 5] = ["COPROC", "FUNCNAME", "MAPFILE", "PIPESTATUS", "COMPREPLY"];

/// Read a command line. Never fails: what is not understood is told as trouble.
pub(in crate::policy) fn read(command: &str) -> Line {
    let mut reader = Reader::default();
    let scope = Scope { source: command, outer: &[], opaque: None };
    reader.source(scope, &mut State::default());
    reader.finished()
}

#[derive(Default)]
pub(super) struct Reader {
    pub(super) segments: Vec<Segment>,
    pub(super) trouble: Option<String>,
    /// Why the line may run commands that are not seen.
    pub(super) hidden: Option<&'static str>,
    pub(super) pipes: Vec<String>,
    /// Names that the line defines as functions.
    pub(super) functions: HashSet<String>,
    /// Names whose value is computed with.
    pub(super) computed: HashSet<String>,
    /// Names whose value becomes a part of what is computed.
    pub(super) spliced: HashSet<String>,
    /// Names that stand in the values of others: what computes with those computes with these.
    pub(super) referred: HashMap<String, HashSet<String>>,
    /// Names whose value may hold an expression that runs a command when it is computed with.
    pub(super) tainted: HashSet<String>,
    /// Names of lists.
    pub(super) lists: HashSet<String>,
    /// Names that are declared with a value that is not known.
    pub(super) redeclared: HashSet<String>,
    /// `IFS` is set somewhere, so what splits an unquoted value is not known.
    pub(super) splits: bool,
    /// What was read of the text that is being read.
    pub(super) met: Acts,
    pub(super) depth: usize,
    /// So many times what is read is only perhaps run (`runners`).
    pub(super) guesses: usize,
    /// So much of it there was.
    pub(super) guessed: usize,
}

/// The text that is being read, and the commands that have it read.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s> {
    pub(super) source: &'s str,
    pub(super) outer: &'s [Form],
    pub(super) opaque: Option<usize>,
}

/// What the commands so far have changed in the shell.
#[derive(Clone)]
pub(super) struct State {
    pub(super) places: Places,
    /// Where the shell is if the last command failed; None: in the same.
    pub(super) failed: Option<Places>,
    /// The names that the next command reads from the pipe before it.
    pub(super) fed: Option<Names>,
    /// What the next `read` reads: the name of a file.
    pub(super) line: Option<Word>,
    /// Where `pushd` was called, wherever that was; None: it was not.
    pub(super) pushed: Option<Places>,
    /// Whether the next command runs is not known, so it can only add places.
    pub(super) perhaps: bool,
    /// Variables whose value is certain.
    pub(super) variables: HashMap<String, Word>,
    /// Variables of which nothing is known were exported.
    pub(super) environment: bool,
    /// Variables were set that may have been exported before.
    pub(super) altered: bool,
    /// `~` and `$HOME` are what they were.
    pub(super) home: bool,
    /// `cd` looks for a folder elsewhere first: `CDPATH` was set.
    pub(super) searches: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            places: Places::start(),
            failed: None,
            fed: None,
            line: None,
            pushed: None,
            perhaps: false,
            variables: HashMap::new(),
            environment: false,
            altered: false,
            home: true,
            searches: false,
        }
    }
}

impl State {
    /// Wherever the last command has led, whether it failed or not.
    pub(super) fn settle(&mut self) {
        if let Some(failed) = self.failed.take() {
            self.places = self.places.or(&failed);
        }
    }

    /// A variable gets another value. What the environment holds is exported anew without a word; by custom its names
    /// have no small letters.
    pub(super) fn alter(&mut self, name: &str) {
        self.altered |= !environment::is_harmless(name) && !name.contains(|c: char| c.is_ascii_lowercase());
    }

    /// For commands that run once, often or never, perhaps later.
    pub(super) fn uncertain(&self) -> Self {
        Self { perhaps: true, variables: HashMap::new(), failed: None, ..self.clone() }
    }
}

impl Reader {
    pub(super) fn trouble(&mut self, why: impl Into<String>) {
        if self.trouble.is_none() {
            self.trouble = Some(why.into());
        }
    }

    /// Read one text of shell code.
    pub(super) fn source(&mut self, scope: Scope<'_>, state: &mut State) {
        // A pipe at the end of a text takes the grammar ten times as long as one at the end of a line.
        let line = !scope.source.ends_with(['\n', '\\']) && scope.source.contains('|');
        let ended = if line { Cow::Owned(format!("{}\n", scope.source)) } else { Cow::Borrowed(scope.source) };
        let scope = Scope { source: &ended, ..scope };
        self.splits |= scope.source.contains("IFS=");
        let read = match tree::parse(scope.source) {
            Ok(tree) => {
                let acts = tree::acts(&tree, scope.source).unwrap_or_else(|doubt| {
                    self.trouble(doubt);
                    Acts::default()
                });
                if acts.translated {
                    self.trouble("a text in it is looked up in a catalogue, which decides what it becomes");
                    self.hidden.get_or_insert("a text in it is looked up in a catalogue");
                }
                let outer = std::mem::take(&mut self.met);
                let read = self.deeper(|reader| reader.sequence(scope, &tree::children(tree.root_node()), state));
                if std::mem::replace(&mut self.met, outer).misses(&acts) {
                    self.trouble("a part of it is not understood");
                }
                read
            }
            Err(why) => Err(why),
        };
        if let Err(why) = read {
            self.trouble(why);
        }
    }

    /// Go one level down.
    pub(super) fn deeper(&mut self, read: impl FnOnce(&mut Self)) -> Result<(), &'static str> {
        if self.depth >= DEEPEST {
            return Err("it is nested too deeply to be read");
        }
        self.depth += 1;
        read(self);
        self.depth -= 1;
        Ok(())
    }

    pub(super) fn push(&mut self, segment: Segment) {
        if self.segments.len() >= MOST_SEGMENTS {
            self.trouble("it has too many commands to be read");
        } else {
            self.segments.push(segment);
        }
    }

    fn finished(mut self) -> Line {
        if self.computes_with_unknown() {
            self.trouble("it computes with a value that is not known before it runs");
        }
        let list = |name: &String| self.lists.contains(name) || LISTS.contains(&name.as_str());
        if self.redeclared.iter().any(list) {
            self.trouble("it is not known what a list in it is declared to be");
        }
        for segment in &mut self.segments {
            let shadowed = |form: &Form| {
                form.words.first().is_some_and(|word| word.is_literal() && self.functions.contains(&word.text))
            };
            if !self.functions.is_empty() && segment.forms.iter().any(shadowed) {
                segment.trouble.get_or_insert("it calls a function that this command line defines".into());
            }
        }
        Line { segments: self.segments, pipes: self.pipes, trouble: self.trouble, hidden: self.hidden }
    }
}
