//! Commands of the shell itself that change nothing but the shell.

use super::reader::{Reader, State};
use crate::policy::shell::line::environment;
use crate::policy::shell::line::places::Places;
use crate::policy::shell::line::segment::{Access, Effect, Segment};
use crate::policy::shell::line::word::Word;

impl Reader {
    /// What a builtin does; None if it is none of those that are known.
    pub(super) fn builtin(
        &mut self,
        name: &str,
        args: &[Word],
        segment: &mut Segment,
        state: &mut State,
    ) -> Option<Effect> {
        match name {
            "cd" | "pushd" | "popd" | "chdir" => self.enter(name, args, segment, state),
            ":" | "true" | "false" | "break" | "continue" | "return" | "exit" | "shift" | "times" => {
                Some(Effect::ReadOnly)
            }
            "wait" => only_flags(args, "fn"),
            "alias" | "history" if args.is_empty() => Some(Effect::ReadOnly),
            "jobs" => only_flags(args, "lnprs"),
            "dirs" => only_flags(args, "clpv"),
            "command" => Some(Effect::ReadOnly).filter(|_| args.iter().all(Word::is_literal)),
            "exec" if args.is_empty() => Some(Effect::ReadOnly),
            "set" => {
                let known = args.iter().all(|arg| {
                    let plain = |text: &str| text.chars().all(|c| "euxvoEC".contains(c));
                    let options = ["pipefail", "errexit", "nounset", "xtrace", "verbose", "noclobber"];
                    arg.known()
                        .is_some_and(|text| text.strip_prefix(['-', '+']).is_some_and(plain) || options.contains(&text))
                });
                known.then_some(Effect::ReadOnly)
            }
            "mapfile" | "readarray" => {
                self.lists.extend(args.iter().filter_map(Word::known).map(str::to_owned));
                self.names(behind_values(args, "t", "dnOsu")?, "", segment, state)
            }
            "read" => {
                let names = behind_values(args, "aers", "dinNptu")?;
                if names.len() < args.len() {
                    self.lists.extend(names.iter().filter_map(Word::known).map(str::to_owned));
                }
                let elsewhere = |flag: &Word| flag.text.starts_with('-') && flag.text.contains('u');
                let here = !args[..args.len() - names.len()].iter().any(elsewhere);
                let line = state.line.take().filter(|_| here && names.len() == 1);
                let effect = self.names(names, "", segment, state);
                if let (Some(line), Some(name)) = (line, names.first().and_then(Word::known)) {
                    state.variables.insert(name.to_owned(), line);
                }
                effect
            }
            "let" => {
                state.variables.clear();
                for arg in args {
                    match arg.known() {
                        Some(text) => self.expression(text),
                        None => self.trouble("it computes with a value that is not known before it runs"),
                    }
                }
                Some(Effect::ReadOnly)
            }
            "shopt" => only_printing(args),
            "printf" if args.first().is_some_and(|arg| arg.text.starts_with("-v")) => {
                self.names(args, "v", segment, state)
            }
            "printf" if counts(args) => {
                segment.trouble = Some("`%n` in it sets a variable".into());
                None
            }
            "getopts" => self.names(args.get(1..)?, "", segment, state),
            _ => None,
        }
    }

    /// A builtin that sets the variables it names.
    fn names(&mut self, args: &[Word], flags: &str, segment: &mut Segment, state: &mut State) -> Option<Effect> {
        for arg in args {
            let Some(text) = arg.known() else {
                segment.trouble = Some("it sets a variable that is not known before it runs".into());
                continue;
            };
            let option = text.strip_prefix('-').is_some_and(|text| text.chars().all(|c| flags.contains(c)));
            let name = text.strip_prefix("-v").unwrap_or(text);
            if !option && name.contains('[') {
                segment.trouble = Some("it computes with an index".into());
                continue;
            }
            if !option && text.starts_with('-') {
                return None;
            }
            if environment::is_risky(name) {
                state.searches |= name == "CDPATH";
                segment.risky.push(name.to_owned());
            }
            self.assigned(name, None);
            state.alter(name);
            state.variables.remove(name);
        }
        Some(Effect::ReadOnly)
    }

