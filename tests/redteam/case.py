"""One line of a family: a call, the rules it meets, and the verdict it must have.

::

    {"about": "quoting", "defaults": {"rules": {"deny": ["Bash(rm:*)"]}, "expect": "deny"}}
    {"command": "r''m x"}
    {"command": ["true; ", ["true; ", 200], "rm x"], "why": "the last of many"}
    {"tool": "Write", "input": {"file_path": "@HOME@/.bashrc", "content": ""}, "expect": "ask"}

A line with `defaults` holds for the lines below it, until the next one. A command given as a list is joined, each
[text, times] repeated. `@WORK@`, `@HOME@`, `@CLAW@` and `@ROOT@` are folders of the scratch tree (see `tree`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

FAMILIES = Path(__file__).parent / "cases"

Effect: TypeAlias = Literal["allow", "ask", "deny"]
Text: TypeAlias = str | list[str | tuple[str, int]]


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    deny: list[str] = []
    ask: list[str] = []
    allow: list[str] = []


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`expect` may leave open which of two; `read_only` is what the verdict must say about the call, if given."""

    expect: Literal["allow", "ask", "deny", "not allow", "not deny"]
    command: Text = ""
    """The command of a Bash call; `tool` and `input` for any other."""
    tool: str = "Bash"
    input: dict[str, Any] = {}
    footprint: Literal["read", "write", "execute"] = "execute"
    """Of a tool that is not claw's own."""
    rules: Rules = Rules()
    grants: list[str] = []
    """Rules that the user granted in this session."""
    layer: Literal["managed", "command-line", "user", "local", "project"] = "user"
    """Where the rules come from."""
    mode: Literal["default", "acceptEdits", "plan", "dontAsk", "bypassPermissions"] = "default"
    sandboxed: bool = True
    """The kernel can confine commands."""
    tree: str = "project"
    """The scratch tree, one of `trees.toml`, in which paths are looked up."""
    read_only: bool | None = None
    alone: bool = False
    """It means something else when more stands around it."""
    why: str = ""

    @property
    def text(self) -> str:
        if isinstance(self.command, str):
            return self.command
        return "".join(piece if isinstance(piece, str) else piece[0] * piece[1] for piece in self.command)

    @property
    def arguments(self) -> dict[str, Any]:
        return self.input or {"command": self.text}

    def accepts(self, verdict: str) -> bool:
        if self.expect.startswith("not "):
            return verdict != self.expect.removeprefix("not ")
        return verdict == self.expect


class Line(msgspec.Struct, frozen=True):
    """A case and where it stands."""

    file: str
    number: int
    case: Case

    @property
    def place(self) -> str:
        return f"{self.file}:{self.number}"


def families() -> list[str]:
    return sorted(path.stem for path in FAMILIES.glob("*.jsonl"))


def read(family: str) -> list[Line]:
    """The cases of a family. Raises ValueError, naming the line that is none."""
    return parse((FAMILIES / f"{family}.jsonl").read_text(encoding="utf-8"), f"{family}.jsonl")


def parse(text: str, file: str) -> list[Line]:
    lines: list[Line] = []
    defaults: dict[str, Any] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            plain = msgspec.json.decode(line, type=dict[str, Any])
            if "defaults" in plain or "about" in plain:
                defaults = msgspec.convert(plain, type=_Heading).defaults
            else:
                lines.append(Line(file, number, msgspec.convert(defaults | plain, type=Case)))
        except msgspec.MsgspecError as error:
            raise ValueError(f"{file}:{number}: {error}") from None
    return lines


class _Heading(msgspec.Struct, forbid_unknown_fields=True):
    about: str = ""
    defaults: dict[str, Any] = {}
