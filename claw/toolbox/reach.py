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
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

from claw._native import blake3
from claw.errors import ToolError
from claw.toolbox.files import read_whole
from claw.toolbox.links import is_inside
from claw.toolbox.programs import workspace_last

MOST_FILES = 5_000
"""Files of a workspace that are looked at as a whole."""
MOST_BYTES = 64 << 20
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
_WORDS = "if then elif else fi while until do done for in case esac ! { } time"
_KEYWORDS = frozenset(_WORDS.split())
_FAR = re.compile(r"\$[({'\"]|`|<\(|<<|\beval\b|\$[@*#!?0-9_]|\$\(\(")
_PROJECT = re.compile(r"\$(?:(?:CLAUDE|CLAW)_PROJECT_DIR\b|\{(?:CLAUDE|CLAW)_PROJECT_DIR(?::-\.)?\}|PWD\b|\{PWD\})")
_QUIET = re.compile(r"-[eux]+|-o|pipefail")
_HARMLESS = "json sys re os pathlib datetime time textwrap typing collections __future__ hashlib math"
_MODULES = frozenset(_HARMLESS.split())
_STARTS = re.compile(r"system|popen|exec\w*|spawn\w*|posix_spawn\w*|startfile|path_hooks|meta_path|modules|fork\w*")
_BETWEEN = re.compile(r"[\s;|&()<>=`\"']+")


@dataclass(frozen=True, slots=True)
class Runs:
    """What a hook ran when it was trusted: `Reach.digest`, and of an open one the whole workspace's, if known."""

    named: str
    open: bool = False
    whole: str = ""


@dataclass(slots=True)
class Reach:
    """`named`: BLAKE3 of each file by its path in the workspace; "" for one that is not there."""

    named: dict[str, str] = field(default_factory=dict)
    open: str = ""
    """Why its text does not tell all; empty if it does."""

    def digest(self) -> str:
        """Of the files that it names."""
        return blake3(msgspec.msgpack.encode(sorted(self.named.items())))

    def runs(self, all_of_it: str) -> Runs:
        """It as it is now; `all_of_it`: `whole` of the workspace."""
        return Runs(self.digest(), bool(self.open), all_of_it if self.open else "")


def reach(command: str, workspace: str, search_path: str, home: str) -> Reach:
    """Blocks. A file that cannot be read makes it open."""
    found = Reach()
    _Reader(found, workspace, workspace_last(search_path, workspace), home).shell(command, workspace, 0)
    return found


def whole(workspace: str) -> str:
    """A digest of all files of the workspace but git's own; empty where there are too many. Blocks."""
    entries: list[tuple[str, str]] = []
    room = MOST_BYTES
    for path in _all_files(workspace):
        if len(entries) == MOST_FILES:
            return ""
        try:
            state = os.lstat(path)
            room -= state.st_size
            if room < 0:
                return ""
            entries.append((os.path.relpath(path, workspace), _digest(path)))
        except OSError:
            entries.append((path, ""))
    return blake3(msgspec.msgpack.encode(sorted(entries)))


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


class _Reader:
    def __init__(self, found: Reach, workspace: str, search_path: str, home: str) -> None:
        self._found = found
        self._workspace = workspace
        self._path = search_path
        self._home = home
        self._read: set[str] = set()

    def _leave_open(self, why: str) -> None:
        self._found.open = self._found.open or why

    def _add(self, path: str) -> None:
        """A file of the workspace, by its name and where it leads."""
        with suppress(OSError, ValueError):
            self._found.named[os.path.relpath(path, self._workspace)] = _digest(path)

    def _place(self, word: str, folder: str) -> str:
        if word.startswith("~/"):
            word = self._home + word[1:]
        return os.path.normpath(os.path.join(folder, word))

    def _belongs(self, path: str) -> bool:
        return is_inside(path, self._workspace) or is_inside(os.path.realpath(path), self._workspace)

    def shell(self, text: str, folder: str, depth: int) -> None:
        """A shell script's text, run in the workspace."""
        if shlex.quote(self._workspace) == self._workspace:
            text = _PROJECT.sub(lambda _: self._workspace, text)
        text = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
        for word in [*_BETWEEN.split(text), *_BETWEEN.split(re.sub("[\"']", "", text))]:
            path = self._place(word, folder)
            if word and self._belongs(path) and os.path.isfile(path):
                self._add(path)
        if depth > DEEPEST:
            self._leave_open("its scripts are nested too deeply")
            return
        plain = re.sub(r"'[^']*'", lambda quoted: re.sub(r"[$`<]", "", quoted[0]), text)
        if far := _FAR.search(plain):
            self._leave_open(f"`{far[0]}` in it is known only when it runs")
            return
        try:
            lexer = shlex.shlex(text.replace("\n", " ; "), posix=True, punctuation_chars=";|&()<>")
            lexer.whitespace_split = True
            lexer.commenters = ""
            words = list(lexer)
        except ValueError:
            self._leave_open("its words cannot be read")
            return
        command: list[str] = []
        for word in [*words, ";"]:
            if word.strip(";|&()<>") or not set(word) & set(";|&()"):
                command.append(word)
                continue
            if command:
                self._command(command, folder, depth)
            command = []

    def _command(self, words: list[str], folder: str, depth: int) -> None:
        words = _without_redirections(words)
        while words and (words[0] in _KEYWORDS or re.match(r"[a-z_]\w*=", words[0])):
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
        with suppress(OSError):
            entries = sorted(os.scandir(beside), key=lambda entry: entry.name)
            for entry in entries:
                if entry.name.endswith((".py", ".so", ".pyc", ".zip")):
                    self._add(entry.path)
            names = [entry.name for entry in entries if entry.is_dir() and entry.name != "__pycache__"]
            modules = {name.split(".")[0] for name in names} & sys.stdlib_module_names
            self._found.named[os.path.relpath(beside, self._workspace) + "/"] = ",".join(names)
            if modules or any(os.path.exists(os.path.join(beside, name, "__init__.py")) for name in names):
                self._leave_open("packages lie beside its script")
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            self._leave_open(f"{os.path.basename(path)} cannot be read")
            return
        for node in ast.walk(tree):
            for name in _imported(node):
                neighbour = os.path.join(beside, f"{name}.py")
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


def _without_redirections(words: list[str]) -> list[str]:
    """Without `>`, `2>`, `>&` and the words behind them."""
    kept: list[str] = []
    skip = False
    for word in words:
        if set(word) & set("<>") and not word.strip("<>&|"):
            skip = True
            if kept and kept[-1].isdigit():
                kept.pop()
        elif skip:
            skip = False
        else:
            kept.append(word)
    return kept
