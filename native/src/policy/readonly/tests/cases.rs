//! Which command lines are read-only, which edit, and which are neither.

use super::{check_edits, check_reads, judge};
use crate::policy::readonly::Effect;

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("# "))
}

#[test]
fn read_only_lines_are_read_only() {
    let wrong: Vec<String> = lines(include_str!("read_only.txt"))
        .filter_map(|line| match judge(line) {
            Effect::ReadOnly { .. } => None,
            other => Some(format!("{line}: {other:?}")),
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unknown_lines_are_unknown() {
    let wrong: Vec<String> = lines(include_str!("unknown.txt"))
        .filter_map(|line| match judge(line) {
            Effect::Unknown(_) => None,
            other => Some(format!("{line}: {other:?}")),
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn paths_that_are_read_are_named() {
    check_reads("cat a -n b", &["a", "b"]);
    check_reads("cat -- -n", &["-n"]);
    check_reads("cat - a", &["a"]);
    check_reads("cat src/*.rs", &["src/*.rs"]);
    check_reads("ls", &[]);
    check_reads("head -n 5 a", &["a"]);
    check_reads("head -5 a", &["a"]);
    check_reads("head -n5 -- a", &["a"]);
    check_reads("tail -n +5 a", &["a"]);
    check_reads("grep -rn 'a b' src tests", &["src", "tests"]);
    check_reads("grep -e a b", &["b"]);
    check_reads("grep -ie a b", &["b"]);
    check_reads("grep -f words b", &["words", "b"]);
    check_reads("grep -fwords b", &["words", "b"]);
    check_reads("grep --file=words b", &["words", "b"]);
    check_reads("grep -rn a --include=*.rs src", &["src"]);
    check_reads("wc --files0-from=list", &["list"]);
    check_reads("rg -tpy foo src", &["src"]);
    check_reads("rg --files src", &["src"]);
    check_reads("sed -n 1,5p a b", &["a", "b"]);
    check_reads("sed -e p -e d a", &["a"]);
    check_reads("awk -F: '{print $1}' /etc/passwd", &["/etc/passwd"]);
    check_reads("find . /tmp -name '*.rs' -newer a", &[".", "/tmp", "a"]);
    check_reads("find -L src -type f", &["src"]);
    check_reads("sort -k 2 -t , a", &["a"]);
    check_reads("uniq -c a", &["a"]);
    check_reads("diff -u a b", &["a", "b"]);
    check_reads("tar tvf a.tar b", &["a.tar"]);
    check_reads("tar -tf a.tar", &["a.tar"]);
    check_reads("tar -tvzfa.tar", &["a.tar"]);
    check_reads("tar --list --file=a.tar", &["a.tar"]);
    check_reads("jq --slurpfile x b . a", &["b", "a"]);
    check_reads("git -C sub log", &["sub"]);
    check_reads("git -C sub diff a b", &["sub", "a", "b"]);
    check_reads("git diff --no-index a /etc/passwd", &["a", "/etc/passwd"]);
    check_reads("git config -f x --list", &["x"]);
    check_reads("git log -Oorder", &["order"]);
    check_reads("yq .a file.yml", &[".a", "file.yml"]);
    check_reads("cd sub", &["sub"]);
    check_reads("date -r a", &["a"]);
}

#[test]
fn file_commands_name_what_they_change() {
    check_edits("mkdir -p a/b c", &[], &["a/b", "c"]);
    check_edits("mkdir -m 700 a", &[], &["a"]);
    check_edits("touch -r a b", &["a"], &["b"]);
    check_edits("rm -f a", &[], &["a"]);
    check_edits("rm -- -f", &[], &["-f"]);
    check_edits("rm ./*.o", &[], &["./*.o"]);
    check_edits("rmdir a", &[], &["a"]);
    check_edits("cp a b c", &["a", "b"], &["c"]);
    check_edits("cp -t d a b", &["a", "b"], &["d"]);
    check_edits("cp --target-directory=d a", &["a"], &["d"]);
    check_edits("mv a b", &["a"], &["a", "b"]);
    check_edits("sed -i s/a/b/ x y", &["x", "y"], &["x", "y"]);
    check_edits("sed -n -i -e p x", &["x"], &["x"]);
    check_edits("sed --in-place -E 's/(a)/\\1/g' x", &["x"], &["x"]);
}
