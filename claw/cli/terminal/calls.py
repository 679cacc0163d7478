"""A tool call in one line, as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from claw.cli.sanitize import reveal_line

_MAIN_ARGUMENT = {
    "Bash": "command",
    "Read": "file_path",
    "Write": "file_path",
    "Edit": "file_path",
    "Glob": "pattern",
    "Grep": "pattern",
}


def headline(name: str, arguments: Mapping[str, Any] | None, limit: int = 160) -> str:
    """`Bash(npm test)`; nothing in it is unseen; at most `limit` characters."""
    line = f"{name}({_subject(name, arguments or {})})"
    line = reveal_line(line.replace("\r\n", "\n"))
    return line if len(line) <= limit else line[: max(1, limit - 2)] + "…)"


def _subject(name: str, arguments: Mapping[str, Any]) -> str:
    main = arguments.get(_MAIN_ARGUMENT.get(name, ""))
    if not isinstance(main, str):
        return msgspec.json.encode(dict(arguments)).decode() if arguments else ""
    main = main.strip("\n")
    match name:
        case "Read" if "offset" in arguments or "limit" in arguments:
            begin = arguments.get("offset", 1)
            return f"{main}, from line {begin}"
        case "Glob" | "Grep" if isinstance(arguments.get("path"), str):
            return f"{main} in {arguments['path']}"
    return main
