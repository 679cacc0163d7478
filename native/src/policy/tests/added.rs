//! Folders that settings take for parts of the workspace: `/api` here.

use super::*;
use Effect::{Allow, Ask, Deny};
use Mode::{AcceptEdits, BypassPermissions, Default, Plan};

fn with_a_folder(mode: Mode, rules: &[&str], call: &str, paths: &str) -> Question {
    let mut question = question(mode, rules, call);
    question.facts.paths.extend(paths.split_whitespace().map(path_fact));
    let mut rule = rule_text("allow Read(//api/**)");
    rule.directory = "/api".into();
    question.rules.push(rule);
    question
}

#[test]
fn a_file_there_is_judged_as_one_of_the_workspace() {
    let table: &[(Mode, &[&str], &str, Effect)] = &[
        (Default, &[], "Read /api/a", Allow),
        (Default, &[], "Grep /api/", Allow),
        (Default, &[], "Edit /api/a", Ask),
        (AcceptEdits, &[], "Edit /api/a", Allow),
        (AcceptEdits, &[], "Write /api/deep/a", Allow),
        (AcceptEdits, &[], "Write /apis/a", Ask),
        (AcceptEdits, &[], "Edit /api/../etc/a", Ask),
        (AcceptEdits, &[], "Edit a /api/a", Allow),
        (AcceptEdits, &[], "Edit !/api/.git/config", Ask),
        (AcceptEdits, &["allow Edit"], "Edit !/api/.claude/settings.json", Ask),
        (Plan, &[], "Edit /api/a", Deny),
        (Default, &["allow Edit(//api/src/**)"], "Edit /api/src/a", Allow),
        // What is denied or asked for in the workspace is so there.
        (AcceptEdits, &["deny Edit(//api/a)"], "Edit /api/a", Deny),
        (AcceptEdits, &["deny Edit(*.lock)"], "Write /api/x/a.lock", Deny),
        (AcceptEdits, &["deny Edit(./gen/**)"], "Write /api/gen/a", Deny),
        (AcceptEdits, &["ask Edit(/gen/**)"], "Write /api/gen/a", Ask),
        (AcceptEdits, &["deny Edit(../gen/**)"], "Write /api/gen/a", Allow),
        (Default, &["deny Read(.env)"], "Read /api/x/.env", Deny),
        (BypassPermissions, &["deny Read(./.env.*)"], "Read /api/.env.local", Deny),
        // What allows there does so by its own words.
        (Default, &["allow Edit(./gen/**)"], "Write /api/gen/a", Ask),
    ];
    for (mode, rules, call, expected) in table {
        let verdict = evaluate(&with_a_folder(*mode, rules, call, "")).unwrap();
        assert_eq!(verdict.verdict, *expected, "{mode:?} {rules:?} {call}: {}", verdict.reason);
    }
}

#[test]
fn a_command_there_is_judged_as_one_in_the_workspace() {
    let table: &[(Mode, &[&str], &str, &str, Effect)] = &[
        (Default, &[], "Bash cat /api/a", "/api/a", Allow),
        (Default, &[], "Bash rg x /api/", "/api/", Allow),
        (Default, &[], "Bash echo x > /api/a", "/api/a", Ask),
        (AcceptEdits, &[], "Bash echo x > /api/a", "/api/a", Allow),
        (AcceptEdits, &[], "Bash touch /api/a", "/api/a", Allow),
        (AcceptEdits, &[], "Bash touch /else/a", "/else/a", Ask),
        (AcceptEdits, &[], "Bash touch /api/.npmrc", "!/api/.npmrc", Ask),
        (Default, &["deny Read(./.env.*)"], "Bash rg x /api/", "/api/", Allow),
        (Default, &["deny Read(./.env.*)"], "Bash cat /api/.env.x", "/api/.env.x", Deny),
        (AcceptEdits, &["deny Edit(*.lock)"], "Bash touch /api/a.lock", "/api/a.lock", Deny),
    ];
    for (mode, rules, call, paths, expected) in table {
        let verdict = evaluate(&with_a_folder(*mode, rules, call, paths)).unwrap();
        assert_eq!(verdict.verdict, *expected, "{mode:?} {rules:?} {call}: {}", verdict.reason);
    }
}

#[test]
fn a_rule_that_denies_or_asks_never_adds_a_folder() {
    let mut question = question(AcceptEdits, &["ask Bash(x)"], "Edit /api/a");
    question.rules[0].directory = "/api".into();
    assert_eq!(evaluate(&question).unwrap().verdict, Ask);
}

#[test]
fn what_is_kept_from_searches_and_processes_is_so_there() {
    let rules = ["deny Read(./secrets/**)", "deny Read(.env)", "deny Read(../x)", "deny Read(~/y)"];
    let found = exclusions(&with_a_folder(Default, &rules, "Grep ./", "")).unwrap();
    assert_eq!(found, ["/w/secrets/**", "/api/secrets/**", "/w/**/.env", "/api/**/.env", "/x", "/home/u/y"]);
}

#[test]
fn all_edits_there_are_offered_as_a_rule() {
    let verdict = evaluate(&with_a_folder(Default, &[], "Edit /srv/api/a", "")).unwrap();
    assert_eq!(verdict.wider, [""; 0]);
    let mut question = with_a_folder(Default, &[], "Edit /srv/team/api/a", "");
    question.rules.last_mut().unwrap().directory = "/srv/team/api".into();
    assert_eq!(evaluate(&question).unwrap().wider, ["Edit(//srv/team/api/**)"]);
}
