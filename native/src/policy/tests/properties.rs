use super::super::command::CommandRule;
use super::*;
use proptest::prelude::*;

fn mode() -> impl Strategy<Value = Mode> {
    prop::sample::select(vec![Mode::Default, Mode::AcceptEdits, Mode::Plan, Mode::BypassPermissions])
}

fn rule() -> impl Strategy<Value = String> {
    let rules = [
        "Bash",
        "Bash(rm:*)",
        "Bash(ls *)",
        "Bash(*)",
        "Bash(ls a)",
        "Edit",
        "Edit(src/**)",
        "Edit(a)",
        "Read",
        "Read(src/**)",
        "Read(//etc/**)",
        "Write",
        "mcp__a",
        "mcp__a__b",
    ];
    prop::sample::select(rules.to_vec()).prop_map(str::to_owned)
}

fn entry() -> impl Strategy<Value = String> {
    let effect = prop::sample::select(vec!["allow", "ask", "deny", "grant"]);
    (effect, rule()).prop_map(|(effect, rule)| format!("{effect} {rule}"))
}

fn call() -> impl Strategy<Value = String> {
    let calls = [
        "Bash ls a",
        "Bash rm a",
        "Bash ls; rm a",
        "Edit a",
        "Edit src/a",
        "Edit /etc/a",
        "Edit !.git/a",
        "Read a",
        "Read src/a a",
        "Read /etc/a",
        "Read",
        "Grep src/",
        "mcp__a__b",
    ];
    prop::sample::select(calls.to_vec()).prop_map(str::to_owned)
}

fn verdict(mode: Mode, rules: &[String], call: &str) -> Effect {
    let rules: Vec<_> = rules.iter().map(String::as_str).collect();
    evaluate(&question(mode, &rules, call)).unwrap().verdict
}

proptest! {
    #[test]
    fn a_deny_rule_never_loosens(
        mode in mode(),
        rules in prop::collection::vec(entry(), 0..6),
        added in rule(),
        at in 0usize..6,
        call in call(),
    ) {
        let before = verdict(mode, &rules, &call);
        let mut more = rules.clone();
        more.insert(at.min(rules.len()), format!("deny {added}"));
        prop_assert!(verdict(mode, &more, &call) >= before);
    }

    #[test]
    fn an_allow_rule_or_grant_never_tightens(
        mode in mode(), rules in prop::collection::vec(entry(), 0..6), added in rule(), call in call(),
    ) {
        let before = verdict(mode, &rules, &call);
        for effect in ["allow", "grant"] {
            let more = [rules.clone(), vec![format!("{effect} {added}")]].concat();
            prop_assert!(verdict(mode, &more, &call) <= before);
        }
    }

    #[test]
    fn a_rule_that_matches_for_allow_matches_for_deny(
        pattern in r"[ab]{1,3}( [ab*]{1,3}){0,2}(:\*)?", command in r#"[ab'" ;]{1,12}"#,
    ) {
        if let Ok(rule) = CommandRule::parse(&pattern)
            && rule.allows(&command)
        {
            prop_assert!(rule.denies(&command).is_some(), "{} {:?}", pattern, command);
        }
    }

    #[test]
    fn no_wildcard_allows_a_separator(
        head in "[a-z ]{0,6}", separator in r"[;&|<>`$(){}\\\n\r\t\x00\u{200b}\u{202e}]", tail in any::<String>(),
    ) {
        let command = format!("{head}{separator}{tail}");
        for pattern in ["*".to_string(), format!("{}*", head.trim_start()), "a:*".into(), "* *".into()] {
            if let Ok(rule) = CommandRule::parse(&pattern) {
                prop_assert!(command.trim() == pattern.trim() || !rule.allows(&command), "{} {:?}", pattern, command);
            }
        }
    }

    #[test]
    fn nothing_panics(rule in any::<String>(), call in any::<String>()) {
        let _ = Rule::parse(&rule);
        let _ = Rule::parse(&format!("Read({rule})"));
        let _ = Rule::parse(&format!("Bash({rule})")).map(|_| {
            let text = format!("allow Bash({rule})");
            let deny = format!("deny Bash({rule})");
            let _ = evaluate(&question(Mode::Default, &[&text, &deny], &format!("Bash {call}")));
        });
        let _ = evaluate(&question(Mode::Default, &["deny WebFetch(domain:*.a.b)"], &format!("WebFetch {call}")));
        let _ = evaluate(&question(Mode::Default, &["allow WebFetch(domain:*.a.b)"], &format!("WebFetch {call}")));
        let _ = is_protected(&call, &rule, &rule, &call);
    }
}

