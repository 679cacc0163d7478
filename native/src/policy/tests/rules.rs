use super::super::tools::covers;
use super::*;

#[test]
fn rules_that_parse() {
    for (text, tool, specifier) in [
        ("Bash", "Bash", None),
        (" Read ", "Read", None),
        ("Bash(git log:*)", "Bash", Some("git log:*")),
        ("Bash(echo (a) b)", "Bash", Some("echo (a) b")),
        ("Bash(*)", "Bash", Some("*")),
        ("Read(./a (1)/**)", "Read", Some("./a (1)/**")),
        ("Edit(~/x)", "Edit", Some("~/x")),
        ("WebFetch(domain:example.com)", "WebFetch", Some("domain:example.com")),
        ("WebFetch(domain:*.example.com)", "WebFetch", Some("domain:*.example.com")),
        ("Agent(Explore)", "Agent", Some("Explore")),
        ("Skill(commit)", "Skill", Some("commit")),
        ("mcp__github__get-issue", "mcp__github__get-issue", None),
        ("mcp__github", "mcp__github", None),
        ("mcp__github__*", "mcp__github__*", None),
        ("mcp__my.server__a_b", "mcp__my.server__a_b", None),
        ("mcp__*", "mcp__*", None),
        ("TodoWrite", "TodoWrite", None),
        ("*", "*", None),
        ("WebFetch(domain:*)", "WebFetch", Some("domain:*")),
    ] {
        assert_eq!(Rule::split(text), Ok((tool, specifier)), "{text}");
    }
}

#[test]
fn rules_that_do_not() {
    for (text, problem) in [
        ("", "names no tool"),
        ("()", "nothing between"),
        ("(x)", "names no tool"),
        ("Bash(", "no `)`"),
        ("Bash(x", "no `)`"),
        ("Bash(x) y", "no `)`"),
        ("Bash()", "nothing between"),
        ("Bash( )", "nothing between"),
        ("Bash x", "other than letters"),
        ("Bash*", "other than letters"),
        ("*(x)", "other than letters"),
        ("Bash(git:* push)", "`:*` before its end"),
        ("Bash(:*)", "no command"),
        ("Read(!x)", "starts with `!`"),
        ("Read(/)", "names no path"),
        ("Read(a/../b)", "`..`"),
        ("Read({a)", "no valid path pattern"),
        ("WebFetch(example.com)", "must name a domain"),
        ("WebFetch(domain:)", "no valid domain"),
        ("WebFetch(domain:a/b)", "no valid domain"),
        ("mcp__x__y(z)", "do not take"),
        ("TodoWrite(x)", "do not take"),
        ("mcp__", "names no tool"),
        ("mcp__*(x)", "do not take"),
    ] {
        let error = Rule::split(text).expect_err(text).to_string();
        assert!(error.contains(problem) && error.contains(text), "{text}: {error}");
    }
}

#[test]
fn which_tools_a_rule_speaks_of() {
    for (rule, call, expected) in [
        ("Bash", "Bash", true),
        ("Bash", "BashOutput", false),
        ("Edit", "Write", true),
        ("Edit", "NotebookEdit", true),
        ("Edit", "Read", false),
        ("Write", "Edit", false),
        ("Read", "Grep", true),
        ("Read", "Glob", true),
        ("Read", "Edit", false),
        ("Grep", "Read", false),
        ("Task", "Agent", true),
        ("read", "Read", false),
        ("mcp__a", "mcp__a__x", true),
        ("mcp__a", "mcp__ab__x", false),
        ("mcp__a__*", "mcp__a__x", true),
        ("mcp__a__*", "mcp__b__x", false),
        ("mcp__*", "mcp__b__x", true),
        ("mcp__*", "Bash", false),
        ("mcp__a__x", "mcp__a__xy", false),
        ("mcp__a__x", "mcp__a__x__y", false),
        ("mcp__a__x", "mcp__a__x", true),
        ("*", "Bash", true),
        ("*", "mcp__a__x", true),
    ] {
        for effect in [Effect::Deny, Effect::Ask, Effect::Allow] {
            assert_eq!(covers(rule, &question(Mode::Default, &[], call), effect), expected, "{rule} {call}");
        }
    }
}

