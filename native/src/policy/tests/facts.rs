//! Facts beyond the path itself: the session's own /tmp, a file's other names, the program behind a name.

use super::*;

fn with(mode: Mode, rules: &[&str], tool: &str, command: &str, facts: Vec<PathFact>) -> Effect {
    let mut question = question(mode, rules, tool);
    if tool == "Bash" {
        question.arguments.insert("command".into(), command.into());
    }
    question.facts.paths = facts;
    evaluate(&question).unwrap().verdict
}

fn scratch(path: &str) -> PathFact {
    PathFact { given: path.into(), canonical: path.into(), scratch: true, ..PathFact::default() }
}

#[test]
fn what_stays_in_the_sessions_own_tmp_needs_no_question() {
    for (tool, verdict) in [("Read", Effect::Allow), ("Grep", Effect::Allow), ("Write", Effect::Allow)] {
        assert_eq!(with(Mode::Default, &[], tool, "", vec![scratch("/tmp/x")]), verdict, "{tool}");
    }
    for line in ["cat /tmp/x", "ls -l /tmp/x", "grep -c a /tmp/x", "echo a > /tmp/x", "sort README > /tmp/x"] {
        let readme = PathFact { given: "README".into(), canonical: "README".into(), inside: true, ..scratch("") };
        let facts = vec![scratch("/tmp/x"), PathFact { scratch: false, ..readme }];
        assert_eq!(with(Mode::Default, &["allow Bash"], "Bash", line, facts), Effect::Allow, "{line}");
    }
    for line in ["echo a > /tmp/x", "touch /tmp/x", "mkdir -p /tmp/x", "cp README /tmp/x", "rm /tmp/x"] {
        let readme = PathFact { given: "README".into(), canonical: "README".into(), inside: true, ..scratch("") };
        let facts = vec![scratch("/tmp/x"), PathFact { scratch: false, ..readme }];
        assert_eq!(with(Mode::Default, &[], "Bash", line, facts.clone()), Effect::Allow, "{line}");
        assert_eq!(with(Mode::Plan, &[], "Bash", line, facts), Effect::Deny, "{line}");
    }
    let both = "touch /tmp/x out";
    let out = PathFact { given: "out".into(), canonical: "out".into(), inside: true, ..PathFact::default() };
    assert_eq!(with(Mode::Default, &[], "Bash", both, vec![scratch("/tmp/x"), out]), Effect::Ask);
    assert_eq!(with(Mode::Plan, &[], "Write", "", vec![scratch("/tmp/x")]), Effect::Deny);
    let rules = ["deny Edit(//tmp/x)", "deny Read(//tmp/x)"];
    assert_eq!(with(Mode::Default, &rules, "Write", "", vec![scratch("/tmp/x")]), Effect::Deny);
    assert_eq!(with(Mode::Default, &rules, "Read", "", vec![scratch("/tmp/x")]), Effect::Deny);
}

#[test]
fn the_machines_tmp_asks_and_so_does_that_of_commands_that_nothing_confines() {
    let machine = PathFact { scratch: false, ..scratch("/tmp/x") };
    for tool in ["Read", "Write"] {
        assert_eq!(with(Mode::AcceptEdits, &[], tool, "", vec![machine.clone()]), Effect::Ask, "{tool}");
        let mut question = question(Mode::AcceptEdits, &[], tool);
        question.facts.paths = vec![scratch("/tmp/x")];
        question.sandboxed = false;
        assert_eq!(evaluate(&question).unwrap().verdict, Effect::Ask, "{tool}, unconfined");
    }
}

#[test]
fn a_rule_holds_for_a_file_under_each_of_its_names() {
    let other = || PathFact {
        given: "other".into(),
        canonical: "other".into(),
        inside: true,
        exists: true,
        names: vec!["secrets/key".into()],
        ..PathFact::default()
    };
    let read = ["deny Read(./secrets/**)"];
    for (tool, line) in [("Read", ""), ("Bash", "cat other"), ("Bash", "sort < other"), ("Bash", "grep x other")] {
        assert_eq!(with(Mode::Default, &read, tool, line, vec![other()]), Effect::Deny, "{tool} {line}");
        assert_eq!(with(Mode::Default, &["deny Read(./elsewhere)"], tool, line, vec![other()]), Effect::Allow);
    }
    let edit = ["deny Edit(./secrets/**)", "allow Bash"];
    for (tool, line) in [("Write", ""), ("Edit", ""), ("Bash", "echo x > other"), ("Bash", "sed -i s/a/b/ other")] {
        assert_eq!(with(Mode::AcceptEdits, &edit, tool, line, vec![other()]), Effect::Deny, "{tool} {line}");
    }
    assert_eq!(with(Mode::Default, &["ask Read(./secrets/**)"], "Read", "", vec![other()]), Effect::Ask);
}

#[test]
fn a_program_of_the_workspace_is_not_the_one_that_its_name_is_known_for() {
    let program = |name: &str| PathFact {
        parameter: "program".into(),
        given: name.into(),
        canonical: format!(".venv/bin/{name}"),
        inside: true,
        exists: true,
        ..PathFact::default()
    };
    let lines = ["rg foo", "timeout 5 rg foo", "time rg foo", "nice rg foo", "find . -exec rg foo {} +"];
    let here = |given: &str| PathFact { given: given.into(), inside: true, directory: true, ..PathFact::default() };
    for line in lines {
        let facts = vec![program("rg"), here("."), here("")];
        assert_eq!(with(Mode::Default, &[], "Bash", line, facts), Effect::Ask, "{line}");
        let others = vec![program("ls2"), here("."), here("")];
        assert_eq!(with(Mode::Default, &[], "Bash", line, others), Effect::Allow, "{line}");
    }
    assert_eq!(with(Mode::Plan, &[], "Bash", "rg foo", vec![program("rg")]), Effect::Deny);
    let facts = vec![program("rg"), here(".")];
    assert_eq!(with(Mode::Default, &["allow Bash(rg:*)"], "Bash", "rg foo", facts), Effect::Allow);
    // Nothing is looked up for what bash has itself, and a file of that name is no program.
    assert_eq!(with(Mode::Default, &[], "Bash", "echo x", vec![program("echo")]), Effect::Allow);
    let file = PathFact { given: "rg".into(), canonical: "rg".into(), inside: true, ..PathFact::default() };
    assert_eq!(with(Mode::Default, &[], "Bash", "cat rg", vec![program("rg"), file]), Effect::Allow);
    let touched = PathFact { given: "x".into(), canonical: "x".into(), inside: true, ..PathFact::default() };
    let touch = |facts| with(Mode::AcceptEdits, &[], "Bash", "touch x", facts);
    assert_eq!(touch(vec![touched.clone()]), Effect::Allow);
    assert_eq!(touch(vec![program("touch"), touched]), Effect::Ask);
}
