use std::path::{Path, PathBuf};

use super::*;

/// A folder of files that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let root =
            std::env::temp_dir().canonicalize().unwrap().join(format!("claw-search-{}-{name}", std::process::id()));
        for (path, text) in files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(root)
    }

    /// Paths below the folder, sorted.
    fn glob(&self, pattern: &str) -> Vec<String> {
        let (paths, truncated) = glob(pattern, &self.0, 1000, &[], false, &Cancel::default()).unwrap();
        assert!(!truncated);
        let mut paths: Vec<_> = paths.iter().map(|path| self.below(&path.to_string_lossy())).collect();
        paths.sort();
        paths
    }

    fn grep<'a>(&'a self, change: impl FnOnce(&mut Grep<'a>)) -> (String, bool) {
        let mut search = search("foo", &self.0);
        change(&mut search);
        let (text, cut) = grep(&search, None, &Cancel::default()).unwrap();
        (self.below(&text), cut)
    }

    fn below(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.0.display()), "")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn search<'a>(pattern: &'a str, root: &'a Path) -> Grep<'a> {
    Grep {
        pattern,
        root,
        glob: None,
        file_type: None,
        ignore_case: false,
        multiline: false,
        before: 0,
        after: 0,
        mode: Mode::Content,
        line_numbers: true,
        limit: None,
        max_bytes: 1_000_000,
        exclude: &[],
    }
}

#[test]
fn what_a_glob_finds() {
    let names = [
        ".gitignore",
        "a.py",
        "src/b.py",
        "src/deep/c.py",
        "src/d.ts",
        "build/x.py",
        ".env",
        ".github/w/ci.yml",
        ".github/.hidden/z.yml",
        "src/.secret/e.py",
        "a[1].py",
        ".git/config",
    ];
    let files: Vec<_> =
        names.iter().map(|name| (*name, if *name == ".gitignore" { "/build/\n" } else { "" })).collect();
    let folder = Folder::new("glob", &files);
    for (pattern, expected) in [
        ("*.py", &["a.py", "a[1].py", "src/.secret/e.py", "src/b.py", "src/deep/c.py"][..]),
        ("./*.py", &["a.py", "a[1].py", "src/.secret/e.py", "src/b.py", "src/deep/c.py"]),
        ("**/*.py", &["a.py", "a[1].py", "src/.secret/e.py", "src/b.py", "src/deep/c.py"]),
        ("/*.py", &[]),
        ("src/*.py", &["src/b.py"]),
        ("src/**/*.py", &["src/.secret/e.py", "src/b.py", "src/deep/c.py"]),
        ("src/*.{py,ts}", &["src/b.py", "src/d.ts"]),
        ("**/deep/*", &["src/deep/c.py"]),
        ("a\\[1\\].py", &["a[1].py"]),
        ("a[1].py", &["a[1].py"]),
        ("?.py", &["a.py", "src/.secret/e.py", "src/b.py", "src/deep/c.py"]),
        ("build/*", &[]),
        (".env", &[".env"]),
        ("**/.env*", &[".env"]),
        (".github/**/*.yml", &[".github/.hidden/z.yml", ".github/w/ci.yml"]),
        ("src/**", &["src/.secret/e.py", "src/b.py", "src/d.ts", "src/deep/c.py"]),
        ("{.github,src}/*.*", &["src/b.py", "src/d.ts"]),
        (".git*", &[".gitignore"]),
        (".*/config", &[]),
        (".git/config", &[".git/config"]),
        ("nothing", &[]),
    ] {
        if pattern == "/*.py" {
            assert!(glob(pattern, &folder.0, 9, &[], false, &Cancel::default()).is_err(), "an absolute path elsewhere");
        } else {
            assert_eq!(folder.glob(pattern), expected, "{pattern}");
        }
    }
    let ignored = glob("build/*", &folder.0, 9, &[], true, &Cancel::default()).unwrap();
    assert_eq!(ignored, (vec![folder.0.join("build/x.py")], false));
    assert_eq!(folder.glob(&format!("{}/src/*.py", folder.0.display())), ["src/b.py"]);
}

