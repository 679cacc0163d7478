//! What the reader finds in a command line.

use super::super::shell::{self, Access, Line};

/// The innermost command of each segment, `?` for what is not known; those that cannot be judged have a `!` in front.
fn commands(line: &str) -> Vec<String> {
    let segments = shell::read(line).segments.into_iter().filter(|segment| !segment.forms.is_empty());
    let told = segments.map(|segment| {
        let joined = segment.forms.last().map(|form| form.joined()).unwrap_or_default();
        let mark = if segment.trouble.is_some() { "!" } else { "" };
        format!("{mark}{}", joined.replace(shell::UNKNOWN, "?"))
    });
    told.collect()
}

#[track_caller]
fn check(line: &str, expected: &[&str]) {
    assert_eq!(commands(line), expected, "{line:?}");
}

#[test]
fn every_command_of_a_line_is_found() {
    check("a x; b & c && d || e | f |& g", &["a x", "b", "c", "d", "e", "f", "g"]);
    check("(a; { b; })", &["a", "b"]);
    check("a $(b x) `c` \"y $(d)\" <(e) >(f)", &["b x", "c", "d", "e", "f", "a ? ? y ? /dev/fd/63 /dev/fd/63"]);
    check("if a; then b; elif c; then d; else e; fi", &["a", "b", "c", "d", "e"]);
    check("while a; do b; done; until c; do d; done", &["a", "b", "c", "d"]);
    check("for x in p q; do a $x; done", &["a p", "a q"]);
    check("for x in $(a); do b $x; done", &["a", "b ?"]);
    check("for ((i = 0; i < 3; i++)); do a; done", &["a"]);
    check("case $(a) in x) b;; $(c)) d;& *) e;; esac", &["a", "b", "c", "d", "e"]);
    check("f() { a; }; function g { b; }", &["a", "b"]);
    check("! a; time b; time -p c", &["a", "b", "c"]);
    check("x=$(a) y=(1 $(b)) c", &["a", "b", "c"]);
    check("[[ $(a) = x ]] && [ -n \"$(b)\" ]", &["a", "b"]);
    check("echo ${x:-$(a)} ${y:=$(b)} $((1 + ${z:-$(c)}))", &["a", "b", "c", "echo ? ? ?"]);
    check("a <<EOF\n$(b) text\nEOF\nc", &["b", "a", "c"]);
    check("a <<'EOF' | b\n$(x) `y`\nEOF\nc", &["b", "a", "c"]);
    check("a <<EOF && b\nx\nEOF", &["b", "a"]);
    check("a > $(b)", &["b", "!a"]);
    check("a \\\n  b", &["a b"]);
    check("# a\nb # c", &["b"]);
}