#[test]
fn what_denies_writing_speaks_of_every_tool_that_makes_files() {
    for (call, expected) in
        [("MultiEdit", true), ("Write", true), ("Edit", false), ("NotebookEdit", false), ("Read", false)]
    {
        for effect in [Effect::Deny, Effect::Ask, Effect::Allow] {
            let expected = expected && (effect != Effect::Allow || call == "Write");
            assert_eq!(covers("Write", &question(Mode::Default, &[], call), effect), expected, "{call}");
        }
    }
}

#[test]
fn what_a_rule_covers_is_what_the_tool_declares_and_not_its_name() {
    let declared = |call: &str, subject, footprint| Question {
        footprint,
        traits: Some(Traits { subject, argument: "line".into(), ..Traits::default() }),
        ..question(Mode::Default, &[], call)
    };
    let (command, path, url) = (Subject::Command, Subject::Path, Subject::Url);
    for (rule, subject, footprint, denied, allowed) in [
        ("Bash", command, Footprint::Execute, true, true),
        ("Bash", path, Footprint::Execute, false, false),
        ("WebFetch", url, Footprint::Network, true, true),
        ("Edit", path, Footprint::Write, true, true),
        ("Edit", path, Footprint::Read, false, false),
        ("Read", path, Footprint::Read, true, true),
        ("Read", path, Footprint::Write, false, false),
        // What may do anything with the files it names.
        ("Read", path, Footprint::Execute, true, false),
        ("Edit", path, Footprint::Execute, true, false),
        ("Edit", Subject::None, Footprint::Execute, false, false),
        ("Own", Subject::None, Footprint::Execute, true, true),
    ] {
        let call = declared("Own", subject, footprint);
        assert_eq!(covers(rule, &call, Effect::Deny), denied, "{rule} {subject:?} {footprint:?}");
        assert_eq!(covers(rule, &call, Effect::Allow), allowed, "{rule} {subject:?} {footprint:?}");
    }
    let mut shell = declared("Own", command, Footprint::Execute);
    shell.rules = vec![rule_text("deny Bash(rm:*)"), rule_text("allow Bash(make)")];
    for (line, expected) in [("ls", Effect::Allow), ("ls && rm x", Effect::Deny), ("make", Effect::Allow)] {
        shell.arguments = [("line".to_owned(), line.into())].into();
        assert_eq!(evaluate(&shell).unwrap().verdict, expected, "{line}");
    }
    let mut bash = declared("Bash", Subject::None, Footprint::None);
    bash.arguments = [("command".to_owned(), "rm -rf /".into())].into();
    let verdict = evaluate(&bash).unwrap();
    assert_eq!((verdict.verdict, verdict.segments.len()), (Effect::Allow, 0), "its name says nothing of what it does");
}

#[test]
fn what_a_footprint_allows_without_a_rule() {
    let call = |footprint, performer, mode| Question {
        footprint,
        traits: Some(Traits { performer, ..Traits::default() }),
        ..question(mode, &[], "Own")
    };
    for (footprint, default, plan) in [
        (Footprint::Read, Effect::Allow, Effect::Allow),
        (Footprint::None, Effect::Allow, Effect::Allow),
        (Footprint::Network, Effect::Ask, Effect::Ask),
        (Footprint::Write, Effect::Ask, Effect::Deny),
        (Footprint::Execute, Effect::Ask, Effect::Deny),
    ] {
        let verdict = |performer, mode| evaluate(&call(footprint, performer, mode)).unwrap().verdict;
        assert_eq!(verdict(Performer::Handler, Mode::Default), default, "{footprint:?}");
        assert_eq!(verdict(Performer::Handler, Mode::Plan), plan, "{footprint:?}");
        assert_ne!(verdict(Performer::Server, Mode::Default), Effect::Allow, "{footprint:?}: a server's word");
    }
}
