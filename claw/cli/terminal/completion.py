"""Completion of slash commands, and of `@path` mentions of files in the workspace."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from claw import _native
from claw.cli.sanitize import clean_line
from claw.cli.terminal.tree import Tree
from claw.execution.threads import finished

Follows = Callable[[str], Iterable[tuple[str, str]]]
"""What the last word of a slash command may be, as it stands before the cursor, with what each means."""

_MENTION = re.compile(r'(?:^|\s)@("[^"\n]*|[^\s"]*)$')
_MOST = 50
_WIDEST = 56
"""Characters of a path in the menu; of a longer one the end is shown."""


class Mentions(Completer):
    """`commands` are the slash commands with their help; `follows` says what may stand behind them; `workspace` says
    where paths begin.
    """

    def __init__(self, commands: Mapping[str, str], follows: Follows, workspace: Callable[[], str]) -> None:
        self._commands = commands
        self._follows = follows
        self._workspace = workspace
        self._trees: dict[str, Tree] = {}

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        text = document.text_before_cursor
        if text.startswith("/") and not re.search(r"\s", text):
            helps = dict(self._commands.items())
            for name in _native.fuzzy(text[1:], list(helps), _MOST):
                yield Completion(f"/{name}", start_position=-len(text), display_meta=helps[name])
        elif text.startswith("/"):
            begun = re.split(r"\s", text)[-1]
            meanings = {word: meaning for word, meaning in self._follows(text) if clean_line(word) == word}
            for word in _native.fuzzy(begun, list(meanings), _MOST) if begun else meanings:
                yield Completion(word, start_position=-len(begun), display_meta=clean_line(meanings[word]))

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        for completion in self.get_completions(document, complete_event):
            yield completion
        mention = _MENTION.search(document.text_before_cursor)
        if mention:
            begun = mention[1]
            for path in await self._paths(begun.removeprefix('"')):
                yield Completion(_quoted(path, begun), start_position=-len(begun), display=_shown(path))

    async def _paths(self, begun: str) -> list[str]:
        """Paths in the workspace that fit; where it is told from where to go, or nothing fits, those that begin so."""
        workspace = self._workspace()
        found: list[str] = []
        if not begun.startswith(("/", "~/", "./", "../")):
            tree = self._trees.setdefault(workspace, Tree(workspace))
            found = [path for path in await tree.matching(begun, _MOST) if _can_be_typed(path)]
        if not found and "/" in begun:
            found = await finished(lambda: list(_beginning(begun, workspace)))
        return found


def _beginning(begun: str, workspace: str) -> Iterator[str]:
    """What lies in the folder that is named, whatever git ignores."""
    folder, _, prefix = begun.rpartition("/")
    try:
        with os.scandir(os.path.join(workspace, os.path.expanduser(f"{folder}/"))) as entries:
            found = sorted((entry.name, entry.is_dir()) for entry in entries)
    except OSError:
        return
    fitting = [(name, is_folder) for name, is_folder in found if _fits(name, prefix)]
    for name, is_folder in fitting[:_MOST]:
        yield f"{folder}/{name}{'/' if is_folder else ''}"


def _fits(name: str, prefix: str) -> bool:
    hidden = name.startswith(".") and not prefix.startswith(".")
    return not hidden and name.lower().startswith(prefix.lower()) and _can_be_typed(name)


def _can_be_typed(path: str) -> bool:
    """Whether all of it can be seen, and stand between quotes."""
    return path.isprintable() and '"' not in path


def _quoted(path: str, begun: str) -> str:
    """As it stands behind the `@`: a path with blanks in quotes, which stay open behind a folder."""
    if " " not in path and not begun.startswith('"'):
        return path
    return f'"{path}' if path.endswith("/") else f'"{path}"'


def _shown(path: str) -> str:
    path = clean_line(path)
    return path if len(path) <= _WIDEST else f"...{path[3 - _WIDEST :]}"
