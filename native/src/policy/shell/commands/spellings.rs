//! Other names of a command, for rules that deny or ask.

pub(in crate::policy::shell) use super::subcommand::MOST;
use super::subcommand::without_options;
use super::wrapped::base;
use crate::policy::shell::line::segment::Form;
use crate::policy::shell::line::word::Word;

/// Programs that are also known by names with a version: `pip3`, `python3.12`.
const VERSIONED: [&str; 7] = ["lua", "node", "perl", "php", "pip", "python", "ruby"];

/// `git-push` is `git push`, `python3 -m pip` and `pip3` are `pip`; and each without options in front of a subcommand.
pub(in crate::policy::shell) fn spellings(words: &[Word]) -> Vec<Form> {
    let mut forms = without_options(words);
    for words in other_names(words) {
        forms.extend(without_options(&words));
        forms.push(Form { text: String::new(), words });
    }
    forms
}

fn other_names(words: &[Word]) -> Vec<Vec<Word>> {
    let Some((name, args)) = words.split_first() else { return Vec::new() };
    let name = base(&name.text);
    let called = |program: &[&str], args: &[Word]| {
        program.iter().map(|name| Word::literal(*name)).chain(args.iter().cloned()).collect::<Vec<_>>()
    };
    match name.split_once('-') {
        Some((program @ ("git" | "docker"), subcommand)) => return vec![called(&[program, subcommand], args)],
        Some(_) => return Vec::new(),
        None => {}
    }
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    if !VERSIONED.contains(&plain) {
        return Vec::new();
    }
    let mut found = Vec::new();
    if plain.len() < name.len() {
        found.push(called(&[plain], args));
    }
    if plain == "python"
        && let Some((name, args)) = module(args)
    {
        found.push(called(&[name], args));
    }
    found
}

/// The module that `-m` runs, and what it is given.
fn module(args: &[Word]) -> Option<(&str, &[Word])> {
    let (at, attached) = args.iter().enumerate().find_map(|(at, arg)| Some((at, arg.text.strip_prefix("-m")?)))?;
    match attached {
        "" => Some((args.get(at + 1)?.text.as_str(), &args[at + 2..])),
        name => Some((name, &args[at + 1..])),
    }
}
