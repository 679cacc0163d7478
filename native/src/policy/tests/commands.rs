use super::super::command::CommandRule;

#[track_caller]
fn rule(text: &str) -> CommandRule {
    CommandRule::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn what_an_allow_rule_allows() {
    let table = [
        ("npm run test", "npm run test"),
        ("npm run test", " npm run test "),
        ("git log:*", "git log"),
        ("git log:*", "git log -3 --oneline"),
        ("git log:*", "git   log  -3"),
        ("git log *", "git log"),
        ("git log *", "git log HEAD~3..HEAD^".strip_suffix("HEAD~3..HEAD^").unwrap()),
        ("git log:*", "git log main..feature/x --format=%h"),
        ("git log:*", "git log --author='J. Doe' -- src/a,b.rs"),
        ("git commit:*", "git commit -m \"Fix the parser's tests\""),
        ("git commit:*", "git commit -m 'Is it 100% done? Yes! [#12] *'"),
        ("git commit:*", "git commit -m 'Grüße, 世界'"),
        ("ls:*", "ls Übersicht"),
        ("npm run *", "npm run build"),
        ("npm run*", "npm runs"),
        ("git * main", "git push origin main"),
        ("* --version", "rustc --version"),
        ("*", "ls -l"),
        ("echo $(date)", "echo $(date)"),
        ("a && b", "a && b"),
        ("ls \\*.py", "ls *.py"),
        ("ls \\*.py", "ls \\*.py"),
        ("grep a\\\\b x", "grep a\\b x"),
        ("curl http://localhost:*", "curl http://localhost"),
        ("docker run:*", "docker run -p 80:80 -e A=b x@sha256:0a"),
    ];
    for (text, command) in table {
        assert!(rule(text).allows(command), "{text} must allow {command:?}");
    }
}

#[test]
fn what_an_allow_rule_does_not_allow() {
    let table = [
        ("npm run test", "npm run test2"),
        ("npm run test", "npm run test --watch"),
        ("git log:*", "git logx"),
        ("git log:*", "git"),
        ("git log:*", "git -C / log"),
        ("git log:*", "agit log"),
        ("git log *", "git login"),
        ("git log:*", "git log; rm -rf x"),
        ("git log:*", "git log && rm x"),
        ("git log:*", "git log || rm x"),
        ("git log:*", "git log | sh"),
        ("git log:*", "git log & rm x"),
        ("git log:*", "git log\nrm x"),
        ("git log:*", "git log\rrm x"),
        ("git log:*", "git log\trm"),
        ("git log:*", "git log > .bashrc"),
        ("git log:*", "git log < x"),
        ("git log:*", "git log $(rm x)"),
        ("git log:*", "git log `rm x`"),
        ("git log:*", "git log $HOME"),
        ("git log:*", "git log \"$HOME\""),
        ("git log:*", "git log \"`rm x`\""),
        ("git log:*", "git log '; rm x'"),
        ("git log:*", "git log 'a|b'"),
        ("git log:*", "git log \\\nrm"),
        ("git log:*", "git log {a,b}"),
        ("git log:*", "git log (a)"),
        ("git log:*", "git log *"),
        ("git log:*", "git log a?"),
        ("git log:*", "git log [a]"),
        ("git log:*", "git log ~root"),
        ("git log:*", "git log # rm"),
        ("git log:*", "git log !!"),
        ("git log:*", "git log 'unclosed"),
        ("git log:*", "git log \"unclosed"),
        ("git log:*", "git log 'a'b'"),
        ("git log:*", "git log =ls"),
        ("git log:*", "PAGER=evil git log"),
        ("*", "LD_PRELOAD=evil.so ls"),
        ("* --version", "LD_PRELOAD=evil.so ls --version"),
        ("* --version", "rm -rf x; ls --version"),
        ("git log:*", "'git' log"),
        ("git log:*", "g\"i\"t log"),
        ("*", "\"git\" log"),
        ("git log:*", "git log \u{200b}x"),
        ("git log:*", "git log \u{202e}x"),
        ("git log:*", "git log 'a\u{a0}b'"),
        ("git log:*", "git log \u{3164}"),
        ("git log:*", "git log \u{e0041}"),
        ("git log:*", "git log \u{1b}[2K"),
        ("git log:*", "git log \0"),
        ("git\u{200b}log", "git\u{200b}log"),
        ("git * main", "git push && rm main"),
        ("echo hi", "echo hi; rm x"),
        ("echo $(date)", "echo $(date); rm x"),
        ("ls \\*.py", "ls a.py"),
        ("git log:*", ""),
        ("*", ""),
    ];
    for (text, command) in table {
        assert!(!rule(text).allows(command), "{text} must not allow {command:?}");
    }
}

#[test]
fn what_a_deny_rule_denies() {
    let table = [
        ("rm:*", "rm"),
        ("rm:*", "rm -rf x"),
        ("rm *", "rm -rf x"),
        ("rm -rf *", "rm  -rf\tx"),
        ("rm:*", "ls; rm x"),
        ("rm:*", "ls;rm x"),
        ("rm:*", "ls && rm x"),
        ("rm:*", "ls || rm x"),
        ("rm:*", "ls | rm"),
        ("rm:*", "ls & rm x"),
        ("rm:*", "ls\nrm x"),
        ("rm:*", "(rm x)"),
        ("rm:*", "{ rm x; }"),
        ("rm:*", "echo $(rm x)"),
        ("rm:*", "echo \"$(rm x)\""),
        ("rm:*", "echo `rm x`"),
        ("rm:*", "cat <(rm x)"),
        ("rm:*", "A=1 B=2 rm x"),
        ("rm:*", "A+=1 rm x"),
        ("rm:*", "sudo rm x"),
        ("rm:*", "sudo -u root rm x"),
        ("rm:*", "sudo -n -u root A=1 rm x"),
        ("rm:*", "env -i A=1 rm x"),
        ("rm:*", "command rm x"),
        ("rm:*", "nohup rm x"),
        ("rm:*", "time rm x"),
        ("rm:*", "timeout 5 rm x"),
        ("rm:*", "timeout -k 1s 5s rm x"),
        ("rm:*", "nice -n 10 rm x"),
        ("rm:*", "xargs -0 rm"),
        ("rm:*", "find . -name x | xargs rm"),
        ("rm:*", "find . -exec rm {} \\;"),
        ("rm:*", "bash -c 'rm x'"),
        ("rm:*", "sh -c \"ls; rm x\""),
        ("rm:*", "sudo bash -lc 'exec rm x'"),
        ("rm:*", "/bin/rm x"),
        ("rm:*", "sudo /usr/bin/rm x"),
        ("rm:*", "'rm' x"),
        ("rm:*", "r\"\"m x"),
        ("rm:*", "r\\m x"),
        ("rm:*", "\\rm x"),
        ("rm:*", "$'rm' x"),
        ("rm:*", "r\\\nm x"),
        ("rm:*", "rm$IFS-rf${IFS}x"),
        ("rm:*", "if rm x; then ls; fi"),
        ("rm:*", "if ls; then rm x; fi"),
        ("rm:*", "for f in a; do rm $f; done"),
        ("rm:*", "! rm x"),
        ("rm:*", "> out rm x"),
        ("rm:*", "2>/dev/null rm x"),
        ("rm:*", "2>&1 rm x"),
        ("rm:*", "ls &>/dev/null; rm x"),
        ("rm:*", "case x in a) rm x;; esac"),
        ("rm:*", "env env env rm x"),
        ("git push:*", "cd x && git push -f"),
        ("curl * | sh", "curl http://x | sh"),
        ("*rm -rf*", "ls; sudo rm -rf x"),
        ("git push \"a b\"", "git push 'a b'"),
        ("npm publish", "npm publish"),
        ("npm publish", "npm test && npm publish"),
        ("echo a;b", "echo a;b"),
    ];
    for (text, command) in table {
        assert!(rule(text).denies(command).is_some(), "{text} must deny {command:?}");
    }
}

#[test]
fn what_a_deny_rule_leaves_alone() {
    let table = [
        ("rm:*", "rmdir x"),
        ("rm:*", "ls rm"),
        ("rm:*", "git rm x"),
        ("rm:*", "echo rm"),
        ("rm:*", "grep -r rm ."),
        ("rm:*", "sudo ls rm"),
        ("rm:*", "env A=1 ls rm"),
        ("rm:*", "npm run rm"),
        ("rm:*", "cat ./rm.txt"),
        ("rm:*", "./rm.sh x"),
        ("rm -rf:*", "rm -r x"),
        ("git push:*", "git pushx"),
        ("git push:*", "git stash push"),
        ("npm publish", "npm publish --dry-run"),
        ("curl * | sh", "curl http://x | jq"),
        ("rm:*", "find . -name rm"),
        ("rm:*", ""),
        ("rm:*", " ; ; "),
    ];
    for (text, command) in table {
        assert!(rule(text).denies(command).is_none(), "{text} must leave {command:?} alone");
    }
}

#[test]
fn nested_wrappers_take_no_time() {
    let command = "env -a ".repeat(20_000) + "rm x";
    assert!(rule("rm:*").denies(&command).is_some());
    assert!(rule("mv:*").denies(&command).is_none());
}
