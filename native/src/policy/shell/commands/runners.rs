//! Commands that have others run, where much else in their words is for themselves: for deny and ask rules alone, too
//! much rather than too little. No rule that allows is narrowed by what is found here.

use super::subcommand::{behind_git_options, git_settings};
use super::wrapped::base;
use super::wrappers::own_words;
use crate::policy::shell::line::word::Word;

/// What a command may start.
pub(in crate::policy::shell) enum Started {
    Words(Vec<Word>),
    Code(String),
}

/// Commands behind which another stands as words: the subcommand that runs it, and how many words come before it.
const RUNNERS: [(&str, &[&str], usize); 79] = [
    ("uv", &["run"], 0),
    ("uv", &["tool", "run"], 0),
    ("uvx", &[], 0),
    ("poetry", &["run"], 0),
    ("pipenv", &["run"], 0),
    ("pdm", &["run"], 0),
    ("hatch", &["run"], 0),
    ("rye", &["run"], 0),
    ("pixi", &["run"], 0),
    ("conda", &["run"], 0),
    ("mamba", &["run"], 0),
    ("bundle", &["exec"], 0),
    ("npx", &[], 0),
    ("bunx", &[], 0),
    ("bun", &["x"], 0),
    ("npm", &["exec"], 0),
    ("npm", &["x"], 0),
    ("pnpm", &["exec"], 0),
    ("pnpm", &["dlx"], 0),
    ("yarn", &["exec"], 0),
    ("yarn", &["dlx"], 0),
    ("mise", &["exec"], 0),
    ("mise", &["x"], 0),
    ("direnv", &["exec"], 1),
    ("docker", &["run"], 1),
    ("docker", &["exec"], 1),
    ("docker", &["container", "run"], 1),
    ("docker", &["container", "exec"], 1),
    ("docker", &["compose", "run"], 1),
    ("docker", &["compose", "exec"], 1),
    ("podman", &["run"], 1),
    ("podman", &["exec"], 1),
    ("nerdctl", &["run"], 1),
    ("kubectl", &["exec"], 1),
    ("oc", &["exec"], 1),
    ("ip", &["netns", "exec"], 1),
    ("screen", &[], 0),
    ("watchexec", &[], 0),
    ("nodemon", &[], 0),
    ("asdf", &["exec"], 0),
    ("buildah", &["unshare"], 0),
    ("buildah", &["run"], 1),
    ("cabal", &["exec"], 0),
    ("chruby-exec", &[], 1),
    ("cmake", &["-E", "chdir"], 1),
    ("cmake", &["-E", "env"], 0),
    ("cmake", &["-E", "time"], 0),
    ("cross-env", &[], 0),
    ("crictl", &["exec"], 1),
    ("distrobox", &["enter"], 1),
    ("distrobox-enter", &[], 1),
    ("dune", &["exec"], 0),
    ("env-cmd", &[], 0),
    ("fnm", &["exec"], 0),
    ("guix", &["environment"], 1),
    ("guix", &["shell"], 1),
    ("incus", &["exec"], 1),
    ("ip", &["vrf", "exec"], 1),
    ("lerna", &["exec"], 0),
    ("lxc", &["exec"], 1),
    ("lxc-attach", &[], 0),
    ("machinectl", &["shell"], 1),
    ("micromamba", &["run"], 0),
    ("mise", &["run"], 0),
    ("nix", &["develop"], 1),
    ("nix", &["shell"], 1),
    ("nvm", &["exec"], 1),
    ("nx", &["exec"], 0),
    ("opam", &["exec"], 0),
    ("podman", &["unshare"], 0),
    ("rbenv", &["exec"], 0),
    ("rustup", &["run"], 1),
    ("rvm", &[], 2),
    ("sops", &["exec-env"], 1),
    ("sops", &["exec-file"], 1),
    ("stack", &["exec"], 0),
    ("toolbox", &["run"], 0),
    ("trace-cmd", &["record"], 0),
    ("git", &["bisect", "run"], 0),
];
/// Commands of which every word may be code.
const READERS: [&str; 18] = [
    "tmux",
    "screen",
    "hyperfine",
    "concurrently",
    "watchexec",
    "nodemon",
    "xterm",
    "alacritty",
    "foot",
    "gnome-terminal",
    "kitty",
    "konsole",
    "mispipe",
    "parallel",
    "pee",
    "sem",
    "urxvt",
    "xfce4-terminal",
];
/// Commands behind whose options, which are many, another stands as words.
const ANYWHERE: [&str; 31] = [
    "arch",
    "asdf",
    "aws-vault",
    "bwrap",
    "catatonit",
    "catchsegv",
    "cgexec",
    "chamber",
    "chpst",
    "cpulimit",
    "doppler",
    "dotenv",
    "dotenvx",
    "dumb-init",
    "envchain",
    "envdir",
    "gdb",
    "goenv",
    "gosu",
    "heaptrack",
    "honcho",
    "infisical",
    "nodenv",
    "op",
    "perf",
    "pyenv",
    "rbenv",
    "rr",
    "su-exec",
    "tini",
    "volta",
];
/// Flags whose value is a command.
const FLAGS: [(&[&str], &[&str]); 24] = [
    (&["tar", "gtar", "bsdtar"], &["-I", "-F", "--use-compress-program", "--to-command", "--info-script"]),
    (&["tar", "gtar"], &["--new-volume-script", "--rsh-command", "--rmt-command", "--checkpoint-action"]),
    (&["rg"], &["--pre", "--hostname-bin"]),
    (&["man"], &["-P", "--pager", "-H", "--html"]),
    (&["vi", "vim", "nvim", "view", "ex", "gvim", "vimdiff"], &["-c", "--cmd"]),
    (&["rsync"], &["-e", "--rsh", "--rsync-path"]),
    (&["ssh", "scp", "sftp"], &["-S", "-o"]),
    (&["sort"], &["--compress-program"]),
    (&["split"], &["--filter"]),
    (&["go"], &["-exec", "-toolexec", "-vettool"]),
    (&["nc", "ncat"], &["-e", "-c", "--exec", "--sh-exec"]),
    (&["npx", "npm", "pnpm"], &["-c", "--call"]),
    (&["nix-shell", "nix"], &["--run", "--command", "-c"]),
    (&["tcpdump"], &["-z"]),
    (&["xterm"], &["-e"]),
    (&["start-stop-daemon"], &["-x", "-a", "--exec", "--startas"]),
    (&["flatpak"], &["--command"]),
    (&["sbatch"], &["--wrap"]),
    (&["bpftrace", "trace-cmd", "jexec", "machinectl", "lxc-attach"], &["-c"]),
    (&["inotify-hookable", "fswatch", "reflex", "entr"], &["-c", "-s"]),
    (&["zip"], &["-TT", "--unzip-command"]),
    (&["wget"], &["--use-askpass"]),
    (&["dpkg", "apt", "apt-get"], &["-o"]),
    (&["scan-build"], &["--use-cc", "--use-c++", "--use-analyzer"]),
];
/// Commands whose words are looked at in a way of their own.
const SPECIAL: [&str; 7] = ["git", "ssh", "sed", "gsed", "less", "more", "socat"];
/// Those of git's subcommands.
const GIT_FLAGS: [(&str, &[&str]); 21] = [
    ("rebase", &["-x", "--exec"]),
    ("clone", &["-u", "--upload-pack"]),
    ("fetch", &["--upload-pack"]),
    ("pull", &["--upload-pack"]),
    ("ls-remote", &["--upload-pack", "--exec"]),
    ("fetch-pack", &["--upload-pack", "--exec"]),
    ("submodule", &["--upload-pack"]),
    ("push", &["--receive-pack", "--exec"]),
    ("send-pack", &["--receive-pack", "--exec"]),
    ("difftool", &["-x", "--extcmd", "-t", "--tool"]),
    ("mergetool", &["-t", "--tool"]),
    ("grep", &["-O", "--open-files-in-pager"]),
    ("filter-branch", &["--tree-filter", "--index-filter", "--commit-filter", "--msg-filter"]),
    ("filter-branch", &["--env-filter", "--parent-filter", "--tag-name-filter", "--setup"]),
    ("archive", &["--exec"]),
    ("send-email", &["--sendmail-cmd", "--smtp-server", "--to-cmd", "--cc-cmd", "--header-cmd"]),
    ("instaweb", &["-d", "-b", "--httpd", "--browser"]),
    ("web--browse", &["-b", "-t", "--browser", "--tool"]),
    ("svn", &["--authors-prog"]),
    ("upload-archive", &["--exec"]),
    ("shell", &["-c"]),
];

