use super::*;
use Effect::{Allow, Ask, Deny};
use Mode::{AcceptEdits, BypassPermissions, Default, Plan};

#[test]
fn verdicts() {
    let table: &[(Mode, &[&str], &str, Effect)] = &[
        // What each mode allows by itself.
        (Default, &[], "Read a", Allow),
        (Default, &[], "Grep src/", Allow),
        (Default, &[], "TodoWrite", Allow),
        (Default, &[], "Read /etc/hosts", Ask),
        (Default, &[], "Read a /etc/hosts", Ask),
        (Default, &[], "Edit a", Ask),
        (Default, &[], "Write a", Ask),
        (Default, &[], "Bash make", Ask),
        (Default, &[], "Bash true | head", Allow),
        (Default, &[], "mcp__a__b", Ask),
        (Default, &[], "Unknown", Ask),
        (AcceptEdits, &[], "Edit a", Allow),
        (AcceptEdits, &[], "Write a", Allow),
        (AcceptEdits, &[], "NotebookEdit a", Allow),
        (AcceptEdits, &[], "Read a", Allow),
        (AcceptEdits, &[], "Edit /etc/hosts", Ask),
        (AcceptEdits, &[], "Edit !.git/config", Ask),
        (AcceptEdits, &[], "Bash make", Ask),
        (Plan, &[], "Read a", Allow),
        (Plan, &[], "Read /etc/hosts", Ask),
        (Plan, &[], "Edit a", Deny),
        (Plan, &[], "Bash make", Deny),
        (Plan, &[], "Bash true | head", Allow),
        (Plan, &[], "mcp__a__b", Deny),
        (BypassPermissions, &[], "Bash rm -rf /", Allow),
        (BypassPermissions, &[], "Edit !.git/config", Allow),
        (BypassPermissions, &[], "Edit /etc/hosts", Allow),
        (BypassPermissions, &[], "Read", Allow),
        // Deny outranks everything.
        (BypassPermissions, &["deny Bash(rm:*)"], "Bash rm x", Deny),
        (BypassPermissions, &["deny Bash(rm:*)"], "Bash ls", Allow),
        (BypassPermissions, &["deny Bash"], "Bash ls", Deny),
        (BypassPermissions, &["deny Edit(.git/**)"], "Edit !.git/config", Deny),
        (Default, &["allow Bash(rm:*)", "deny Bash(rm:*)"], "Bash rm x", Deny),
        (Default, &["ask Bash(rm:*)", "deny Bash(rm:*)"], "Bash rm x", Deny),
        (Default, &["grant Bash(rm:*)", "deny Bash(rm:*)"], "Bash rm x", Deny),
        (Default, &["deny Read(secrets/**)"], "Read secrets/a", Deny),
        (Default, &["deny Read(secrets/**)"], "Grep secrets/", Deny),
        (Default, &["deny Read(secrets/**)"], "Read src/a secrets/a", Deny),
        (Default, &["deny Read(secrets/**)"], "Read src/a", Allow),
        (AcceptEdits, &["deny Edit(secrets/**)"], "Write secrets/a", Deny),
        (AcceptEdits, &["deny Read(secrets/**)"], "Edit secrets/a", Allow),
        (Default, &["deny mcp__a"], "mcp__a__b", Deny),
        (Default, &["deny Read(x)"], "Read", Deny),
        (Default, &["deny Edit(x)"], "Read", Ask),
        // Ask holds in every mode but one.
        (Default, &["ask Read(a)"], "Read a", Ask),
        (AcceptEdits, &["ask Edit(a)"], "Edit a", Ask),
        (Default, &["ask Bash(git push:*)", "allow Bash(git:*)"], "Bash git push", Ask),
        (Default, &["ask Bash(git push:*)", "allow Bash(git:*)"], "Bash git pull", Allow),
        (Default, &["ask Bash(git push:*)", "grant Bash(git push:*)"], "Bash git push", Ask),
        (BypassPermissions, &["ask Bash(git push:*)"], "Bash git push", Allow),
        (Plan, &["ask Bash(git push:*)"], "Bash git push", Deny),
        (Plan, &["ask Read(a)"], "Read a", Ask),
        // Protected paths, and writes outside: no allow rule helps.
        (Default, &["allow Edit"], "Edit !.git/config", Ask),
        (Default, &["allow Edit(.git/**)"], "Edit !.git/config", Ask),
        (Default, &["grant Edit"], "Edit !.git/config", Ask),
        (Default, &["allow Edit"], "Edit a !.mcp.json", Ask),
        (Default, &["allow Read"], "Read !.git/config", Allow),
        (Default, &[], "Read !.git/config", Allow),
        (Default, &["allow Edit(//etc/**)"], "Edit /etc/hosts", Ask),
        (Default, &["allow Edit"], "Edit a", Allow),
        // Allow rules and grants.
        (Default, &["allow Bash(git log:*)"], "Bash git log -3", Allow),
        (Default, &["allow Bash(git log:*)"], "Bash git log | sh", Ask),
        (Default, &["grant Bash(git log:*)"], "Bash git log -3", Allow),
        (Default, &["allow Bash"], "Bash a && b\n\tc", Allow),
        (Default, &["allow Bash"], "Bash a \u{202e}b", Ask),
        (Default, &["allow Edit(src/**)"], "Edit src/a", Allow),
        (Default, &["allow Edit(src/**)"], "Write src/a", Allow),
        (Default, &["allow Edit(src/**)"], "Edit src/a b", Ask),
        (Default, &["allow Edit(src/**)", "grant Edit(b)"], "Edit src/a b", Allow),
        (AcceptEdits, &["allow Edit(src/**)"], "Edit src/a b", Allow),
        (Default, &["allow Write(src/**)"], "Edit src/a", Ask),
        (Default, &["allow Read(//etc/hosts)"], "Read /etc/hosts", Allow),
        (Default, &["allow Read(//etc/hosts)"], "Read a /etc/hosts", Allow),
        (Default, &["allow Read(//etc/hosts)"], "Read /etc/passwd", Ask),
        (Default, &["allow Read"], "Read /etc/passwd", Allow),
        (Default, &["allow Read"], "Grep /etc/", Allow),
        (Default, &["allow Read"], "Read", Ask),
        (Default, &["allow mcp__a__b"], "mcp__a__b", Allow),
        (Default, &["allow mcp__a__b"], "mcp__a__c", Ask),
        (Default, &["allow mcp__a"], "mcp__a__c", Allow),
        (Default, &["allow Agent(Explore)"], "Agent Explore", Allow),
        (Default, &["allow Agent(Explore)"], "Agent Other", Ask),
        (Plan, &["allow Bash(git pull:*)"], "Bash git pull", Deny),
        (Plan, &["allow Edit"], "Edit a", Deny),
        (Plan, &["allow Read(//etc/hosts)"], "Read /etc/hosts", Allow),
        (Default, &["allow WebFetch(domain:example.com)"], "WebFetch https://example.com/x?y", Allow),
        (Default, &["allow WebFetch(domain:example.com)"], "WebFetch https://EXAMPLE.com:8080", Allow),
        (Default, &["allow WebFetch(domain:example.com)"], "WebFetch https://a.example.com", Ask),
        (Default, &["allow WebFetch(domain:*.example.com)"], "WebFetch https://a.example.com", Allow),
        (Default, &["allow WebFetch(domain:*.example.com)"], "WebFetch https://aexample.com", Ask),
        (Default, &["allow WebFetch(domain:*.example.com)"], "WebFetch https://.example.com", Ask),
        (Default, &["allow WebFetch(domain:example.com)"], "WebFetch https://example.com.evil.org", Ask),
        (Default, &["allow WebFetch(domain:example.com)"], "WebFetch https://example.com@evil.org", Ask),
        (Default, &["allow WebFetch(domain:example.com)"], "WebFetch https://evil.org\\@example.com", Ask),
        (Default, &["allow WebFetch(domain:example.com)"], "WebFetch https://example.com:x@evil.org", Ask),
        (Default, &["allow WebFetch(domain:example.com)"], "WebFetch https://evil.org#example.com", Ask),
        (Default, &["allow WebFetch(domain:example.com)"], "WebFetch ftp://example.com", Ask),
        (BypassPermissions, &["deny WebFetch(domain:evil.org)"], "WebFetch https://evil.org", Deny),
        (BypassPermissions, &["deny WebFetch(domain:evil.org)"], "WebFetch HTTPS://a.EVIL.org.:80/", Deny),
        (BypassPermissions, &["deny WebFetch(domain:evil.org)"], "WebFetch http://a@evil.org/", Deny),
        (BypassPermissions, &["deny WebFetch(domain:evil.org)"], "WebFetch https://notevil.org", Allow),
        (BypassPermissions, &["deny WebFetch(domain:*.evil.org)"], "WebFetch https://a.evil.org", Deny),
    ];
    for (mode, rules, call, expected) in table {
        let verdict = evaluate(&question(*mode, rules, call)).unwrap();
        assert_eq!(verdict.verdict, *expected, "{mode:?} {rules:?} {call:?}: {verdict:?}");
    }
}

