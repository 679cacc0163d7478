//! Files that make other programs run code, hold credentials, or are claw's own.

use std::path::Path;

use super::question::lexical;
use super::visible;

/// Directories, by name, wherever they are.
const DIRECTORIES: [&str; 43] = [
    ".git",
    ".claw",
    ".claude",
    ".ssh",
    ".aws",
    ".gnupg",
    ".vscode",
    ".idea",
    ".husky",
    ".devcontainer",
    ".zed",
    ".cursor",
    ".gemini",
    ".codex",
    ".opencode",
    ".windsurf",
    ".agents",
    ".amazonq",
    ".amp",
    ".augment",
    ".codesandbox",
    ".continue",
    ".crush",
    ".factory",
    ".fleet",
    ".fossil-settings",
    ".git-hooks",
    ".goose",
    ".idx",
    ".junie",
    ".kilocode",
    ".kiro",
    ".lapce",
    ".lefthook",
    ".lefthook-local",
    ".mise",
    ".nova",
    ".openhands",
    ".qwen",
    ".roo",
    ".theia",
    ".trae",
    ".vs",
];
/// Files, by name, wherever they are: read by a shell, an editor, a debugger, an interpreter, git, a hook manager, a
/// version manager, a package manager or an agent when it starts, and able to make it run a program.
const FILES: [&str; 121] = [
    ".mcp.json",
    ".claude.json",
    ".gitconfig",
    ".gitmodules",
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_logout",
    ".bash_aliases",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".zlogin",
    ".zlogout",
    ".kshrc",
    ".cshrc",
    ".tcshrc",
    ".login",
    ".envrc",
    ".netrc",
    ".pgpass",
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    ".pnpmfile.cjs",
    "bunfig.toml",
    ".bazelrc",
    ".mise.toml",
    "mise.toml",
    "mise.local.toml",
    "pip.conf",
    ".tmux.conf",
    ".pre-commit-config.yaml",
    ".exrc",
    ".nvimrc",
    ".nvim.lua",
    ".vimrc",
    ".gvimrc",
    ".dir-locals.el",
    ".emacs",
    ".gdbinit",
    ".lldbinit",
    ".inputrc",
    ".devcontainer.json",
    ".pdbrc",
    ".ghci",
    ".irbrc",
    ".pryrc",
    ".rprofile",
    ".ocamlinit",
    ".perldb",
    ".screenrc",
    "mcp_config.json",
    "mcp_settings.json",
    "opencode.json",
    "opencode.jsonc",
    "crush.json",
    ".crush.json",
    ".roomodes",
    ".kilocodemodes",
    ".continuerc.json",
    ".gitpod.yml",
    ".replit",
    ".dir-locals-2.el",
    ".lvimrc",
    ".local.vimrc",
    "_exrc",
    "_vimrc",
    ".emacs.el",
    ".pre-commit-config.yml",
    "prek.toml",
    ".overcommit.yml",
    ".rusty-hook.toml",
    "captainhook.json",
    "grumphp.yml",
    "hk.pkl",
    ".tool-versions",
    ".rvmrc",
    ".rtx.toml",
    ".prototools",
    ".vfox.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
    ".pnpmfile.mjs",
    "pnpm-workspace.yaml",
    ".bazeliskrc",
    ".buckconfig",
    ".buckconfig.local",
    ".condarc",
    ".gemrc",
    ".jvmopts",
    ".sbtopts",
    "pip.ini",
    ".rdata",
    ".renviron",
    ".pdbrc.py",
    ".pythonrc",
    ".pythonrc.py",
    ".rdbgrc",
    ".rdbgrc.rb",
    ".byebugrc",
    ".psqlrc",
    ".sqliterc",
    ".mongorc.js",
    ".mongoshrc.js",
    ".gdbearlyinit",
    ".radare2rc",
    ".octaverc",
    ".iex.exs",
    ".erlang",
    ".sbclrc",
    ".clisprc",
    ".guile",
    ".juliarc.jl",
    ".proverc",
    ".autoenv",
    ".autoenv.zsh",
    ".lessfilter",
    ".lesskey",
    ".mailcap",
];
/// The same, by how the name starts and ends.
const ALIKE: [(&str, &str); 21] = [
    (".aider.", ".yml"),
    (".aider.", ".json"),
    (".huskyrc", ""),
    (".lefthook", ".json"),
    (".lefthook", ".toml"),
    (".lefthook", ".yaml"),
    (".lefthook", ".yml"),
    (".lintstagedrc", ""),
    (".lldbinit-", ""),
    (".mise.", ".toml"),
    (".simple-git-hooks.", ""),
    ("husky.config.", ""),
    ("lint-staged.config.", ""),
    ("mise.", ".toml"),
    ("simple-git-hooks.", ""),
    ("", ".code-workspace"),
    ("", ".sublime-project"),
    ("lefthook", ".json"),
    ("lefthook", ".toml"),
    ("lefthook", ".yaml"),
    ("lefthook", ".yml"),
];
/// A folder's name and a path in it, wherever the folder is.
const PAIRS: [[&str; 2]; 16] = [
    [".cargo", "config.toml"],
    [".cargo", "config"],
    [".hg", "hgrc"],
    [".bundle", "config"],
    [".jj", "repo/config.toml"],
    [".mvn", "jvm.config"],
    [".mvn", "maven.config"],
    [".mvn", "extensions.xml"],
    [".helix", "config.toml"],
    [".helix", "languages.toml"],
    [".sl", "config"],
    [".pijul", "config"],
    ["_darcs", "prefs/defaults"],
    ["mise", "config.toml"],
    ["mise", "config.local.toml"],
    [".config", "mise.toml"],
];
/// Below the home directory only: elsewhere these names are common.
const IN_HOME: [&str; 18] = [
    ".azure",
    ".bashrc.d",
    ".cargo/config.toml",
    ".cargo/credentials.toml",
    ".config/autostart",
    ".config/environment.d",
    ".config/fish",
    ".config/gcloud",
    ".config/gh",
    ".config/git",
    ".config/systemd",
    ".docker",
    ".kube",
    ".local/share/keyrings",
    ".npmrc",
    ".password-store",
    ".pypirc",
    "Library/LaunchAgents",
];

