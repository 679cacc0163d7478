//! Verdicts on command lines.

use super::*;
use Effect::{Allow, Ask, Deny};
use Mode::{AcceptEdits, BypassPermissions, Default, DontAsk, Plan};

/// A question about a command whose paths are facts: inside unless absolute, from home, or up; protected by name;
/// folders end in a slash, and `.` is one.
fn asked(mode: Mode, rules: &[&str], command: &str) -> Question {
    let mut question = question(mode, rules, "Bash");
    question.arguments.insert("command".into(), command.into());
    let facts = shell_paths(command).into_iter().map(|given| {
        let place = question.place(&given);
        let text = place.to_string_lossy().into_owned();
        PathFact {
            inside: place.starts_with("/w"),
            exists: true,
            canonical: place.strip_prefix("/w").map_or(text.clone(), |below| below.to_string_lossy().into_owned()),
            directory: given.ends_with('/') || matches!(given.as_str(), "." | "src"),
            protected: is_protected(&text, "/w", "/home/u", "/home/u/.local/share/claw"),
            given,
            ..PathFact::default()
        }
    });
    question.facts.paths = facts.collect();
    question
}

fn verdict(mode: Mode, rules: &[&str], command: &str) -> Verdict {
    evaluate(&asked(mode, rules, command)).unwrap()
}

