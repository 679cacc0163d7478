"""What a call of git may change in the work tree, asked of git before it begins. Rather too much than too little."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

_GLOBAL = {"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env", "--super-prefix", "--attr-source"}
"""Options in front of the subcommand whose value is the next word."""
_DIFF = ("diff", "--name-only", "-z", "--no-renames", "--no-relative", "--no-ext-diff", "--ignore-submodules=dirty")
_TREE = ("diff-tree", "-r", "--name-only", "-z", "--no-renames", "--no-commit-id")
_LOG = ("log", "--format=", "--name-only", "-z", "--no-renames", "-m")
_CLUSTER = re.compile(r"-[dfiqrxX]+")
"""Options of `clean` and `rm` in one word."""
_DEEPEST = 5
"""Aliases that are followed."""


def whole(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


@dataclass
class Git:
    """The program, with the options in front of the subcommand, in the repository where it is called. `read` gives what
    is in a file, by its absolute path; "-" is standard input.
    """

    real: str
    options: list[str] = field(default_factory=list)
    read: Callable[[str], bytes] = whole

    def ask(self, *words: str, given: bytes = b"") -> bytes:
        """What it says, with this on its standard input; b"" where it fails."""
        environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
        command = [self.real, *self.options, "-c", "core.quotePath=false", *words]
        done = subprocess.run(command, env=environment, input=given, capture_output=True, check=False)
        return done.stdout if done.returncode == 0 else b""

    def line(self, *words: str, given: bytes = b"") -> str:
        return os.fsdecode(self.ask(*words, given=given)).strip("\n")

    def names(self, *words: str) -> list[str]:
        """Paths that it lists from the top of the work tree, NUL behind each."""
        found = (name.strip("\n") for name in os.fsdecode(self.ask(*words)).split("\0"))
        return [os.path.join(self.top, name) for name in found if name]

    @cached_property
    def top(self) -> str:
        return self.line("rev-parse", "--show-toplevel")

    @property
    def working_directory(self) -> str:
        """Where it is called, which need not be in a work tree."""
        steps = [value for option, value in zip(self.options, self.options[1:], strict=False) if option == "-C"]
        return os.path.normpath(os.path.join(os.getcwd(), *steps))

    @cached_property
    def folder(self) -> str:
        """Where it works."""
        return os.path.join(self.top, self.line("rev-parse", "--show-prefix"))

    def path(self, name: str) -> str:
        """A file of the git directory."""
        return self.line("rev-parse", "--path-format=absolute", "--git-path", name)

    def text(self, name: str) -> str:
        try:
            with open(self.path(name), encoding="utf-8", errors="surrogateescape") as file:
                return file.read()
        except OSError:
            return ""

    def commit(self, name: str) -> str:
        """Its id, or ""."""
        return self.line("rev-parse", "--verify", "-q", f"{'@{-1}' if name == '-' else name}^{{commit}}")

    def tree(self, name: str) -> str:
        return self.line("rev-parse", "--verify", "-q", f"{'@{-1}' if name == '-' else name}^{{tree}}")

    def between(self, one: str, other: str) -> list[str]:
        """What differs in two trees; all of the other where one is none."""
        if not self.tree(other):
            return []
        if not one or not self.tree(one):
            return self.names("ls-tree", "-r", "--name-only", "-z", "--full-tree", other)
        return self.names(*_TREE, self.tree(one), self.tree(other))

    def unlike(self, tree: str, paths: Iterable[str] = ()) -> list[str]:
        """What in the work tree, or in the index, is not as it is there; "" is the index."""
        paths = ["--", *paths]
        if not tree:
            return self.names(*_DIFF, *paths)
        if not self.tree(tree):
            return []
        return self.names(*_DIFF, self.tree(tree), *paths) + self.names(*_DIFF, "--cached", self.tree(tree), *paths)


@dataclass
class Words:
    """A subcommand's arguments: options without their values, words before `--`, words after it."""

    options: set[str]
    words: list[str]
    paths: list[str] | None

    def has(self, *options: str) -> bool:
        return any(option in self.options for option in options)