/// Must a write to this path be asked for whatever the rules say? `canonical` has no links left; it is absolute or
/// relative to the workspace. Names are compared as the most forgiving file system does: without case, invisible
/// characters, trailing dots and spaces (compare CVE-2014-9390, where git did not).
///
/// One exception: a workspace in `.claude/worktrees` or `.claw/worktrees` is judged by what is below it.
pub fn is_protected(canonical: &str, workspace: &str, home: &str, claw_home: &str) -> bool {
    let path = names(&lexical(&Path::new(workspace).join(canonical)));
    let workspace = names(Path::new(workspace));
    let home = names(Path::new(home));
    let claw_home = names(Path::new(claw_home));
    if !claw_home.is_empty() && path.starts_with(&claw_home) {
        return true;
    }
    let in_worktree = path.starts_with(&workspace) && workspace.windows(3).any(is_worktree);
    let searched = if in_worktree { &path[workspace.len()..] } else { &path[..] };
    if searched.iter().any(|name| DIRECTORIES.contains(&name.as_str())) {
        return true;
    }
    if path.last().is_some_and(|name| is_file(name))
        || PAIRS.iter().any(|pair| path.ends_with(&names(&Path::new(pair[0]).join(pair[1]))))
    {
        return true;
    }
    !home.is_empty()
        && path.starts_with(&home)
        && IN_HOME.iter().any(|protected| path[home.len()..].starts_with(&names(Path::new(protected))))
}

/// Protected files in a folder of this name, if it is not protected as a whole.
pub fn protected_in(folder: &str) -> Vec<&'static str> {
    let folder = folded(folder);
    PAIRS.iter().filter(|pair| pair[0] == folder).map(|pair| pair[1]).collect()
}

/// Is whatever has this name protected, wherever it lies?
pub fn is_protected_name(name: &str) -> bool {
    let name = folded(name);
    DIRECTORIES.contains(&name.as_str()) || is_file(&name)
}

fn is_file(folded: &str) -> bool {
    let alike = |&(start, end): &(&str, &str)| folded.strip_prefix(start).is_some_and(|rest| rest.ends_with(end));
    FILES.contains(&folded) || ALIKE.iter().any(alike)
}

fn is_worktree(path: &[String]) -> bool {
    (path[0] == ".claude" || path[0] == ".claw") && path[1] == "worktrees"
}

/// A path's components, folded.
pub(super) fn names(path: &Path) -> Vec<String> {
    let names = path.iter().map(|name| folded(&name.to_string_lossy()));
    names.filter(|name| !name.is_empty() && name != "/").collect()
}

fn folded(name: &str) -> String {
    let name: String = name.chars().filter(|c| !visible::is_invisible(*c)).collect();
    name.trim_end_matches(['.', ' ']).to_lowercase()
}
