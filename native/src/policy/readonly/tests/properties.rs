//! Claims about the table as a whole.

use std::collections::HashSet;

use proptest::prelude::*;

use crate::policy::readonly::{
    Effect, Word, effect, find_commands, names, repository_settings, usage_of, xargs_command,
};

/// Each name of the table with its usage lines in tokens.
fn entries() -> Vec<(&'static str, Vec<Vec<String>>)> {
    let tokens = |line: String| line.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>();
    names().into_iter().map(|name| (name, usage_of(name).into_iter().map(tokens).collect())).collect()
}

fn run(name: &str, args: &[&str]) -> Effect {
    let mut words: Vec<Word<'_>> = name.split(' ').skip(1).map(Word::Literal).collect();
    words.extend(args.iter().copied().map(Word::Literal));
    effect(name.split(' ').next().unwrap(), &words)
}

#[test]
fn no_flag_is_declared_twice_in_a_usage_line() {
    for (name, usages) in entries() {
        for usage in usages {
            let mut seen = HashSet::new();
            for token in usage.iter().filter(|token| token.starts_with(['-', '@']) && *token != "-#") {
                let flag = token.trim_start_matches('@').split(['=', '?']).next().unwrap();
                let flags: Vec<String> = match flag.starts_with("--") || token.starts_with('@') {
                    true => vec![flag.to_owned()],
                    false => flag[1..].chars().map(|c| format!("-{c}")).collect(),
                };
                for flag in flags {
                    assert!(seen.insert(flag.clone()), "{name} declares {flag} twice");
                }
            }
        }
    }
}

#[test]
fn every_subcommand_has_its_command() {
    let known: HashSet<&str> = names().into_iter().collect();
    for name in names() {
        if let Some((command, _)) = name.rsplit_once(' ') {
            assert!(known.contains(command), "{name} cannot be reached");
            assert!(usage_of(command).join(" ").contains("COMMAND"), "{command} takes no subcommand");
        }
    }
}

#[test]
fn a_flag_that_is_not_declared_asks() {
    for (name, usages) in entries() {
        let tokens: Vec<&String> = usages.iter().flatten().collect();
        if tokens.iter().any(|token| *token == "WORDS") {
            continue;
        }
        let shorts: String = tokens
            .iter()
            .filter(|token| token.starts_with('-') && !token.starts_with("--"))
            .map(|token| token[1..].split(['=', '?']).next().unwrap())
            .collect();
        for letter in ('!'..='~').filter(|letter| !shorts.contains(*letter) && !"-=\"#".contains(*letter)) {
            let digit = letter.is_ascii_digit() && tokens.iter().any(|token| *token == "-#");
            let exact = tokens.iter().any(|token| token.starts_with(&format!("@-{letter}")));
            let flag = format!("-{letter}");
            if !digit && !exact {
                assert!(matches!(run(name, &[&flag]), Effect::Unknown(_)), "{name} {flag}");
                assert!(matches!(run(name, &[&flag, "x"]), Effect::Unknown(_)), "{name} {flag} x");
            }
        }
    }
}

#[test]
fn an_abbreviated_flag_asks() {
    for (name, usages) in entries() {
        let tokens: Vec<&String> = usages.iter().flatten().collect();
        if tokens.iter().any(|token| *token == "WORDS") {
            continue;
        }
        let flags: HashSet<&str> = tokens
            .iter()
            .filter(|token| token.starts_with("--"))
            .map(|token| token.split(['=', '?']).next().unwrap())
            .chain(["--help", "--version"])
            .collect();
        for flag in &flags {
            for end in 3..flag.len() {
                let short = &flag[..end];
                let twin = flags.iter().any(|other| other.replace("[no-]", "") == short);
                if !twin && !short.contains('[') {
                    assert!(matches!(run(name, &[short]), Effect::Unknown(_)), "{name} {short}");
                    assert!(matches!(run(name, &[short, "x"]), Effect::Unknown(_)), "{name} {short} x");
                }
            }
        }
    }
}

#[test]
fn no_way_to_write_or_run_is_declared() {
    let harmful = [
        "--output-file",
        "--exec",
        "--exec-batch",
        "--compress-program",
        "--pre",
        "--hostname-bin",
        "--to-command",
        "--checkpoint-action",
        "--use-compress-program",
        "--ext-diff",
        "--textconv",
        "--filters",
        "--upload-pack",
        "--open-files-in-pager",
        "--show-signature",
        "--git-dir",
        "--work-tree",
        "--set",
        "--fprint",
        "--rsh-command",
    ];
    for (name, usages) in entries() {
        for token in usages.iter().flatten() {
            let flag = token.split(['=', '?']).next().unwrap();
            let asks =
                [("git rev-parse", "--git-dir"), ("pip list", "--pre"), ("pip3 list", "--pre")].contains(&(name, flag));
            assert!(asks || !harmful.contains(&flag), "{name} {token}");
            let writes = flag == "--output" && !["df", "gdf", "lsblk", "findmnt", "lsmem"].contains(&name);
            assert!(!writes, "{name} {token}");
        }
    }
}

