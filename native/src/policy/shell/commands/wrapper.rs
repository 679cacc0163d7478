//! Commands that start the command in their arguments.

use super::interpreter::{SHELLS, shell};
use super::names::Names;
use super::wrapped::{Code, Inner, Wrapped, base};
use super::wrappers::{CLEAR, Shape, is_opaque};
use crate::policy::readonly;
use crate::policy::shell::line::environment;
use crate::policy::shell::line::word::Word;

pub(in crate::policy::shell) fn unwrap(words: &[Word], fed: Option<&Names>) -> Wrapped {
    let Some(name) = words.first().and_then(Word::known) else {
        return Wrapped::Nothing;
    };
    let name = base(name);
    match name {
        "find" | "fd" | "fdfind" if words.iter().any(starts_command) => Wrapped::Find,
        "xargs" => xargs(words, fed),
        "eval" => code(join(&words[1..]), true, None),
        "watch" => watch(words),
        "trap" => trap(words),
        "alias" => alias(words),
        "su" | "sg" => su(name, words),
        _ if SHELLS.contains(&name) => shell(name, words),
        _ if is_opaque(name) => opaque(name, words),
        _ => CLEAR.iter().find(|shape| shape.name == name).map_or(Wrapped::Nothing, |shape| clear(shape, words)),
    }
}

/// Does a command follow this argument of `find`?
pub(in crate::policy::shell) fn starts_command(word: &Word) -> bool {
    matches!(word.text.as_str(), "-exec" | "-execdir" | "-ok" | "-okdir" | "-x" | "-X" | "--exec" | "--exec-batch")
}

fn inner(words: &[Word]) -> Inner {
    Inner { words: words.to_vec(), opaque: false, sets: Vec::new(), folder: None, trouble: None, lasting: false }
}

pub(in crate::policy::shell) fn code(text: Option<String>, here: bool, trouble: Option<String>) -> Wrapped {
    Wrapped::Code(Code { text, here, opaque: false, trouble, parameters: Vec::new() })
}

/// The words as one text, if all are known.
fn join(words: &[Word]) -> Option<String> {
    let texts: Option<Vec<_>> = words.iter().map(Word::known).collect();
    texts.map(|texts| texts.join(" "))
}

fn clear(shape: &Shape, words: &[Word]) -> Wrapped {
    let mut found = inner(&[]);
    found.lasting = matches!(shape.name, "nohup" | "setsid");
    let mut at = 1;
    while let Some(text) = words.get(at).and_then(Word::known) {
        if text == "--" {
            at += 1;
            break;
        }
        if let Some(option) = text.strip_prefix("--") {
            let name = option.split_once('=').map_or(option, |(name, _)| name);
            let valued = shape.long.iter().any(|long| long.strip_suffix('=') == Some(name));
            if !valued && !shape.long.contains(&option) {
                return unclear(shape.name, words, at);
            }
            let apart = valued && !option.contains('=');
            if name == "split-string" {
                let attached = text.split_once('=').map(|(_, value)| Word::literal(value));
                let rest = words.get(at + 1 + usize::from(apart)..).unwrap_or_default();
                return split(attached.or_else(|| words.get(at + 1).cloned()), rest);
            }
            if name == "chdir" {
                let path = text.split_once('=').map(|(_, path)| Word::literal(path));
                found.folder = path.or_else(|| words.get(at + 1).cloned());
            }
            if name == "unset" {
                let given = text.split_once('=').map(|(_, name)| Word::literal(name));
                found.sets.extend(dropped(given.as_ref().or_else(|| words.get(at + 1))));
            }
            if name == "ignore-environment" {
                found.sets.push(CLEARED.to_owned());
            }
            at += 1 + usize::from(apart);
            continue;
        }
        let Some(flags) = text.strip_prefix('-').filter(|flags| !flags.is_empty()) else { break };
        let valued = flags.find(|flag| shape.valued.contains(flag));
        let alone = &flags[..valued.unwrap_or(flags.len())];
        if !alone.chars().all(|flag| shape.alone.contains(flag)) {
            return unclear(shape.name, words, at);
        }
        if shape.name == "env" && alone.contains('i') || shape.name == "exec" && alone.contains('c') {
            found.sets.push(CLEARED.to_owned());
        }
        at += 1;
        let Some(valued) = valued else { continue };
        let rest = &flags[valued + 1..];
        let value = if rest.is_empty() { words.get(at).cloned() } else { Some(Word::literal(rest)) };
        if shape.name == "env" && flags[valued..].starts_with('S') {
            return split(value, words.get(at + usize::from(rest.is_empty())..).unwrap_or_default());
        }
        if shape.name == "env" && flags[valued..].starts_with('u') {
            found.sets.extend(dropped(value.as_ref()));
        } else if shape.name == "env" && flags[valued..].starts_with('C') {
            found.folder = value;
        }
        at += usize::from(rest.is_empty());
    }
    if shape.name == "env" {
        while let Some((word, (name, value))) = words.get(at).and_then(|word| Some((word, word.text.split_once('=')?)))
        {
            if !environment::is_risky(name) || environment::is_risky_as(name, word.known().and(Some(value))) {
                found.sets.push(name.to_owned());
            }
            at += 1;
        }
    }
    at += shape.skip;
    match words.get(at..) {
        // Without a command, `env` prints what is set.
        None | Some([]) => Wrapped::Nothing,
        Some(rest) => {
            found.words = rest.to_vec();
            Wrapped::Command(found)
        }
    }
}

