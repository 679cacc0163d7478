//! Options between a command and its subcommand: no rule means that they must be missing.

use super::wrapped::base;
use crate::policy::shell::line::segment::Form;
use crate::policy::shell::line::word::Word;

/// Options of git that take the next word.
const GIT_VALUED: [&str; 9] = [
    "-C",
    "-c",
    "--attr-source",
    "--config-env",
    "--git-dir",
    "--namespace",
    "--shallow-file",
    "--super-prefix",
    "--work-tree",
];
/// And how those begin that take none, of the long ones.
const GIT_ALONE: [&str; 6] = ["--no-", "--bare", "--paginate", "--literal", "--icase", "--glob"];
/// Others that have subcommands, of whose options not much is known.
const OTHERS: [&str; 34] = [
    "apt",
    "apt-get",
    "aws",
    "az",
    "brew",
    "bundle",
    "cargo",
    "composer",
    "conda",
    "dnf",
    "docker",
    "flyctl",
    "gcloud",
    "gh",
    "glab",
    "go",
    "helm",
    "hg",
    "kubectl",
    "mvn",
    "npm",
    "pip",
    "pip3",
    "pnpm",
    "podman",
    "poetry",
    "rustup",
    "svn",
    "systemctl",
    "terraform",
    "uv",
    "yarn",
    "yum",
    "zypper",
];
/// Programs whose next word says what they do, but for git.
pub(in crate::policy) fn has_subcommands(name: &str) -> bool {
    OTHERS.contains(&base(name))
}

/// Settings of git that hold commands begin so.
const GIT_COMMANDS: [&str; 22] = [
    "alias.",
    "browser.",
    "core.askpass",
    "core.editor",
    "core.fsmonitor",
    "core.gitproxy",
    "core.hookspath",
    "core.pager",
    "core.sshcommand",
    "credential.",
    "diff.",
    "difftool.",
    "filter.",
    "gpg.",
    "include",
    "interactive.",
    "man.",
    "merge",
    "pager.",
    "remote.",
    "sequence.",
    "uploadpack.",
];
/// Settings of git that hold neither commands nor files in which others are set; of those that end in a dot, all that
/// begin so.
const GIT_PLAIN: [&str; 54] = [
    "advice.",
    "apply.",
    "author.",
    "branch.",
    "color.",
    "column.",
    "commit.",
    "committer.",
    "core.abbrev",
    "core.autocrlf",
    "core.bigfilethreshold",
    "core.checkstat",
    "core.commentchar",
    "core.compression",
    "core.eol",
    "core.excludesfile",
    "core.filemode",
    "core.fscache",
    "core.ignorecase",
    "core.logallrefupdates",
    "core.longpaths",
    "core.precomposeunicode",
    "core.preloadindex",
    "core.quotepath",
    "core.safecrlf",
    "core.symlinks",
    "core.trustctime",
    "core.untrackedcache",
    "core.whitespace",
    "feature.",
    "fetch.",
    "format.",
    "gc.auto",
    "gc.autodetach",
    "grep.",
    "http.",
    "index.",
    "init.defaultbranch",
    "log.",
    "pack.",
    "protocol.file.allow",
    "protocol.version",
    "pull.",
    "push.",
    "rebase.",
    "rerere.",
    "safe.",
    "stash.",
    "status.",
    "submodule.recurse",
    "tag.",
    "transfer.",
    "user.",
    "versionsort.",
];

/// No more spellings of a command are looked at.
pub(in crate::policy::shell) const MOST: usize = 32;

/// The command as it is without options in front of its subcommand and of what comes next. Where one may take the next
/// word or not, both.
pub(in crate::policy::shell) fn without_options(words: &[Word]) -> Vec<Form> {
    let Some((name, args)) = words.split_first() else { return Vec::new() };
    let git = base(&name.text) == "git";
    if !git && !OTHERS.contains(&base(&name.text)) {
        return Vec::new();
    }
    let whole = |args: &[Word]| Form { text: String::new(), words: [std::slice::from_ref(name), args].concat() };
    let mut forms: Vec<_> = behind_options(args, git).take(MOST).map(whole).collect();
    let plain = [args].into_iter().filter(|args| args.first().is_some_and(|first| !is_option(first)));
    for args in plain.chain(behind_options(args, git)) {
        let deeper = behind_options(&args[1..], false).take(MOST.saturating_sub(forms.len()));
        forms.extend(deeper.map(|rest| whole(&[&args[..1], rest].concat())));
        if forms.len() >= MOST {
            break;
        }
    }
    forms
}