/// Is it one of those that may start another?
pub(in crate::policy::shell) fn may_start(words: &[Word]) -> bool {
    let Some(name) = words.first().and_then(Word::known).map(base) else { return false };
    let flags = || FLAGS.iter().any(|(names, _)| names.contains(&name));
    RUNNERS.iter().any(|(runner, ..)| *runner == name)
        || ANYWHERE.contains(&name)
        || READERS.contains(&name)
        || SPECIAL.contains(&name)
        || name.starts_with("ld")
        || own_words(name).is_some()
        || flags()
}

/// Every command that this one may start.
pub(in crate::policy::shell) fn started(words: &[Word]) -> Vec<Started> {
    let Some((name, args)) = words.split_first() else { return Vec::new() };
    let Some(name) = name.known().map(base) else { return Vec::new() };
    let mut found = Vec::new();
    for &(runner, path, before) in RUNNERS.iter().filter(|(runner, ..)| *runner == name) {
        let args = if runner == "git" { behind_git_options(args) } else { behind_options(args, path) };
        let matches = path.len() <= args.len() && path.iter().zip(args).all(|(name, arg)| arg.text == *name);
        if matches {
            found.extend(starts(&args[path.len()..], before).into_iter().map(|rest| Started::Words(rest.to_vec())));
        }
    }
    if let Some(before) = own_words(name) {
        found.extend(starts(args, before).into_iter().map(|rest| Started::Words(rest.to_vec())));
    }
    match name {
        "git" => git(args, &mut found),
        "ssh" => found.extend(starts(args, 1).into_iter().map(joined)),
        "sed" | "gsed" => sed(args, &mut found),
        "less" | "more" => found.extend(args.iter().filter_map(|arg| called(arg.text.strip_prefix('+')?))),
        "vi" | "vim" | "nvim" | "view" | "ex" | "gvim" | "vimdiff" => {
            found.extend(args.iter().filter_map(|arg| called(arg.text.strip_prefix('+')?)));
        }
        "socat" => found.extend(args.iter().filter_map(|arg| socat(&arg.text))),
        _ if name.starts_with("ld-linux") || name.starts_with("ld-musl") || name == "ld.so" => {
            found.extend(starts(args, 0).into_iter().map(|rest| Started::Words(rest.to_vec())));
        }
        _ => {}
    }
    if ANYWHERE.contains(&name) {
        found.extend((0..args.len()).filter(|&at| args[at].is_literal()).map(|at| Started::Words(args[at..].to_vec())));
    }
    if READERS.contains(&name) {
        found.extend(args.iter().filter_map(Word::known).map(|text| Started::Code(text.into())));
        found.extend((0..args.len()).filter(|&at| args[at].is_literal()).map(|at| joined(&args[at..])));
    }
    for (_, flags) in FLAGS.iter().filter(|(names, _)| names.contains(&name)) {
        found.extend(values(args, flags));
    }
    found
}