/// One of the variables by which claw keeps programs from starting others: without them they do.
const CALMING: &str = "GIT_PAGER";

/// Stands for all variables, of which nothing is known when they are taken away.
const CLEARED: &str = "ENVIRONMENT";

/// The variable that is taken away from a command, if that may make it do something else.
fn dropped(name: Option<&Word>) -> Option<String> {
    let name = name.map_or(CALMING, |name| name.known().unwrap_or(CALMING));
    environment::is_risky_as(name, Some("")).then(|| name.to_owned())
}

/// A flag that is not known: it may change which word is the command.
fn unclear(name: &str, words: &[Word], at: usize) -> Wrapped {
    let query = name == "command" && words.get(at).is_some_and(|word| matches!(word.text.as_str(), "-v" | "-V"));
    if query {
        return Wrapped::Nothing;
    }
    let mut found = inner(likely(words));
    found.trouble = Some(format!("{name}: unknown flag {}", words[at].text));
    found.opaque = true;
    if found.words.is_empty() { Wrapped::Nothing } else { Wrapped::Command(found) }
}

/// Where a command is likely to start: behind options, assignments and numbers.
fn likely(words: &[Word]) -> &[Word] {
    let skipped = |word: &Word| {
        word.text.starts_with(['-', '+'])
            || word.text.contains('=')
            || word.text.starts_with(|c: char| c.is_ascii_digit())
    };
    let at = (1..words.len()).find(|&at| !skipped(&words[at])).unwrap_or(words.len());
    &words[at..]
}

fn opaque(name: &str, words: &[Word]) -> Wrapped {
    let mut found = inner(likely(words));
    // `sudo -u root rm`: the user's name is no command.
    let valued: &[&str] = match name {
        "sudo" => &["-u", "-g", "-h", "-p", "-C", "-D", "-R", "-T", "-r", "-t", "--user", "--group", "--chdir"],
        "doas" => &["-u", "-C"],
        "flock" => &["-w", "-E", "--timeout", "--conflict-exit-code"],
        "strace" | "ltrace" => &["-e", "-o", "-s", "-p", "-u", "-E", "-P", "-a", "-I", "-O", "-S", "-X", "-n"],
        "unshare" | "nsenter" => &["-S", "-G", "-t", "-R", "-w"],
        "runuser" => &["-u", "-g", "-G", "-s", "-w", "--user", "--group", "--supp-group", "--shell"],
        _ => &[],
    };
    let mut at = 1;
    while let Some(word) = words.get(at) {
        if valued.contains(&word.text.as_str()) {
            at += 2;
        } else if word.text.starts_with('-') || word.text.contains('=') {
            at += 1;
        } else {
            break;
        }
    }
    at += usize::from(matches!(name, "flock" | "chroot" | "faketime"));
    if name == "setarch" {
        at += usize::from(words.get(at).is_some_and(|arch| arch.text.contains(|c: char| c.is_ascii_digit())));
    }
    if let Some(words) = words.get(at..).filter(|words| !words.is_empty()) {
        found.words = words.to_vec();
    }
    found.opaque = true;
    found.trouble = None;
    if name == "coproc" && found.words.first().is_some_and(|word| word.bare && matches!(word.text.as_str(), "{" | "("))
    {
        found.trouble = Some("`coproc` with a group is not understood".into());
    }
    let as_user = words.iter().any(|word| word.text.starts_with("-u") || word.text.starts_with("--user"));
    if matches!(name, "flock" | "script" | "runuser")
        && !(name == "runuser" && as_user)
        && let Some(text) = command_option(words)
    {
        return Wrapped::Code(Code { text, here: false, opaque: true, trouble: None, parameters: Vec::new() });
    }
    if found.words.is_empty() { Wrapped::Nothing } else { Wrapped::Command(found) }
}

