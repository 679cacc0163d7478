"""Files that calls have read or written, and that somebody else has changed since: noticed when it is looked, since
nothing is watched.
"""

from __future__ import annotations

import os
from typing import Literal

from claw import _native
from claw.errors import ToolError
from claw.events.base import Intent
from claw.events.environment import FileChange, FilesChanged, FilesLookRequested
from claw.execution.context import ToolContext
from claw.execution.files import read_whole
from claw.execution.threads import finished
from claw.handlers.base import Call, Handler

MOST = 200
"""Files that are told of at a time, and looked into."""


class FilesHandler(Handler):
    """Compares files with what calls know of them; each change is told once."""

    intents: frozenset[type[Intent]] = frozenset({FilesLookRequested})

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._told: dict[str, str] = {}
        """What was found in a file that somebody else had changed; "": it was gone."""

    async def perform(self, call: Call) -> None:
        intent = call.intent
        assert isinstance(intent, FilesLookRequested)
        changes = await finished(lambda: self._changes(intent.names))
        call.emit(FilesChanged(call=call.seq, changes=changes))

    def _changes(self, names: tuple[str, ...]) -> tuple[FileChange, ...]:
        known = {path: {digest} for path, digest in self._context.left.items()}
        for (_, path), digest in list(self._context.read.items()):
            known.setdefault(path, set()).add(digest)
        wanted = [path for path in known if not names or os.path.basename(path) in names]
        found: list[FileChange] = []
        for path in sorted(wanted)[:MOST]:
            now = _digest(path)
            if now is None or now in known[path]:
                self._told.pop(path, None)
            elif self._told.get(path) != now:
                self._told[path] = now
                how: Literal["change", "unlink"] = "change" if now else "unlink"
                found.append(FileChange(path=path, how=how))
        return tuple(found)


def _digest(path: str) -> str | None:
    """BLAKE3 of what it holds; empty: it is not there; None: nobody can tell."""
    try:
        return _native.blake3(read_whole(path).data)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (ToolError, OSError):
        return None
