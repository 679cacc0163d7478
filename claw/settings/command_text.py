"""What the text of a command or a skill comes to with the words behind its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from claw.events.command import Item
from claw.late import load, pattern

MOST_ITEMS = 50
"""Command lines and files in one command."""
SHELL = pattern(r"(?:(?<=\s)|(?<=^)|(?<=[(:]))!`([^`\n]+)`|^```!\s*\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
_FILE = pattern(r"(?:(?<=\s)|(?<=^)|(?<=[(`]))@((?:~/|\.{0,2}/)?[\w.-][\w./-]*)", re.MULTILINE)
_WORD = pattern(
    r"\$(?:ARGUMENTS(?:\[(\d{1,3})\])?|(\d)(?!\d))|\$\{(CLAUDE_SKILL_DIR|CLAUDE_SESSION_ID|CLA(?:UDE|W)_PLUGIN_ROOT)\}"
)


def expanded(
    body: str,
    words: str,
    folder: str = "",
    session: str = "",
    exists: Callable[[str], bool] = lambda _: False,
    plugin: str = "",
) -> tuple[tuple[str, ...], tuple[Item, ...]]:
    """The texts of a command, with what is to be put between them: command lines where they stand, files behind all.

    What was typed is put into the text and is not read as a part of it, so it names no command line and no file.
    """
    fill = _Filler(body, words, folder, session, plugin)
    parts: list[str] = []
    items: list[Item] = []
    place = 0
    for found in SHELL.finditer(body):
        command = found[1] if found[1] is not None else found[2]
        if len(items) >= MOST_ITEMS or not command.strip():
            continue
        parts.append(fill(body[place : found.start()]))
        items.append(Item(what="shell", text=fill(command).strip()))
        place = found.end()
    parts.append(fill(body[place:]))
    if words and not fill.used:
        parts[-1] = f"{parts[-1]}\n\nARGUMENTS: {words}"
    outside = SHELL.sub("", body)
    named = dict.fromkeys(found[1].rstrip(".") for found in _FILE.finditer(outside))
    for path in [path for path in named if exists(path)][: MOST_ITEMS - len(items)]:
        parts[-1] = f"{parts[-1]}\n\nContents of {path}:\n"
        items.append(Item(what="read", text=path))
        parts.append("")
    return tuple(parts), tuple(items)


class _Filler:
    """Puts the words into texts of a command, and knows whether any had a place for them."""

    def __init__(self, body: str, words: str, folder: str, session: str, plugin: str = "") -> None:
        self._words = words
        self._list = list(_split(words))
        # Claude Code counts from 0 in skills, from 1 in commands: a text that names $0 counts from there.
        self._first = 0 if re.search(r"\$0(?!\d)", body) else 1
        self._variables = {"CLAUDE_SKILL_DIR": folder, "CLAUDE_SESSION_ID": session}
        self._variables |= {"CLAUDE_PLUGIN_ROOT": plugin, "CLAW_PLUGIN_ROOT": plugin}
        self.used = False

    def __call__(self, text: str) -> str:
        return _WORD.sub(self._value, text)

    def _value(self, found: re.Match[str]) -> str:
        if found[3] is not None:
            return self._variables[found[3]] or found[0]
        self.used = True
        if found[1] is not None:
            return _at(self._list, int(found[1]))
        if found[2] is not None:
            return _at(self._list, int(found[2]) - self._first)
        return self._words


def _at(words: Sequence[str], index: int) -> str:
    return words[index] if 0 <= index < len(words) else ""


def _split(words: str) -> Iterator[str]:
    """As a shell takes them apart; what it cannot, at its blanks."""
    try:
        yield from load("shlex").split(words)
    except ValueError:
        yield from words.split()


def filled(body: str, words: str, folder: str, session: str, plugin: str = "") -> str:
    """The text with the words in it, or behind it where it has no place for them; nothing else is put in."""
    fill = _Filler(body, words, folder, session, plugin)
    text = fill(body)
    return f"{text}\n\nARGUMENTS: {words}" if words and not fill.used else text