/// Names that hold what globs have for their own are found as they are written, and globs go on meaning what they mean.
#[test]
fn names_that_look_like_globs() {
    let files = [
        "{{cookiecutter.slug}}/a.py",
        "{{cookiecutter.slug}}/sub/b.py",
        "deep/{{ name }}/c.py",
        "deep/{{ name }}/d.md",
        "{% if x == 'y' %}on{% endif %}.cfg",
        "a{b}.txt",
        "{a,b}.txt",
        "a{open.txt",
        "(group)/page.tsx",
        "[id]/{slug}/page.tsx",
        "[...all]/page.tsx",
        "!bang.txt",
        "#hash.txt",
        "st*r.txt",
        "back\\slash.txt",
        "my dir/one, two.txt",
        "plain/ab.txt",
    ];
    let folder = Folder::new("literal", &files.map(|name| (name, "foo")));
    for (pattern, expected) in [
        ("{{cookiecutter.slug}}/**", &["{{cookiecutter.slug}}/a.py", "{{cookiecutter.slug}}/sub/b.py"][..]),
        ("{{cookiecutter.slug}}/a.py", &["{{cookiecutter.slug}}/a.py"]),
        ("**/{{ name }}/*.{py,md}", &["deep/{{ name }}/c.py", "deep/{{ name }}/d.md"]),
        ("deep/{{*}}/c.py", &["deep/{{ name }}/c.py"]),
        ("{% if x == 'y' %}on{% endif %}.cfg", &["{% if x == 'y' %}on{% endif %}.cfg"]),
        ("a{b}.txt", &["a{b}.txt", "plain/ab.txt"]),
        ("{a,b}.txt", &["{a,b}.txt"]),
        ("a{open.txt", &["a{open.txt"]),
        ("(group)/*", &["(group)/page.tsx"]),
        ("[id]/{slug}/*.tsx", &["[id]/{slug}/page.tsx"]),
        ("**/{slug}/*.{ts,tsx}", &["[id]/{slug}/page.tsx"]),
        ("[...all]/page.tsx", &["[...all]/page.tsx"]),
        ("!bang.txt", &["!bang.txt"]),
        ("#hash.txt", &["#hash.txt"]),
        ("#none.txt", &[]),
        ("st*r.txt", &["st*r.txt"]),
        ("st\\*r.txt", &["st*r.txt"]),
        ("back\\slash.txt", &["back\\slash.txt"]),
        ("plain/{ab,cd}.txt", &["plain/ab.txt"]),
    ] {
        assert_eq!(folder.glob(pattern), expected, "{pattern}");
        let lines: String = expected.iter().map(|path| format!("{path}\n")).collect();
        assert_eq!(folder.grep(|s| (s.mode, s.glob) = (Mode::FilesWithMatches, Some(pattern))).0, lines, "{pattern}");
    }
    for (globs, expected) in [
        ("my dir/*.txt", "my dir/one, two.txt\n"),
        ("my dir/one, two.txt", "my dir/one, two.txt\n"),
        ("*.cfg, a{b}.txt", "a{b}.txt\nplain/ab.txt\n{% if x == 'y' %}on{% endif %}.cfg\n"),
        ("*.{py,md} !{{cookiecutter.slug}}", "deep/{{ name }}/c.py\ndeep/{{ name }}/d.md\n"),
        ("*.tsx !**/{slug}/*", "(group)/page.tsx\n[...all]/page.tsx\n"),
    ] {
        assert_eq!(folder.grep(|s| (s.mode, s.glob) = (Mode::FilesWithMatches, Some(globs))).0, expected, "{globs}");
    }
}

#[test]
fn newest_first_and_then_by_path() {
    let folder = Folder::new("order", &[("b", ""), ("a", ""), ("new", ""), ("c", "")]);
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
    for name in ["a", "b", "c"] {
        std::fs::File::open(folder.0.join(name)).unwrap().set_modified(old).unwrap();
    }
    let (paths, truncated) = glob("*", &folder.0, 3, &[], false, &Cancel::default()).unwrap();
    let names: Vec<_> = paths.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!((names, truncated), (vec!["new", "a", "b"], true));
}

