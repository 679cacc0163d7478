//! The innermost command: what it does, and to which paths.

use super::builtin;
use super::reader::{Reader, Scope, State};
use super::redirect::Input;
use super::simple::Call;
use crate::policy::readonly;
use crate::policy::shell::commands::hidden;
use crate::policy::shell::commands::history;
use crate::policy::shell::commands::interpreter;
use crate::policy::shell::commands::readers;
use crate::policy::shell::commands::runners::{self, Started};
use crate::policy::shell::commands::spellings;
use crate::policy::shell::commands::wrapped::base;
use crate::policy::shell::commands::writers;
use crate::policy::shell::line::configured::Configured;
use crate::policy::shell::line::places::Places;
use crate::policy::shell::line::segment::{Access, Effect, Form, Segment, Use};
use crate::policy::shell::line::word::{Kind, UNKNOWN, Word};

/// They look at names and dates, never at content.
const LOOKING: [&str; 14] =
    ["ls", "stat", "test", "[", "du", "tree", "readlink", "realpath", "basename", "dirname", "pwd", "cd", "find", "fd"];
/// They read the folder they run in if they are given none.
const SEARCHING: [&str; 3] = ["rg", "ag", "ack"];

/// What may be run by what may be run is read so deep,
const MOST_GUESSES: usize = 3;
/// and so many of it in all,
const MOST_STARTED: usize = 256;
/// of commands of at most so many words.
const MOST_WORDS: usize = 512;

impl Reader {
    pub(super) fn finish(&mut self, call: Call<'_>, forms: Vec<Form>, state: &mut State) {
        let Call { words, mut segment, input, scope, .. } = call;
        let (name, args) = words.split_first().map_or(("", &[][..]), |(name, args)| (name.text.as_str(), args));
        let known = words.first().and_then(Word::known).is_some_and(|name| !name.is_empty());
        let homely = words.first().is_some_and(Word::is_in_home);
        if !known && !homely {
            segment.trouble.get_or_insert("which command it runs is not known before it runs".into());
        }
        if builtin::takes_index(name, args) {
            segment.trouble.get_or_insert("it computes with an index".into());
        }
        let bare = ["/bin/", "/usr/bin/"].iter().find_map(|folder| name.strip_prefix(folder)).unwrap_or(name);
        let effect = match known {
            false if homely => Effect::Unknown(format!("{name} is a program that is not known")),
            false => Effect::default(),
            true if bare.contains('/') => Effect::Unknown(format!("{name} is a program that is not known")),
            true => match self.builtin(bare, args, &mut segment, state) {
                Some(effect) => effect,
                None => self.table(bare, args, &mut segment, state),
            },
        };
        let spellings = spellings::spellings(&words);
        if spellings.len() >= spellings::MOST {
            // It may be any of its subcommands.
            let words = vec![Word::literal(base(name)), Word::unknown()];
            segment.also.push(Form { text: String::new(), words });
        }
        segment.also.extend(spellings);
        segment.hidden = segment.hidden.or_else(|| hidden::code(&words, &segment.risky));
        if matches!(effect, Effect::Unknown(_)) {
            self.perhaps_started(&words, &mut segment);
        }
        if interpreter::is_given_code(&words) {
            segment.coded = true;
            segment.hidden.get_or_insert("it is given code");
        }
        let sealed = segment.opaque.is_some() || scope.opaque.is_some();
        segment.effect = match effect {
            _ if segment.lasting => Effect::Unknown("it may go on running".into()),
            _ if sealed => Effect::Unknown(format!("{} runs it in another way", outermost(&forms))),
            effect => effect,
        };
        let mut all = [scope.outer, &forms].concat();
        segment.opaque = segment.opaque.map(|at| at + scope.outer.len()).or(scope.opaque);
        if input.is_some() && interpreter::reads_code(&words) {
            if let Some(form) = all.last_mut() {
                form.words.push(Word::unknown());
            }
            let first = self.segments.len();
            let read = self.given_code(&words, &input, &all, state);
            self.share(&segment, first);
            let whole = read && matches!(input, Some(Input::Known(_)));
            if whole && !sealed && !segment.lasting && interpreter::only_runs_input(bare, args) {
                segment.effect = Effect::ReadOnly;
            }
            segment.hidden = segment.hidden.or_else(|| interpreter::unseen(&words, read));
        }
        let reads = |used: &Use| matches!(used.access, Access::Read | Access::ReadSome);
        if input.is_none() && interpreter::reads_code(&words) && segment.uses.iter().any(reads) {
            // The code is in a file that is given to it.
            if let Some(form) = all.last_mut() {
                form.words.push(Word::unknown());
                form.text.clear();
            }
        }
        segment.forms = all;
        self.push(segment);
    }

