//! Code within a command: `bash -c`, `eval`, a shell that reads it from a here-document or a pipe, `find -exec`.

use super::reader::{Reader, Scope, State};
use super::redirect::Input;
use super::simple::Call;
use crate::policy::readonly;
use crate::policy::shell::commands::hidden;
use crate::policy::shell::commands::interpreter;
use crate::policy::shell::commands::wrapped::{Code, base};
use crate::policy::shell::commands::wrapper;
use crate::policy::shell::line::places::Places;
use crate::policy::shell::line::segment::{Access, Effect, Form, Segment};
use crate::policy::shell::line::word::{Kind, Word};

/// Of one `find`.
const MOST_COMMANDS: usize = 64;

impl Reader {
    pub(super) fn code(&mut self, call: Call<'_>, forms: Vec<Form>, code: Code, state: &mut State) {
        let mut segment = call.segment;
        if code.opaque {
            segment.opaque = Some(forms.len() - 1);
            self.perhaps_started(&call.words, &mut segment);
        }
        segment.effect = Effect::ReadOnly;
        if let Some(why) = code.trouble {
            segment.trouble.get_or_insert(why);
        }
        let first = self.segments.len();
        match &code.text {
            Some(text) => {
                let outer = [call.scope.outer, &forms].concat();
                let opaque = segment.opaque.map(|at| at + call.scope.outer.len()).or(call.scope.opaque);
                let mut inner = state.clone();
                inner.variables = interpreter::positional(text, &code.parameters);
                let state = if code.here { state } else { &mut inner };
                self.nested(text, &outer, opaque, state, code.here);
            }
            None => {
                segment.trouble.get_or_insert("the code that it runs is not known before it runs".into());
                segment.hidden = Some("the code that it runs is not known");
            }
        }
        segment.hidden = segment.hidden.or_else(|| hidden::variable(&segment.risky));
        self.share(&segment, first);
        // The wrapper itself is judged for what only it does.
        let alone = self.segments.len() == first;
        let itself = segment.trouble.is_some() || segment.hidden.is_some() || !segment.also.is_empty();
        if alone || itself || !segment.uses.is_empty() || !segment.risky.is_empty() {
            segment.forms = [call.scope.outer, &forms].concat();
            segment.opaque = segment.opaque.map(|at| at + call.scope.outer.len()).or(call.scope.opaque);
            self.push(segment);
        }
    }

    /// The commands from this one on run in the environment of this segment, and no longer than it.
    pub(super) fn share(&mut self, segment: &Segment, first: usize) {
        let altered = segment.altered;
        let environment = segment.environment || !segment.risky.is_empty();
        for inner in &mut self.segments[first..] {
            inner.lasting |= segment.lasting;
            inner.environment |= environment;
            inner.altered |= altered;
        }
    }

    pub(super) fn nested(&mut self, text: &str, outer: &[Form], opaque: Option<usize>, state: &mut State, here: bool) {
        let scope = Scope { source: text, outer, opaque };
        let nested = self.deeper(|reader| {
            if here {
                reader.source(scope, state);
                state.settle();
            } else {
                let mut inner = state.clone();
                inner.settle();
                reader.source(scope, &mut inner);
            }
        });
        if let Err(why) = nested {
            self.trouble(why);
        }
    }

    /// A shell that is given code to read. Was it read here too?
    pub(super) fn given_code(&mut self, words: &[Word], input: &Option<Input>, forms: &[Form], state: &State) -> bool {
        let Some(Input::Known(text) | Input::Perhaps(text)) = input else { return false };
        let reads =
            words.first().and_then(Word::known).is_some_and(interpreter::is_shell) && interpreter::reads_code(words);
        if reads {
            // Another shell has its own variables.
            let mut inner = State { variables: Default::default(), ..state.clone() };
            let first = self.segments.len();
            self.nested(text, forms, None, &mut inner, false);
            return !interpreter::may_be_eaten(text, &self.segments[first..]);
        }
        false
    }

    /// This segment reads what another prints.
    pub(super) fn fed(&mut self, at: usize) {
        let printed = at.checked_sub(1).and_then(|before| printed(&self.segments[before]));
        self.fed_with(at, printed);
    }

    /// This segment reads this text, or what is not known.
    pub(super) fn fed_with(&mut self, at: usize, printed: Option<String>) {
        let Some(form) = self.segments[at].forms.last_mut() else { return };
        let words = form.words.clone();
        if !interpreter::reads_code(&words) {
            return;
        }
        // Only a rule that allows any arguments speaks of it.
        form.words.push(Word::unknown());
        form.text.clear();
        let forms = self.segments[at].forms.clone();
        let read =
            printed.is_some_and(|text| self.given_code(&words, &Some(Input::Known(text)), &forms, &State::default()));
        let segment = &mut self.segments[at];
        segment.fed = true;
        segment.hidden = segment.hidden.or_else(|| interpreter::unseen(&words, read));
    }