#[test]
fn verdicts() {
    let table: &[(Mode, &[&str], &str, Effect)] = &[
        // Reading.
        (Default, &[], "ls -la src | head", Allow),
        (Default, &[], "git status && git log --oneline -3", Allow),
        (Default, &[], "cat /usr/share/x /etc/hosts", Allow),
        (Default, &[], "cat /etc/shadow", Ask),
        (Default, &[], "cat ~/notes", Ask),
        (Default, &["allow Read(~/notes)"], "cat ~/notes", Allow),
        (Default, &["allow Read(~/**)"], "cat ~/.ssh/id_rsa", Ask),
        (Default, &[], "cd /w && git status", Allow),
        (Default, &[], "cd sub && git status", Ask),
        (Default, &[], "cat $x", Ask),
        (Default, &[], "cat a > b", Ask),
        (Plan, &[], "cat a | wc -l", Allow),
        (Plan, &[], "cat a > b", Deny),
        (Plan, &["allow Bash(make)"], "make", Deny),
        (Plan, &[], "cat ~/notes", Ask),
        // Rules speak of each command.
        (Default, &["allow Bash(git pull:*)"], "git pull -q | head", Allow),
        (Default, &["allow Bash(git pull:*)"], "git pull; rm x", Ask),
        (Default, &["allow Bash(npm run *)"], "npm run test && npm run build", Allow),
        (Default, &["allow Bash(npm run *)"], "npm run test 2>&1 | tail -5", Allow),
        (Default, &["allow Bash(npm run *)"], "npm run $x", Allow),
        (Default, &["allow Bash(npm run *)"], "npm $x test", Ask),
        (Default, &["allow Bash(npm run *)"], "$x run test", Ask),
        (Default, &["allow Bash(npm run *)"], "npm run test > ../x", Ask),
        (Default, &["allow Bash(npm run *)", "allow Edit(../x)"], "npm run test > ../x", Allow),
        (Default, &["allow Bash(npm run *)"], "npm run test > .git/config", Ask),
        (Default, &["allow Bash(npm run *)"], "timeout 5 npm run test", Allow),
        (Default, &["allow Bash(npm run *)"], "sudo npm run test", Ask),
        (Default, &["allow Bash(sudo npm run *)"], "sudo npm run test", Allow),
        (Default, &["allow Bash(sudo:*)"], "sudo rm x", Ask),
        (Default, &["allow Bash(timeout:*)"], "timeout 5 rm x", Ask),
        (Default, &["allow Bash(bash:*)"], "bash -c 'rm x'", Ask),
        (Default, &["allow Bash(bash -c 'rm x')"], "bash -c 'rm x'", Allow),
        (Default, &["allow Bash(find:*)"], "find . -exec rm {} +", Ask),
        (Default, &["allow Bash(find:*)", "allow Bash(rm:*)"], "find . -exec rm {} +", Allow),
        (Default, &["allow Bash(git pull)"], "'git' pull", Allow),
        (Default, &["allow Bash(git pull)"], "/tmp/git pull", Ask),
        (Default, &["allow Bash(git pull a:*)"], "git 'pull a'", Ask),
        (Default, &["allow Bash(npm run *)"], "FOO=1 npm run test", Ask),
        (Default, &["allow Bash(npm run *)"], "NODE_ENV=test npm run test", Allow),
        (Default, &["allow Bash(npm run *)"], "PATH=. npm run test", Ask),
        (Default, &["allow Bash(npm run *)"], "export PATH=.; npm run test", Ask),
        (Default, &["allow Bash(PATH=. make)"], "PATH=. make", Allow),
        (Default, &["allow Bash(FOO=1 npm run:*)"], "FOO=1 npm run test", Allow),
        (Default, &["allow Bash(FOO=1 npm run:*)"], "FOO='1' npm run test | head", Allow),
        (Default, &["allow Bash(FOO=1 npm run:*)"], "FOO=2 npm run test", Ask),
        (Default, &["allow Bash(FOO=1 npm run:*)"], "FOO=1 LD_PRELOAD=x npm run test", Ask),
        (Default, &["allow Bash(FOO=1 npm run:*)"], "export BAR=1; FOO=1 npm run test", Ask),
        (Default, &["allow Bash(FOO=1 npm run:*)"], "FOO=1 npm run test; FOO=1 rm x", Ask),
        (Default, &["allow Bash(FOO=* npm run:*)"], "FOO=1 LD_PRELOAD=x npm run test", Ask),
        (Default, &["allow Bash(PYTHONPATH=src pytest:*)"], "PYTHONPATH=src pytest -q", Allow),
        (Default, &["allow Bash(PYTHONPATH=src pytest:*)"], "PYTHONPATH=/tmp pytest -q", Ask),
        (Default, &["deny Bash(FOO=1 rm:*)", "allow Bash"], "cd a && FOO=1 rm x", Deny),
        (Default, &["allow Bash(~/.local/bin/x version *)"], "~/.local/bin/x version --all", Allow),
        (Default, &["allow Bash(~/.local/bin/x version *)"], "'~/.local/bin/x' version --all", Ask),
        (Default, &["allow Bash(~/.local/bin/x version *)"], "HOME=/tmp ~/.local/bin/x version --all", Ask),
        (Default, &["deny Bash(x:*)", "allow Bash"], "~/.local/bin/x version", Deny),
        (Default, &[r#"allow Bash(python -c "print\(1\)")"#], r#"python -c "print(1)""#, Allow),
        (Default, &[r#"allow Bash(python -c "print\(1\)")"#], r#"python -c "print(2)""#, Ask),
        (
            Default,
            &[r"allow Bash(find . \( -name x \) -exec make {} +)"],
            r"find . \( -name x \) -exec make {} +",
            Allow,
        ),
        (
            Default,
            &[r"allow Bash(find . \\\( -name x \\\) -exec make {} +)"],
            r"find . \( -name x \) -exec make {} +",
            Allow,
        ),
        (BypassPermissions, &[r#"deny Bash(python -c "print\(1\)")"#], r#"python -c "print(1)""#, Deny),
        (BypassPermissions, &[r#"deny Bash(python -c "print\(*)"#], r#"python -c "print(1)""#, Deny),
        // What speaks of everything denies and asks, and allows nothing.
        (Default, &["allow *"], "make", Ask),
        (BypassPermissions, &["deny *"], "ls", Deny),
        (Default, &["ask *"], "ls", Ask),
        (Default, &["deny WebFetch(domain:*)", "allow Bash"], "curl https://a.example", Deny),
        (Default, &["deny WebFetch(domain:*)", "allow Bash"], "curl --version", Allow),
        (Default, &["allow Bash(make)"], "make() { rm x; }; make", Ask),
        (Default, &["allow Bash(python3 a.py)"], "python3 a.py", Allow),
        (Default, &["allow Bash(python3)"], "python3 <<EOF\nx\nEOF", Ask),
        (Default, &["allow Bash(python3:*)"], "python3 <<EOF\nx\nEOF", Allow),
        (Default, &["allow Bash(tee:*)"], "ls | tee .git/hooks/x", Ask),
        (Default, &["allow Bash(tee:*)"], "cd .git && ls | tee config", Ask),
        (Default, &["allow Bash(a && b > ../x)"], "a && b > ../x", Allow),
        (Default, &["allow Bash(a > .git/config)"], "a > .git/config", Ask),
        (Default, &["allow Bash"], "a; b $x > c", Allow),
        (Default, &["allow Bash"], "a > $x", Ask),
        (Default, &["allow Bash(*)"], "a > .bashrc", Ask),
        // Deny rules, however it is spelled.
        (Default, &["deny Bash(rm:*)", "allow Bash"], "x=rm; $x y", Deny),
        (Default, &["deny Bash(rm:*)", "allow Bash"], "r{m,} x", Deny),
        (Default, &["deny Bash(rm:*)", "allow Bash"], "$'\\x72m' x", Deny),
        (Default, &["deny Bash(rm:*)", "allow Bash"], "echo rm x | sh", Deny),
        (Default, &["deny Bash(rm -rf:*)", "allow Bash"], "rm $x y", Ask),
        (Default, &["deny Bash(rm -rf:*)", "allow Bash"], "rm y", Allow),
        (BypassPermissions, &["deny Bash(rm:*)"], "sudo env A=1 bash -c 'x=rm; $x y'", Deny),
        (BypassPermissions, &["deny Bash(rm:*)"], "a 'b", Allow),
        (BypassPermissions, &["deny Edit(src/**)"], "echo x > src/a", Deny),
        (BypassPermissions, &[], "echo x > .git/config", Allow),
        (Default, &["deny Read(secrets/**)", "allow Bash"], "cat secrets/a", Deny),
        (Default, &["deny Read(secrets/**)", "allow Bash"], "cd secrets && cat a", Deny),
        (Default, &["deny Read(secrets/**)", "allow Bash"], "wc -l < secrets/a", Deny),
        (Default, &["deny Read(secrets/**)", "allow Bash"], "mytool secrets/a", Deny),
        (Default, &["deny Read(./secrets/**)", "allow Bash"], "cat s*/a", Ask),
        (Default, &["deny Read(./secrets/**)", "allow Bash"], "grep -r x .", Allow),
        (Default, &["ask Read(./secrets/**)", "allow Bash"], "grep -r x .", Ask),
        (Default, &["deny Read(./secrets/**)", "allow Bash"], "grep -r x . > out", Ask),
        (BypassPermissions, &["deny Read(./secrets/**)"], "grep -r x .", Deny),
        (Default, &["deny Read(./secrets/**)"], "grep -r x src", Allow),
        (Default, &["deny Read(./secrets/**)"], "ls", Allow),
        (Default, &["deny Edit(src/**)", "allow Bash"], "rm src/a", Deny),
        (Default, &["deny Edit(src/**)"], "cat src/a", Allow),
        // Ask rules.
        (Default, &["ask Bash(git log:*)"], "ls; git log", Ask),
        (Default, &["ask Bash(git push:*)", "allow Bash(git:*)"], "git pull; git push", Ask),
        // Modes.
        (AcceptEdits, &[], "mkdir -p a/b && touch a/b/c", Allow),
        (AcceptEdits, &[], "rm a", Allow),
        (AcceptEdits, &[], "rm .git/config", Ask),
        (AcceptEdits, &[], "rm ../a", Ask),
        (AcceptEdits, &[], "echo x > a", Allow),
        (AcceptEdits, &[], "make > a", Ask),
        (DontAsk, &[], "make", Deny),
        (DontAsk, &[], "ls", Allow),
        (DontAsk, &["allow Bash(make)"], "make", Allow),
        (DontAsk, &[], "a 'b", Deny),
        // Nothing.
        (Default, &[], "# only words", Allow),
    ];
    for (mode, rules, command, expected) in table {
        let verdict = verdict(*mode, rules, command);
        assert_eq!(verdict.verdict, *expected, "{mode:?} {rules:?} {command:?}: {verdict:?}");
    }
}

#[test]
fn without_confinement_a_file_allows_only_what_reads() {
    for (layer, command, expected) in [
        (Layer::User, "make", Ask),
        (Layer::Managed, "make", Ask),
        (Layer::Project, "make", Ask),
        (Layer::CommandLine, "make", Allow),
        (Layer::User, "git log", Allow),
        (Layer::User, "rm x", Ask),
    ] {
        let mut question = asked(Default, &["allow Bash(make)", "allow Bash(rm:*)"], command);
        question.rules.iter_mut().for_each(|rule| rule.layer = layer);
        question.sandboxed = false;
        assert_eq!(evaluate(&question).unwrap().verdict, expected, "{layer:?} {command}");
    }
    let mut granted = asked(Default, &["grant Bash(make)"], "make");
    granted.sandboxed = false;
    assert_eq!(evaluate(&granted).unwrap().verdict, Allow);
    let mut edits = asked(AcceptEdits, &[], "touch x");
    edits.sandboxed = false;
    assert_eq!(evaluate(&edits).unwrap().verdict, Ask);
}

#[test]
fn a_path_rule_starts_at_its_root() {
    let mut question = asked(Default, &["deny Read(/secrets/**)"], "cat sub/secrets/a");
    assert_eq!(evaluate(&question).unwrap().verdict, Allow);
    question.rules[0].root = "/w/sub".into();
    assert_eq!(evaluate(&question).unwrap().verdict, Deny);
}

#[test]
fn a_path_without_a_fact_is_asked_for() {
    let mut question = asked(Default, &["allow Bash"], "cat a b > c");
    question.facts.paths.retain(|fact| fact.given == "b");
    let verdict = evaluate(&question).unwrap();
    assert_eq!((verdict.verdict, verdict.unresolved), (Ask, vec!["c".to_string(), "a".to_string()]));
}

#[test]
fn a_link_is_judged_by_where_it_leads() {
    let mut question = asked(Default, &["deny Read(secrets/**)"], "cat link");
    question.facts.paths[0].canonical = "secrets/key".into();
    assert_eq!(evaluate(&question).unwrap().verdict, Deny);
    let mut question = asked(AcceptEdits, &[], "touch link");
    (question.facts.paths[0].canonical, question.facts.paths[0].inside) = ("/etc/x".into(), false);
    assert_eq!(evaluate(&question).unwrap().verdict, Ask);
}

#[test]
fn each_command_has_its_verdict() {
    let verdict = verdict(Default, &["allow Bash(make:*)", "deny Bash(rm:*)"], "ls | head; make a; frob; rm b");
    let told: Vec<_> =
        verdict.segments.iter().map(|s| (s.text.as_str(), s.verdict, s.rule.as_str(), s.source.as_str())).collect();
    assert_eq!(
        told,
        [
            ("ls", Allow, "", "builtin"),
            ("head", Allow, "", "builtin"),
            ("make a", Allow, "Bash(make:*)", "settings"),
            ("frob", Ask, "", "mode"),
            ("rm b", Deny, "Bash(rm:*)", "settings"),
        ]
    );
    assert_eq!((verdict.verdict, verdict.part.as_str(), verdict.read_only), (Deny, "rm b", false));
}

#[test]
fn read_only_is_said_of_what_changes_nothing() {
    for (command, expected) in [
        ("ls", true),
        ("cat ~/x", true),
        ("ls | head && git log", true),
        ("echo x > /dev/null", true),
        ("echo x > a", false),
        ("make", false),
        ("ls; make", false),
        ("PATH=. ls", false),
        ("ls 'x", false),
        ("cat a <(touch b)", false),
    ] {
        assert_eq!(verdict(Default, &["allow Bash"], command).read_only, expected, "{command}");
    }
}

#[test]
fn the_suggestion_is_for_the_one_command_that_needs_it() {
    for (command, suggestion) in [
        ("make all", Some("Bash(make all)")),
        ("ls && make all | head", Some("Bash(make all)")),
        ("make a; make b", Some("Bash(make a; make b)")),
        ("make > a", Some("Bash(make > a)")),
        ("sudo make", Some("Bash(sudo make)")),
        ("FOO=1 make", Some("Bash(FOO=1 make)")),
        ("make $x", Some("Bash(make $x)")),
        ("make > .git/config", None),
        ("make\nfrob", None),
        ("cat ~/.ssh/id_rsa", None),
    ] {
        assert_eq!(verdict(Default, &[], command).suggestion.as_deref(), suggestion, "{command}");
    }
}

#[test]
fn the_commands_of_a_line_with_control_characters_are_shown_with_their_pictures_and_none_is_let_pass() {
    for (command, segments) in [
        ("touch a\u{1}b && make x", ["touch a\u{2401}b", "make x"].as_slice()),
        ("ls '\u{1b}[2J'; ls", &["ls '\u{241b}[2J'", "ls"]),
        ("ls\r; ls\u{7f}", &["ls\u{240d}", "ls\u{2421}"]),
    ] {
        let mut found = verdict(Default, &["allow Bash(ls:*)", "allow Bash(touch:*)", "allow Bash(make:*)"], command);
        assert_eq!(found.segments.iter().map(|segment| segment.text.as_str()).collect::<Vec<_>>(), segments);
        assert_eq!((found.verdict, found.read_only, found.suggestion.take()), (Ask, false, None), "{command:?}");
        assert_eq!(found.reason, "This command cannot be judged: it holds control characters.");
        assert_eq!(found.unresolved, Vec::<String>::new(), "no path of the pictures is one of the command");
        assert_eq!(verdict(Plan, &[], command).verdict, Deny);
        assert_eq!(verdict(Default, &["deny Bash(ls:*)", "deny Bash(make:*)"], command).verdict, Deny, "{command:?}");
    }
}

#[test]
fn what_cannot_be_read_decides_before_what_is_only_not_allowed_and_an_ask_rule_before_both() {
    let command = "touch\u{a0}a; make x";
    let found = verdict(Default, &[], command);
    assert_eq!((found.source.as_str(), found.segments.len()), ("builtin", 2));
    assert!(found.reason.starts_with("This command cannot be judged: "), "{}", found.reason);
    let found = verdict(Default, &["ask Bash(make:*)"], command);
    assert_eq!(found.rule.as_deref(), Some("Bash(make:*)"));
}