#[test]
fn what_grep_writes() {
    let folder = Folder::new(
        "grep",
        &[
            ("a.py", "one\nfoo 1\nthree\nfour\nfive\nFOO\nfoo 2\n"),
            ("a/z.rs", "foo\r\nbar"),
            ("b.ts", "no\n"),
            ("bin", "foo\0foo\n"),
            (".hidden", "hid\n"),
            ("x.log", "foo\n"),
            (".ignore", "*.log\n"),
        ],
    );
    let all = "a/z.rs:1:foo\na.py:2:foo 1\na.py:7:foo 2\n";
    assert_eq!(folder.grep(|_| ()), (all.into(), false));
    assert_eq!(folder.grep(|s| s.line_numbers = false).0, "a/z.rs:foo\na.py:foo 1\na.py:foo 2\n");
    assert_eq!(folder.grep(|s| s.mode = Mode::FilesWithMatches).0, "a/z.rs\na.py\n");
    assert_eq!(folder.grep(|s| s.mode = Mode::Count).0, "a/z.rs:1\na.py:2\n");
    assert_eq!(folder.grep(|s| (s.ignore_case, s.mode) = (true, Mode::Count)).0, "a/z.rs:1\na.py:3\n");
    assert_eq!(folder.grep(|s| s.file_type = Some("rust")).0, "a/z.rs:1:foo\n");
    assert_eq!(folder.grep(|s| s.glob = Some("*.py")).0, "a.py:2:foo 1\na.py:7:foo 2\n");
    assert_eq!(folder.grep(|s| s.glob = Some("!*.py")).0, "a/z.rs:1:foo\n");
    assert_eq!(folder.grep(|s| s.glob = Some("*.{x,ts}, *.rs")).0, "a/z.rs:1:foo\n");
    assert_eq!(folder.grep(|s| s.pattern = "hid").0, ".hidden:1:hid\n");
    assert_eq!(folder.grep(|s| (s.pattern, s.glob) = ("hid", Some(".hidden"))).0, ".hidden:1:hid\n");
    assert_eq!(folder.grep(|s| (s.pattern, s.mode) = ("foo$", Mode::Count)).0, "a/z.rs:1\n", "before CRLF");
    assert_eq!(folder.grep(|s| s.glob = Some("*.log")).0, "", "a glob does not bring back what is ignored");
    let context =
        "a/z.rs:1:foo\na/z.rs-2-bar\n--\na.py-1-one\na.py:2:foo 1\na.py-3-three\n--\na.py-6-FOO\na.py:7:foo 2\n";
    assert_eq!(folder.grep(|s| (s.before, s.after) = (1, 1)), (context.into(), false));
    let spanning = folder.grep(|s| (s.pattern, s.multiline) = ("foo 1.*four", true)).0;
    assert_eq!(spanning, "a.py:2:foo 1\na.py:3:three\na.py:4:four\n");
    assert_eq!(folder.grep(|s| s.exclude = vec!["/**/z.rs".into()].leak()).0, "a.py:2:foo 1\na.py:7:foo 2\n");
}

#[test]
fn limits_cut_in_path_order() {
    let names: Vec<String> = (0..200).map(|i| format!("{i:03}")).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), "foo\nfoo\nfoo\n")).collect();
    let folder = Folder::new("limits", &files);
    let line = folder.0.display().to_string().len() + "/000:1:foo\n".len();
    for _ in 0..10 {
        let expected = "000:1:foo\n000:2:foo\n000:3:foo\n001:1:foo\n";
        assert_eq!(folder.grep(|s| s.limit = Some(4)), (expected.into(), true));
        assert_eq!(folder.grep(|s| s.max_bytes = 4 * line + 1), (expected.into(), true));
    }
    assert!(!folder.grep(|s| s.limit = Some(600)).1);
    assert!(folder.grep(|s| s.limit = Some(599)).1);
    let files = |limit| folder.grep(|s| (s.mode, s.limit) = (Mode::FilesWithMatches, Some(limit)));
    assert_eq!(files(2), ("000\n001\n".into(), true));
    assert!(!files(200).1);
    assert_eq!(folder.grep(|s| s.limit = Some(0)), (String::new(), true));
}

#[test]
fn a_file_as_the_root() {
    let folder = Folder::new("file", &[("a.log", "foo\n"), (".gitignore", "*.log\n"), ("bin", "\0foo\n")]);
    let of = |name: &str, mode| {
        let root = folder.0.join(name);
        let (text, _) = grep(&Grep { mode, ..search("foo", &root) }, None, &Cancel::default()).unwrap();
        folder.below(&text)
    };
    assert_eq!(of("a.log", Mode::Content), "a.log:1:foo\n", "what was named is searched, ignored or not");
    assert_eq!(of("bin", Mode::Content), "bin: binary file matches\n");
    assert_eq!(of("bin", Mode::FilesWithMatches), "bin\n");
}

