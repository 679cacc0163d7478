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
        assert_eq!(covers(rule, call), expected, "{rule} {call}");
    }
}