    fn enter(&mut self, name: &str, args: &[Word], segment: &mut Segment, state: &mut State) -> Option<Effect> {
        let before = state.places.clone();
        if name == "popd" && args.is_empty() && state.pushed.is_some() {
            return Some(self.back(before, state));
        }
        let home = [Word { home: Some(0), ..Word::literal("~") }];
        let args = match args {
            [] if name == "cd" => &home[..],
            [dashes, rest @ ..] if dashes.known() == Some("--") => rest,
            args => args,
        };
        let target = match args {
            [target] if target.is_literal() && !target.text.starts_with(['-', '+']) => target.path(0),
            _ => None,
        };
        let Some(target) = target.filter(|target| name != "popd" && !target.is_empty()) else {
            segment.trouble = Some("it is not known where it goes".into());
            state.places = Places::Lost;
            return Some(Effect::ReadOnly);
        };
        let searches = state.searches || segment.risky.iter().any(|name| name == "CDPATH");
        if searches && !target.starts_with(['/', '.', '~']) {
            segment.trouble = Some("it is not known where it goes, since CDPATH is set".into());
            state.places = Places::Lost;
            return Some(Effect::ReadOnly);
        }
        self.use_path(segment, &args[0], 0, Access::List, state);
        let entered = before.entered(&target);
        if name == "pushd" {
            let pushed = state.pushed.take();
            state.pushed = Some(pushed.map_or_else(|| before.clone(), |pushed| pushed.or(&before)));
        }
        if state.perhaps {
            state.places = before.or(&entered);
            state.failed = None;
        } else {
            state.places = entered;
            state.failed = Some(before);
        }
        Some(Effect::ReadOnly)
    }
}

impl Reader {
    /// `popd`: to where some `pushd` was called. Which one is not kept in mind, since each may have failed.
    fn back(&mut self, before: Places, state: &mut State) -> Effect {
        let pushed = state.pushed.clone().unwrap_or(Places::Lost);
        if state.perhaps {
            state.places = before.or(&pushed);
            state.failed = None;
        } else {
            state.places = pushed;
            state.failed = Some(before);
        }
        Effect::ReadOnly
    }
}

/// What stands behind flags, some of which take a value in their word or in the next; None if one is not known.
fn behind_values<'a>(args: &'a [Word], alone: &str, valued: &str) -> Option<&'a [Word]> {
    let mut at = 0;
    while let Some(flags) = args.get(at).and_then(Word::known).and_then(|text| text.strip_prefix('-')) {
        at += 1;
        if flags == "-" {
            break;
        }
        let known = |flag: char| alone.contains(flag) || valued.contains(flag);
        match flags.find(|flag| !alone.contains(flag)) {
            Some(value) if flags[value..].chars().next().is_some_and(known) => {
                let apart = value + 1 == flags.len();
                at += usize::from(apart);
                args.get(at.checked_sub(1)?).filter(|value| !apart || value.is_literal())?;
            }
            Some(_) => return None,
            None if flags.is_empty() => return None,
            None => {}
        }
    }
    args.get(at..)
}

/// Builtins that take names of variables compute with an index in one. (`read` and its like are known better.)
pub(super) fn takes_index(name: &str, args: &[Word]) -> bool {
    let names =
        ["test", "[", "unset", "wait", "declare", "typeset", "local", "export", "readonly", "compgen", "complete"];
    names.contains(&name) && args.iter().any(|arg| arg.text.contains('[') && arg.text.contains(['$', '`']))
}

/// May `%n` in a format have `printf` put a number into a variable that is named behind it?
fn counts(args: &[Word]) -> bool {
    let args = if args.first().is_some_and(|first| first.known() == Some("--")) { &args[1..] } else { args };
    let Some((format, rest)) = args.split_first() else { return false };
    let conversion = |text: &str| {
        text.split('%').skip(1).any(|part| {
            part.trim_start_matches(|c: char| c.is_ascii_digit() || "#-+ '.*hlLjzt".contains(c)).starts_with('n')
        })
    };
    let name = |word: &Word| word.known().is_none_or(super::arithmetic::is_name);
    rest.iter().any(name) && format.known().is_none_or(conversion)
}

/// Flags, numbers and jobs; any other flag may have it run or set something.
fn only_flags(args: &[Word], flags: &str) -> Option<Effect> {
    let known = args.iter().all(|arg| match arg.known() {
        Some(text) => match text.strip_prefix(['-', '+']) {
            Some(rest) => rest.chars().all(|c| flags.contains(c) || c.is_ascii_digit()),
            None => {
                text.strip_prefix('%').unwrap_or(text).chars().all(|c| c.is_ascii_alphanumeric() || "+-%".contains(c))
            }
        },
        // `wait $pid` waits for what is none of a flag.
        None => false,
    });
    known.then_some(Effect::ReadOnly)
}

/// Options of the shell that only say what a pattern without a match becomes.
fn only_printing(args: &[Word]) -> Option<Effect> {
    let known = |arg: &Word| {
        let harmless = ["-s", "-u", "-q", "-p", "nullglob", "failglob", "checkwinsize", "cmdhist", "histappend"];
        arg.known().is_some_and(|text| harmless.contains(&text))
    };
    args.iter().all(known).then_some(Effect::ReadOnly)
}