    /// What it may start, as other forms of it.
    pub(super) fn perhaps_started(&mut self, words: &[Word], segment: &mut Segment) {
        if words.len() > MOST_WORDS {
            segment.hidden = segment.hidden.or(runners::may_start(words).then_some("a word of it is a command"));
            return;
        }
        for started in runners::started(words) {
            if self.guesses >= MOST_GUESSES || self.guessed >= MOST_STARTED {
                segment.hidden.get_or_insert("a word of it is a command");
                return;
            }
            let guessed = self.guessed + 1;
            let mut reader = Reader { depth: self.depth, guesses: self.guesses + 1, guessed, ..Reader::default() };
            let scope = Scope { source: "", outer: &[], opaque: None };
            match started {
                Started::Code(code) => reader.source(Scope { source: &code, ..scope }, &mut State::default()),
                Started::Words(words) => {
                    let call = Call { words, segment: Segment::default(), input: None, names: None, scope };
                    reader.call(call, Vec::new(), &mut State::default());
                }
            }
            self.guessed = reader.guessed;
            // Whether it is code at all is a guess, so what cannot be read says nothing.
            for inner in reader.segments {
                segment.also.extend(inner.forms.into_iter().chain(inner.also));
                segment.hidden = segment.hidden.or(inner.hidden);
            }
        }
    }

    fn table(&mut self, name: &str, args: &[Word], segment: &mut Segment, state: &State) -> Effect {
        let table: Vec<_> = args.iter().map(Word::for_table).collect();
        let reading = if LOOKING.contains(&name) { Access::List } else { Access::Read };
        let (effect, reads, writes) = match readonly::effect(name, &table) {
            _ if follows_links(name, args) => {
                (Effect::Unknown(format!("{name} follows links")), Vec::new(), Vec::new())
            }
            readonly::Effect::ReadOnly { reads } => {
                segment.stray |= args.iter().any(|arg| arg.kind == Kind::Names);
                (Effect::ReadOnly, reads, Vec::new())
            }
            readonly::Effect::Edits { reads, writes } => (Effect::Edits, reads, writes),
            readonly::Effect::Unknown(why) => {
                let writes = writers::of(name, args);
                for (word, at) in &writes.paths {
                    let before = segment.uses.len();
                    self.use_path(segment, word, *at, Access::Write, state);
                    if name == "sort" {
                        segment.outputs.extend(segment.uses[before..].iter().map(|used| used.given.clone()));
                    }
                    if writes.deep && word.is_literal() {
                        segment.trees.extend(segment.uses[before..].iter().map(|used| used.given.clone()));
                    }
                }
                for (word, at) in readers::of(name, args) {
                    self.use_path(segment, &word, at, Access::Read, state);
                }
                self.shown(name, args, segment, state);
                self.mentions(args, segment, state);
                return Effect::Unknown(why);
            }
        };
        self.shown(name, args, segment, state);
        if name == "mv" {
            let moved = args.iter().filter(|arg| arg.is_literal()).filter_map(|arg| arg.path(0));
            let given = moved.filter_map(|path| state.places.resolve(&path)).flatten();
            segment.trees.extend(given.filter(|given| !given.starts_with('-')));
        }
        for (paths, access) in [(&reads, reading), (&writes, Access::Write)] {
            for path in paths {
                if let Some(word) = args.get(path.index) {
                    self.use_path(segment, word, path.offset, access, state);
                }
            }
        }
        if reads.is_empty() && writes.is_empty() {
            let searches = SEARCHING.contains(&name)
                || name == "git"
                    && args.iter().any(|arg| arg.text == "grep")
                    && !args.iter().any(|arg| arg.text == "--")
                || name == "grep" && args.iter().any(|arg| arg.text.starts_with('-') && arg.text.contains(['r', 'R']));
            if searches {
                self.use_path(segment, &Word::literal("."), 0, Access::Read, state);
            } else if !state.places.is_start() && !matches!(name, "echo" | "printf" | "true" | "pwd" | "test" | "[") {
                self.use_path(segment, &Word::literal("."), 0, Access::List, state);
            }
        }
        segment.interactive |= is_interactive(name, args);
        let always = readonly::repository_settings(name, &table);
        if let Some(settings) = always.or_else(|| readonly::terminal_settings(name, &table)) {
            let places = match repository(name, args, &state.places) {
                Places::Known(places) => places,
                Places::Lost => vec![UNKNOWN.into()],
            };
            let looked_at = places.iter().filter(|place| !place.is_empty() && !place.contains(UNKNOWN));
            for place in looked_at.filter(|_| always.is_some()) {
                add(segment, place.clone(), Access::List);
            }
            segment.repository = Some(Configured { places, settings, terminal: always.is_none() });
        }
        effect
    }

