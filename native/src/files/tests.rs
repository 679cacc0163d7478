use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::*;

struct Tree(PathBuf);

impl Tree {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("claw-files-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path.canonicalize().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn leftovers(&self) -> usize {
        let names = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().starts_with(".claw-")).count()
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn identity(path: &Path) -> Identity {
    let found = fs::symlink_metadata(path).unwrap();
    Identity {
        dev: found.dev(),
        ino: found.ino(),
        size: found.size(),
        mtime_ns: found.mtime() * 1_000_000_000 + found.mtime_nsec(),
        ctime_ns: found.ctime() * 1_000_000_000 + found.ctime_nsec(),
    }
}

#[test]
fn a_new_file_is_made_with_its_folders() {
    let tree = Tree::new("new");
    write_file(&tree.at("a/b/c.txt"), b"x", None).unwrap();
    assert_eq!(fs::read(tree.at("a/b/c.txt")).unwrap(), b"x");
}

#[test]
fn nothing_is_written_through_a_link() {
    let tree = Tree::new("links");
    fs::create_dir(tree.at("real")).unwrap();
    fs::write(tree.at("real/file"), "old").unwrap();
    symlink("real", tree.at("folder")).unwrap();
    symlink("real/file", tree.at("file")).unwrap();
    for path in ["folder/file", "folder/new", "folder/deep/new"] {
        assert!(matches!(write_file(&tree.at(path), b"x", None), Err(FileError::Moved)), "{path}");
        assert!(matches!(open_file(&tree.at(path)), Err(FileError::Moved)), "{path}");
    }
    assert!(matches!(write_file(&tree.at("file"), b"x", None), Err(FileError::Changed)));
    let through = write_file(&tree.at("file"), b"x", Some(identity(&tree.at("file"))));
    assert!(matches!(through, Err(FileError::Moved)));
    assert!(matches!(open_file(&tree.at("file")), Err(FileError::Moved)));
    assert_eq!(fs::read(tree.at("real/file")).unwrap(), b"old");
    assert_eq!(fs::read_dir(tree.at("real")).unwrap().count(), 1);
    assert_eq!(tree.leftovers(), 0);
}

#[test]
fn a_file_is_replaced_with_its_mode_and_only_as_it_was_seen() {
    let tree = Tree::new("replace");
    let path = tree.at("run.sh");
    fs::write(&path, "one").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o4750)).unwrap();
    let seen = identity(&path);
    write_file(&path, b"two", Some(seen)).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"two");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o750);
    assert!(matches!(write_file(&path, b"three", Some(seen)), Err(FileError::Changed)));
    assert!(matches!(write_file(&path, b"three", None), Err(FileError::Changed)));
    fs::remove_file(&path).unwrap();
    assert!(matches!(write_file(&path, b"three", Some(seen)), Err(FileError::Changed)));
    assert!(!path.exists());
    assert_eq!(tree.leftovers(), 0);
}

#[test]
fn several_files_are_changed_or_none() {
    let tree = Tree::new("several");
    for (name, content) in [("a", "one"), ("linked", "two"), ("gone", "three")] {
        fs::write(tree.at(name), content).unwrap();
    }
    fs::set_permissions(tree.at("a"), fs::Permissions::from_mode(0o640)).unwrap();
    fs::hard_link(tree.at("linked"), tree.at("twin")).unwrap();
    let change = |name: &str, data: Option<&'static [u8]>, mode| {
        let path = tree.at(name);
        Change { replacing: path.exists().then(|| identity(&path)), path, data, mode }
    };
    let good = || {
        vec![
            change("a", Some(b"ONE"), None),
            change("linked", Some(b"TWO"), None),
            change("gone", None, None),
            change("new/er/b", Some(b"four"), Some(0o4755)),
        ]
    };
    let read = |name: &str| fs::read_to_string(tree.at(name)).unwrap();
    let ino = fs::metadata(tree.at("a")).unwrap().ino();
    for bad in [change("new/er/b/c", Some(b"x"), None), change("none", None, None)] {
        let mut changes = good();
        changes.push(bad);
        assert_eq!(change_files(&changes).unwrap_err().0, 4);
        assert_eq!([read("a"), read("linked"), read("twin"), read("gone")], ["one", "two", "two", "three"]);
        assert_eq!(fs::metadata(tree.at("a")).unwrap().ino(), ino);
        assert!(!tree.at("new").exists());
        assert_eq!(tree.leftovers(), 0);
    }
    let mut stale = good();
    stale[2].replacing = stale[0].replacing;
    assert!(matches!(change_files(&stale), Err((2, FileError::Changed))));
    assert_eq!([read("a"), read("linked"), read("gone")], ["one", "two", "three"]);
    change_files(&good()).unwrap();
    assert_eq!([read("a"), read("linked"), read("twin"), read("new/er/b")], ["ONE", "TWO", "TWO", "four"]);
    assert_eq!(fs::metadata(tree.at("a")).unwrap().permissions().mode() & 0o7777, 0o640);
    assert_eq!(fs::metadata(tree.at("new/er/b")).unwrap().permissions().mode() & 0o7777, 0o755);
    assert!(!tree.at("gone").exists());
    assert_eq!(tree.leftovers(), 0);
}

