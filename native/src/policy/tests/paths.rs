use super::*;

#[track_caller]
fn parts(rule: &str, call: &str) -> (bool, bool) {
    let question = question(Mode::Default, &[], call);
    let rule = Rule::parse(rule).unwrap();
    let path = rule.path().expect("a path rule");
    let fact = &question.facts.paths[0];
    (path.allows(&question, "", fact), path.denies(&question, "", fact))
}

#[test]
fn what_a_path_rule_matches() {
    let table = [
        ("Edit(src/**)", "Edit src/a/b.rs"),
        ("Edit(./src/**)", "Edit src/a/b.rs"),
        ("Edit(/src/**)", "Edit src/a/b.rs"),
        ("Edit(//w/src/**)", "Edit src/a/b.rs"),
        ("Edit(src)", "Edit src/a/b.rs"),
        ("Edit(src/)", "Edit src/a/b.rs"),
        ("Edit(*.rs)", "Edit src/a/b.rs"),
        ("Edit(**/*.rs)", "Edit b.rs"),
        ("Edit(src/*.rs)", "Edit src/b.rs"),
        ("Edit(src/?.rs)", "Edit src/b.rs"),
        ("Edit(src/[ab].rs)", "Edit src/b.rs"),
        ("Edit(**)", "Edit src/b.rs"),
        ("Read(.env)", "Read a/.env"),
        ("Read(./.env)", "Read .env"),
        ("Read(~/notes/**)", "Read /home/u/notes/x"),
        ("Read(~/.zshrc)", "Read /home/u/.zshrc"),
        ("Read(//etc/**)", "Read /etc/hosts"),
        ("Read(//**/x)", "Read /a/b/x"),
        ("Read(../shared/**)", "Read /shared/x"),
        ("Read(./secrets/**)", "Grep secrets/"),
        ("Read(**)", "Grep ./"),
        ("Edit(#x)", "Edit #x"),
        ("Edit(a\\*b)", "Edit a*b"),
    ];
    for (rule, call) in table {
        assert_eq!(parts(rule, call), (true, true), "{rule}: {call}");
    }
}

#[test]
fn what_a_path_rule_does_not_match() {
    let table = [
        ("Edit(src/**)", "Edit lib/src/a.rs"),
        ("Edit(/src/**)", "Edit lib/src/a.rs"),
        ("Edit(./a.rs)", "Edit src/a.rs"),
        ("Edit(src/*.rs)", "Edit src/a/b.rs"),
        ("Edit(src)", "Edit srcx/a"),
        ("Edit(*.rs)", "Edit a.rsx"),
        ("Edit(*.rs)", "Edit /elsewhere/a.rs"),
        ("Edit(src/**)", "Edit src/../b.rs"),
        ("Read(~/notes/**)", "Read /home/v/notes/x"),
        ("Read(~/notes/**)", "Read notes/x"),
        ("Read(//etc/**)", "Read etc/hosts"),
        ("Read(../shared/**)", "Read shared/x"),
        ("Read(.env)", "Read .envrc"),
        ("Edit(a\\*b)", "Edit axb"),
    ];
    for (rule, call) in table {
        assert_eq!(parts(rule, call), (false, false), "{rule}: {call}");
    }
}

#[test]
fn in_doubt_only_deny_matches() {
    // A rule for what is in a directory, and a path that may be one.
    assert_eq!(parts("Edit(src/**)", "Edit src"), (false, true));
    assert_eq!(parts("Edit(src/)", "Edit src"), (false, true));
    // A link: it is named as the rule says, but leads elsewhere.
    let mut question = question(Mode::Default, &[], "Read link");
    question.facts.paths[0].canonical = "secrets/key".into();
    let matches = |rule: &str| {
        let rule = Rule::parse(rule).unwrap();
        let path = rule.path().unwrap();
        (path.allows(&question, "", &question.facts.paths[0]), path.denies(&question, "", &question.facts.paths[0]))
    };
    assert_eq!(matches("Read(link)"), (false, true));
    assert_eq!(matches("Read(secrets/**)"), (true, true));
}

#[test]
fn exclusions_say_in_gitignore_what_the_rules_say() {
    let rules = ["deny Read(./secrets/**)", "deny Read(.env)", "deny Grep(//x y)", "deny Edit(a)", "ask Read(priv/**)"];
    let of = |mode, call: &str| exclusions(&question(mode, &rules, call)).unwrap();
    let all = ["/w/secrets/**", "/w/**/.env", "/x y", "/w/priv/**"];
    assert_eq!(of(Mode::Default, "Grep ./"), all);
    assert_eq!(of(Mode::BypassPermissions, "Grep ./"), all[..3]);
    assert_eq!(of(Mode::Default, "Grep priv/"), all[..3], "what was asked for is searched");
    assert_eq!(of(Mode::Default, "Glob ./"), ["/w/secrets/**", "/w/**/.env", "/w/priv/**"]);
}
