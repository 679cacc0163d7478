"""What of the workspace a hook's command runs, as far as its text tells.

`named` are the files that it comes to, scripts of scripts included. Where the text does not tell (a build tool, a
program that loads what it finds, words that are known only when it runs), `open` says so: then all of the workspace
belongs to it.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress

import msgspec
from msgspec import Struct, field

from claw._native import blake3
from claw.errors import ToolError
from claw.execution.files import read_whole
from claw.execution.links import is_in, is_inside
from claw.execution.programs import workspace_last
from claw.execution.shell_words import KEYWORDS, commands, mentioned, uncommented

MOST_FILES = 5_000
"""Files of a workspace whose content is looked at as a whole."""
MOST_BYTES = 64 << 20
MOST_STATES = 100_000
"""Files of a workspace of which is looked at when they were changed."""
DEEPEST = 8
"""Scripts of scripts."""

_SHELLS = frozenset(("sh", "bash", "dash"))
_NAMES = """
    [ [[ ]] : basename cat chmod cp cut date dirname echo exit expr false grep head hostname jq ln logger ls mkdir
    mktemp mv notify-send printf ps pwd read readlink realpath return rm rmdir say set shift sleep stat tail tee test
    touch tr true umask uname uniq unset wait wc whoami curl afplay paplay tput sync id type which
"""
_PLAIN = frozenset(_NAMES.split())
"""Programs and words of the shell that run nothing of the workspace, whatever they are given here."""
_FAR = re.compile(r"\$[({'\"]|`|<\(|<<|\beval\b|\$[@*#!?0-9_]|\$\(\(")
_PROJECT = re.compile(r"\$(?:(?:CLAUDE|CLAW)_PROJECT_DIR\b|\{(?:CLAUDE|CLAW)_PROJECT_DIR(?::-\.)?\}|PWD\b|\{PWD\})")
_QUIET = re.compile(r"-[eux]+|-o|pipefail")
_HARMLESS = "json sys re os pathlib datetime time textwrap typing collections __future__ hashlib math"
_MODULES = frozenset(_HARMLESS.split())
_STARTS = re.compile(r"system|popen|exec\w*|spawn\w*|posix_spawn\w*|startfile|path_hooks|meta_path|modules|fork\w*")


class Runs(Struct, frozen=True):
    """What a hook ran when it was trusted: digests of what it names and of what it reads, and of an open one the whole
    workspace's, if known.
    """

    named: str
    open: bool = False
    whole: str = ""
    read: str = ""


class Reach(Struct):
    """`named`: BLAKE3 of each file that it may run by its path in the workspace; "" for one that is not there. `read`:
    the same of what its programs only look into, which may be its answer.
    """

    named: dict[str, str] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)
    open: str = ""
    """Why its text does not tell all; empty if it does."""

    def runs(self, all_of_it: str) -> Runs:
        """It as it is now; `all_of_it`: `whole` of the workspace."""
        return Runs(_digest_of(self.named), bool(self.open), all_of_it if self.open else "", _digest_of(self.read))


def _digest_of(files: Mapping[str, str]) -> str:
    return blake3(msgspec.msgpack.encode(sorted(files.items())))


def reach(
    command: str,
    roots: tuple[str, ...],
    search_path: str,
    home: str,
    session: str = "",
    beyond: tuple[str, ...] = (),
) -> Reach:
    """`roots`: the workspace, and the folders that are taken for parts of it. `session`: the session's workspace, where
    the workspace is another one. `beyond`: folders that others may change. Blocks. A file that cannot be read
    makes it open.
    """
    found = Reach()
    _Reader(found, (*roots, *beyond), workspace_last(search_path, (*roots, *beyond)), home, session).shell(
        command, roots[0], 0
    )
    return found


def whole(workspace: str, *directories: str) -> str:
    """A digest of all files of the workspace, and of the folders that are taken for parts of it, but git's own: of what
    is in them, or, where that is much, of when each was changed last. Empty where there are too many. Blocks.
    """
    states: dict[str, os.stat_result | None] = {}
    for path in (path for root in (workspace, *directories) for path in _all_files(root)):
        if len(states) == MOST_STATES:
            return ""
        try:
            states[path] = os.lstat(path)
        except OSError:
            states[path] = None
    much = len(states) > MOST_FILES or sum(state.st_size for state in states.values() if state) > MOST_BYTES
    entries = [(os.path.relpath(path, workspace), _version(path, state, much)) for path, state in states.items()]
    return blake3(msgspec.msgpack.encode(sorted(entries)))


def _version(path: str, state: os.stat_result | None, much: bool) -> str:
    """What tells a file from what it was before; no program can set the time of the last change of its state."""
    try:
        if much and state and stat.S_ISREG(state.st_mode):
            return f"{state.st_ino} {state.st_size} {state.st_mtime_ns} {state.st_ctime_ns}"
        return _digest(path) if state else ""
    except OSError:
        return ""


def _all_files(workspace: str) -> Iterator[str]:
    for folder, folders, names in os.walk(workspace):
        if os.path.basename(folder) == ".git":
            folders[:] = [name for name in folders if name == "hooks"]
            names = [name for name in names if name == "config"]
        yield from (os.path.join(folder, name) for name in names)
        yield from (path for name in folders if os.path.islink(path := os.path.join(folder, name)))


def _digest(path: str) -> str:
    """Of a file's content, its mode and where a link leads. Raises OSError."""
    if os.path.islink(path):
        target = os.path.realpath(path)
        return blake3(os.fsencode(target)) + (_digest(target) if os.path.isfile(target) else "")
    try:
        data = read_whole(path).data
    except ToolError:
        return ""
    return blake3(data) + ("x" if os.access(path, os.X_OK) else "")


def _put(files: dict[str, str], name: str, digest: str) -> None:
    """Two files of one name are neither of them."""
    files[name] = digest if files.get(name, digest) == digest else f"{files[name]}, {digest}"


class _Reader:
    def __init__(self, found: Reach, roots: tuple[str, ...], search_path: str, home: str, session: str) -> None:
        self._found = found
        self._workspace = roots[0]
        self._session = session or roots[0]
        self._roots = roots
        self._path = search_path
        self._home = home
        self._read: set[str] = set()

    def _leave_open(self, why: str) -> None:
        self._found.open = self._found.open or why

    def _add(self, path: str) -> None:
        """A file of the workspace, by its name and where it leads."""
        with suppress(OSError, ValueError):
            _put(self._found.named, self._named(path), _digest(path))

    def _reads(self, path: str) -> None:
        with suppress(OSError, ValueError):
            _put(self._found.read, self._named(path), _digest(path))

    def _named(self, path: str) -> str:
        """The path as the session's workspace has it: there it was looked at when the hook was trusted."""
        return os.path.relpath(path, self._workspace if is_inside(path, self._workspace) else self._session)

    def _is_file(self, path: str) -> bool:
        return self._belongs(path) and os.path.isfile(path)

    def _place(self, word: str, folder: str) -> str:
        if word.startswith("~/"):
            word = self._home + word[1:]
        return os.path.normpath(os.path.join(folder, word))

    def _belongs(self, path: str) -> bool:
        return is_in(path, self._roots) or is_in(os.path.realpath(path), self._roots)

    def shell(self, text: str, folder: str, depth: int) -> None:
        """A shell script's text, run in the workspace."""
        if shlex.quote(self._workspace) == self._workspace:
            text = _PROJECT.sub(lambda _: self._workspace, text)
        named = mentioned(text)
        for word in named.run:
            if word and self._is_file(path := self._place(word, folder)):
                self._add(path)
        for word in named.read:
            if word and self._is_file(path := self._place(word, folder)):
                self._reads(path)
        if depth > DEEPEST:
            self._leave_open("its scripts are nested too deeply")
            return
        bare = uncommented(text)
        if bare is None:
            self._leave_open("its words cannot be read")
            return
        plain = re.sub(r"'[^']*'", lambda quoted: re.sub(r"[$`<]", "", quoted[0]), bare)
        if far := _FAR.search(plain):
            self._leave_open(f"`{far[0]}` in it is known only when it runs")
            return
        found = commands(bare)
        if found is None:
            self._leave_open("its words cannot be read")
            return
        for words in found:
            self._command(words, folder, depth)

    def _command(self, words: list[str], folder: str, depth: int) -> None:
        while words and (words[0] in KEYWORDS or re.match(r"[a-z_]\w*=", words[0])):
            words = words[1:]
        if not words:
            return
        name, arguments = words[0], words[1:]
        base = os.path.basename(name)
        if "$" in name or "*" in name or re.match(r"\w+\+?=", name):
            self._leave_open(f"`{name}` is known only when it runs")
        elif name in (".", "source"):
            self._script(arguments, folder, depth, "sh")
        elif "/" in name:
            path = self._place(name, folder)
            if not self._belongs(path):
                self._through(base, arguments, folder, depth, path, named=True)
            else:
                self._file(path, folder, depth, "")
        else:
            path = shutil.which(name, path=self._path) or ""
            if name not in _PLAIN or (path and self._belongs(path)):
                self._through(base, arguments, folder, depth, path, named=False)

    def _through(self, base: str, arguments: list[str], folder: str, depth: int, path: str, *, named: bool) -> None:
        """A program that is not of the workspace: an interpreter of a script, one of the user's own, or any."""
        if not path or self._belongs(path):
            if path:
                self._add(path)
            self._leave_open(f"{base} is a program of the workspace, or none")
        elif base in _SHELLS:
            self._script(arguments, folder, depth, "sh")
        elif re.fullmatch(r"python[\d.]*", base):
            self._script(arguments, folder, depth, "python")
        elif not (named and is_inside(path, self._home)):
            self._leave_open(f"{base} may run what it finds")

    def _script(self, arguments: list[str], folder: str, depth: int, language: str) -> None:
        rest = list(arguments)
        while language == "sh" and rest and _QUIET.fullmatch(rest[0]):
            rest.pop(0)
        if language == "sh" and len(rest) > 1 and rest[0] == "-c":
            self.shell(rest[1], folder, depth + 1)
        elif not rest or rest[0].startswith("-") or set(rest[0]) & set("$*?["):
            self._leave_open("what its interpreter runs is known only when it runs")
        elif not self._belongs(path := self._place(rest[0], folder)):
            if not os.path.isfile(path):
                self._leave_open(f"{rest[0]} is not there")
        else:
            self._file(path, folder, depth, language)

    def _file(self, path: str, folder: str, depth: int, language: str) -> None:
        """A script of the workspace."""
        if path in self._read:
            return
        self._read.add(path)
        self._add(path)
        try:
            text = read_whole(os.path.realpath(path)).data.decode()
        except (OSError, ToolError, UnicodeDecodeError):
            self._leave_open(f"{os.path.basename(path)} cannot be read")
            return
        first = text.split("\n", 1)[0] if text.startswith("#!") else ""
        known = re.fullmatch(r"#!\s*(?:/usr/bin/env\s+|/(?:usr/)?bin/)(sh|bash|dash|python3?)(?:\s+-\w+)?\s*", first)
        if not language and not known:
            self._leave_open(f"nobody knows what {os.path.basename(path)} runs")
        elif language == "python" or (not language and known and known[1].startswith("python")):
            self._python(text, path, depth)
        else:
            self.shell(text, folder, depth + 1)

    def _python(self, text: str, path: str, depth: int) -> None:
        beside = os.path.dirname(path)
        self._shadows(beside)
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            self._leave_open(f"{os.path.basename(path)} cannot be read")
            return
        for node in ast.walk(tree):
            for name in _imported(node):
                neighbour = os.path.join(beside, f"{name}.py")
                for entry in self._neighbours(beside, frozenset((name,))):
                    self._add(entry.path)
                if os.path.isfile(neighbour) and depth < DEEPEST:
                    self._file(neighbour, beside, depth + 1, "python")
                elif name not in _MODULES:
                    self._leave_open(f"{os.path.basename(path)} imports {name or 'what lies around it'}")
            starts = isinstance(node, ast.Attribute) and _STARTS.fullmatch(node.attr)
            called = isinstance(node, ast.Name) and node.id in (
                *("exec", "eval", "compile", "__import__", "getattr", "globals", "vars", "__builtins__", "__loader__"),
            )
            sys_path = isinstance(node, ast.Attribute) and node.attr == "path" and _is_sys(node.value)
            if starts or called or sys_path:
                self._leave_open(f"{os.path.basename(path)} may start anything")

    def _shadows(self, folder: str) -> None:
        """What lies beside a Python script and comes before a module of Python's own."""
        for entry in self._neighbours(folder, sys.stdlib_module_names):
            self._add(entry.path)
            if entry.is_dir():
                self._leave_open("packages lie beside its script")

    def _neighbours(self, folder: str, names: frozenset[str]) -> Iterator[os.DirEntry[str]]:
        """What an import of one of these names may find there."""
        with suppress(OSError):
            for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
                stem, _, ending = entry.name.partition(".")
                if stem in names and (entry.is_dir() or ending.endswith(("py", "so", "pyc", "zip"))):
                    yield entry


def _is_sys(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "sys"


def _imported(node: ast.AST) -> Iterator[str]:
    """The first names of what it imports; empty for what is around it, and for names that start programs."""
    if isinstance(node, ast.Import):
        yield from (alias.name.split(".")[0] for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield "" if node.level else (node.module or "").split(".")[0]
        if any(_STARTS.fullmatch(alias.name) or alias.name == "*" for alias in node.names):
            yield ""