#[test]
fn only_files_are_opened_and_no_fifo_is_waited_for() {
    let tree = Tree::new("kinds");
    let fifo = tree.at("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o600), 0)
        .unwrap();
    assert!(matches!(open_file(&fifo), Err(FileError::NotAFile("a FIFO"))));
    assert!(matches!(open_file(&tree.0), Err(FileError::NotAFile("a folder"))));
    assert!(matches!(write_file(&tree.0, b"x", None), Err(FileError::NotAFile("a folder"))));
    assert!(matches!(open_file(Path::new("/dev/null")), Err(FileError::NotAFile("a device"))));
    assert!(matches!(open_file(&tree.at("none")), Err(FileError::Io(_))));
    assert!(matches!(open_file(Path::new("relative")), Err(FileError::NotAFile(_))));
}

#[test]
fn what_rules_name_is_found_where_it_is() {
    let tree = Tree::new("matching");
    for path in [".env", "a/.env", "a/b.pem", "secrets/deep/key", "we[i]rd/x", "plain/x"] {
        fs::create_dir_all(tree.at(path).parent().unwrap()).unwrap();
        fs::write(tree.at(path), "").unwrap();
    }
    symlink("/", tree.at("a/loop")).unwrap();
    let base = tree.0.to_str().unwrap().to_owned();
    let found = |patterns: &[&str]| {
        let patterns: Vec<_> = patterns.iter().map(|pattern| pattern.replace("BASE", &base)).collect();
        let found = matching(&patterns, &tree.0, 10).unwrap();
        found.iter().map(|path| path.strip_prefix(&tree.0).unwrap().to_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(&["BASE/**/.env"]), [".env", "a/.env"]);
    assert_eq!(found(&["BASE/secrets/**", "BASE/none", "/elsewhere/**"]), ["secrets"]);
    assert_eq!(found(&["BASE/*/*.pem", "BASE/we\\[i\\]rd/x"]), ["a/b.pem", "we[i]rd/x"]);
    assert_eq!(found(&["BASE/s*"]), ["secrets"]);
    assert_eq!(found(&["/**"]), [""]);
    let more = matching(&[format!("{base}/**/*")], &tree.0, 2);
    assert_eq!(more, None);
}

#[test]
fn what_makes_programs_run_is_found_at_any_depth() {
    let tree = Tree::new("guarded");
    for path in [
        ".git/config",
        ".git/hooks/pre-commit",
        ".git/objects/aa",
        ".git/modules/m/HEAD",
        ".git/modules/m/config",
        ".git/modules/m/modules/n/config",
        ".git/modules/m/objects/aa/config",
        ".git/modules/lib/one/config",
        ".git/modules/lib/one/hooks/update",
        ".git/modules/lib/two/three/commondir",
        "sub/.GIT/config",
        "sub/deep/.claude/settings.json",
        "sub/.envrc",
        "sub/envrc",
        "sub/.cargo/config.toml",
        "sub/.cargo/x",
        "sub/.jj/repo/config.toml",
        "sub/.jj/repo/store/x",
        "linked/.git",
    ] {
        fs::create_dir_all(tree.at(path).parent().unwrap()).unwrap();
        fs::write(tree.at(path), "").unwrap();
    }
    symlink("/etc", tree.at("sub/.ssh")).unwrap();
    symlink("/", tree.at("sub/loop")).unwrap();
    let found = guarded(&tree.0, None, &[]).found;
    let found: Vec<_> = found.iter().map(|path| path.strip_prefix(&tree.0).unwrap().to_str().unwrap()).collect();
    let expected = [
        ".git/config",
        ".git/hooks",
        ".git/modules/lib/one/config",
        ".git/modules/lib/one/hooks",
        ".git/modules/lib/two/three/commondir",
        ".git/modules/m/config",
        ".git/modules/m/modules/n/config",
        "linked/.git",
        "sub/.GIT/config",
        "sub/.cargo/config.toml",
        "sub/.envrc",
        "sub/.jj/repo/config.toml",
        "sub/.ssh",
        "sub/deep/.claude",
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_is_set_aside_keeps_its_content_and_replaces_nothing() {
    let tree = Tree::new("aside");
    fs::create_dir(tree.at("sub")).unwrap();
    for expected in ["sub/.envrc.set-aside", "sub/.envrc.set-aside-2"] {
        fs::write(tree.at("sub/.envrc"), expected).unwrap();
        assert_eq!(set_aside(&tree.at("sub/.envrc")).unwrap(), tree.at(expected));
        assert_eq!(fs::read_to_string(tree.at(expected)).unwrap(), expected);
    }
    symlink("sub", tree.at("link")).unwrap();
    assert!(matches!(set_aside(&tree.at("link/.envrc.set-aside")), Err(FileError::Moved)));
    assert!(set_aside(&tree.at("none")).is_err());
}