    /// What a command of git shows of what its repository remembers, and the files that it writes besides.
    fn shown(&mut self, name: &str, args: &[Word], segment: &mut Segment, state: &State) {
        if name != "git" {
            return;
        }
        let shown = history::shown(args);
        segment.history = shown.anything;
        let places = repository(name, args, &state.places);
        for named in shown.paths {
            let Some(path) = named.word.path(named.at) else { continue };
            let mut given = places.resolve(&path).unwrap_or_else(|| {
                segment.history = true;
                Vec::new()
            });
            if named.rooted {
                // The top may be the folder that the shell starts in, or above it.
                let parts = path.match_indices('/').map(|(at, _)| at + 1);
                given.extend([0].into_iter().chain(parts).map(|at| path[at..].to_owned()));
            }
            for given in given.into_iter().filter(|given| !given.is_empty()) {
                if named.deep {
                    add(segment, given.clone(), Access::Shown);
                }
                add(segment, given, Access::Named);
            }
        }
        let elsewhere = State { places, ..state.clone() };
        for (word, at) in writers::of_git(args) {
            let before = segment.uses.len();
            self.use_path(segment, &word, at, Access::Write, &elsewhere);
            segment.outputs.extend(segment.uses[before..].iter().map(|used| used.given.clone()));
        }
    }

    /// A path that the segment is about, in each folder it may run in.
    pub(super) fn use_path(&mut self, segment: &mut Segment, word: &Word, at: usize, access: Access, state: &State) {
        let Some(path) = word.path(at) else {
            segment.trouble.get_or_insert("a path in it is not known before it runs".into());
            return;
        };
        if path.is_empty() || path == "-" && access != Access::Write || is_nothing(&path) {
            return;
        }
        let some = matches!(word.kind, Kind::Glob | Kind::Names);
        let access = if some && access == Access::Read { Access::ReadSome } else { access };
        match state.places.resolve(&path) {
            Some(all) => all.into_iter().for_each(|given| add(segment, given, access)),
            None => {
                segment.trouble.get_or_insert(format!("it is not known in which folder `{path}` is"));
            }
        }
    }

