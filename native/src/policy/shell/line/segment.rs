//! What the reader finds.

use super::configured::Configured;
use super::environment::heeds_none;
use super::inside::is_in_the_shell;
use super::word::{UNKNOWN, Word};

/// A command line, understood.
#[derive(Debug, Default)]
pub(in crate::policy) struct Line {
    /// Every simple command, in the order they stand in.
    pub(in crate::policy) segments: Vec<Segment>,
    /// Every pipe in it, as written and as its words come out.
    pub(in crate::policy) pipes: Vec<String>,
    /// Why the line as a whole cannot be judged by its segments.
    pub(in crate::policy) trouble: Option<String>,
    /// Why it may run commands that are not seen.
    pub(in crate::policy) hidden: Option<&'static str>,
}

/// A simple command, or redirections or assignments that stand alone.
#[derive(Debug, Default)]
pub(in crate::policy) struct Segment {
    /// As written.
    pub(in crate::policy) text: String,
    /// The command as it is started, outermost wrapper first: `sudo rm x`, then `rm x`.
    pub(in crate::policy) forms: Vec<Form>,
    /// Other spellings of it, for rules that deny or ask.
    pub(in crate::policy) also: Vec<Form>,
    /// Why it may run commands that are not seen.
    pub(in crate::policy) hidden: Option<&'static str>,
    /// Forms behind this one run as somebody else or somewhere else, so leave for them alone is not enough.
    pub(in crate::policy) opaque: Option<usize>,
    /// What it does to files.
    pub(in crate::policy) effect: Effect,
    /// The paths it is about.
    pub(in crate::policy) uses: Vec<Use>,
    /// Those of them that redirections write, and options of commands that are for reading.
    pub(in crate::policy) outputs: Vec<String>,
    /// Those of them that are changed or moved with all that is below.
    pub(in crate::policy) trees: Vec<String>,
    /// What cannot be known before it runs.
    pub(in crate::policy) trouble: Option<String>,
    /// Variables it sets that change what commands do.
    pub(in crate::policy) risky: Vec<String>,
    /// It runs code that a pipe brings, of which its own text says nothing.
    pub(in crate::policy) fed: bool,
    /// It is given code to run in its words or by its input, of which leave for the program says nothing.
    pub(in crate::policy) coded: bool,
    /// It may go on when the shell has ended.
    pub(in crate::policy) lasting: bool,
    /// Variables are set for it of which nothing is known.
    pub(in crate::policy) environment: bool,
    /// What is set for it alone and known, as written and as it comes out, in front of the command: `A=1 B=2`. Empty
    /// where that is not all there is.
    pub(in crate::policy) set: Option<[String; 2]>,
    /// It shows files as a repository remembers them, whatever they are called.
    pub(in crate::policy) history: bool,
    /// Variables are set for it, or may be, that nobody knows to be without effect on what it does.
    pub(in crate::policy) altered: bool,
    /// It runs what a repository's own configuration names.
    pub(in crate::policy) repository: Option<Configured>,
    /// Names of files, which may be anything, decide what it reads.
    pub(in crate::policy) stray: bool,
    /// On a terminal it would wait for its user, and do what that one types.
    pub(in crate::policy) interactive: bool,
}

/// One way to see a command: with or without what wraps it.
#[derive(Debug, Clone)]
pub(in crate::policy) struct Form {
    /// As written; empty where it is not written by itself.
    pub(in crate::policy) text: String,
    /// Its words after expansion.
    pub(in crate::policy) words: Vec<Word>,
}

/// What a command does to files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::policy) enum Effect {
    /// It changes nothing.
    ReadOnly,
    /// It changes the paths of its [`Access::Write`] and nothing else.
    Edits,
    /// It may do anything; why no more is known.
    Unknown(String),
}

impl Default for Effect {
    fn default() -> Self {
        Self::Unknown("it is not known to be read-only".into())
    }
}

/// A path that a command is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::policy) struct Use {
    /// As the shell's start folder sees it.
    pub(in crate::policy) given: String,
    /// What for.
    pub(in crate::policy) access: Access,
}