#[test]
fn a_server_is_not_believed_that_it_only_reads() {
    let mut asked = question(Default, &[], "mcp__a__b");
    asked.footprint = Footprint::Read;
    assert_eq!(evaluate(&asked).unwrap().verdict, Ask);
    asked.facts.paths = vec![path_fact("a")];
    assert_eq!(evaluate(&asked).unwrap().verdict, Ask);
}

#[track_caller]
fn answer(mode: Mode, rules: &[&str], call: &str) -> [String; 5] {
    let v = evaluate(&question(mode, rules, call)).unwrap();
    [v.rule.unwrap_or_default(), v.source, v.part, v.reason, v.suggestion.unwrap_or_default()]
}

#[test]
fn a_verdict_says_who_what_and_why() {
    let deny = answer(Default, &["deny Bash(rm:*)"], "Bash ls; rm x");
    assert_eq!(deny[..3], ["Bash(rm:*)", "settings", "rm x"]);
    assert_eq!(deny[3], "`rm x` is denied by the rule Bash(rm:*) (settings).");
    let path = answer(Default, &["deny Read(b)"], "Read a b");
    assert_eq!(path[..3], ["Read(b)", "settings", "b"]);
    let grant = answer(Default, &["grant Edit(b)"], "Edit b");
    assert_eq!(grant[..3], ["Edit(b)", "session", "b"]);
    let plan = answer(Plan, &[], "Edit a");
    assert_eq!(plan[1..], ["mode", "a", "Mode plan only reads, and Edit may change something.", ""]);
    let protected = answer(Default, &[], "Edit !.git/config");
    assert_eq!(protected[1..3], ["builtin", ".git/config"]);
    assert!(protected[3].contains("is protected"));
    let outside = answer(Default, &[], "Edit /etc/hosts");
    assert_eq!(outside[1], "builtin");
    assert!(outside[3].contains("outside the workspace"));
}