def parsed(arguments: list[str], valued: str = "") -> tuple[Words, dict[str, str]]:
    """The arguments, and the values of those options that `valued` lists."""
    takes = set(valued.split())
    found, values = Words(set(), [], None), dict[str, str]()
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            found.paths = rest
            break
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            found.options.add(name)
            if equals or (name in takes and rest):
                values[name] = value if equals else rest.pop(0)
        elif len(word) > 1 and word[0] == "-":
            for at, letter in enumerate(word[1:], 2):
                found.options.add(f"-{letter}")
                if f"-{letter}" in takes:
                    values[f"-{letter}"] = word[at:] or (rest.pop(0) if rest else "")
                    break
        else:
            found.words.append(word)
    return found, values


Changing: TypeAlias = Callable[[Git, list[str]], Iterable[str]]
"""What a subcommand with these arguments may change."""


def changes(
    real: str, words: list[str], making: dict[str, Changing], read: Callable[[str], bytes]
) -> tuple[Git, list[str]]:
    """git as it is called, and the absolute paths that it may change, make or remove. `making` has the subcommands that
    need no work tree.
    """
    for _ in range(_DEEPEST):
        at = 0
        while at < len(words) and words[at].startswith("-"):
            at += 2 if words[at] in _GLOBAL else 1
        git, rest = Git(real, words[:at], read), words[at:]
        if rest and rest[0] in making:
            return git, list(making[rest[0]](git, rest[1:]))
        if not rest or not git.top:
            return git, []
        if rest[0] in KNOWN:
            return git, list(KNOWN[rest[0]](git, rest[1:]))
        alias = git.line("config", f"alias.{rest[0]}")
        if not alias or alias.startswith("!"):
            return git, []
        words = [*git.options, *shlex.split(alias), *rest[1:]]
    return git, []


def _checkout(git: Git, arguments: list[str]) -> Iterable[str]:
    given, values = parsed(arguments, "-b -B --orphan --conflict --pathspec-from-file -U --inter-hunk-context")
    if given.has("-b", "-B", "--orphan"):
        return _switched(git, given, given.words[0] if given.words else "HEAD")
    words = given.words
    if given.paths is not None or "--pathspec-from-file" in values:
        return git.unlike(words[0] if words else "", given.paths or ["."])
    if not words:
        return git.unlike("HEAD") if given.has("-f", "--force") else []
    if git.tree(words[0]):
        return git.unlike(words[0], words[1:]) if words[1:] else _switched(git, given, words[0])
    remote = _remote_branch(git, words[0]) if len(words) == 1 else ""
    if remote and not git.ask("ls-files", "--", words[0]):
        return _switched(git, given, remote)
    return git.unlike("", words)


def _switch(git: Git, arguments: list[str]) -> Iterable[str]:
    given, _ = parsed(arguments, "-c -C --create --force-create --orphan --conflict")
    if given.has("--orphan"):
        return git.names("ls-files", "-z", "--full-name", ":/")
    if given.has("-c", "-C", "--create", "--force-create"):
        return _switched(git, given, given.words[0] if given.words else "HEAD")
    if not given.words:
        return []
    if git.tree(given.words[0]):
        return _switched(git, given, given.words[0])
    return _switched(git, given, _remote_branch(git, given.words[0]))


def _switched(git: Git, given: Words, target: str) -> Iterator[str]:
    """To another commit."""
    yield from git.between("HEAD", target)
    if given.has("-f", "--force", "--discard-changes", "-m", "--merge"):
        yield from git.unlike(target)


def _remote_branch(git: Git, name: str) -> str:
    found = git.line("for-each-ref", "--format=%(refname)", f"refs/remotes/*/{name}").split("\n")
    return found[0] if len(found) == 1 else ""


def _restore(git: Git, arguments: list[str]) -> Iterable[str]:
    given, values = parsed(arguments, "-s --source --conflict --pathspec-from-file -U --inter-hunk-context")
    if given.has("-S", "--staged") and not given.has("-W", "--worktree"):
        return []
    source = values.get("-s") or values.get("--source") or ("HEAD" if given.has("-S", "--staged") else "")
    return git.unlike(source, [*given.words, *(given.paths or ())] or ["."])


def _reset(git: Git, arguments: list[str]) -> Iterable[str]:
    given, _ = parsed(arguments, "--pathspec-from-file -U")
    if not given.has("--hard", "--merge", "--keep"):
        return []
    target = given.words[0] if given.words else "HEAD"
    return [*git.unlike(target), *git.between("HEAD", target)]