/// Ways to write a command line in which bash starts `rm x`.
fn disguise() -> impl Strategy<Value = String> {
    let names =
        ["rm", "r''m", "\\rm", "'rm'", "\"rm\"", "r\"m\"", "$'rm'", "$'\\x72m'", "/bin/rm", "command rm", "{rm,}"];
    let wrappers =
        ["sudo @", "env A=1 @", "nice -n 3 @", "timeout 5 @", "xargs @", "find . -exec @ \\;", "nohup @", "command @"];
    let fronts = ["@", "A=1 @", "> out @", "time @"];
    let around = [
        "@; ls",
        "ls && @",
        "ls | @",
        "(@)",
        "{ @; }",
        "echo $(@)",
        "echo \"$(@)\"",
        "if @; then ls; fi",
        "for i in a; do @; done",
        "f() { @; }; f",
        "cat <(@)",
        "ls & @",
        "case a in a) @;; esac",
        "echo a # b\n@",
        "x=$(@)",
    ];
    let pick = |from: &[&'static str], most| prop::collection::vec(prop::sample::select(from.to_vec()), 0..most);
    let parts = (
        prop::sample::select(names.to_vec()),
        pick(&wrappers, 4),
        prop::sample::select(fronts.to_vec()),
        pick(&around, 4),
    );
    parts.prop_map(|(name, wrappers, front, around)| {
        let forms = wrappers.into_iter().chain([front]).chain(around);
        forms.fold(format!("{name} x"), |inner, around| around.replace('@', &inner))
    })
}

/// Text with much of the shell's syntax in it.
fn soup() -> impl Strategy<Value = String> {
    let pieces = [
        "ls",
        "rm",
        "cat a",
        " ",
        " ",
        "\n",
        ";",
        "&",
        "|",
        "&&",
        "(",
        ")",
        "{ ",
        "}",
        "$(",
        "`",
        "'",
        "\"",
        "\\",
        "$x",
        "${x:-",
        "$((",
        "))",
        "[[ ",
        " ]]",
        "<<EOF\n",
        "\nEOF\n",
        "<",
        ">",
        ">>",
        "2>&1",
        "#",
        "if ",
        "; then ",
        "; fi",
        "for x in ",
        "; do ",
        "; done",
        "case ",
        " in ",
        ";; ",
        "esac",
        "f() ",
        "bash -c ",
        "xargs ",
        "find . -exec ",
        " {} \\;",
        "eval ",
        "sudo ",
        "cd ..",
        "~",
        "*",
        "{a,b}",
        "=",
        "$'",
        "\u{a0}",
        "é",
        "!",
        "time ",
        "<(",
        "alias x=",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_disguise_escapes_a_deny_rule(command in disguise()) {
        // Commands nested so deeply in wrappers that they are not read are asked for, never allowed.
        let mut asked = question(Mode::Default, &["deny Bash(rm:*)", "allow Bash"], "Bash");
        asked.arguments.insert("command".into(), command.clone().into());
        let verdict = evaluate(&asked).unwrap();
        prop_assert_ne!(verdict.verdict, Effect::Allow, "{:?} {:?}", command, verdict);
        prop_assert!(verdict.verdict == Effect::Deny || !verdict.read_only, "{:?} {:?}", command, verdict);
    }

    #[test]
    fn what_only_reads_has_no_command_that_is_unknown(command in soup()) {
        let mut asked = question(Mode::Default, &[], "Bash");
        asked.arguments.insert("command".into(), command.clone().into());
        let verdict = evaluate(&asked).unwrap();
        let line = super::super::shell::read(&command);
        if verdict.read_only {
            prop_assert!(line.trouble.is_none());
            prop_assert!(line.segments.iter().all(|s| s.effect == super::super::shell::Effect::ReadOnly && s.trouble.is_none()));
        }
        prop_assert!(verdict.verdict != Effect::Allow || verdict.read_only, "{:?} {:?}", command, verdict);
    }

    #[test]
    fn reading_never_panics(soup in soup(), text in any::<String>()) {
        let _ = shell_paths(&soup);
        let _ = shell_paths(&text);
        let _ = shell_paths(&format!("{soup}{text}"));
    }
}
