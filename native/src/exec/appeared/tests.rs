//! On real folders.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::repository::is_plain;
use super::*;

fn folder() -> PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("claw-appeared-{}-{number}", std::process::id()));
    fs::create_dir_all(folder.join("w")).unwrap();
    folder.canonicalize().unwrap()
}

fn put(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "evil").unwrap();
}

fn found(folder: &Path, absent: &[&str]) -> Vec<(String, bool)> {
    let workspace = folder.join("w");
    let absent: Vec<_> = absent.iter().map(|path| workspace.join(path)).collect();
    let found = appeared(&workspace, &absent, &folder.join("shelf")).unwrap();
    let name = |path: PathBuf| path.strip_prefix(&workspace).unwrap().to_string_lossy().into_owned();
    found.into_iter().map(|(path, moved)| (name(path), moved.is_some())).collect()
}

#[test]
fn what_is_not_there_is_not_found() {
    let folder = folder();
    assert!(found(&folder, &[".mcp.json", ".claude/settings.json"]).is_empty());
    assert!(!folder.join("shelf").exists());
}

#[test]
fn files_folders_and_links_are_set_aside_whole() {
    let folder = folder();
    let workspace = folder.join("w");
    put(&workspace.join(".mcp.json"));
    put(&workspace.join(".claude/settings.json"));
    symlink("/etc/passwd", workspace.join(".envrc")).unwrap();
    symlink("nowhere", workspace.join(".vscode")).unwrap();
    let absent = [".mcp.json", ".claude", ".envrc", ".vscode"];
    assert_eq!(found(&folder, &absent).iter().filter(|(_, moved)| *moved).count(), 4);
    assert_eq!(fs::read_dir(&workspace).unwrap().count(), 0);
    assert_eq!(fs::read_to_string(folder.join("shelf/0-.claude/settings.json")).unwrap(), "evil");
    put(&workspace.join(".mcp.json"));
    assert_eq!(found(&folder, &absent), [(".mcp.json".to_owned(), true)]);
    assert!(folder.join("shelf/1-.mcp.json").exists());
}

#[test]
fn through_a_link_the_link_is_set_aside_and_nothing_outside() {
    let folder = folder();
    put(&folder.join("outside/settings.json"));
    symlink(folder.join("outside"), folder.join("w/.claude")).unwrap();
    assert_eq!(found(&folder, &[".claude/settings.json"]).len(), 1);
    assert!(folder.join("outside/settings.json").exists());
    assert!(!folder.join("w/.claude").is_symlink());
}

#[test]
fn through_a_link_inside_what_it_leads_to_is_set_aside() {
    let folder = folder();
    put(&folder.join("w/real/settings.json"));
    symlink("real", folder.join("w/.claude")).unwrap();
    assert_eq!(found(&folder, &[".claude/settings.json"]).len(), 1);
    assert!(!folder.join("w/real/settings.json").exists());
}

#[test]
fn a_new_repository_stays_and_what_would_run_in_it_does_not() {
    let folder = folder();
    let git = folder.join("w/.git");
    fs::create_dir_all(git.join("hooks")).unwrap();
    fs::write(git.join("config"), "[core]\n\trepositoryformatversion = 0\n\tbare = false\n").unwrap();
    put(&git.join("hooks/pre-commit.sample"));
    let absent = [".git", ".git/hooks", ".git/config"];
    assert_eq!(found(&folder, &absent), [(".git".to_owned(), false)]);
    put(&git.join("hooks/pre-commit"));
    put(&git.join("commondir"));
    fs::write(git.join("config"), "[core]\n\tfsmonitor = evil\n").unwrap();
    let all: Vec<_> = found(&folder, &absent).into_iter().map(|(path, _)| path).collect();
    assert_eq!(all, [".git", ".git/commondir", ".git/config", ".git/hooks"]);
    assert!(!git.join("hooks").exists() && !git.join("config").exists() && !git.join("commondir").exists());
}

#[test]
fn in_an_old_repository_nothing_new_stays() {
    let folder = folder();
    put(&folder.join("w/.git/config"));
    assert_eq!(found(&folder, &[".git/config"]), [(".git/config".to_owned(), true)]);
}

#[test]
fn a_repository_that_is_elsewhere_is_set_aside() {
    let folder = folder();
    put(&folder.join("w/.git"));
    assert_eq!(found(&folder, &[".git"]), [(".git".to_owned(), true)]);
}

#[test]
fn plain_configuration() {
    let cloned = "[remote \"origin\"]\n\turl = https://example.com/x.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n\
                  [branch \"main\"]\n\tremote = origin\n\tmerge = refs/heads/main\n[user]\n\tname = A\n";
    assert!(is_plain(cloned));
    for line in [
        "[core]\npager = evil",
        "[core]\nhooksPath = x",
        "[include]\npath = x",
        "[remote \"x\"]\nurl = ext::sh -c evil",
        "[remote \"x\"]\nuploadpack = evil",
        "[alias]\nst = !evil",
        "[core] pager = evil",
        "[core]\nbare = false \\\n",
        "[user]\nname = x\n[core]\nsshCommand = x",
        "x",
    ] {
        assert!(!is_plain(line), "{line}");
    }
}