/// Where the words behind the options at the start may begin; nowhere if there are no such options.
fn behind_options(args: &[Word], git: bool) -> impl Iterator<Item = &[Word]> {
    let mut starts = Vec::new();
    let mut at = 0;
    while let Some(word) = args.get(at).filter(|word| is_option(word) && word.text != "--") {
        at += 1;
        match word.text.as_str() {
            text if git && GIT_VALUED.contains(&text) => at += 1,
            text if git && (!text.starts_with("--") || GIT_ALONE.iter().any(|alone| text.starts_with(alone))) => {}
            text if text.contains('=') => {}
            _ if args.get(at).is_some_and(|next| !is_option(next)) => {
                starts.push(at);
                at += 1;
            }
            _ => {}
        }
    }
    if at > 0 {
        starts.push(at);
    }
    starts.into_iter().filter_map(|at| args.get(at..).filter(|rest| !rest.is_empty()))
}

fn is_option(word: &Word) -> bool {
    word.text.starts_with(['-', '+'])
}

/// Does an option of git set what commands git runs, or where they are?
pub(in crate::policy::shell) fn sets_command(words: &[Word]) -> bool {
    let Some((_, args)) = words.split_first().filter(|(name, _)| base(&name.text) == "git") else { return false };
    let idle = ["", "cat", "true", "false", "/dev/null", "0", "1"];
    let runs = |(_, value): (&str, Option<&str>)| value.is_none_or(|value| !idle.contains(&value));
    let templates = |arg: &Word| {
        let name = arg.text.split('=').next().unwrap_or_default();
        name.len() > 4 && "--template".starts_with(name) || arg.text.starts_with("--exec-path=")
    };
    git_settings(args).any(runs) || args.iter().any(|arg| arg.text.starts_with("--config-env") || templates(arg))
}

/// What `-c name=value` and `--config name=value` set, of settings that may hold commands. None: a value that is not
/// known.
pub(in crate::policy::shell) fn git_settings(args: &[Word]) -> impl Iterator<Item = (&str, Option<&str>)> {
    let clones = behind_git_options(args).first().is_some_and(|name| name.text == "clone");
    args.iter().enumerate().filter_map(move |(at, arg)| {
        let next = || args.get(at + 1).map(|next| (next.text.as_str(), next.is_literal()));
        let (flag, attached) = arg.text.split_once('=').map_or((&*arg.text, None), |(flag, value)| (flag, Some(value)));
        let long = flag.len() > 3 && "--config".starts_with(flag);
        let (setting, known) = match arg.text.strip_prefix("-c").filter(|_| !arg.text.starts_with("--")) {
            Some("") => next()?,
            Some(setting) if clones => (setting, arg.is_literal()),
            _ if long => attached.map(|setting| (setting, arg.is_literal())).or_else(next)?,
            _ => return None,
        };
        let (name, value) = setting.split_once('=').unwrap_or((setting, "true"));
        let lower = name.to_lowercase();
        let is_plain = |plain: &&str| if plain.ends_with('.') { lower.starts_with(*plain) } else { lower == **plain };
        let plain = GIT_PLAIN.iter().any(is_plain) && !GIT_COMMANDS.iter().any(|start| lower.starts_with(start));
        (!plain || !known && !setting.contains('=')).then_some((name, known.then_some(value)))
    })
}

/// The arguments of git from its subcommand on.
pub(in crate::policy::shell) fn behind_git_options(args: &[Word]) -> &[Word] {
    let mut at = 0;
    while let Some(word) = args.get(at).filter(|word| word.text.starts_with('-')) {
        at += 1 + usize::from(GIT_VALUED.contains(&word.text.as_str()));
    }
    args.get(at..).unwrap_or_default()
}
