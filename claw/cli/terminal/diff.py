"""What a call of Edit or Write would change, from its arguments alone."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from claw.cli.terminal.layout import line

_CONTEXT = 2


def changes(name: str, arguments: Mapping[str, Any] | None) -> list[Text]:
    """Coloured lines; none for a call that is no change of a file."""
    arguments = arguments or {}
    match name:
        case "Edit":
            old, new = arguments.get("old_string"), arguments.get("new_string")
            if isinstance(old, str) and isinstance(new, str):
                return list(_edit(old, new))
        case "Write":
            content = arguments.get("content")
            if isinstance(content, str):
                return [line(f"+ {text}", "green") for text in content.removesuffix("\n").split("\n")]
    return []


def shortened(lines: list[Text], most: int, ellipsis: str) -> list[Text]:
    """At most `most` of these lines, and how many more there are."""
    if len(lines) <= most + 1:
        return lines
    return [*lines[:most], line(f"{ellipsis} {len(lines) - most} more lines", "dim")]


def _edit(old: str, new: str) -> Iterator[Text]:
    for text in difflib.unified_diff(old.split("\n"), new.split("\n"), n=_CONTEXT, lineterm=""):
        match text[:1]:
            case "+" if not text.startswith("+++"):
                yield line(f"+ {text[1:]}", "green")
            case "-" if not text.startswith("---"):
                yield line(f"- {text[1:]}", "red")
            case " ":
                yield line(f"  {text[1:]}", "dim")
