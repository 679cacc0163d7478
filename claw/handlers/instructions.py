"""Instruction files: found on disk, with what they import, outermost first."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from typing import Literal

import anyio
from msgspec import Struct, field

from claw import _native
from claw.errors import ClawError
from claw.events.base import INLINE_LIMIT, Blob, Content, Intent
from claw.events.context import InstructionFile, InstructionsFound, InstructionsRequested
from claw.execution.context import ToolContext
from claw.execution.files import read_whole
from claw.execution.links import is_inside
from claw.execution.masking import masked
from claw.execution.paths import shown
from claw.execution.rules import may_be_read
from claw.execution.threads import finished
from claw.handlers.base import Blobs, Call, Handler
from claw.late import load, pattern

USER = (".claude/CLAUDE.md",)
"""Below the home directory; beside them `claw/AGENTS.md` in the XDG configuration folder."""
PROJECT = ("CLAUDE.md", "AGENTS.md", "CLAUDE.local.md")
"""In the repository's root and in every folder from there down to the workspace."""
DEPTH = 5
"""Imports of imports that are followed."""
FILE_LIMIT = 128 * 1024
"""Characters of one file that are taken."""
TOTAL_LIMIT = 512 * 1024
"""Characters that are taken in all."""

Scope = Literal["user", "project"]


class InstructionsHandler(Handler):
    """Reads them; a file that cannot be read is skipped and named. `config`: the XDG configuration folder."""

    intents: frozenset[type[Intent]] = frozenset({InstructionsRequested})

    def __init__(self, context: ToolContext, blobs: Blobs, config: str = "") -> None:
        self._context = context
        self._blobs = blobs
        self._config = config or os.path.join(context.home, ".config")

    async def perform(self, call: Call) -> None:
        with anyio.CancelScope(shield=True):
            try:
                search = await finished(self._search)
            except Exception as error:  # noqa: BLE001 - a session without its instructions still is one
                why = masked(f"Instructions could not be read: {type(error).__name__}: {error}", self._context)
                call.emit(InstructionsFound(call=call.seq, files=(), skipped=(why,)))
            else:
                skipped = tuple(masked(line, self._context) for line in search.skipped)
                call.emit(InstructionsFound(call=call.seq, files=tuple(search.files), skipped=skipped))

    def _search(self) -> Search:
        context = self._context
        home, config = os.path.realpath(context.home), os.path.realpath(self._config)
        search = Search(context, self._blobs)
        for name in USER:
            search.take(os.path.join(home, name), "user", home)
        search.take(os.path.join(config, "claw", "AGENTS.md"), "user", home if is_inside(config, home) else config)
        root, folders = project_folders(context.workspace, home)
        for folder in folders:
            # Without a repository nobody knows which folders above belong together.
            bound = root if os.path.lexists(os.path.join(root, ".git")) else folder
            for name in PROJECT:
                search.take(os.path.join(folder, name), "project", bound)
        return search


def project_folders(workspace: str, home: str) -> tuple[str, list[str]]:
    """The outermost folder whose instructions count, and all from there down to the workspace.

    That is the root of the git repository; without one, in the home directory, the folder below home. Above the
    workspace no folder counts in which another user may write, such as /tmp.
    """
    owners = {os.getuid(), os.stat(workspace).st_uid}
    folders = [workspace]
    while not os.path.lexists(os.path.join(folders[-1], ".git")):
        above = os.path.dirname(folders[-1])
        if above == home:
            break
        state = os.stat(above)
        if above == folders[-1] or state.st_uid not in owners or state.st_mode & stat.S_IWOTH:
            folders = [workspace]
            break
        folders.append(above)
    return folders[-1], folders[::-1]


class Search(Struct):
    """What was found so far."""

    context: ToolContext
    blobs: Blobs
    files: list[InstructionFile] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    _paths: set[str] = field(default_factory=set)
    _digests: set[str] = field(default_factory=set)
    _taken: int = 0

    def take(self, path: str, scope: Scope, bound: str, depth: int = 0) -> None:
        """Take the file, if there is one that was not seen yet, and then what it imports.

        It must lie in `bound`; only the user's own files may be links to wherever the user likes. What rules keep from
        being read, by the name it has here or by the one it really has, is not taken, and neither are credentials.
        """
        canonical = os.path.realpath(path)
        name = shown(os.path.normpath(path), self.context)
        if canonical in self._paths or not os.path.exists(canonical):
            return
        self._paths.add(canonical)
        own = scope == "user" and depth == 0
        if not own and not is_inside(canonical, bound):
            self.skipped.append(f"{name} leads out of {bound}.")
            return
        if not all(may_be_read(seen, self.context) for seen in {canonical, os.path.normpath(path)}):
            self.skipped.append(f"{name} is kept from being read by a rule, or can hold keys, tokens or passwords.")
            return
        text = self._text(canonical, name)
        if text is None:
            return
        digest = _native.blake3(text.encode())
        if digest in self._digests:
            return
        if self._taken + len(text) > TOTAL_LIMIT:
            self.skipped.append(f"{name} is left out: instructions are {self._taken} characters long without it.")
            return
        self._taken += len(text)
        self._digests.add(digest)
        self.files.append(InstructionFile(path=name, scope=scope, digest=digest, text=self._stored(text, digest)))
        if depth < DEPTH and (depth or os.path.basename(path).startswith("CLAUDE")):
            for imported in imports(text):
                self._follow(imported, os.path.dirname(canonical), scope, bound, depth + 1)

    def _follow(self, imported: str, folder: str, scope: Scope, bound: str, depth: int) -> None:
        for written in (imported, imported.rstrip(".,;:!?)")):
            path = self.context.home + written[1:] if written.startswith("~/") else os.path.join(folder, written)
            if "\0" not in path and os.path.isfile(path):
                self.take(path, scope, bound, depth)
                return

    def _text(self, path: str, name: str) -> str | None:
        """The file's text, masked and bounded; None (and a reason kept) where it has none."""
        try:
            text = load("claw.tools.text", "decoded")(read_whole(path).data)
        except ClawError as error:
            self.skipped.append(f"{name}: {error.message}")
            return None
        except OSError as error:
            self.skipped.append(f"{name}: {error.strerror}.")
            return None
        if text is None:
            self.skipped.append(f"{name} is not text.")
            return None
        whole = masked(text.shown, self.context)
        if len(whole) <= FILE_LIMIT:
            return whole
        return f"{whole[:FILE_LIMIT]}\n\n[{name} is cut here: {len(whole) - FILE_LIMIT} more characters]\n"

    def _stored(self, text: str, digest: str) -> Content:
        data = text.encode()
        if len(data) <= INLINE_LIMIT:
            return text
        self.blobs.put(data)
        return Blob(digest=digest, size=len(data))


_FENCED = pattern(r"^ {0,3}(```+|~~~+).*?(?:^ {0,3}\1|\Z)", re.MULTILINE | re.DOTALL)
_CODE = pattern(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_IMPORT = pattern(r"(?<!\S)@((?:[^\s\\]|\\ )+)")


def imports(text: str) -> Iterator[str]:
    """Paths that a text imports: `@path` where a word begins, outside of code."""
    prose = _CODE.sub(" ", _FENCED.sub(" ", text))
    for match in _IMPORT.finditer(prose):
        yield match[1].replace("\\ ", " ")