def _merge(git: Git, arguments: list[str]) -> Iterable[str]:
    given, _ = parsed(arguments, "-m -s -X -F --strategy --strategy-option --file --cleanup --into-name")
    if given.has("--abort"):
        return git.unlike("HEAD")
    if given.has("--continue", "--quit"):
        return []
    return _merged(git, given.words or ["@{u}"])


def _merged(git: Git, commits: Iterable[str]) -> Iterator[str]:
    for commit in commits:
        yield from git.between(git.line("merge-base", "HEAD", commit), commit)


def _pull(git: Git, arguments: list[str]) -> Iterable[str]:
    given, values = parsed(
        arguments,
        "-s -X -j -o --strategy --strategy-option --depth --shallow-since --upload-pack --jobs --server-option",
    )
    # What comes is known only once it is there; nothing but this is changed by that.
    git.ask("fetch", "-q", *given.words)
    lines = git.text("FETCH_HEAD").splitlines()
    commits = [line.split("\t")[0] for line in lines if line and "\tnot-for-merge\t" not in line]
    asked = given.has("-r", "--rebase") and values.get("--rebase") != "false"
    branch = git.line("symbolic-ref", "--short", "-q", "HEAD")
    wanted = git.line("config", f"branch.{branch}.rebase") or git.line("config", "pull.rebase")
    if asked or (wanted not in ("", "false") and not given.has("--no-rebase")):
        return [path for commit in commits for path in _rebased(git, commit, commit, "HEAD")]
    return _merged(git, commits)


def _rebase(git: Git, arguments: list[str]) -> Iterable[str]:
    given, values = parsed(arguments, "--onto -s -X -x -C --strategy --strategy-option --exec --whitespace --empty")
    state = "rebase-merge" if git.text("rebase-merge/orig-head") else "rebase-apply"
    onto, origin = (git.text(f"{state}/{name}").strip() for name in ("onto", "orig-head"))
    if given.has("--abort"):
        return git.unlike(origin)
    if given.has("--continue", "--skip"):
        return git.names(*_LOG, f"{onto}..{origin}")
    if given.has("--quit", "--edit-todo", "--show-current-patch"):
        return []
    branch = given.words[1] if given.words[1:] else "HEAD"
    if given.has("--root"):
        onto = values.get("--onto") or ""
        return [*git.names(*_LOG, branch), *(git.between("HEAD", onto) if onto else ())]
    upstream = given.words[0] if given.words else "@{u}"
    forced = given.has("-i", "--interactive", "-f", "--force-rebase", "--no-ff", "-x", "--exec")
    return _rebased(git, upstream, values.get("--onto") or upstream, branch, forced=forced)


def _rebased(git: Git, upstream: str, onto: str, branch: str, *, forced: bool = False) -> Iterator[str]:
    yield from git.between("HEAD", branch)
    if not forced and git.commit(onto) and git.line("merge-base", onto, branch) == git.commit(onto):
        return
    yield from git.between("HEAD", onto)
    yield from git.names(*_LOG, f"{upstream}..{branch}")
    yield from git.unlike("HEAD")


def _picked(git: Git, arguments: list[str]) -> Iterable[str]:
    given, _ = parsed(arguments, "-m --mainline -X --strategy --strategy-option --cleanup")
    if given.has("--abort"):
        return git.unlike(git.text("sequencer/head").strip() or "HEAD")
    commits = given.words
    if given.has("--continue", "--skip"):
        commits = [line.split()[1] for line in git.text("sequencer/todo").splitlines() if len(line.split()) > 1]
    if given.has("--stdin"):
        commits = [*commits, *os.fsdecode(git.read("-")).split()]
    if given.has("--quit") or not commits:
        return []
    single = () if any(".." in commit or commit.startswith("^") for commit in commits) else ("--no-walk",)
    return git.names(*_LOG, *single, *commits)


