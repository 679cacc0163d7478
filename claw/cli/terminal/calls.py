"""A tool call in one line, as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from claw.cli.sanitize import reveal_line
from claw.events.tools import Shown
from claw.late import load


def headline(name: str, arguments: Mapping[str, Any] | None, shown: Shown, limit: int = 160) -> str:
    """`Bash(npm test)`, as the tool declares it to be `shown`; nothing in it is unseen; at most `limit` characters."""
    line = f"{name}({_subject(arguments or {}, shown)})"
    line = reveal_line(line.replace("\r\n", "\n"))
    return line if len(line) <= limit else line[: max(1, limit - 2)] + "…)"


def _subject(arguments: Mapping[str, Any], shown: Shown) -> str:
    patch = arguments.get(shown.patch) if shown.patch else None
    if isinstance(patch, str):
        return ", ".join(load("claw.tools.patch", "summary")(patch))
    main = arguments.get(shown.line)
    if shown.item and isinstance(main, list):
        main = "; ".join(str(one.get(shown.item)) for one in main if isinstance(one, dict))
    if isinstance(main, int | float):
        main = str(main)
    if not isinstance(main, str):
        return msgspec.json.encode(dict(arguments)).decode() if arguments else ""
    also = ((words, arguments.get(name)) for name, words in shown.also.items())
    return main.strip("\n") + "".join(f"{words}{value}" for words, value in also if isinstance(value, str | int))
