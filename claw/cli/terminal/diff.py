"""What a call would change in a file, from its arguments alone."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import ADDED, OTHER, QUIET, REMOVED, STRONG, UNCHANGED
from claw.events.tools import Shown
from claw.late import load, pattern

_CONTEXT = 2
_WORDS = pattern(r"\w+|\s+|[^\w\s]")
LONGEST = 500
"""Characters of a line whose words are compared: that takes time by the square of them."""
ALIKE = 0.5
"""Lines that have less in common are others altogether."""


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
    """What is taken out and put in, with what stands around it; in lines that take each other's place, which words are
    others.
    """
    removed: list[str] = []
    added: list[str] = []
    for text in difflib.unified_diff(old.split("\n"), new.split("\n"), n=_CONTEXT, lineterm=""):
        match text[:1]:
            case "-" if not text.startswith("---"):
                if added:
                    yield from _replaced(removed, added)
                    removed, added = [], []
                removed.append(text[1:])
            case "+" if not text.startswith("+++"):
                added.append(text[1:])
            case " ":
                yield from _replaced(removed, added)
                removed, added = [], []
                yield line(f"  {text[1:]}", UNCHANGED)
    yield from _replaced(removed, added)


def _replaced(removed: list[str], added: list[str]) -> Iterator[Text]:
    olds = [line(f"- {text}", REMOVED) for text in removed]
    news = [line(f"+ {text}", ADDED) for text in added]
    if len(removed) == len(added):
        for before, after in zip(olds, news, strict=True):
            _mark_words(before, after)
    yield from olds
    yield from news


def _mark_words(before: Text, after: Text) -> None:
    """Words that are others stand out, where the lines have more in common than not."""
    old, new = before.plain[2:], after.plain[2:]
    if max(len(old), len(new)) > LONGEST:
        return
    olds, news = _WORDS.findall(old), _WORDS.findall(new)
    matcher = difflib.SequenceMatcher(None, olds, news, autojunk=False)
    if matcher.ratio() < ALIKE:
        return
    for kind, begin, end, other_begin, other_end in matcher.get_opcodes():
        if kind != "equal":
            _mark(before, olds, begin, end)
            _mark(after, news, other_begin, other_end)


def _mark(text: Text, words: list[str], begin: int, end: int) -> None:
    start = 2 + sum(map(len, words[:begin]))
    text.stylize(OTHER, start, start + sum(map(len, words[begin:end])))