    /// `find` itself, and each command that it starts.
    pub(super) fn find(&mut self, call: Call<'_>, forms: Vec<Form>, state: &mut State) {
        let words = call.words.clone();
        let name = words[0].text.clone();
        let table: Vec<_> = words[1..].iter().map(Word::for_table).collect();
        let known = if base(&name) == "find" { readonly::find_commands(&table) } else { Vec::new() };
        let follows = words.iter().any(|word| matches!(word.text.as_str(), "-L" | "-follow"));
        let understood = !known.is_empty() && !follows;
        let mut commands: Vec<Vec<Word>> = if understood {
            known.into_iter().map(|range| words[range.start + 1..range.end + 1].to_vec()).collect()
        } else {
            let starts = (1..words.len()).filter(|&at| wrapper::starts_command(&words[at]));
            starts.map(|at| words[at + 1..].to_vec()).collect()
        };
        let mut segment = segment_of(&call);
        if commands.len() > MOST_COMMANDS {
            segment.trouble = Some("it starts more commands than are looked at".into());
            segment.hidden = Some("a word of it is a command");
            commands.clear();
        }
        let mut roots = Vec::new();
        match readonly::effect_without_exec(&table) {
            readonly::Effect::ReadOnly { reads } if understood => {
                segment.effect = Effect::ReadOnly;
                for read in reads {
                    let word = &words[read.index + 1];
                    self.use_path(&mut segment, word, read.offset, Access::Read, state);
                    roots.push(word.clone());
                }
            }
            _ => segment.effect = Effect::Unknown(format!("{name} is not known to be read-only")),
        }
        segment.forms = [call.scope.outer, &forms].concat();
        segment.opaque = call.segment.opaque.map(|at| at + call.scope.outer.len()).or(call.scope.opaque);
        self.push(segment);
        let risky = roots.iter().any(|root| root.text.starts_with('-'));
        for command in commands {
            let mut inner = Vec::new();
            for word in command {
                match word.text.as_str() {
                    // Every name below a start folder begins with that folder's.
                    "{}" if understood && !risky && !inner.is_empty() => match &roots[..] {
                        [] => inner.push(below("./")),
                        roots if roots.iter().all(Word::is_literal) => {
                            inner.extend(roots.iter().map(|root| below(&format!("{}/", root.text))));
                        }
                        _ => inner.push(Word::unknown()),
                    },
                    text if text.contains("{}") => inner.push(Word::unknown()),
                    _ => inner.push(word),
                }
            }
            if inner.is_empty() {
                continue;
            }
            let mut started = segment_of(&call);
            started.uses.clear();
            let dirwise = words.iter().any(|word| word.text == "-execdir" || word.text == "-okdir");
            let mut elsewhere = state.clone();
            if dirwise {
                elsewhere.places = Places::Lost;
            }
            let call = Call { words: inner, segment: started, input: None, names: None, scope: call.scope };
            self.call(call, forms.clone(), &mut elsewhere);
        }
    }
}

/// Names of files in a folder.
fn below(folder: &str) -> Word {
    let mut word = Word::literal(format!("{folder}*"));
    word.kind = Kind::Glob;
    word
}

fn segment_of(call: &Call<'_>) -> Segment {
    Segment {
        text: call.segment.text.clone(),
        opaque: call.segment.opaque,
        uses: call.segment.uses.clone(),
        trouble: call.segment.trouble.clone(),
        risky: call.segment.risky.clone(),
        environment: call.segment.environment,
        altered: call.segment.altered,
        lasting: call.segment.lasting,
        ..Segment::default()
    }
}

/// What `echo` and `printf` print, if no escape in it is still to be read.
fn printed(segment: &Segment) -> Option<String> {
    let words = &segment.forms.last()?.words;
    let name = words.first()?.known()?;
    let texts: Option<Vec<_>> = words[1..].iter().map(Word::known).collect();
    let texts = texts?;
    match base(name) {
        "echo" => {
            let is_flag =
                |text: &&&str| text.strip_prefix('-').is_some_and(|text| text.chars().all(|c| "neE".contains(c)));
            let flags = texts.iter().take_while(is_flag).count();
            let text = texts[flags..].join(" ");
            (!text.contains('\\') || flags == 0).then_some(text)
        }
        "printf" => match texts[..] {
            ["%s" | "%s\\n", ref rest @ ..] => Some(rest.join("\n")),
            [format] => {
                let text = format.replace("\\n", "\n");
                (!text.contains(['%', '\\'])).then_some(text)
            }
            _ => None,
        },
        _ => None,
    }
}
