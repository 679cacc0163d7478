"""A whole session as data: a small world, what the model asks for in it, and how the world must look afterwards.

::

    [[scene]]
    name = "a script that writes to its user's start-up file"
    files = { "work/run.sh" = "echo pwned >> ~/.bashrc" }
    arguments = ["--allowed-tools", "Bash(bash run.sh)"]
    calls = [{ command = "bash run.sh" }]
    unchanged = ["home/.bashrc"]

Paths are relative to the scene's root, which holds `home`, `work` (the workspace) and `claw` (claw's own folder). In
texts `@ROOT@`, `@HOME@`, `@WORK@`, `@CLAW@` are these folders, `@KEY@` the key that claw was given, and in files
`@MODEL@` the scripted model's host and port. Each of `calls` is a reply of its own; a list of calls is one reply.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import msgspec

SCENES = Path(__file__).parent / "sessions"


class Call(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One call of the model; `command` is short for a Bash call."""

    command: str = ""
    tool: str = "Bash"
    input: dict[str, Any] = {}


class Scene(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    why: str = ""
    folders: list[str] = []
    files: dict[str, str] = {}
    links: dict[str, str] = {}
    confined: bool = False
    """Only the kernel can hold what this scene tries."""
    arguments: list[str] = []
    """Of `claw -p`."""
    environ: dict[str, str] = {}
    first: list[str] | None = None
    """Arguments of a session before this one, and files that change between the two."""
    meanwhile: dict[str, str] = {}
    calls: list[Call | list[Call]] = []
    exit: int = 0
    """3: nobody was there to be asked."""
    verdicts: list[str] | None = None
    """All that were given, in order."""
    absent: list[str] = []
    present: dict[str, str] = {}
    """Files that must be there, and a text in each."""
    unchanged: list[str] = []
    """Files and links that must be as the scene made them; a folder means all in it."""
    unsaid: list[str] = []
    """Texts that no event of the log and no file of the workspace may hold, nor in base64."""
    told: list[str] = []
    """Texts that claw must say to the person or to the model."""
    gone: str = ""
    """No process whose command line has this text may be left."""


def scenes() -> list[Any]:
    found = []
    for path in sorted(SCENES.glob("*.toml")):
        described = tomllib.loads(path.read_text("utf-8"))
        found += [(path.stem, msgspec.convert(scene, type=Scene)) for scene in described["scene"]]
    return found


def fill(value: Any, names: dict[str, str]) -> Any:
    """Put in the folders' names and the others, in a text or in all texts of a map or list."""
    if isinstance(value, dict):
        return {fill(key, names): fill(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, names) for inner in value]
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace(f"@{name}@", text)
    return value


def picture(path: Path) -> dict[str, str | bytes | None]:
    """All there is at and below a path: the bytes of files, the targets of links, None for a folder or for nothing."""
    if path.is_symlink():
        return {str(path): os.readlink(path)}
    if path.is_dir():
        below: dict[str, str | bytes | None] = {str(path): None}
        for child in sorted(path.iterdir()):
            below |= picture(child)
        return below
    return {str(path): path.read_bytes() if path.exists() else None}
