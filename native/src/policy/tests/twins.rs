//! Rules in a worktree: `/t`, made from the work tree `/home/u/main`, where the session works in `sub`.

use super::*;
use crate::policy::question::Twin;

fn twin(mode: Mode, rules: &[&str], call: &str) -> Question {
    let mut question = question(mode, rules, call);
    question.cwd = "/t/sub".into();
    question.twins = vec![tree("/t", "/home/u/main", "/home/u/main/sub"), tree("/other", "/t", "")];
    for rule in &mut question.rules {
        if let Some(rest) = rule.rule.strip_suffix("@main") {
            rule.rule = rest.into();
            rule.root = "/home/u/main/sub".into();
        }
    }
    question
}

fn tree(tree: &str, top: &str, workspace: &str) -> Twin {
    Twin { tree: tree.into(), top: top.into(), workspace: workspace.into() }
}

/// What a deny rule says of a path, its own and that of the same file where the worktree was made.
const DENIED: [(&str, &str); 23] = [
    ("Read(./x)", "/other/sub/x"),
    ("Read(//home/u/main/sub/x)", "/other/sub/x"),
    ("Read(//t/sub/x)", "/other/sub/x"),
    ("Read(//home/u/main/sub/x)", "x"),
    ("Read(//home/u/main/sub/x)", "/home/u/main/sub/x"),
    ("Read(//home/u/main/**)", "x"),
    ("Read(//home/u/main)", "/t/other"),
    ("Read(//home/u)", "x"),
    ("Read(//home/*/main/*/x)", "x"),
    ("Read(//**/main/sub/x)", "x"),
    ("Read(//**/*.key)", "a.key"),
    ("Read(//home/**/x)", "d/x"),
    ("Read(~/main/sub/d/)", "d/x"),
    ("Read(~/**)", "x"),
    ("Read(./x)", "x"),
    ("Read(./x)", "/home/u/main/sub/x"),
    ("Read(.env)", "d/.env"),
    ("Read(.env)", "/home/u/main/sub/d/.env"),
    ("Read(../x)", "/t/x"),
    ("Read(../x)", "/home/u/main/x"),
    ("Read(/x)@main", "x"),
    ("Read(/x)@main", "/home/u/main/sub/x"),
    ("Read(/x)", "/home/u/main/sub/x"),
];

#[test]
fn what_is_kept_from_the_session_is_kept_from_its_worktree_there_and_here() {
    for (rule, path) in DENIED {
        let question = twin(Mode::BypassPermissions, &[&format!("deny {rule}")], &format!("Read {path}"));
        assert_eq!(evaluate(&question).unwrap().verdict, Effect::Deny, "{rule}: {path}");
        let mut question = twin(Mode::BypassPermissions, &[&format!("ask {rule}")], &format!("Read {path}"));
        question.mode = Mode::Default;
        assert_ne!(evaluate(&question).unwrap().verdict, Effect::Allow, "{rule}: {path}");
    }
}

#[test]
fn what_the_rules_do_not_name_is_free() {
    let table = [
        ("Read(//home/u/main/sub/x)", "y"),
        ("Read(//home/u/other/**)", "x"),
        ("Read(//home/*/x)", "x"),
        ("Read(./x)", "/t/x"),
        ("Read(../x)", "x"),
        ("Read(/x)@main", "d/x"),
    ];
    for (rule, path) in table {
        let question = twin(Mode::BypassPermissions, &[&format!("deny {rule}")], &format!("Read {path}"));
        assert_eq!(evaluate(&question).unwrap().verdict, Effect::Allow, "{rule}: {path}");
    }
}

#[test]
fn what_settings_allow_in_the_session_they_allow_in_its_worktree_and_not_where_that_was_made() {
    let verdict = |rule: &str, path: &str| {
        evaluate(&twin(Mode::Default, &[&format!("allow {rule}")], &format!("Edit {path}"))).unwrap().verdict
    };
    for rule in ["Edit(/x)@main", "Edit(/x)", "Edit(./x)", "Edit(x)"] {
        assert_eq!(verdict(rule, "x"), Effect::Allow, "{rule}");
        assert_eq!(verdict(rule, "/home/u/main/sub/x"), Effect::Ask, "{rule}");
    }
    assert_eq!(verdict("Edit(//home/u/main/sub/x)", "x"), Effect::Ask);
}

#[test]
fn what_no_process_gets_to_see_has_both_places() {
    let hidden = |rule: &str| {
        let mut found = kept_from_processes(&twin(Mode::Default, &[&format!("deny {rule}")], "Read a")).unwrap().0;
        found.sort();
        found
    };
    assert_eq!(hidden("Read(//home/u/main/sub/x)"), ["/home/u/main/sub/x", "/other/sub/x", "/t/sub/x"]);
    assert_eq!(hidden("Read(//home/*/main/*/x)"), ["/home/*/main/*/x", "/other/*/x", "/t/*/x"]);
    assert_eq!(hidden("Read(//**/sub/x)"), ["/**/sub/x", "/other/**/sub/x", "/t/**/sub/x"]);
    assert_eq!(hidden("Read(//home/u/**)"), ["/home/u/**", "/other/**", "/t/**"]);
    assert_eq!(hidden("Read(./x/)"), ["/home/u/main/sub/x/", "/other/sub/x/", "/t/sub/x/"]);
    assert_eq!(hidden("Read(.env)"), ["/home/u/main/sub/**/.env", "/other/sub/**/.env", "/t/sub/**/.env"]);
    assert_eq!(hidden("Read(//etc/x)"), ["/etc/x"]);
}

#[test]
fn what_is_kept_from_the_session_is_kept_from_it_in_the_worktrees_of_its_agents() {
    let mut question = question(Mode::BypassPermissions, &["deny Read(./secret/**)"], "Read /t/secret/x");
    question.twins = vec![tree("/t", "/w", ""), tree("/u", "/t", "")];
    assert_eq!(evaluate(&question).unwrap().verdict, Effect::Deny);
    question.facts.paths[0].canonical = "/u/secret/x".into();
    assert_eq!(evaluate(&question).unwrap().verdict, Effect::Deny);
    question.facts.paths[0] = path_fact("/u/free/x");
    assert_eq!(evaluate(&question).unwrap().verdict, Effect::Allow);
}