#[test]
fn a_suggestion_is_the_narrowest_rule() {
    for (call, suggestion) in [
        ("Bash npm run test", "Bash(npm run test)"),
        ("Bash a && b", "Bash(a && b)"),
        ("Bash rm -rf *", "Bash(rm -rf \\*)"),
        ("Bash curl x:*", "Bash(curl x:\\*)"),
        ("Bash mk \\* *", "Bash(mk \\\\\\* \\*)"),
        ("Bash mk \\n", "Bash(mk \\n)"),
        ("Bash a\nb", ""),
        ("Bash a\u{200b}b", ""),
        ("Edit src/a.rs", "Edit(//w/src/a.rs)"),
        ("Write src/a.rs", "Edit(//w/src/a.rs)"),
        ("Edit a[1]*.rs", "Edit(//w/a\\[1\\]\\*.rs)"),
        ("Edit #a", "Edit(//w/#a)"),
        ("Read /etc/hosts", "Read(//etc/hosts)"),
        ("Grep /etc/", "Read(//etc)"),
        ("Read /etc/a /etc/b", ""),
        ("Read a /etc/b", "Read(//etc/b)"),
        ("mcp__a__b", "mcp__a__b"),
        ("Agent Explore", "Agent(Explore)"),
        ("WebFetch https://Example.com/x", "WebFetch(domain:example.com)"),
        ("WebFetch https://a@b", ""),
        ("Edit /etc/hosts", ""),
        ("Edit !.git/config", ""),
    ] {
        let offered = answer(Default, &[], call)[4].clone();
        assert_eq!(offered, suggestion, "{call}");
        if !offered.is_empty() {
            let granted = question(Default, &[&format!("allow {offered}")], call);
            assert_eq!(evaluate(&granted).unwrap().verdict, Allow, "{call}");
        }
    }
    assert_eq!(answer(Default, &["ask Bash(git:*)"], "Bash git push")[4], "", "no rule would help");
}

