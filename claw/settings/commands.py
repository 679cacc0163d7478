"""Command files and skills: where they lie, what each is called, and what it says of itself.

A file that cannot be meant is left out, with a sentence that says why, and takes nothing else with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from claw._native import blake3, is_protected
from claw.events.permission import Layer
from claw.execution.links import is_inside
from claw.late import pattern
from claw.settings.agents import between_commas
from claw.settings.frontmatter import Page, Unreadable, Value, bytes_of, page
from claw.settings.reading import FOLDERS_OF_REPOSITORY, FOLDERS_OF_USER

if TYPE_CHECKING:
    from claw.settings.plugins.manifest import Manifest

CommandKind: TypeAlias = Literal["command", "skill"]

PREFIXES = {".codex/prompts": "prompts:"}
"""How names begin of what is in a folder."""
SKILL = "SKILL.md"
MOST_FILES = 500
"""In one such folder."""
MOST_FOLDERS = 1_000
LARGEST = 256 * 1024
"""Bytes of one file."""
LARGEST_ALL = 8 * 1024 * 1024
"""Bytes of all that one folder gives."""
DESCRIBED = 1_024
"""Characters of a description."""
_EDGE = "---"
_NAME = pattern(r"[^\W_][\w.-]{0,63}")
_ON, _OFF = ("true", "yes", "on"), ("false", "no", "off")
ROOT = ("CLAUDE_PLUGIN_ROOT", "CLAW_PLUGIN_ROOT")
"""Variables that name the folder of a plugin, in what the plugin brings."""
NOT_YET = ("hooks", "effort", "shell")
"""Keys of other programs for what claw does not do."""


class CommandFile(Struct, frozen=True):
    """One command or skill as it is written. `source` is the file as people know it, `path` where it lies, `folder`
    that of a skill, `digest` BLAKE3 of all that it says; `lines` has the line of each key.

    `allowed` are the rules that it wants, `model` the one that it wants to be asked. `by_model` and `by_person`: who
    may name it. `fork`: it is the task of an agent, of the kind `agent` if it names one. `paths`: the model is told of
    it once a file is touched that one of these patterns names. `notes` has a sentence for each thing in it that has no
    effect.
    """

    kind: CommandKind
    name: str
    description: str
    source: str
    path: str
    layer: Layer
    digest: str
    folder: str = ""
    hint: str = ""
    allowed: tuple[str, ...] = ()
    model: str = ""
    by_model: bool = True
    by_person: bool = True
    fork: bool = False
    agent: str = ""
    paths: tuple[str, ...] = ()
    plugin: str = ""
    """The folder of the plugin that brings it; empty: none does."""
    lines: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def at(self, key: str) -> str:
        """`file:line` of what the key says."""
        return f"{self.source}:{self.lines.get(key, 1)}"

    @property
    def widens(self) -> bool:
        """Whether it wants something that only the user can give."""
        return bool(self.allowed or self.model)


class Found(Struct):
    """By name, in the order of the folders. `left_out` has a sentence for each file that counts for nothing."""

    files: dict[str, CommandFile] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def command_files(home: str, workspace: str) -> Found:
    """All that there are. The user's own go before the repository's, and skills before commands. Blocks, raises
    nothing.
    """
    found = Found()
    real, own = os.path.realpath(workspace), os.path.realpath(home)
    for folder in FOLDERS_OF_USER:
        _add(found, _Folder(home, "~/", "user", "", folder, real, own))
    for folder in FOLDERS_OF_REPOSITORY if real != own else ():
        _add(found, _Folder(workspace, "", "project", real, folder, real, own))
    return found


def of_plugin(manifest: Manifest, root: str, shown: str) -> Found:
    """Those of the plugin in the folder `root`, canonical, whose files people know as `shown` with their path behind
    it. The names of all begin with the plugin's. Blocks, raises nothing.
    """
    found = Found()
    for folders, skills in ((manifest.skills, True), (manifest.commands, False)):
        for folder in folders:
            place = _Folder(root, shown, "user", root, folder, "", "", f"{manifest.name}:", root, skills)
            _add(found, place)
    return found


def together(own: Found, others: Iterable[CommandFile]) -> Found:
    """Those of plugins behind all others: none of them takes a name that one of those has."""
    files, left = dict(own.files), list(own.left_out)
    for file in others:
        other = files.setdefault(file.name.lower(), file)
        if other is not file:
            where = f"{file.source}:{file.lines.get('name', 1)}"
            left.append(f"{where}: left out: {other.source} has the name {file.name}, too, and goes first.")
    return Found(files, left)


class _Folder(Struct, frozen=True):
    """`bound`: what the files must lie in, without links; empty: anywhere. Of a plugin `folder` may be a single file;
    `prefix` is how names begin in it, `plugin` its folder.
    """

    root: str
    shown: str
    layer: Layer
    bound: str
    folder: str
    workspace: str
    home: str
    prefix: str = ""
    plugin: str = ""
    skills: bool = False

    @property
    def kind(self) -> CommandKind:
        return "skill" if self.skills or self.folder.endswith("/skills") else "command"

    def of(self, real: str) -> _Folder:
        """The same for a file that lies there. Where a link of the user's leads to in the workspace, whoever may change
        files there may change it: it is taken for the repository's.
        """
        if self.layer != "user" or self.plugin or not is_inside(real, self.workspace):
            return self
        guarded = is_protected(real, self.workspace, self.home, "")
        return self if guarded else replace(self, layer="project")

    @property
    def top(self) -> str:
        return f"{self.root}/{self.folder}"

    def named(self, path: str) -> str:
        """How people know this file."""
        return f"{self.shown}{path[len(self.root) + 1 :]}"


def _add(found: Found, folder: _Folder) -> None:
    taken = 0
    for count, (path, real) in enumerate(_skills(folder.top) if folder.kind == "skill" else _commands(folder.top), 1):
        source = _visible(folder.named(path))
        if count > MOST_FILES:
            found.left_out.append(f"{source}:1: left out: {MOST_FILES} files stand before it; so are those behind it.")
            return
        try:
            data = bytes_of(path, folder.bound, LARGEST, real)
            taken += len(data)
            if taken > LARGEST_ALL:
                raise Unreadable(1, f"the files before it have {LARGEST_ALL // 1024} KiB together")
            file = _file(data, path, source, folder.of(real))
            other = found.files.get(file.name.lower())
            if other is not None:
                raise Unreadable(
                    file.lines.get("name", 1), f"{other.source} has the name {file.name}, too, and goes first"
                )
            found.files[file.name.lower()] = file
        except Unreadable as error:
            found.left_out.append(f"{source}:{error.line}: left out: {error.why}.")


def _commands(top: str) -> Iterator[tuple[str, str]]:
    if os.path.isfile(top):
        yield top, os.path.realpath(top)
    for folder, real, _, files in _walk(top):
        for name in sorted(files):
            if name.endswith(".md"):
                yield f"{folder}/{name}", _real(f"{folder}/{name}", f"{real}/{name}")


def _skills(top: str) -> Iterator[tuple[str, str]]:
    """Below a skill there is no other one."""
    for folder, real, names, files in _walk(top):
        if SKILL in files and folder != top:
            names.clear()
            yield f"{folder}/{SKILL}", _real(f"{folder}/{SKILL}", f"{real}/{SKILL}")


def _walk(top: str) -> Iterator[tuple[str, str, list[str], list[str]]]:
    """Each folder once, whatever links lead to it, with its path without links."""
    seen: set[tuple[int, int]] = set()
    reals = {top: os.path.realpath(top)}
    for folder, names, files in os.walk(top, followlinks=True):
        try:
            state = os.stat(folder)
        except OSError:
            names.clear()
            continue
        if (state.st_dev, state.st_ino) in seen or len(seen) >= MOST_FOLDERS:
            names.clear()
            continue
        seen.add((state.st_dev, state.st_ino))
        names.sort()
        if folder not in reals:
            above, _, name = folder.rpartition("/")
            reals[folder] = _real(folder, f"{reals[above]}/{name}")
        yield folder, reals[folder], names, files


def _real(path: str, unless_linked: str) -> str:
    """The path without links; to ask the system for each part of each path takes longer than to read the files."""
    return os.path.realpath(path) if os.path.islink(path) else unless_linked


def _file(data: bytes, path: str, source: str, folder: _Folder) -> CommandFile:
    """Raises Unreadable."""
    said = page_of(data)
    notes: list[str] = []
    values = said.values
    later = [key for key in values if key in NOT_YET]
    if later:
        notes.append(f"{source}:{values[later[0]].line}: not in effect: {', '.join(later)}.")
    name = _skill_name(said, path, source, notes) if folder.kind == "skill" else _command_name(path, folder)
    claude = bool(folder.plugin) or folder.folder.startswith(".claude")
    allowed = _rules(values.get("allowed-tools"))
    forks = _text(values, "context").lower() == "fork" or _flag(values, "subtask")
    return CommandFile(
        kind=folder.kind,
        name=f"{folder.prefix}{name}",
        description=_description(said),
        source=source,
        path=path,
        layer=folder.layer,
        digest=blake3(data),
        folder=os.path.dirname(path) if folder.kind == "skill" else "",
        hint=_visible(_text(values, "argument-hint", several=True))[:80],
        allowed=tuple(with_root(rule, folder.plugin) for rule in allowed) if folder.plugin else allowed,
        model="" if _text(values, "model").lower() == "inherit" else _text(values, "model"),
        by_model=_by_model(folder, values) and (folder.kind == "skill" or claude),
        by_person=not ("user-invocable" in values and not _flag(values, "user-invocable")),
        fork=forks,
        agent=_text(values, "agent") if forks else "",
        paths=_names(values.get("paths"), "paths"),
        plugin=folder.plugin,
        lines={key: value.line for key, value in values.items()},
        notes=tuple(notes),
    )


def with_root(text: str, root: str) -> str:
    """The text with the plugin's folder where it is named."""
    for name in ROOT:
        text = text.replace(f"${{{name}}}", root)
    return text