#[test]
fn links_are_not_followed() {
    let outside = Folder::new("outside", &[("secret.txt", "foo\n")]);
    let folder = Folder::new("links", &[("a.txt", "foo\n")]);
    std::os::unix::fs::symlink(&outside.0, folder.0.join("dir")).unwrap();
    std::os::unix::fs::symlink(outside.0.join("secret.txt"), folder.0.join("link.txt")).unwrap();
    assert_eq!(folder.glob("**/*.txt"), ["a.txt"]);
    assert_eq!(folder.grep(|_| ()).0, "a.txt:1:foo\n");
    for through in ["dir", "dir/secret.txt", "link.txt"] {
        let root = folder.0.join(through);
        assert!(
            matches!(grep(&search("foo", &root), None, &Cancel::default()), Err(SearchError::Root(_))),
            "{through}"
        );
        assert!(matches!(glob("*", &root, 9, &[], false, &Cancel::default()), Err(SearchError::Root(_))), "{through}");
    }
}

/// Gives two names each other's meaning, over and over, until `work` is done.
fn exchanging(one: &Path, other: &Path, work: impl FnOnce()) {
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let cwd = rustix::fs::CWD;
                rustix::fs::renameat_with(cwd, one, cwd, other, rustix::fs::RenameFlags::EXCHANGE).unwrap();
            }
        });
        let finished = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        finished.unwrap();
    });
}

/// A folder with `sub`, and beside it a link to another folder; both have a `same.txt`.
fn with_a_way_out(name: &str) -> (Folder, Folder) {
    let outside = Folder::new(&format!("{name}-outside"), &[("same.txt", "foo out\n"), ("deep/out.txt", "foo out\n")]);
    let folder = Folder::new(name, &[("sub/same.txt", "foo in\n"), ("sub/deep/in.txt", "foo in\n")]);
    std::os::unix::fs::symlink(&outside.0, folder.0.join("link")).unwrap();
    (folder, outside)
}

#[test]
fn nothing_is_found_behind_a_folder_that_becomes_a_link_while_it_is_searched() {
    let (folder, _outside) = with_a_way_out("swapped");
    exchanging(&folder.0.join("sub"), &folder.0.join("link"), || {
        for _ in 0..500 {
            let found = folder.glob("**/*.txt");
            assert!(found.iter().all(|path| !path.ends_with("out.txt")), "{found:?}");
            let text = folder.grep(|_| ()).0;
            assert!(!text.contains("out"), "{text}");
        }
    });
}

#[test]
fn a_root_that_becomes_a_link_while_it_is_searched_shows_what_it_was_or_is_an_error() {
    let (folder, _outside) = with_a_way_out("swapped-root");
    let root = folder.0.join("sub");
    exchanging(&root, &folder.0.join("link"), || {
        for _ in 0..500 {
            if let Ok((text, _)) = grep(&search("foo", &root), None, &Cancel::default()) {
                assert!(!text.contains("out"), "{text}");
            }
            if let Ok((found, _)) = glob("**/*.txt", &root, 99, &[], false, &Cancel::default()) {
                assert!(found.iter().all(|path| !path.ends_with("out.txt")), "{found:?}");
            }
        }
    });
}

#[test]
fn what_is_excluded_is_not_found_by_another_name_of_its_folder() {
    let folder = Folder::new("renamed", &[("secrets/key.txt", "foo secret\n"), ("open/a.txt", "foo\n")]);
    std::os::unix::fs::symlink("secrets", folder.0.join("link")).unwrap();
    let excluded = [folder.0.join("secrets").display().to_string()];
    exchanging(&folder.0.join("open"), &folder.0.join("link"), || {
        for _ in 0..500 {
            let (text, _) =
                grep(&Grep { exclude: &excluded, ..search("foo", &folder.0) }, None, &Cancel::default()).unwrap();
            assert!(!text.contains("secret"), "{text}");
            let (found, _) = glob("**/*.txt", &folder.0, 99, &excluded, false, &Cancel::default()).unwrap();
            assert!(found.iter().all(|path| !path.ends_with("key.txt")), "{found:?}");
        }
    });
}