#[test]
fn a_suggestion_allows_nothing_else() {
    for (call, other) in [
        ("Bash rm *", "Bash rm a"),
        ("Bash rm *", "Bash rm -rf /"),
        ("Bash npm test", "Bash npm test x"),
        ("Edit a*", "Edit ab"),
        ("Edit a", "Edit b/a"),
        ("Grep /etc/ssl/", "Grep /etc/"),
    ] {
        let offered = answer(Default, &[], call)[4].clone();
        let verdict = evaluate(&question(Default, &[&format!("allow {offered}")], other)).unwrap();
        assert_eq!(verdict.verdict, Ask, "{offered} {other}");
    }
}

#[test]
fn a_wider_rule_is_the_one_that_a_person_would_write() {
    for (call, wider) in [
        ("Bash git commit -m x", "Bash(git commit:*)"),
        ("Bash npm run test -- --watch", "Bash(npm run test:*)"),
        ("Bash npm test", "Bash(npm test:*)"),
        ("Bash cargo build --release", "Bash(cargo build:*)"),
        ("Bash pytest -q", "Bash(pytest:*)"),
        ("Bash ls && make all | head", "Bash(make all:*)"),
        ("Edit src/a.rs", "Edit(//w/**)"),
        ("Write a", "Edit(//w/**)"),
        ("Read /etc/nginx/a.conf", "Read(//etc/nginx/**)"),
        // What follows could be anything, or is not the name of what is done.
        ("Bash rm -rf build", ""),
        ("Bash python x.py", ""),
        ("Bash git config alias.x y", ""),
        ("Bash git -C sub commit", ""),
        ("Bash docker run x", ""),
        ("Bash poetry run python x.py", ""),
        ("Bash sudo make all", ""),
        ("Bash bash build.sh", ""),
        ("Bash ./build.sh all", ""),
        ("Bash make a; make b", ""),
        ("Bash make > .git/config", ""),
        ("Bash git commit -m a\u{200b}b", ""),
        ("Read /etc/hosts", ""),
        ("Read /home/a", ""),
        ("Edit /etc/hosts", ""),
        ("Edit !.git/config", ""),
        ("WebFetch https://example.com/x", ""),
        ("mcp__a__b", ""),
    ] {
        let offered = evaluate(&question(Default, &[], call)).unwrap().wider;
        assert_eq!(offered.join(" "), wider, "{call}");
        for rule in offered {
            let granted = question(Default, &[&format!("allow {rule}")], call);
            assert_eq!(evaluate(&granted).unwrap().verdict, Allow, "{call}");
        }
    }
    assert!(evaluate(&question(Default, &["ask Bash(git:*)"], "Bash git commit")).unwrap().wider.is_empty());
}

#[test]
fn questions_that_cannot_be_answered() {
    assert!(matches!(evaluate_bytes(b"\x01"), Err(PolicyError::Question(_))));
    assert!(evaluate(&question(Default, &["allow Bash("], "Read a")).is_err());
    let mut odd = question(Default, &["deny Bash(rm:*)"], "Bash");
    odd.arguments.insert("command".into(), 7.into());
    assert_eq!(evaluate(&odd).unwrap().verdict, Ask);
}
