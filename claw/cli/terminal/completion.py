"""Completion of slash commands, and of `@path` mentions of files in the workspace."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from claw.cli.sanitize import clean_line

Follows = Callable[[str], Iterable[tuple[str, str]]]
"""What the last word of a slash command may be, as it stands before the cursor, with what each means."""

_MENTION = re.compile(r"(?:^|\s)@(\S*)$")
_MOST = 50


class Mentions(Completer):
    """`commands` are the slash commands with their help; `follows` says what may stand behind them; `workspace` says
    where paths begin."""

    def __init__(self, commands: Mapping[str, str], follows: Follows, workspace: Callable[[], str]) -> None:
        self._commands = commands
        self._follows = follows
        self._workspace = workspace

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        text = document.text_before_cursor
        if text.startswith("/") and not re.search(r"\s", text):
            yield from self._slash(text[1:])
        elif text.startswith("/"):
            begun = re.split(r"\s", text)[-1]
            for word, meaning in self._follows(text):
                if word.startswith(begun) and clean_line(word) == word:
                    yield Completion(word, start_position=-len(begun), display_meta=clean_line(meaning))
        mention = _MENTION.search(text)
        if mention:
            yield from self._paths(mention[1])

    def _slash(self, begun: str) -> Iterator[Completion]:
        for name, help_ in self._commands.items():
            if name.startswith(begun):
                yield Completion(f"/{name}", start_position=-len(begun) - 1, display_meta=help_)

    def _paths(self, begun: str) -> Iterator[Completion]:
        folder, _, prefix = begun.rpartition("/")
        where = os.path.join(self._workspace(), folder)
        try:
            with os.scandir(where) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            return
        found = [entry for entry in found if _fits(entry.name, prefix)]
        for entry in found[:_MOST]:
            name = entry.name + ("/" if entry.is_dir() else "")
            path = f"{folder}/{name}" if folder else name
            yield Completion(path, start_position=-len(begun), display=clean_line(name))


def _fits(name: str, prefix: str) -> bool:
    hidden = name.startswith(".") and not prefix.startswith(".")
    return not hidden and name.lower().startswith(prefix.lower()) and name.isprintable()