fn git(args: &[Word], found: &mut Vec<Started>) {
    let code = |value: &str| Started::Code(value.trim_start_matches(['!', ' ']).into());
    found.extend(git_settings(args).filter_map(|(_, value)| value).map(code));
    // A transport that runs a command, in which `% ` is a blank.
    let transports = args.iter().filter_map(|arg| arg.text.split_once("ext::"));
    found.extend(transports.map(|(_, command)| Started::Code(command.replace("% ", " "))));
    let Some((subcommand, args)) = behind_git_options(args).split_first() else { return };
    if subcommand.text == "submodule"
        && let Some(at) = args.iter().position(|arg| arg.text == "foreach")
    {
        found.extend(starts(&args[at + 1..], 0).into_iter().map(joined));
    }
    for (_, flags) in GIT_FLAGS.iter().filter(|(name, _)| *name == subcommand.text) {
        found.extend(values(args, flags));
    }
}

/// The words from a subcommand on.
fn behind_options<'w>(args: &'w [Word], path: &[&str]) -> &'w [Word] {
    let Some(first) = path.first() else { return args };
    let at = args.iter().position(|arg| arg.text == *first);
    let leading =
        |at: usize| args[..at].iter().enumerate().all(|(i, arg)| is_option(arg) || i > 0 && is_option(&args[i - 1]));
    at.filter(|&at| leading(at)).map_or(&[], |at| &args[at..])
}

