use super::is_protected;

#[track_caller]
fn check(path: &str, expected: bool) {
    assert_eq!(is_protected(path, "/home/u/w", "/home/u", "/home/u/.local/share/claw"), expected, "{path:?}");
}

#[test]
fn protected() {
    for path in [
        ".git/hooks/pre-commit",
        ".git/config",
        ".git",
        ".GIT/Hooks/x",
        "sub/.git/config",
        ".claude/settings.json",
        ".Claude/settings.json",
        ".claw/settings.json",
        ".mcp.json",
        ".MCP.json",
        "sub/.mcp.json",
        ".vscode/tasks.json",
        ".git\u{200c}/config",
        ".git./config",
        ".git /config",
        "a/../.git/config",
        "/home/u/w/.git/config",
        "/home/u/.bashrc",
        "/home/u/.zshrc",
        "/home/u/.profile",
        "/root/.bashrc",
        "/home/u/.ssh/authorized_keys",
        "/home/u/.aws/credentials",
        "/home/u/.gnupg/x",
        "/home/u/.kube/config",
        "/home/u/.config/git/config",
        "/home/u/.config/fish/config.fish",
        "/home/u/.config/systemd/user/x.service",
        "/home/u/.npmrc",
        ".npmrc",
        ".yarnrc.yml",
        "web/.husky/pre-commit",
        ".cargo/config.toml",
        "sub/.Cargo/config",
        ".devcontainer/devcontainer.json",
        ".pre-commit-config.yaml",
        ".vimrc",
        "mise.toml",
        "sub/mise.local.toml",
        "pip.conf",
        ".tmux.conf",
        ".gemini/settings.json",
        ".hg/hgrc",
        "sub/.jj/repo/config.toml",
        ".bundle/config",
        ".dir-locals.el",
        ".gdbinit",
        ".devcontainer.json",
        "src/.pdbrc",
        ".Rprofile",
        ".irbrc",
        ".ghci",
        ".mvn/jvm.config",
        "web/.mvn/extensions.xml",
        ".helix/languages.toml",
        ".codex/config.toml",
        ".opencode/agent/x.md",
        "/home/u/.claude/settings.json",
        "/home/u/.claude.json",
        "/home/u/.gitconfig",
        "/home/u/.local/share/claw",
        "/home/u/.local/share/claw/sessions/x/0.log",
        "/home/u/.LOCAL/share/Claw/x",
    ] {
        check(path, true);
    }
}

#[test]
fn their_benign_twins() {
    for path in [
        ".gitignore",
        ".gitattributes",
        ".github/workflows/ci.yml",
        "git/config",
        "src/hooks/x",
        "claude/settings.json",
        "CLAUDE.md",
        "AGENTS.md",
        "devcontainer.json",
        ".mvn/wrapper/maven-wrapper.properties",
        "helix/config.toml",
        "src/pdbrc",
        "codex/x",
        "mcp.json",
        "npmrc",
        ".cargo/registry/x",
        ".hg/store/x",
        ".jj/repo/store/x",
        ".jj/config.toml",
        "repo/config.toml",
        ".bundle/x",
        "bundle/config",
        "toolchain.toml",
        ".venv/bin/activate",
        "pyproject.toml",
        ".kube/config",
        "docs/.config/git/config",
        "bashrc",
        ".bashrc.md",
        "ssh/x",
        ".env",
        "/home/u/notes.txt",
        "/home/u/.config/other/x",
        "/home/u/.local/share/clawful/x",
        "/etc/hosts",
        "",
    ] {
        check(path, false);
    }
}

#[test]
fn a_worktree_is_judged_by_what_is_in_it() {
    let workspace = "/home/u/p/.claude/worktrees/fix";
    let check = |path: &str| is_protected(path, workspace, "/home/u", "/c");
    assert!(!check("src/a.rs"));
    assert!(check(".claude/settings.json"));
    assert!(check(".git"));
    assert!(check("/home/u/p/.claude/settings.json"));
    assert!(check("/home/u/p/.claude/worktrees/other/a.rs"));
    assert!(is_protected("settings.json", "/home/u/.claude", "/home/u", "/c"), "a workspace is no excuse otherwise");
    assert!(is_protected("x", "/c/sessions", "/home/u", "/c"));
}
