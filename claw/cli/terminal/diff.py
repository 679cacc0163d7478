"""What a call would change in a file, from its arguments alone."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import ADDED, QUIET, REMOVED, STRONG, UNCHANGED
from claw.events.tools import Shown
from claw.late import load

_CONTEXT = 2


def changes(arguments: Mapping[str, Any] | None, shown: Shown) -> list[Text]:
    """Coloured lines; none for a call that is no change of a file."""
    given = arguments or {}
    if shown.each:
        several = given.get(shown.each)
        return (
            list(_several([one for one in several if isinstance(one, dict)], shown))
            if isinstance(several, list)
            else []
        )
    if shown.patch:
        patch = given.get(shown.patch)
        return list(_patch(patch)) if isinstance(patch, str) else []
    return _one(given, shown)


_SIGNED = {"+": ADDED, "-": REMOVED, " ": UNCHANGED, "@": QUIET, "*": STRONG}


def _patch(text: str) -> Iterator[Text]:
    """The lines of a patch, as they are, but for what begins and ends it."""
    for sign, words in load("claw.tools.patch", "lines_of")(text):
        yield line(f"{sign} {words}" if sign in "+- " else words, _SIGNED[sign])


def _several(edits: list[dict[str, Any]], shown: Shown) -> Iterator[Text]:
    """Each under a line that counts it."""
    for number, edit in enumerate(edits, 1):
        yield line(f"@@ {number} of {len(edits)} @@", QUIET)
        yield from _one(edit, shown)


def _one(given: Mapping[str, Any], shown: Shown) -> list[Text]:
    old, new = (given.get(name) for name in (shown.removed, shown.added))
    if new is None and shown.also_added:
        old, new = "", next((given[name] for name in shown.also_added if given.get(name) is not None), None)
        return [line(f"+ {text}", ADDED) for text in new.removesuffix("\n").split("\n")] if isinstance(new, str) else []
    if not isinstance(new, str):
        return []
    if isinstance(old, str):
        return list(_edit(old, new))
    return [] if shown.removed else [line(f"+ {text}", ADDED) for text in new.removesuffix("\n").split("\n")]


def shortened(lines: list[Text], most: int, ellipsis: str) -> list[Text]:
    """At most `most` of these lines, and how many more there are."""
    if len(lines) <= most + 1:
        return lines
    return [*lines[:most], line(f"{ellipsis} {len(lines) - most} more lines", QUIET)]


def _edit(old: str, new: str) -> Iterator[Text]:
    for text in difflib.unified_diff(old.split("\n"), new.split("\n"), n=_CONTEXT, lineterm=""):
        match text[:1]:
            case "+" if not text.startswith("+++"):
                yield line(f"+ {text[1:]}", ADDED)
            case "-" if not text.startswith("---"):
                yield line(f"- {text[1:]}", REMOVED)
            case " ":
                yield line(f"  {text[1:]}", UNCHANGED)