/// What stands behind `-c`, `--command` or `--command=`, if that is there.
fn command_option(words: &[Word]) -> Option<Option<String>> {
    let texts = words.iter().enumerate().skip(1).take_while(|(_, word)| word.text != "--");
    texts.into_iter().find_map(|(at, word)| {
        let (name, attached) = match word.text.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value)),
            _ => (word.text.as_str(), None),
        };
        let long = name.len() > 4 && ["--command", "--session-command"].iter().any(|long| long.starts_with(name));
        let short = name.strip_prefix('-').filter(|flags| !flags.starts_with('-')).and_then(|flags| {
            let at = flags.find('c')?;
            Some(&flags[at + 1..])
        });
        let attached = short.filter(|rest| !rest.is_empty()).or(attached);
        (long || short.is_some()).then(|| match attached {
            Some(text) => word.is_literal().then(|| text.to_owned()),
            None => words.get(at + 1).and_then(Word::known).map(str::to_owned),
        })
    })
}

fn su(name: &str, words: &[Word]) -> Wrapped {
    let text = command_option(words).or_else(|| (name == "sg" && words.len() > 2).then(|| join(&words[2..])));
    match text {
        Some(text) => Wrapped::Code(Code { text, here: false, opaque: true, trouble: None, parameters: Vec::new() }),
        None => Wrapped::Nothing,
    }
}

/// `env -S 'command and words' more words`
fn split(text: Option<Word>, rest: &[Word]) -> Wrapped {
    let text = text.and_then(|text| Some(format!("{} {}", text.known()?, join(rest)?)));
    Wrapped::Code(Code {
        text,
        here: false,
        opaque: true,
        trouble: Some("env splits it in its own way".into()),
        parameters: Vec::new(),
    })
}

fn xargs(words: &[Word], fed: Option<&Names>) -> Wrapped {
    let table: Vec<_> = words[1..].iter().map(Word::for_table).collect();
    let known = readonly::xargs_command(&table).map(|at| at + 1);
    let apart = known.is_some_and(|at| readonly::xargs_splits_at_nul(&table[..at - 1]));
    let given = match fed.filter(|_| known.is_some()) {
        Some(names) => names.words(apart),
        None => vec![Word::unknown()],
    };
    let mut found = inner(match known {
        Some(at) => words.get(at..).unwrap_or_default(),
        None => likely(words),
    });
    if known.is_none() {
        found.trouble = Some("xargs: a flag that is not known".into());
        found.opaque = true;
    }
    if found.words.is_empty() {
        found.words.push(Word::literal("echo"));
    }
    let replace = words.iter().take(known.unwrap_or(0)).position(|word| word.text.starts_with("-I"));
    let mark = replace.map(|at| match &words[at].text[2..] {
        "" => words.get(at + 1).map_or("", |word| word.text.as_str()),
        attached => attached,
    });
    match mark.filter(|mark| !mark.is_empty()) {
        Some(mark) => {
            let put = |word: Word| match word.text.contains(mark) {
                true if word.text == mark => given.clone(),
                true => vec![Word::unknown()],
                false => vec![word],
            };
            found.words = found.words.into_iter().flat_map(put).collect();
        }
        None if words.iter().any(|word| word.text.starts_with("-i") || word.text.starts_with("--replace")) => {
            found.words.iter_mut().skip(1).for_each(|word| *word = Word::unknown());
        }
        None => found.words.extend(given),
    }
    Wrapped::Command(found)
}

fn watch(words: &[Word]) -> Wrapped {
    let mut at = 1;
    while let Some(text) = words.get(at).and_then(Word::known).filter(|text| text.starts_with('-')) {
        at += 1 + usize::from(matches!(text, "-n" | "--interval" | "-q" | "--equexit" | "-s" | "--shotsdir"));
    }
    let flags = words[1..at.min(words.len())].iter().all(|word| {
        word.text.starts_with(|c: char| c.is_ascii_digit())
            || word.text.trim_start_matches('-').chars().all(|c| "dtbegcpwn0123456789.".contains(c))
    });
    match words.get(at..) {
        None | Some([]) => Wrapped::Nothing,
        Some(rest) => code(join(rest), false, (!flags).then(|| "watch: a flag that is not known".into())),
    }
}

fn trap(words: &[Word]) -> Wrapped {
    let words = if words.get(1).is_some_and(|word| word.text == "--") { &words[1..] } else { words };
    match words {
        [_, action, ..] if !action.text.starts_with('-') => code(action.known().map(str::to_owned), false, None),
        _ => Wrapped::Nothing,
    }
}

fn alias(words: &[Word]) -> Wrapped {
    let values: Vec<_> =
        words[1..].iter().filter_map(|word| word.text.split_once('=')).map(|(_, value)| value).collect();
    match values[..] {
        [] => Wrapped::Nothing,
        _ => code(Some(values.join("\n")), false, Some("an alias changes what later commands are".into())),
    }
}
