"""What a call of git would make in a new work tree: `git worktree add`, `git clone`, `git submodule`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from claw.execution.git_changes import Git, parsed
    from claw.execution.git_configuration import is_modules
else:
    # `before_git.py` has loaded them by their paths.
    from git_changes import Git, parsed
    from git_configuration import is_modules

_FILES = ("ls-tree", "-r", "--name-only", "-z", "--full-tree")
_CLONE = (
    "-o --origin -b --branch -u --upload-pack --reference --reference-if-able --template --separate-git-dir --depth"
    " --shallow-since --shallow-exclude -j --jobs -c --config --filter --server-option --bundle-uri --ref-format --name"
)
"""Options of `clone` and `submodule` whose value is the next word."""


def _files(git: Git, tree: str, folder: str) -> Iterator[str]:
    """What there would be in a `folder` made of a tree, but for a new `.gitmodules` that names no program: it stays."""
    for name in os.fsdecode(git.ask(*_FILES, tree)).split("\0"):
        lines = os.fsdecode(git.ask("cat-file", "blob", f"{tree}:{name}")) if name == ".gitmodules" else "!"
        if name and not is_modules(lines.split("\n")):
            yield os.path.normpath(os.path.join(folder, name))


def _work_tree(git: Git, arguments: list[str]) -> Iterable[str]:
    given, _ = parsed(arguments[1:], "-b -B --reason")
    words = [*given.words, *(given.paths or ())]
    if not words:
        return []
    folder = os.path.join(git.place, words[0])
    if arguments[:1] == ["remove"]:
        return [os.path.join(at, name) for at, folders, names in os.walk(folder) for name in (*folders, *names)]
    if arguments[:1] != ["add"] or given.has("--no-checkout", "--orphan"):
        return []
    branch = os.path.basename(os.path.normpath(folder))
    found = git.line("for-each-ref", "--format=%(refname)", f"refs/heads/{branch}", f"refs/remotes/*/{branch}")
    new = given.has("-b", "-B", "-d", "--detach")
    tree = words[1] if words[1:] else "HEAD" if new else (found.split("\n")[0] or "HEAD")
    return _files(git, "@{-1}" if tree == "-" else tree, folder)


def _clone(git: Git, arguments: list[str]) -> Iterable[str]:
    given, values = parsed(arguments, _CLONE)
    words = [*given.words, *(given.paths or ())]
    if not words or given.has("-n", "--no-checkout", "--bare", "--mirror"):
        return []
    folder = os.path.join(git.place, words[1] if words[1:] else _own_name(words[0]))
    return _of_another(git, words[0], values.get("-b") or values.get("--branch") or "HEAD", folder)


def _own_name(repository: str) -> str:
    """The folder that git makes for a repository."""
    return os.path.basename(re.sub(r"(/+\.git)?/*$", "", repository)).removesuffix(".git")


def _of_another(git: Git, repository: str, commit: str, folder: str) -> Iterable[str]:
    """What comes from a repository into a `folder`; nothing where it does not lie on this machine."""
    path = os.path.join(git.place, repository.removeprefix("file://"))
    found = [one for one in (path, f"{path}.git") if os.path.isdir(one)]
    if not found:
        return []
    inner = os.path.join(found[0], ".git")
    other = Git(git.real, [f"--git-dir={inner if os.path.lexists(inner) else found[0]}"])
    return _files(other, commit, folder)


def _submodule(git: Git, arguments: list[str]) -> Iterable[str]:
    arguments = [word for word in arguments if word not in ("-q", "--quiet")]
    given, values = parsed(arguments[1:], _CLONE)
    words = [*given.words, *(given.paths or ())]
    if not git.top:
        return
    if arguments[:1] == ["add"] and words:
        modules = os.path.join(git.top, ".gitmodules")
        yield from (path for path in (git.path("config"), modules) if os.path.lexists(path))
        folder = os.path.join(git.folder, words[1] if words[1:] else _own_name(words[0]))
        yield from _of_another(git, words[0], values.get("-b") or values.get("--branch") or "HEAD", folder)
    elif arguments[:1] == ["update"]:
        listed = git.ask("ls-files", "-s", "-z", "--full-name", "--", *(words or [":/"]))
        for entry in os.fsdecode(listed).split("\0"):
            facts, _, path = entry.partition("\t")
            if facts.startswith("160000 "):
                yield from _updated(git, path, facts.split()[1], init=given.has("--init"))


def _updated(git: Git, path: str, commit: str, *, init: bool) -> Iterable[str]:
    """What `update` makes of one submodule, which is to be at this commit."""
    modules = os.path.join(git.top, ".gitmodules")
    keys = git.line("config", "-f", modules, "--get-regexp", r"^submodule\..*\.path$").split("\n")
    names = [
        key[len("submodule.") : -len(".path")] for key, _, at in (line.partition(" ") for line in keys) if at == path
    ]
    url = git.line("config", f"submodule.{names[0]}.url") if names else ""
    if not names or not (url or init):
        return
    if not url:
        yield git.path("config")
        url = git.line("config", "-f", modules, f"submodule.{names[0]}.url")
    folder = os.path.join(git.top, path)
    own = Git(git.real, [f"--git-dir={git.path(f'modules/{names[0]}')}"])
    if not own.commit(commit):
        yield from _of_another(git, os.path.join(git.top, url), commit, folder)
    elif own.commit("HEAD") != own.commit(commit) or not os.path.lexists(os.path.join(folder, ".git")):
        yield from _files(own, commit, folder)


MAKING: dict[str, Callable[[Git, list[str]], Iterable[str]]] = {
    "worktree": _work_tree,
    "clone": _clone,
    "submodule": _submodule,
}
"""By subcommand; they need not be called in a work tree."""