    /// Arguments of an unknown command that look like paths.
    fn mentions(&mut self, args: &[Word], segment: &mut Segment, state: &State) {
        for arg in args.iter().filter(|arg| arg.is_literal()) {
            let start = match arg.text.find('=') {
                Some(equals) if arg.text.starts_with('-') || !arg.text[..equals].contains('/') => equals + 1,
                _ => 0,
            };
            let Some(path) = arg.path(start) else { continue };
            let flag = path.starts_with('-') || path.contains("://") || path.contains(['\n', ' ', '\0']);
            if flag || path.is_empty() || is_nothing(&path) || path.len() > 1024 {
                continue;
            }
            let Some(all) = state.places.resolve(&path) else { continue };
            let hidden = |given: &String| {
                given
                    .split('/')
                    .any(|name| name.starts_with('.') && !matches!(name, "." | "..") || name.starts_with('~'))
            };
            for given in all.into_iter().filter(|given| given.contains('/') || hidden(given)) {
                add(segment, given, Access::Mention);
            }
        }
    }
}

fn add(segment: &mut Segment, given: String, access: Access) {
    let used = Use { given, access };
    if !segment.uses.contains(&used) {
        segment.uses.push(used);
    }
}

/// Would it take orders from a terminal?
fn is_interactive(name: &str, args: &[Word]) -> bool {
    let manual = |arg: &Word| matches!(arg.text.as_str(), "help" | "--help");
    let no_pager = |arg: &Word| matches!(arg.text.as_str(), "-pp" | "-P" | "--paging=never");
    matches!(name, "less" | "more" | "man" | "top")
        || matches!(name, "bat" | "batcat") && !args.iter().any(no_pager)
        || matches!(name, "git" | "cargo") && args.iter().any(manual)
}

/// Where the repository is whose configuration a command obeys.
fn repository(name: &str, args: &[Word], places: &Places) -> Places {
    let mut places = places.clone();
    let mut args = args.iter().take_while(|_| name == "git");
    while let Some(arg) = args.next().filter(|arg| arg.text.starts_with('-')) {
        match arg.text.as_str() {
            "-C" => match args.next().and_then(|folder| folder.path(0)) {
                Some(folder) => places = places.below(&folder),
                None => return Places::Lost,
            },
            text if text.starts_with("--git-dir") || text.starts_with("--work-tree") => return Places::Lost,
            "-c" | "--namespace" | "--exec-path" => drop(args.next()),
            _ => {}
        }
    }
    places
}

/// Does it go where links lead that lie below the folders it is given?
fn follows_links(name: &str, args: &[Word]) -> bool {
    let flag = |flags: &str, long: &[&str]| {
        args.iter().map(|arg| arg.text.as_str()).any(|arg| {
            let short =
                arg.strip_prefix('-').is_some_and(|arg| !arg.starts_with('-') && arg.contains(|c| flags.contains(c)));
            short || long.contains(&arg)
        })
    };
    let word = |words: &[&str]| args.iter().any(|arg| words.contains(&arg.text.as_str()));
    match name {
        "find" => word(&["-L", "-follow"]),
        "ls" => flag("L", &["--dereference"]) && flag("R", &["--recursive"]),
        "rg" | "fd" | "fdfind" => flag("L", &["--follow"]),
        "du" => flag("LD", &["--dereference", "--dereference-args"]),
        "tree" => word(&["-l"]) || flag("l", &[]),
        "grep" | "egrep" | "fgrep" => flag("R", &["--dereference-recursive"]),
        _ => false,
    }
}

/// Devices that hold nothing, and the command's own streams.
fn is_nothing(path: &str) -> bool {
    matches!(path, "/dev/null" | "/dev/stdin" | "/dev/stdout" | "/dev/stderr" | "/dev/tty" | "/dev/zero")
        || path.strip_prefix("/dev/fd/").is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()))
}

fn outermost(forms: &[Form]) -> String {
    forms.first().and_then(|form| form.words.first()).map_or_else(String::new, |word| word.text.clone())
}