def _by_model(folder: _Folder, values: dict[str, Value]) -> bool:
    """A command without a description says nothing that a model could choose it by."""
    told = folder.kind == "skill" or "description" in values
    return told and not _flag(values, "disable-model-invocation")


def page_of(data: bytes) -> Page:
    """What the file says of itself, which may be nothing, and the text behind that. Raises Unreadable."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(data.count(b"\n", 0, error.start) + 1, "it is not UTF-8") from None
    if "\0" in text:
        raise Unreadable(text[: text.index("\0")].count("\n") + 1, "it is no text")
    text = text.replace("\r\n", "\n")
    if text.partition("\n")[0].rstrip() != _EDGE:
        return Page({}, text.strip())
    return page(text, ())


def _command_name(path: str, folder: _Folder) -> str:
    """Raises Unreadable."""
    below = os.path.basename(path) if path == folder.top else path[len(folder.top) + 1 :]
    parts = below[: -len(".md")].split("/")
    if not all(map(_NAME.fullmatch, parts)):
        raise Unreadable(1, f"{_visible('/'.join(parts))!r} cannot be a name: {_NAMES}")
    return PREFIXES.get(folder.folder, "") + ":".join(parts)


_NAMES = "a name has at most 64 letters, digits, and the signs - _ . behind the first"


def _skill_name(said: Page, path: str, source: str, notes: list[str]) -> str:
    """What it calls itself, or else its folder. Raises Unreadable."""
    given, folder = _text(said.values, "name"), os.path.basename(os.path.dirname(path))
    if given and _NAME.fullmatch(given):
        return given
    if not _NAME.fullmatch(folder):
        raise Unreadable(1, f"{_visible(given or folder)[:80]!r} cannot be a name: {_NAMES}")
    if given:
        line = said.values["name"].line
        notes.append(f"{source}:{line}: {_visible(given)[:80]!r} cannot be a name, so it is called {folder}: {_NAMES}.")
    return folder


def _description(said: Page) -> str:
    words = _text(said.values, "description", several=True) or said.body.lstrip("# ").partition("\n")[0]
    more = _text(said.values, "when_to_use", several=True)
    text = _visible(" ".join(f"{words} {more}".split()))
    return text if len(text) <= DESCRIBED else f"{text[:DESCRIBED]}…"


def _visible(text: str) -> str:
    """Without signs that a terminal might obey."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _text(values: dict[str, Value], key: str, *, several: bool = False) -> str:
    """Raises Unreadable for what is no text, or one of `several`."""
    value = values.get(key)
    if value is None:
        return ""
    if several and value.entries is not None:
        return f"[{'] ['.join(value.entries)}]" if value.entries else ""
    if value.nested or value.entries is not None:
        raise Unreadable(value.line, f"{key} is no text")
    return (value.text or "").strip()


def _flag(values: dict[str, Value], key: str) -> bool:
    text = _text(values, key).lower()
    if text and text not in (*_ON, *_OFF):
        raise Unreadable(values[key].line, f"{key} is true or false, not {text[:80]!r}")
    return text in _ON


def _rules(value: Value | None) -> tuple[str, ...]:
    """Rules with commas or blanks between them, or in a list; neither parts what stands in parentheses."""
    return _names(value, "allowed-tools", blanks=True)


def _names(value: Value | None, key: str, *, blanks: bool = False) -> tuple[str, ...]:
    if value is None:
        return ()
    if value.nested:
        raise Unreadable(value.line, f"{key} is neither a list nor words with commas between them")
    if value.entries is not None:
        return tuple(entry.strip() for entry in value.entries if entry.strip())
    signs = ", \t" if blanks else ","
    return tuple(part for entry in between_commas(value.text or "", signs) if (part := entry.strip()))
