"""Output styles: how the model answers, as Markdown files say it. The text becomes a part of its instructions.

A file that cannot be meant is left out, with a sentence that says why, and takes nothing else with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from claw._native import blake3
from claw.events.permission import Layer
from claw.execution.links import is_inside
from claw.late import pattern
from claw.settings.commands import page_of
from claw.settings.frontmatter import Unreadable, Value, bytes_of
from claw.settings.reading import STYLES

BUILTIN = ("default", "explanatory", "learning")
"""Names that no file has."""
MOST_FILES = 100
"""In one such folder."""
LARGEST = 32 * 1024
"""Bytes of one file: it is sent with each request."""
DESCRIBED = 300
"""Characters of a description."""
KEEPS = "keep-coding-instructions"
_NAME = pattern(r"[^\W_][\w .-]{0,63}")
_NAMES = "a name has at most 64 letters, digits, blanks, and the signs - _ . behind the first"


class StyleFile(Struct, frozen=True):
    """One output style as it is written: `source` is the file as people know it, `digest` the BLAKE3 of all that it
    says. `keeps`: claw's own instructions about code stay beside it.
    """

    name: str
    description: str
    source: str
    layer: Layer
    digest: str
    text: str
    keeps: bool = False


class Found(Struct):
    """By name in lower case. `left_out` has a sentence for each file that counts for nothing."""

    files: dict[str, StyleFile] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def style_files(home: str, workspace: str) -> Found:
    """All that there are; the user's own go before the repository's. Blocks, raises nothing."""
    found = Found()
    own, real = os.path.realpath(home), os.path.realpath(workspace)
    _add(found, home, "~/", "user", STYLES, "", real)
    if real != own:
        _add(found, workspace, "", "project", STYLES, "", real)
    return found


def of_plugin(folders: tuple[str, ...], root: str, shown: str, prefix: str) -> Found:
    """Those of the plugin in the folder `root`, whose names all begin with the plugin's. Blocks, raises nothing."""
    found = Found()
    for folder in folders:
        _add(found, root, shown, "user", folder, prefix, "")
    return found


def _add(found: Found, root: str, shown: str, layer: Layer, folder: str, prefix: str, workspace: str) -> None:
    bound = workspace if layer == "project" else root if prefix else ""
    for count, path in enumerate(_paths(os.path.join(root, folder)), 1):
        source = _visible(f"{shown}{os.path.relpath(path, root)}")
        if count > MOST_FILES:
            found.left_out.append(f"{source}:1: left out: {MOST_FILES} files stand before it; so are those behind it.")
            return
        try:
            file = _file(bytes_of(path, bound, LARGEST), path, source, prefix)
            # Where a link of the user's leads to in the workspace, whoever may change files there may change it.
            theirs = layer == "user" and not prefix and is_inside(os.path.realpath(path), workspace)
            file = replace(file, layer="project" if theirs else layer)
            if (other := found.files.get(file.name.lower())) is not None:
                raise Unreadable(1, f"{other.source} has the name {file.name}, too, and goes first")
            found.files[file.name.lower()] = file
        except Unreadable as error:
            found.left_out.append(f"{source}:{error.line}: left out: {error.why}.")


def _paths(top: str) -> Iterator[str]:
    if os.path.isfile(top):
        yield top
        return
    try:
        names = sorted(os.listdir(top))
    except OSError:
        return
    yield from (os.path.join(top, name) for name in names if name.endswith(".md"))


def _file(data: bytes, path: str, source: str, prefix: str) -> StyleFile:
    """Raises Unreadable."""
    said = page_of(data)
    name = _text(said.values, "name") or os.path.basename(path).removesuffix(".md")
    line = said.values["name"].line if "name" in said.values else 1
    if not _NAME.fullmatch(name):
        raise Unreadable(line, f"{_visible(name)[:80]!r} cannot be a name: {_NAMES}")
    if name.lower() in BUILTIN and not prefix:
        raise Unreadable(line, f"{name} is an output style of claw's own")
    if not said.body:
        raise Unreadable(1, "it says nothing")
    keeps = _text(said.values, KEEPS).lower()
    if keeps not in ("", "true", "false", "yes", "no", "on", "off"):
        raise Unreadable(said.values[KEEPS].line, f"{KEEPS} is true or false, not {_visible(keeps)[:80]!r}")
    return StyleFile(
        name=f"{prefix}{name}",
        description=_visible(" ".join(_text(said.values, "description").split()))[:DESCRIBED],
        source=source,
        layer="user",
        digest=blake3(data),
        text=said.body,
        keeps=keeps in ("true", "yes", "on"),
    )


def _text(values: dict[str, Value], key: str) -> str:
    value = values.get(key)
    if value is None:
        return ""
    if value.nested or value.entries is not None:
        raise Unreadable(value.line, f"{key} is no text")
    return (value.text or "").strip()


def _visible(text: str) -> str:
    """Without signs that a terminal might obey."""
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "?" for sign in text)
