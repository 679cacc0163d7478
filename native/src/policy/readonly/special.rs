//! What a usage line cannot say: checks of scripts and values, and two commands with a grammar of their own.

use super::arguments::{Matched, read};
use super::{PathArg, Word, awk, sed, table};

/// Words of `test` that start with a dash. `-v` and `-R` are missing: bash runs the substitutions in an array's index.
const TESTS: &str =
    " -a -b -c -d -e -f -g -h -k -p -r -s -u -w -x -G -L -N -O -S -ef -nt -ot -n -z -t -o -eq -ne -lt -le -gt -ge ";
/// Words that let a jq program read files, in quotes too: too much rather than too little.
const JQ_REFUSED: [&str; 3] = ["import", "include", "modulemeta"];
/// The same for the two programs named yq; the one in Go also has operators that load files and run programs.
const YQ_REFUSED: [&str; 7] = ["import", "include", "modulemeta", "load", "system", "exec", "eval("];
/// Subcommands that newer versions of `git config` know, where older ones take the name of a setting.
const CONFIG_REFUSED: [&str; 7] = ["list", "get", "set", "unset", "edit", "rename-section", "remove-section"];

/// Refuse what only its text shows to be harmful.
pub(super) fn refine<'a>(name: &str, matched: Matched<'a>, args: &[Word<'a>]) -> Result<Matched<'a>, String> {
    match name {
        "sed" | "gsed" => {
            matched.scripts.iter().try_for_each(|script| sed::check(script))?;
            if !matched.writes.is_empty() && matched.scripts.contains(&"") {
                return Err("BSD sed takes an empty word for the suffix of -i".into());
            }
        }
        "awk" | "gawk" | "mawk" | "nawk" => matched.scripts.iter().try_for_each(|script| awk::check(script))?,
        "jq" | "gojq" | "jaq" => refuse_words(matched.scripts.iter().copied(), &JQ_REFUSED)?,
        "yq" => {
            let plain: Vec<String> = texts(args).map(|text| text.replace(char::is_whitespace, "")).collect();
            refuse_words(plain.iter().map(String::as_str), &YQ_REFUSED)?;
        }
        // All that must not be overwritten unasked has a name with a dot.
        "cp" | "gcp" | "mv" | "gmv" if args.iter().any(|word| matches!(word, Word::Glob(text) if is_hidden(text))) => {
            return Err("a pattern of hidden names".into());
        }
        // Hosts are looked up and addresses fetched, which tells somebody else.
        "lsof" | "go list" | "go doc" if texts(args).any(|text| text.contains('@')) => {
            return Err("a name that is looked up elsewhere".into());
        }
        "rpm" | "xmllint" if texts(args).any(|text| text.contains("://")) => {
            return Err("an address that is fetched".into());
        }
        // An old one lets a line break in a name end its own command.
        "zgrep" | "zegrep" | "zfgrep"
            if !args.iter().all(|word| matches!(word, Word::Literal(text) if !text.contains('\n'))) =>
        {
            return Err("a name that it may take for code".into());
        }
        "less" | "more" if texts(args).any(|text| text.starts_with('+')) => {
            return Err("a command for when it starts".into());
        }
        "man" | "git help" if texts(args).any(|text| text.contains('/')) => {
            return Err("a file, whose text may run programs".into());
        }
        "ps" => environments(&matched)?,
        "nm" | "gnm" | "objdump" | "size" | "gsize" | "readelf" | "strings" | "gstrings"
            if args.contains(&Word::Names) || matched.operands.iter().any(|operand| operand.starts_with('@')) =>
        {
            return Err("a file of further flags".into());
        }
        _ if name.starts_with("git ") => {
            if formats(args).any(checks_signatures) {
                return Err("a format that has signatures checked".into());
            }
            if name == "git config" && matched.texts.iter().any(|text| CONFIG_REFUSED.contains(text)) {
                return Err("a subcommand where a setting stands".into());
            }
        }
        _ => {}
    }
    Ok(matched)
}

/// The arguments of git that may be a format, or hold one.
fn formats<'a>(args: &[Word<'a>]) -> impl Iterator<Item = &'a str> {
    let is_search = |word: Option<&Word<'_>>| matches!(word, Some(Word::Literal("--grep" | "--author" | "-S" | "-G")));
    let all = args.iter().enumerate().filter(move |(at, _)| !is_search(at.checked_sub(1).and_then(|at| args.get(at))));
    all.flat_map(|(_, word)| texts(std::slice::from_ref(word)))
        .filter(|text| !["--grep=", "--author="].iter().any(|search| text.starts_with(search)))
}