fn is_option(word: &Word) -> bool {
    word.text.starts_with('-') && word.text.len() > 1
}

/// Every place where a command may start: behind options, each of which may take a value, and so many words more.
fn starts(args: &[Word], before: usize) -> Vec<&[Word]> {
    let mut found = Vec::new();
    let mut passed = 0;
    for at in 0..args.len() {
        if args[at].text == "--" {
            found.extend(at + 1..=at + 1 + before);
            break;
        }
        let value = at > 0 && is_option(&args[at - 1]);
        if is_option(&args[at]) || args[at].text.contains('=') || value && !args[at].is_literal() {
            continue;
        }
        found.push(at);
        if !value && passed == before {
            // `docker exec name -- command`
            found.extend(args.iter().position(|arg| arg.text == "--").map(|at| at + 1));
            break;
        }
        passed += usize::from(!value);
    }
    found.into_iter().filter_map(|at| args.get(at..).filter(|rest| !rest.is_empty())).collect()
}

fn joined(words: &[Word]) -> Started {
    Started::Code(words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "))
}

/// What stands behind one of the flags, in the same word or in the next. A long one may be cut short, and a short one
/// may stand behind others.
fn values<'w>(args: &'w [Word], flags: &'w [&str]) -> impl Iterator<Item = Started> + 'w {
    args.iter().enumerate().flat_map(move |(at, arg)| {
        flags.iter().filter_map(move |flag| {
            let next = || args.get(at + 1).map(|next| next.text.as_str());
            let value = match arg.text.strip_prefix("--") {
                Some(_) => {
                    let (name, value) = arg.text.split_once('=').map_or((&*arg.text, None), |(n, v)| (n, Some(v)));
                    (name.len() > 2 && flag.starts_with(name)).then(|| value.or_else(next)).flatten()?
                }
                None if flag.len() == 2 => {
                    let letters = arg.text.strip_prefix('-')?;
                    let rest = &letters[letters.find(&flag[1..])? + 1..];
                    let rest = rest.strip_prefix('=').unwrap_or(rest);
                    if rest.is_empty() { next()? } else { rest }
                }
                None => match arg.text.strip_prefix(flag)?.strip_prefix('=') {
                    Some(value) => value,
                    None if arg.text == **flag => next()?,
                    None => return None,
                },
            };
            called(value).or_else(|| Some(Started::Code(behind_name(value).into())))
        })
    })
}

/// `exec=command` of tar, `ProxyCommand=command` of ssh.
fn behind_name(value: &str) -> &str {
    match value.split_once('=') {
        Some((name, command)) if name.chars().all(|c| c.is_ascii_alphabetic()) => command,
        _ => value,
    }
}

/// `!command` of less and vim, where a range may come before.
fn called(text: &str) -> Option<Started> {
    let (_, command) = text.split_once('!')?;
    Some(Started::Code(command.into()))
}

/// `EXEC:command` and `SYSTEM:command`
fn socat(text: &str) -> Option<Started> {
    let (name, command) = text.split_once(':')?;
    let runs = ["exec", "system", "shell"].contains(&name.to_lowercase().as_str());
    runs.then(|| Started::Code(command.split(',').next().unwrap_or(command).into()))
}

/// `e command` up to the end of the line, wherever a command of sed may stand.
fn sed(args: &[Word], found: &mut Vec<Started>) {
    for line in args.iter().flat_map(|arg| arg.text.lines()) {
        let ends = line.match_indices('e').map(|(at, _)| at);
        let commands = ends.filter(|&at| !line[..at].ends_with(|c: char| c.is_ascii_alphabetic()));
        found.extend(commands.map(|at| Started::Code(line[at + 1..].trim_start().into())));
    }
}