/// What happens to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Access {
    /// Its content is read; of a folder, whatever lies below.
    Read,
    /// Some files in this folder are read.
    ReadSome,
    /// Its name, size and date are looked at; of a folder, its list.
    List,
    /// It is made, changed or removed.
    Write,
    /// It is an argument of a command of which nothing is known.
    Mention,
    /// What had this name may be shown, whatever has it now.
    Named,
    /// The same for whatever lay below it.
    Shown,
}

impl Access {
    /// It is about what a repository remembers, and not about what is there.
    pub(in crate::policy) fn is_memory(self) -> bool {
        matches!(self, Self::Named | Self::Shown)
    }
}

impl Segment {
    /// The command with the variables that are set for it alone, for rules that name them.
    pub(in crate::policy) fn with_variables(&self) -> Vec<String> {
        let [form] = &self.forms[..] else { return Vec::new() };
        self.set.iter().flatten().map(|set| format!("{set} {}", form.guarded())).collect()
    }

    /// May a variable of which nothing is known change what it does?
    pub(in crate::policy) fn is_altered(&self) -> bool {
        let name = self.forms.last().and_then(|form| form.words.first()).map_or("", |word| &*word.text);
        (self.environment || self.altered) && !heeds_none(name)
    }

    /// The programs that it starts by a name that is looked up on `PATH`, as far as they are known: wrappers, and what
    /// they wrap.
    pub(in crate::policy) fn programs(&self) -> impl Iterator<Item = &str> {
        let names = self.forms.iter().filter_map(|form| form.words.first()?.known());
        names.filter(|name| !name.is_empty() && !name.contains('/') && !is_in_the_shell(name))
    }

    /// Nothing in its words is run as code.
    pub(in crate::policy) fn is_understood(&self) -> bool {
        let words: Vec<_> =
            self.forms.last().into_iter().flat_map(|form| &form.words).map(|word| &*word.text).collect();
        let text = matches!(
            words[..],
            ["git", "add" | "commit" | "tag", ..]
                | ["gh" | "glab", "pr" | "mr" | "issue" | "release", ..]
                | ["kubectl", "apply" | "create" | "replace", ..]
                | ["tee" | "curl", ..]
        );
        self.trouble.is_none()
            && self.hidden.is_none()
            && self.risky.is_empty()
            && (text || !matches!(self.effect, Effect::Unknown(_)))
    }
}

impl Form {
    /// Its words with a space between them; [`UNKNOWN`] stands for what is not known.
    pub(in crate::policy) fn joined(&self) -> String {
        self.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The same, where a word cannot pass for several or for text it does not have: for allow rules.
    pub(in crate::policy) fn guarded(&self) -> String {
        let odd = |c: char| c.is_whitespace() || c.is_control();
        let guard = |word: &Word| match word.text.as_str() {
            "" => UNKNOWN.to_string(),
            text if text.contains(odd) => text.replace(odd, UNKNOWN_TEXT),
            // A file of that name, not the home folder.
            text if text.starts_with("~/") && word.home != Some(0) => format!("./{text}"),
            text => text.to_owned(),
        };
        self.words.iter().map(guard).collect::<Vec<_>>().join(" ")
    }
}

impl Form {
    /// The guarded words where `..` in a path takes back the folder before it. A word whose end is not known, or a
    /// pattern that may become `..`, may lead anywhere. None: there is no such word.
    pub(in crate::policy) fn straight(&self) -> Option<String> {
        let leads = |word: &Word| {
            let hidden = |part: &str| part == ".." || part.starts_with('.') && part.contains(['*', '?', '[']);
            word.text.contains('/') && (word.text.split('/').any(hidden) || word.text.contains(UNKNOWN))
        };
        if !self.words.iter().any(leads) {
            return None;
        }
        let words = self.words.iter().map(|word| match leads(word) {
            true if word.text.contains([UNKNOWN, '*', '?', '[']) => Word::unknown(),
            true => Word { text: straightened(&word.text), ..word.clone() },
            false => word.clone(),
        });
        Some(Form { text: String::new(), words: words.collect() }.guarded())
    }
}

fn straightened(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match (part, parts.last()) {
            ("..", Some(&last)) if !matches!(last, "" | "." | "..") => drop(parts.pop()),
            ("", Some(_)) | (".", Some(_)) => {}
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

const UNKNOWN_TEXT: &str = "\u{1}";