#[test]
fn of_long_lines_the_part_around_the_match_is_shown() {
    let line = format!("{}é foo é{}", "é".repeat(1000), "b".repeat(3000));
    let folder = Folder::new("long", &[("a", &format!("{line}\nfoo\n"))]);
    let (text, cut) = folder.grep(|_| ());
    let first = text.lines().next().unwrap();
    assert!(first.starts_with("a:1:[… ") && first.contains("é foo é") && first.ends_with(" bytes]"), "{first}");
    assert!(!first.contains('\u{fffd}') && first.len() < 600 && !cut);
    assert_eq!(text.lines().nth(1), Some("a:2:foo"));
}

#[test]
fn errors_say_what_is_wrong() {
    let folder = Folder::new("errors", &[("a", "x")]);
    let check = |change: &dyn Fn(&mut Grep<'_>), expected: &str| {
        let mut search = search("foo", &folder.0);
        change(&mut search);
        let error = grep(&search, None, &Cancel::default()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(&|s| s.pattern = "(", "unclosed group");
    check(&|s| s.pattern = "a\\nb", "not allowed in a regex");
    check(&|s| s.glob = Some("{a"), "bad glob");
    check(&|s| s.file_type = Some("zz"), "unrecognized file type: zz");
    check(&|s| s.root = Path::new("/nowhere"), "No such file");
    check(&|s| s.root = Path::new("/dev/null"), "neither a file nor a directory");
    for (pattern, expected) in
        [("", "empty"), ("../x", "`..`"), ("a/../b", "`..`"), ("/etc/*", "absolute"), ("{a", "bad glob")]
    {
        let error = glob(pattern, &folder.0, 9, &[], false, &Cancel::default()).unwrap_err().to_string();
        assert!(error.contains(expected), "{pattern}: {error}");
    }
}

#[test]
fn a_cancelled_search_says_so() {
    let folder = Folder::new("cancel", &[("a", "foo")]);
    let cancel = Cancel::default();
    cancel.cancel();
    assert!(matches!(grep(&search("foo", &folder.0), None, &cancel), Err(SearchError::Cancelled)));
    assert!(matches!(glob("*", &folder.0, 9, &[], false, &cancel), Err(SearchError::Cancelled)));
}

fn indexed(folder: &Folder) -> PathIndex {
    let index = PathIndex::new(&folder.0, Vec::new());
    index.refresh(&Cancel::default()).unwrap();
    index
}

#[test]
fn names_are_found_by_some_of_their_letters_the_last_part_before_others() {
    let folder = Folder::new(
        "fuzzy",
        &[
            ("claw/cli/terminal/screen_view.py", ""),
            ("claw/cli/terminal/view.py", ""),
            ("docs/views/vegetables.md", ""),
            ("tests/test_view.py", ""),
            ("src/über.txt", ""),
        ],
    );
    let index = indexed(&folder);
    assert_eq!(index.matching("view", 2), ["docs/views/", "claw/cli/terminal/view.py"]);
    assert_eq!(index.matching("scv", 1), ["claw/cli/terminal/screen_view.py"]);
    assert_eq!(index.matching("terminal/view", 1), ["claw/cli/terminal/view.py"]);
    assert_eq!(index.matching("TEST_V", 1), ["tests/test_view.py"]);
    assert_eq!(index.matching("uber", 1), ["src/über.txt"]);
    assert_eq!(index.matching("docs/views/", 5), ["docs/views/vegetables.md"]);
    assert_eq!(index.matching("zzz", 5), Vec::<String>::new());
    assert_eq!(index.matching("", 3), ["claw/", "docs/", "src/"]);
}

#[test]
fn an_index_leaves_out_what_git_ignores_and_hides_what_begins_with_a_dot() {
    let folder = Folder::new(
        "index",
        &[
            (".git/config", ""),
            (".gitignore", "built\n"),
            ("built/out.txt", ""),
            (".github/flows/out.yml", ""),
            ("sub/out.txt", ""),
        ],
    );
    std::os::unix::fs::symlink("sub/out.txt", folder.0.join("out.link")).unwrap();
    let index = indexed(&folder);
    assert_eq!(index.matching("out", 9), ["out.link", "sub/out.txt"]);
    assert_eq!(index.matching(".git", 9), [".github/", ".gitignore", ".github/flows/", ".github/flows/out.yml"]);
    std::fs::remove_file(folder.0.join("out.link")).unwrap();
    assert_eq!(index.matching("out.l", 9), ["out.link"], "until it is walked again");
    index.refresh(&Cancel::default()).unwrap();
    assert_eq!(index.matching("out.l", 9), Vec::<String>::new());
}