def _stash(git: Git, arguments: list[str]) -> Iterable[str]:
    verb = next((word for word in arguments if not word.startswith("-")), "push")
    rest = arguments[arguments.index(verb) + 1 :] if verb in arguments else arguments
    given, _ = parsed(rest, "-m --message --pathspec-from-file")
    if verb in ("pop", "apply", "branch"):
        named = given.words[1:] if verb == "branch" else given.words
        stash = named[0] if named else "stash@{0}"
        stash = f"stash@{{{stash}}}" if stash.isdigit() else stash
        base = git.between("HEAD", f"{stash}^") if verb == "branch" else []
        return [*git.between(f"{stash}^", stash), *git.between("", f"{stash}^3"), *base]
    if verb not in ("push", "save"):
        return []
    paths = [*(given.words if verb == "push" else ()), *(given.paths or ())]
    changed = [] if given.has("-k", "--keep-index", "-S", "--staged") and not paths else git.unlike("HEAD", paths)
    if given.has("-k", "--keep-index", "-S", "--staged"):
        changed = git.unlike("HEAD", paths)
    untracked: list[str] = []
    if given.has("-u", "--include-untracked", "-a", "--all"):
        ignored = () if given.has("-a", "--all") else ("--exclude-standard",)
        untracked = git.names("ls-files", "-z", "-o", "--full-name", *ignored, "--", *(paths or [":/"]))
    return [*changed, *untracked]


def _cleaned(git: Git, arguments: list[str]) -> Iterator[str]:
    for line in git.line("clean", "-n", *_loud(arguments)).split("\n"):
        yield from _all_in(git.folder, line.partition("Would remove ")[2])


def _loud(arguments: list[str]) -> list[str]:
    """Without the options that keep it from saying what it would do."""
    loud = (re.sub("[iq]", "", word) if _CLUSTER.fullmatch(word) else word for word in arguments)
    return [word for word in loud if word not in ("-", "--quiet", "--interactive")]


def _removed(git: Git, arguments: list[str]) -> Iterator[str]:
    given, values = parsed(arguments, "--pathspec-from-file")
    if given.has("--cached"):
        return
    paths = git.read("-") if values.get("--pathspec-from-file") == "-" else b""
    for line in git.line("rm", "-n", *_loud(arguments), given=paths).split("\n"):
        yield from _all_in(git.top, line[4:-1])


def _moved(git: Git, arguments: list[str]) -> Iterator[str]:
    for line in git.line("mv", "-n", *arguments).split("\n"):
        old, to, new = line.removeprefix("Renaming ").partition(" to ")
        if to and line.startswith("Renaming "):
            yield from _all_in(git.top, old)
            yield from _all_in(git.top, new)


def _all_in(folder: str, name: str) -> Iterator[str]:
    """What is named there, and all that is in it."""
    if not name:
        return
    path = os.path.normpath(os.path.join(folder, name.strip('"')))
    yield path
    for inside, folders, files in os.walk(path):
        yield from (os.path.join(inside, one) for one in (*folders, *files))


def _read_tree(git: Git, arguments: list[str]) -> Iterable[str]:
    given, _ = parsed(arguments, "--prefix --index-output --exclude-per-directory")
    return [path for tree in given.words for path in git.unlike(tree)] if given.has("-u") else []


def _checkout_index(git: Git, arguments: list[str]) -> Iterable[str]:
    given, _ = parsed(arguments, "--prefix --stage")
    return git.unlike("") if given.has("-f", "--force", "-a", "--all") else []


def _bisected(git: Git, arguments: list[str]) -> Iterator[str]:
    verb = arguments[0] if arguments else ""
    if verb in ("log", "view", "visualize", "help", "terms"):
        return
    if verb == "reset":
        yield from git.between("HEAD", git.text("BISECT_START").strip())
        return
    given, _ = parsed(arguments[1:])
    known = git.line("for-each-ref", "--format=%(objectname)", "refs/bisect").split("\n")
    commits = [commit for commit in (*known, *given.words, "HEAD") if commit and git.commit(commit)]
    base = git.line("merge-base", "--octopus", *commits)
    if len(commits) > 2 and base:
        yield from git.names(*_LOG, *commits, f"^{base}")


KNOWN: dict[str, Changing] = {
    "checkout": _checkout,
    "switch": _switch,
    "restore": _restore,
    "reset": _reset,
    "merge": _merge,
    "pull": _pull,
    "rebase": _rebase,
    "cherry-pick": _picked,
    "revert": _picked,
    "stash": _stash,
    "clean": _cleaned,
    "rm": _removed,
    "mv": _moved,
    "read-tree": _read_tree,
    "checkout-index": _checkout_index,
    "bisect": _bisected,
}