#[test]
fn xargs_says_where_its_command_starts() {
    let index = |args: &[&str]| {
        let words: Vec<Word<'_>> = args.iter().copied().map(Word::Literal).collect();
        xargs_command(&words)
    };
    assert_eq!(index(&["grep", "-n", "x"]), Some(0));
    assert_eq!(index(&["-0", "-n1", "grep"]), Some(2));
    assert_eq!(index(&["-0rn", "1", "grep"]), Some(2));
    assert_eq!(index(&["-I", "{}", "-P4", "cat", "{}"]), Some(3));
    assert_eq!(index(&["--max-args=1", "--null", "rm"]), Some(2));
    assert_eq!(index(&["--", "rm"]), Some(1));
    assert_eq!(index(&["-r"]), Some(1));
    assert_eq!(index(&["-a", "list", "rm"]), None);
    assert_eq!(index(&["--max-arg", "1", "rm"]), None);
    assert_eq!(index(&["-I", "-n", "rm"]), None);
    assert_eq!(xargs_command(&[Word::Unknown, Word::Literal("rm")]), None);
}

#[test]
fn find_says_where_its_commands_stand() {
    let words: Vec<Word<'_>> =
        [".", "-exec", "rm", "{}", ";", "-o", "-execdir", "cat", "{}", "+"].map(Word::Literal).into();
    assert_eq!(find_commands(&words), [2..4, 7..9]);
    assert!(matches!(effect("find", &words), Effect::Unknown(_)));
    let endless: Vec<Word<'_>> = [".", "-exec", "rm", "{}"].map(Word::Literal).into();
    assert!(find_commands(&endless).is_empty());
    assert!(matches!(super::super::effect_without_exec(&endless), Effect::Unknown(_)));
}

#[test]
fn a_repository_may_configure_what_looks_at_its_objects() {
    let settings = |line: &str| {
        let words: Vec<Word<'_>> = line.split(' ').map(Word::Literal).collect();
        let Word::Literal(name) = words[0] else { unreachable!() };
        repository_settings(name, &words[1..])
    };
    for line in ["git status", "git diff", "git -C sub log -p", "git --no-pager show", "git --help", "go list ./..."] {
        assert_eq!(settings(line).unwrap().nested, [".git", "HEAD"], "{line}");
    }
    for line in ["cargo --version", "rustc -vV", "rustup --version", "cargo tree --frozen"] {
        assert!(settings(line).unwrap().anywhere.contains(&"rust-toolchain.toml"), "{line}");
    }
    assert_eq!(settings("npm ls").unwrap().anywhere, [".npmrc"]);
    for line in ["git --version", "git config --list", "git -C sub remote -v", "npm --version", "ls", "git"] {
        assert_eq!(settings(line), None, "{line}");
    }
}

proptest! {
    /// Whatever stands behind a known command, an expansion that may be a path or a flag asks.
    #[test]
    fn an_unknown_word_among_paths_asks(position in 0usize..3) {
        let mut args = vec![Word::Literal("a"), Word::Literal("b")];
        args.insert(position, Word::Unknown);
        for name in ["cat", "ls", "grep", "sed", "diff", "head", "find", "jq", "test"] {
            prop_assert!(matches!(effect(name, &args), Effect::Unknown(_)), "{}", name);
        }
    }

    /// Nothing in the arguments makes the judge panic, and a writing command never comes out as read-only.
    #[test]
    fn any_words_are_judged(name in proptest::sample::select(names()), words in proptest::collection::vec(".{0,12}", 0..5)) {
        let args: Vec<&str> = words.iter().map(String::as_str).collect();
        run(name, &args);
        if ["rm", "cp", "mv", "mkdir", "touch", "rmdir"].contains(&name) && !args.is_empty() {
            let writes = matches!(run(name, &args), Effect::ReadOnly { .. });
            let harmless = args.iter().all(|arg| arg.starts_with('-')) || args == ["-"] || args.len() == 1;
            prop_assert!(!writes || harmless, "{} {:?}", name, args);
        }
    }
}