/// `%G?` and `%(signature)` run the program that checks signatures. A sign may stand before the letter, `%+G?`, and
/// git takes one of them.
fn checks_signatures(format: &str) -> bool {
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix('%') {
            rest = behind;
        } else if rest.trim_start_matches(['+', '-', ' ']).starts_with('G') {
            return true;
        }
    }
    format.contains("signature")
}

fn is_hidden(path: &str) -> bool {
    path.trim_end_matches('/').rsplit('/').next().is_some_and(|name| name.starts_with('.'))
}

fn texts<'a>(args: &[Word<'a>]) -> impl Iterator<Item = &'a str> {
    args.iter().filter_map(|word| match *word {
        Word::Literal(text) | Word::Glob(text) => Some(text),
        Word::Names | Word::Unknown => None,
    })
}

fn refuse_words<'a>(mut texts: impl Iterator<Item = &'a str>, refused: &[&str]) -> Result<(), String> {
    let found = texts.find_map(|text| refused.iter().find(|word| text.contains(**word)));
    found.map_or(Ok(()), |word| Err(format!("`{word}` in its program or format")))
}

/// `ps e` shows the environment of other processes, as does the column of that name.
fn environments(matched: &Matched<'_>) -> Result<(), String> {
    let named = matched.texts.iter().find(|text| text.to_ascii_lowercase().contains("env"));
    // `ps axo pid,etime`: behind a letter that takes a value, an operand is that value.
    let is_value = |at: usize| at > 0 && matched.operands[at - 1].ends_with(['o', 'O', 'k', 'p', 't', 'U']);
    let mut operands = matched.operands.iter().enumerate();
    match named.or_else(|| operands.find(|(at, text)| text.contains('e') && !is_value(*at)).map(|(_, text)| text)) {
        Some(text) => Err(format!("{text} may show the environment of processes")),
        None => Ok(()),
    }
}

/// Behind `git -C folder` the other paths start in that folder.
pub(super) fn below_folder_change(outer: &[PathArg], inner: &[PathArg], args: &[Word<'_>]) -> Result<(), String> {
    let climbs = |path: &PathArg| match args[path.index] {
        Word::Literal(text) => text[path.offset..].split('/').any(|part| part == ".."),
        _ => true,
    };
    if !outer.is_empty() && inner.iter().any(climbs) {
        return Err("a path that leaves the folder of -C".into());
    }
    Ok(())
}

/// `test`, `[`: no word may be an operator that is not known. Files are looked at, not read.
pub(super) fn test<'a>(name: &str, args: &[Word<'a>]) -> Result<Matched<'a>, String> {
    for word in args {
        let Word::Literal(text) = *word else {
            return Err(format!("{name}: an argument that is not known before it runs"));
        };
        let number = text.strip_prefix('-').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
        let known = !text.starts_with('-') || number || TESTS.contains(&format!(" {text} "));
        if !known || text.contains("$(") || text.contains('`') {
            return Err(format!("{name}: unknown test {text}"));
        }
    }
    if name == "[" && args.last() != Some(&Word::Literal("]")) {
        return Err("[: without its ]".into());
    }
    Ok(Matched::default())
}

/// `tar`: also the old way to write flags, `tar tvf file`.
pub(super) fn tar<'a>(name: &str, args: &[Word<'a>]) -> Result<Matched<'a>, String> {
    let usage = &table::lookup("tar").ok_or("tar is not in the table")?[0];
    let old = match args.first() {
        Some(Word::Literal(text)) if !text.starts_with('-') => Some(*text),
        _ => None,
    };
    let file = usize::from(old.is_some_and(|flags| flags.contains('f')));
    if let Some(flags) = old
        && (!flags.contains('t') || flags.matches('f').count() > 1 || flags.contains(|c| !"tvfzjJa".contains(c)))
    {
        return Err(format!("{name}: `{flags}` is not known to only read"));
    }
    let start = usize::from(old.is_some()) + file;
    let rest = args.get(start..).ok_or_else(|| format!("{name}: f without its value"))?;
    let mut matched = read(usage.grammar(), rest).map_err(|why| format!("{name}: {why}"))?;
    matched.shift(start);
    if file == 1 {
        matched.reads.push(PathArg { index: 1, offset: 0 });
    }
    // `host:file` is fetched from another machine.
    let here = |path: &PathArg| matches!(args[path.index], Word::Literal(text) if !text[path.offset..].contains(':'));
    if matched.reads.iter().all(here) {
        Ok(matched)
    } else {
        Err(format!("{name}: an archive on another machine, or not known before it runs"))
    }
}