#[test]
fn words_are_what_bash_makes_of_them() {
    check(r#"r''m "a b" c\ d 'e"f'"#, &[r#"rm a b c d e"f"#]);
    check(r"$'r\x6d' $'\162m' $'a\tb'", &["rm rm a\tb"]);
    check("a{b,c}d {1..3} {x} {a,}", &["abd acd 1 2 3 {x} a"]);
    check("a {b,{c,d}}", &["a b c d"]);
    check("a ~ ~/x \"$HOME/y\" ~root '~'", &["a ~ ~/x ~/y ?root ~"]);
    check("x=rm; $x y; ${x} z; \"$x\" w", &["rm y", "rm z", "rm w"]);
    check("x='rm -r'; $x y", &["rm -r y"]);
    check("true && x=rm; $x y", &["true", "!? y"]);
    check("x=rm; for i in a; do $x y; done", &["!? y"]);
    check("rm$IFS-r${IFS}x", &["rm -r x"]);
    check("$x; ${x:-rm}; $(a)", &["!?", "!?", "a", "!?"]);
    check("\\rm x", &["rm x"]);
}

#[test]
fn wrappers_are_taken_off() {
    for wrapped in [
        "sudo rm x",
        "sudo -n -u root A=1 rm x",
        "doas -u root rm x",
        "env -i -u A B=1 C=2 rm x",
        "env -C src rm x",
        "command rm x",
        "command -p -- rm x",
        "builtin exec -a y rm x",
        "nohup nice -n 5 ionice -c 3 rm x",
        "timeout -k 1s --signal=KILL 5 rm x",
        "stdbuf -oL setsid -w rm x",
        "time -p rm x",
        "bash -c 'rm x'",
        "sudo sh -ec \"rm x\"",
        "bash --norc -o pipefail -c 'rm x' y z",
        "eval rm x",
        "eval 'rm' \"x\"",
        "flock /tmp/l rm x",
        "watch -n 1 rm x",
        "chroot / rm x",
        "strace -f -o log rm x",
        "su -c 'rm x' me",
        "busybox rm x",
        "coproc rm x",
        "trap 'rm x' EXIT",
        "bash <<EOF\nrm x\nEOF",
        "sh <<< 'rm x'",
        "echo 'rm x' | sh",
        "printf '%s\\n' 'rm x' | bash -s",
        "alias y='rm x'",
    ] {
        assert!(
            commands(wrapped).iter().any(|command| command.trim_start_matches('!') == "rm x"),
            "{wrapped}: {:?}",
            commands(wrapped)
        );
    }
    check("xargs -0 -n 1 rm -f", &["rm -f ?"]);
    check("xargs -I{} rm a/{} b", &["rm ? b"]);
    check(
        "find a -name '*.o' -exec rm {} \\; -exec ls {} +",
        &["find a -name *.o -exec rm {} ; -exec ls {} +", "rm a/*", "ls a/*"],
    );
    check("env", &["env"]);
    check("bash -c \"$x\"", &["!bash -c ?"]);
    check("bash x.sh", &["bash x.sh"]);
    check("nice --unknown rm", &["!rm"]);
}

#[test]
fn what_bash_may_read_otherwise_is_not_read() {
    for line in [
        "a 'b",
        "a \"b",
        "a $(b",
        "a )",
        "(a",
        "if a; then b",
        "a\0b",
        "a\rb",
        "a \u{1b}[1m",
        "a\u{a0}b",
        "a \u{200b}",
        "a\\\nb",
        "a;;b",
        "cat <<EOF\nx\nEOF \nb\nEOF",
        "cat <<EOF\nx",
        "cat <<A <<B\na\nA\nb\nB",
        "cat <<EOF\n`b`\nEOF",
        "cat <<$x\nb\n$x",
        "echo ${!x}",
        "echo ${x@P}",
        "echo $((x[$(b)]))",
        "echo $((a[i]))",
        "x='a[$(b)]'; echo $((x))",
        "read x; echo $((x))",
        "[[ -v a[$(b)] ]]",
        "echo `echo \\`b\\``",
        "a $\"b\"",
        "a @(b|c)",
        "{fd}>x a",
    ] {
        let Line { segments, trouble, .. } = shell::read(line);
        assert!(trouble.is_some() || segments.iter().any(|segment| segment.trouble.is_some()), "{line:?}");
    }
}

#[test]
fn long_and_deep_lines_are_read_or_refused() {
    let long = format!("echo {}", "a ".repeat(5_000));
    assert!(shell::read(&long).trouble.is_none());
    let many = vec!["echo a"; 500].join(" && ");
    assert_eq!(shell::read(&many).segments.len(), 500);
    for (open, close) in [("( ", " )"), ("$(", ")"), ("{ ", ";}"), ("\"$(", ")\""), ("sudo ", "")] {
        let deep = format!("{}a{}", open.repeat(3_000), close.repeat(3_000));
        let line = shell::read(&deep);
        assert!(line.trouble.is_some() || line.segments.iter().any(|segment| segment.trouble.is_some()), "{open}");
    }
    assert!(shell::read(&"a ".repeat(100_000)).trouble.is_some());
    assert!(shell::read(&"{a,b}".repeat(30)).segments.iter().all(|segment| segment.trouble.is_some()));
}

#[track_caller]
fn uses(line: &str, expected: &[(&str, Access)]) {
    let segments = shell::read(line).segments;
    let found: Vec<_> =
        segments.iter().flat_map(|segment| &segment.uses).map(|used| (used.given.as_str(), used.access)).collect();
    assert_eq!(found, expected, "{line:?}");
}

#[test]
fn paths_of_a_line() {
    use Access::{List, Mention, Read, ReadSome, Write};
    uses("cat a b/c", &[("a", Read), ("b/c", Read)]);
    uses("cat < a > b 2>> c &> d", &[("a", Read), ("b", Write), ("c", Write), ("d", Write)]);
    uses("cat >| a", &[("a", Write)]);
    uses("cat 2>&1 >&2 < /dev/null > /dev/stderr", &[]);
    uses("cat src/*.rs", &[("src", ReadSome)]);
    uses("cat *.rs", &[(".", ReadSome)]);
    uses("cat ~/a $HOME/b '~/c' \"$PWD/d\"", &[("~/a", Read), ("~/b", Read), ("./~/c", Read), ("./d", Read)]);
    uses("cd a && cat b ../c /d", &[("a", List), ("a/b", Read), ("a/../c", Read), ("/d", Read)]);
    uses("cd a/../b/. && cat x", &[("a/../b/.", List), ("b/x", Read)]);
    uses("cd a && cd .. && cat x", &[("a", List), ("a/..", List), ("x", Read)]);
    uses("cd a; cat x", &[("a", List), ("a/x", Read), ("x", Read)]);
    uses("cd a || cat x", &[("a", List), ("x", Read)]);
    uses("(cd a && cat x); cat y", &[("a", List), ("a/x", Read), ("y", Read)]);
    uses("cd; cat x", &[("~", List), ("~/x", Read), ("x", Read)]);
    uses("cd a && echo x > b", &[("a", List), ("a/b", Write)]);
    uses("{ cd a; echo x; } > b", &[("b", Write), ("a", List)]);
    uses("pushd a && cat x", &[("a", List), ("a/x", Read)]);
    uses("env -C a cat x", &[("a/x", Read)]);
    uses("mytool --out=a/b .x c https://d/e", &[("a/b", Mention), (".x", Mention)]);
    uses("cp a b", &[("a", Read), ("b", Write)]);
    uses("x=src; cat $x/a", &[("src/a", Read)]);
    uses("for f in a b; do cat \"$f.c\"; done", &[("a.c", Read), ("b.c", Read)]);
    uses("pushd a && cat x && popd && cat y", &[("a", List), ("a/x", Read), ("y", Read)]);
    uses("find a | xargs cat", &[("a", List), ("a", ReadSome)]);
    uses("find a b -print0 | xargs -0 sort", &[("a", List), ("b", List), ("a", ReadSome), ("b", ReadSome)]);
    uses("cd a && ls | xargs cat", &[("a", List), ("a", List), ("a", ReadSome)]);
    uses("cat $(git ls-files)", &[(".", ReadSome)]);
    uses("sh -c 'cat \"$1\" \"$0\"' a b", &[("b", Read), ("a", Read)]);
    uses("tar cf - a b", &[("a", Read), ("b", Read)]);
    uses("cp -r a b c", &[("c", Write), ("a", Read), ("b", Read)]);
    uses("for x in $y; do git log --format=%cd; cat a; done", &[("a", Read)]);
    assert_eq!(shell::paths("cat a; cat a b > a"), ["a", "b"]);
    assert_eq!(shell::paths(&format!("cat {}", (0..1000).map(|n| format!("f{n} ")).collect::<String>())).len(), 256);
}

fn probes(line: &str) -> Vec<String> {
    shell::lookups(line).1
}

#[test]
fn files_that_would_name_programs_are_looked_for_on_the_way_up() {
    assert_eq!(probes("git status; ls a"), [""; 0]);
    assert_eq!(probes("cd a/b && git status"), ["a/b/.git", "a/b/HEAD", "a/.git", "a/HEAD"]);
    assert_eq!(probes("git -C /w log"), ["/w/.git", "/w/HEAD", "/.git", "/HEAD"]);
    assert_eq!(probes("cd a && npm ls"), ["a/.npmrc", ".npmrc"]);
    assert_eq!(probes("cargo --version").len(), 4);
    assert_eq!(probes("git -C ../x log"), [""; 0]);
}

#[test]
fn where_it_is_not_known_what_a_path_means_it_is_asked_for() {
    for line in [
        "while a; do cat b; cd c; done",
        "for i in $x; do cat b; pushd c; done",
        "cd $x && cat a",
        "cd - && cat a",
        "cat a > $x",
        "cat > *",
        "cat > /dev/tcp/h/80",
        "popd; cat a",
    ] {
        let segments = shell::read(line).segments;
        assert!(segments.iter().any(|segment| segment.trouble.is_some()), "{line}");
    }
}

#[test]
fn arithmetic_with_values_that_may_hold_code_is_trouble() {
    for line in [
        "x='a[$(b)]'; y=x; echo $((y))",
        "x='a[$(b)]'; y=x; z=y; (( z ))",
        "xy='a[$(b)]'; p=x; echo $(( ${p}y ))",
        "x='aQ$(b)]'; echo $(( ${x/Q/[} ))",
        ": 'a[$(b)]'; echo $(( _ ))",
        "mapfile < f; echo $((MAPFILE))",
        "[[ $1 -eq 1 ]]",
        "env x='a[$(b)]' bash -c '(( x ))'",
        "for x in 'a[$(b)]'; do echo $((x)); done",
    ] {
        assert!(shell::read(line).trouble.is_some(), "{line}");
    }
    for line in
        ["i=0; i=$((i+1)); echo $i", "x=1; y=x; echo $((y))", "for i in 1 2; do echo $((i*2)); done", "a=$?; ((a))"]
    {
        assert_eq!(shell::read(line).trouble, None, "{line}");
    }
}

#[test]
fn a_wrapper_that_takes_code_has_it_read() {
    for line in ["env -S'rm x'", "env --split-string='rm x'", "env -iS 'rm x'", "su --command='rm x'", "su -lc 'rm x'"]
    {
        assert!(commands(line).contains(&"rm x".into()) || commands(line).contains(&"rm x ".into()), "{line}");
    }
    check("runuser -u root -- rm x", &["rm x"]);
    check("setarch x86_64 rm x", &["rm x"]);
    check("linux64 rm x", &["rm x"]);
}

#[test]
fn only_the_subcommand_config_writes_the_configuration() {
    let writes = |line: &str| {
        let segments = shell::read(line).segments;
        let uses: Vec<_> = segments.into_iter().flat_map(|segment| segment.uses).collect();
        uses.into_iter().any(|used| used.access == Access::Write && used.given == ".git/config")
    };
    assert!(writes("git config a.b c") && writes("git --no-pager -c a.b=c config a.b d"));
    assert!(!writes("git checkout config") && !writes("git push origin config") && !writes("git config --get a.b"));
}

#[test]
fn a_character_that_the_scanner_has_no_table_for_is_not_shown_to_it() {
    for code in (0x100..0x11_0000).step_by(0x1000).chain([0x10_FFFF]) {
        let Some(c) = char::from_u32(code) else { continue };
        for command in [format!("echo {{{c}}}"), format!("{{{c}"), format!("echo {{1..{c}"), format!("ls; {{ {{12{c}")]
        {
            assert!(shell::read(&command).trouble.is_some(), "{command:?}");
        }
    }
    assert_eq!(shell::read("echo '{\"caf\u{e9}\": 1}' \u{65e5}{a,b}; { ls; }").trouble, None);
}
